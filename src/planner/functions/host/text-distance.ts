/** How far apart two texts are. */

/** The share of distinct characters that both have. */
export function jaccard(a: string, b: string): number {
  const [x, y] = [new Set(a), new Set(b)];
  const shared = [...x].filter((point) => y.has(point)).length;
  return shared / (x.size + y.size - shared);
}

/** Insertions, deletions, replacements and swaps of neighbours, each letter edited once or more (Damerau 1964, Lowrance and Wagner 1975). */
export function damerauLevenshtein(a: Uint8Array, b: Uint8Array): number {
  const far = a.length + b.length;
  const width = b.length + 2;
  const table = new Int32Array((a.length + 2) * width);
  const at = (i: number, j: number): number => table[i * width + j] as number;
  table[0] = far;
  for (let i = 0; i <= a.length; i++) {
    table[(i + 1) * width] = far;
    table[(i + 1) * width + 1] = i;
  }
  for (let j = 0; j <= b.length; j++) {
    table[j + 1] = far;
    table[width + j + 1] = j;
  }
  const lastRow = new Int32Array(256);
  for (let i = 1; i <= a.length; i++) {
    let lastColumn = 0;
    for (let j = 1; j <= b.length; j++) {
      const row = lastRow[b[j - 1] as number] as number;
      const column = lastColumn;
      const isSame = a[i - 1] === b[j - 1];
      if (isSame) lastColumn = j;
      table[(i + 1) * width + j + 1] = Math.min(
        at(i, j) + (isSame ? 0 : 1),
        at(i + 1, j) + 1,
        at(i, j + 1) + 1,
        at(row, column) + (i - row - 1) + 1 + (j - column - 1),
      );
    }
    lastRow[a[i - 1] as number] = i;
  }
  return at(a.length + 1, b.length + 1);
}

/** Jaro (1989): characters shared within half the longer length, less half the transpositions. */
export function jaroSimilarity(a: Uint8Array, b: Uint8Array): number {
  if (a.length === 0 || b.length === 0) return 0;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const taken = new Uint8Array(b.length);
  const found: number[] = [];
  for (let i = 0; i < a.length; i++) {
    for (let j = Math.max(0, i - reach); j <= Math.min(b.length - 1, i + reach); j++) {
      if (taken[j] === 1 || a[i] !== b[j]) continue;
      taken[j] = 1;
      found.push(a[i] as number);
      break;
    }
  }
  if (found.length === 0) return 0;
  const others = b.filter((_, j) => taken[j] === 1);
  const swapped = found.filter((byte, i) => byte !== others[i]).length;
  const shared = found.length;
  return (shared / a.length + shared / b.length + (shared - Math.floor(swapped / 2)) / shared) / 3;
}

/** Winkler (1990): a common prefix of up to four characters brings similar texts closer. */
export function jaroWinklerSimilarity(a: Uint8Array, b: Uint8Array): number {
  const jaro = jaroSimilarity(a, b);
  if (jaro <= 0.7) return jaro;
  let prefix = 0;
  while (prefix < Math.min(4, a.length, b.length) && a[prefix] === b[prefix]) prefix++;
  return jaro + prefix * 0.1 * (1 - jaro);
}
