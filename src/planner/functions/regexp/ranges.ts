/** Sets of code points as sorted ranges that neither overlap nor touch; both ends belong to a range. */

export type Range = { readonly low: number; readonly high: number };
export type Ranges = readonly Range[];

export const LAST_POINT = 0x10ffff;
export const FIRST_NON_ASCII = 0x80;

export const single = (point: number): Ranges => [{ low: point, high: point }];

export function union(...sets: readonly Ranges[]): Ranges {
  const sorted = sets.flat().toSorted((a, b) => a.low - b.low);
  const result: Range[] = [];
  for (const { low, high } of sorted) {
    const last = result.at(-1);
    if (last !== undefined && low <= last.high + 1) {
      result[result.length - 1] = { low: last.low, high: Math.max(last.high, high) };
    } else result.push({ low, high });
  }
  return result;
}

export function complement(set: Ranges): Ranges {
  const result: Range[] = [];
  let next = 0;
  for (const { low, high } of set) {
    if (low > next) result.push({ low: next, high: low - 1 });
    next = high + 1;
  }
  if (next <= LAST_POINT) result.push({ low: next, high: LAST_POINT });
  return result;
}

const isAscii = (set: Ranges): boolean => set.every(({ high }) => high < FIRST_NON_ASCII);

/** Whether every character beyond ASCII belongs to the set. */
export const hasAllNonAscii = (set: Ranges): boolean =>
  set.some(({ low, high }) => low <= FIRST_NON_ASCII && high === LAST_POINT);

/** The characters beyond ASCII that are letters of ASCII in another case. */
const FOLDED: readonly (readonly [letter: number, other: number])[] = [
  [0x6b, 0x212a], // Kelvin sign
  [0x73, 0x17f], // long s
];

/** The set with both cases of its letters; undefined for what is not ASCII. */
export function foldCase(set: Ranges): Ranges | undefined {
  if (!isAscii(set)) return undefined;
  const folded: Range[] = [];
  for (const { low, high } of set) {
    for (let point = low; point <= high; point++) {
      const lower = point | 0x20;
      if (lower < 0x61 || lower > 0x7a || (point & 0x40) === 0) continue;
      folded.push(...single(point ^ 0x20));
      for (const [letter, other] of FOLDED) if (letter === lower) folded.push(...single(other));
    }
  }
  return union(set, folded);
}

/** Ranges of characters, given as pairs: `"azAZ"`. */
function pairs(text: string): Ranges {
  const ranges: Range[] = [];
  for (let i = 0; i < text.length; i += 2) ranges.push({ low: text.charCodeAt(i), high: text.charCodeAt(i + 1) });
  return union(ranges);
}

/** `\d`, `\s`, `\w`: of ASCII alone. */
export const PERL_CLASSES: Readonly<Record<string, Ranges>> = {
  d: pairs("09"),
  s: pairs("\t\n\f\r  "),
  w: pairs("09AZ__az"),
};

/** `[:alpha:]` and its kin, of ASCII alone. */
export const POSIX_CLASSES: Readonly<Record<string, Ranges>> = {
  alnum: pairs("09AZaz"),
  alpha: pairs("AZaz"),
  ascii: pairs("\0\x7f"),
  blank: pairs("\t\t  "),
  cntrl: pairs("\0\x1f\x7f\x7f"),
  digit: pairs("09"),
  graph: pairs("!~"),
  lower: pairs("az"),
  print: pairs(" ~"),
  punct: pairs("!/:@[`{~"),
  space: pairs("\t\r  "),
  upper: pairs("AZ"),
  word: pairs("09AZ__az"),
  xdigit: pairs("09AFaf"),
};
