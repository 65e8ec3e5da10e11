/** What takes Unicode tables or is too rare for a kernel. */
import { HeadraceError } from "../../../error.ts";
import { withValue } from "./fail-with.ts";
import { graphemes } from "./graphemes.ts";
import { type HostFunction, type HostRuntime, numberCell, readText, textCell } from "./host.ts";

/** One code point to one: what would become several stays, but for those that have a single counterpart after all. */
const SINGLE: ReadonlyMap<string, string> = new Map([
  ["ß", "ẞ"],
  ["İ", "i"],
]);

function mapPoints(text: string, map: (point: string) => string): string {
  let result = "";
  for (const point of text) {
    const mapped = map(point);
    const isOne = mapped.length === 1 || (mapped.length === 2 && (mapped.codePointAt(0) ?? 0) > 0xffff);
    result += isOne ? mapped : (SINGLE.get(point) ?? point);
  }
  return result;
}

/** JavaScript has no longer strings. */
const MOST_UNITS = 2 ** 29 - 24;

/** The padding that makes `length` characters more. */
function padding(fill: readonly string[], length: number): string {
  const text = fill.join("");
  const wholes = Math.floor(length / fill.length);
  if (wholes * text.length + text.length > MOST_UNITS)
    throw new HeadraceError("out_of_memory", `a text padded to ${length} characters is too long`);
  return text.repeat(wholes) + fill.slice(0, length % fill.length).join("");
}

const pad =
  (side: "left" | "right"): HostFunction =>
  (rt, site: number, address: number, bytes: number, length: number, fillAddress: number, fillBytes: number) => {
    const points = [...readText(rt, address, bytes)];
    if (length <= points.length) return textCell(rt, points.slice(0, Math.max(0, length)).join(""));
    const fill = [...readText(rt, fillAddress, fillBytes)];
    if (fill.length === 0) return rt.fail(site);
    const more = padding(fill, length - points.length);
    return textCell(rt, side === "left" ? more + points.join("") : points.join("") + more);
  };

/** Byte offsets of what is left of the text, packed as start | end << 32. */
function trimmed(rt: HostRuntime, text: string, sides: number, isCut: (point: string) => boolean): number {
  const points = [...text];
  let [start, end] = [0, points.length];
  if ((sides & 1) !== 0) while (start < end && isCut(points[start] as string)) start++;
  if ((sides & 2) !== 0) while (end > start && isCut(points[end - 1] as string)) end--;
  const size = (from: number, to: number): number => Buffer.byteLength(points.slice(from, to).join(""));
  const first = size(0, start);
  return numberCell(rt, (view) => {
    view.setUint32(0, first, true);
    view.setUint32(4, first + size(start, end), true);
  });
}

const trim: HostFunction = (
  rt,
  address: number,
  bytes: number,
  setAddress: number,
  setBytes: number,
  sides: number,
) => {
  const set = new Set(readText(rt, setAddress, setBytes));
  return trimmed(rt, readText(rt, address, bytes), sides, (point) => set.has(point));
};

/** Of the separators of Unicode. */
const trimBlanks: HostFunction = (rt, address: number, bytes: number, sides: number) =>
  trimmed(rt, readText(rt, address, bytes), sides, (point) => /^\p{Zs}$/u.test(point));

const reverse: HostFunction = (rt, address: number, bytes: number) =>
  textCell(
    rt,
    graphemes(readText(rt, address, bytes))
      .toReversed()
      .join(""),
  );

const splitPart: HostFunction = (
  rt,
  address: number,
  bytes: number,
  sepAddress: number,
  sepBytes: number,
  wanted: bigint,
) => {
  const separator = readText(rt, sepAddress, sepBytes);
  const text = readText(rt, address, bytes);
  const parts = separator === "" ? [...text] : text.split(separator);
  const index = wanted > 0n ? Number(wanted) - 1 : wanted < 0n ? parts.length + Number(wanted) : -1;
  return textCell(rt, parts[index] ?? "");
};

const translate: HostFunction = (rt, a: number, al: number, f: number, fl: number, t: number, tl: number) => {
  const to = [...readText(rt, t, tl)];
  const map = new Map<string, string>();
  for (const [i, point] of [...readText(rt, f, fl)].entries()) if (!map.has(point)) map.set(point, to[i] ?? "");
  let result = "";
  for (const point of readText(rt, a, al)) result += map.get(point) ?? point;
  return textCell(rt, result);
};

export const TEXT_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  lower: (rt, address: number, length: number) =>
    textCell(
      rt,
      mapPoints(readText(rt, address, length), (c) => c.toLowerCase()),
    ),
  upper: (rt, address: number, length: number) =>
    textCell(
      rt,
      mapPoints(readText(rt, address, length), (c) => c.toUpperCase()),
    ),
  lpad: pad("left"),
  rpad: pad("right"),
  trim,
  trim_blanks: trimBlanks,
  split_part: splitPart,
  reverse,
  translate,
  strip_accents: (rt, address: number, length: number) =>
    textCell(
      rt,
      readText(rt, address, length)
        .normalize("NFD")
        .replace(/\p{Mn}/gu, "")
        .normalize("NFC"),
    ),
  chr: (rt, site: number, code: number) =>
    code < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)
      ? rt.fail(site, withValue("invalid UTF-8 code point", String(code)))
      : textCell(rt, String.fromCodePoint(code)),
  first_point: (rt, address: number, length: number) => readText(rt, address, Math.min(length, 4)).codePointAt(0) ?? 0,
};
