/** Functions of text over Datums: distances, graphemes, paths, sizes. */
import type { Datum } from "../../expr/expr.ts";
import { graphemes } from "./graphemes.ts";
import type { NestedOperation } from "./nested-operation.ts";
import { damerauLevenshtein, jaccard, jaroSimilarity, jaroWinklerSimilarity } from "./text-distance.ts";
import { formatText, printfText } from "./text-format.ts";

const bytesOf = (text: Datum): Uint8Array => Buffer.from(text as string, "utf8");

const similarity =
  (measure: (a: Uint8Array, b: Uint8Array) => number): NestedOperation =>
  ([a, b, least = 0]) => {
    const score = measure(bytesOf(a as Datum), bytesOf(b as Datum));
    return score < (least as number) ? 0 : score;
  };

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

const bar: NestedOperation = ([x, min, max, width = 80], { fail }) => {
  const [value, low, high, columns] = [x, min, max, width] as readonly number[] as [number, number, number, number];
  if (!(columns >= 1)) return fail("the width of a bar must be at least 1");
  if (columns > 1000) return fail("the width of a bar must be at most 1000");
  if (Math.abs(low) === Number.POSITIVE_INFINITY) return fail("the least value of a bar must be finite");
  const isDrawn = !Number.isNaN(high) && value > low;
  const share = !isDrawn ? 0 : value >= high ? 1 : (value - low) / (high - low);
  const eighths = Math.floor(share * columns * 8);
  const drawn = "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] as string);
  return drawn.padEnd(Math.trunc(columns), " ");
};

/** SQL's substring over a list of characters: from position 1, a negative one from the end. */
function slice(points: readonly string[], from: bigint, length: bigint | undefined): string {
  const count = BigInt(points.length);
  const start = from > 0n ? from - 1n : from < 0n ? from + count : -1n;
  if (length === undefined) return points.slice(Math.max(0, Number(start))).join("");
  const [first, last] = length >= 0n ? [start, start + length] : [start + length, start];
  const clip = (n: bigint): number => Number(n < 0n ? 0n : n > count ? count : n);
  return points.slice(clip(first), clip(last)).join("");
}

const clipped = (count: Datum, length: number): number => {
  const n = Number(count);
  return n < 0 ? Math.max(0, length + n) : Math.min(n, length);
};

const SEPARATORS: Readonly<Record<string, RegExp>> = {
  system: /\//,
  forward_slash: /\//,
  backslash: /\\/,
  both_slash: /[/\\]/,
};

const separatorOf = (name: Datum | undefined): RegExp =>
  SEPARATORS[((name ?? "both_slash") as string).toLowerCase()] ?? (SEPARATORS["both_slash"] as RegExp);

/** The parts of a path; a leading separator is a part of its own. */
function pathParts(path: string, separator: RegExp): readonly string[] {
  const parts = path.split(separator);
  const root = separator.test(path.slice(0, 1)) ? [path.slice(0, 1)] : [];
  return [...root, ...parts.filter((part) => part !== "")];
}

const parseFilename: NestedOperation = ([path, ...options]) => {
  const trims = options[0] === true;
  const name = options.find((option) => typeof option === "string");
  const last = (path as string).split(separatorOf(name)).at(-1) ?? "";
  const dot = last.lastIndexOf(".");
  return trims && dot > 0 ? last.slice(0, dot) : last;
};

const parseDirname: NestedOperation = ([path, name]) => {
  const separator = separatorOf(name);
  const parts = pathParts(path as string, separator);
  return separator.test(path as string) ? (parts[0] ?? "") : "";
};

const parseDirpath: NestedOperation = ([path, name]) => {
  const text = path as string;
  const separator = separatorOf(name);
  let end = text.length - 1;
  while (end >= 0 && !separator.test(text[end] as string)) end--;
  return end < 0 ? "" : end === 0 ? text.slice(0, 1) : text.slice(0, end);
};

/** A number of bytes with the largest unit that leaves a whole. */
const readable =
  (base: 1000n | 1024n, units: readonly string[]): NestedOperation =>
  ([size]) => {
    const value = size as bigint;
    const magnitude = value < 0n ? -value : value;
    const sign = value < 0n ? "-" : "";
    let power = 0;
    let unit = 1n;
    while (power < units.length - 1 && magnitude >= unit * base) {
      unit *= base;
      power++;
    }
    if (power === 0) return `${sign}${magnitude} ${magnitude === 1n ? "byte" : "bytes"}`;
    return `${sign}${magnitude / unit}.${((magnitude % unit) * 10n) / unit} ${units[power]}`;
  };

