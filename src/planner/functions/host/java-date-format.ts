/** The patterns of Java's SimpleDateFormat, which Flink's date_format takes, in terms of strftime's letters. */

/** Literal text, or one letter of strftime, `-` before it for a number without leading zeros. */
export type PatternPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "field"; readonly letter: string };

/** Letters by how often they stand in the pattern, the last one for any larger number. */
const FIELDS: Readonly<Record<string, readonly (string | undefined)[]>> = {
  y: ["Y", "y", "Y", "Y"],
  M: ["-m", "m", "b", "B"],
  d: ["-d", "d"],
  D: ["-j", undefined, "j"],
  H: ["-H", "H"],
  h: ["-I", "I"],
  m: ["-M", "M"],
  s: ["-S", "S"],
  S: [undefined, undefined, "g"],
  a: ["p"],
  E: ["a", "a", "a", "A"],
  u: ["u"],
};

/** Fields that are numbers are not written wider than they are here. */
const MOST: Readonly<Record<string, number>> = { y: 4, d: 2, D: 3, H: 2, h: 2, m: 2, s: 2, S: 3, u: 1 };

/** Undefined for patterns with other letters, or more of them than there are digits. */
export function javaPattern(pattern: string): readonly PatternPart[] | undefined {
  const parts: PatternPart[] = [];
  const text = (more: string): void => {
    const last = parts.at(-1);
    if (last?.kind === "text") parts[parts.length - 1] = { kind: "text", text: last.text + more };
    else parts.push({ kind: "text", text: more });
  };
  for (const [all, quoted, letter] of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[\s\S]/g)) {
    if (quoted !== undefined) text(quoted === "" ? "'" : quoted.replaceAll("''", "'"));
    else if (letter !== undefined) {
      const choices = FIELDS[letter];
      const field = choices?.[Math.min(all.length, choices.length) - 1];
      if (field === undefined || all.length > (MOST[letter] ?? Infinity)) return undefined;
      parts.push({ kind: "field", letter: field });
    } else if (all === "'") return undefined;
    else text(all);
  }
  return parts;
}

/** The same for strftime. */
export function strftimeFormat(parts: readonly PatternPart[]): string {
  return parts.map((part) => (part.kind === "text" ? part.text.replaceAll("%", "%%") : `%${part.letter}`)).join("");
}