const toBase: NestedOperation = ([value, radix, least = 0], { fail }) => {
  const [number, base, length] = [value as bigint, Number(radix), Number(least)];
  if (number < 0n) return fail("to_base takes no negative number");
  if (!(base >= 2 && base <= 36)) return fail("the radix of to_base must be between 2 and 36");
  if (!(length >= 0 && length <= 64)) return fail("the length in to_base must be between 0 and 64");
  return number.toString(base).toUpperCase().padStart(length, "0");
};

const fromBinary: NestedOperation = ([text], { fail }) => {
  const digits = text as string;
  if (!/^[01]*$/.test(digits)) return fail("invalid binary digits");
  const whole = digits.padStart(Math.ceil(digits.length / 8) * 8, "0");
  return Uint8Array.from(whole.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
};

const BYTE_UNITS: Readonly<Record<string, bigint>> = {
  "": 1n,
  b: 1n,
  byte: 1n,
  bytes: 1n,
  ...Object.fromEntries(
    ["k", "m", "g", "t"].flatMap((letter, i) => {
      const power = BigInt(i + 1);
      return [
        [letter, 1000n ** power],
        [`${letter}b`, 1000n ** power],
        [`${letter}ib`, 1024n ** power],
      ];
    }),
  ),
};

const parseBytes: NestedOperation = ([text], { fail }) => {
  const match = /^\s*(\d+(?:\.\d+)?(?:e\+?\d+)?)\s*([a-z]+)\s*$/i.exec(text as string);
  const unit = BYTE_UNITS[(match?.[2] ?? "").toLowerCase()];
  if (match === null || unit === undefined)
    return fail(`"${text as string}" is no size in bytes: a number and a unit (B, KB, MB, GB, TB, KiB, MiB, GiB, TiB)`);
  const bytes = Math.floor(Number(match[1]) * Number(unit));
  return bytes < 2 ** 64 ? BigInt(bytes) : fail(`"${text as string}" is more bytes than a UBIGINT holds`);
};

const splitText: NestedOperation = ([text, separator]) => {
  if (text === null || separator === null) return text === null ? null : [text as string];
  return separator === "" ? [...(text as string)] : (text as string).split(separator as string);
};

export const TEXT_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  format: formatText,
  printf: printfText,
  jaccard: ([a, b], { fail }) =>
    a === "" || b === "" ? fail("jaccard takes no empty text") : jaccard(a as string, b as string),
  damerau_levenshtein: ([a, b]) => BigInt(damerauLevenshtein(bytesOf(a as Datum), bytesOf(b as Datum))),
  jaro_similarity: similarity(jaroSimilarity),
  jaro_winkler_similarity: similarity(jaroWinklerSimilarity),
  bar,
  length_grapheme: ([text]) => BigInt(graphemes(text as string).length),
  left_grapheme: ([text, count]) => {
    const points = graphemes(text as string);
    return points.slice(0, clipped(count as Datum, points.length)).join("");
  },
  right_grapheme: ([text, count]) => {
    const points = graphemes(text as string);
    return points.slice(points.length - clipped(count as Datum, points.length)).join("");
  },
  substring_grapheme: ([text, from, length]) =>
    slice(graphemes(text as string), from as bigint, length as bigint | undefined),
  overlay: ([text, part, from, count]) => {
    const [points, put] = [[...(text as string)], [...(part as string)]];
    const start = Number(from) - 1;
    const end = start + (count === undefined || Number(count) < 0 ? put.length : Number(count));
    return points.slice(0, Math.max(0, start)).join("") + (part as string) + points.slice(Math.max(0, end)).join("");
  },
  nfc_normalize: ([text]) => (text as string).normalize("NFC"),
  parse_filename: parseFilename,
  parse_dirname: parseDirname,
  parse_dirpath: parseDirpath,
  parse_path: ([path, name]) => pathParts(path as string, separatorOf(name)),
  string_split: splitText,
  format_bytes: readable(1024n, ["", "KiB", "MiB", "GiB", "TiB", "PiB"]),
  format_decimal_bytes: readable(1000n, ["", "kB", "MB", "GB", "TB", "PB"]),
  parse_formatted_bytes: parseBytes,
  to_base: toBase,
  from_binary: fromBinary,
};
