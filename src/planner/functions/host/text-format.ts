/**
 * The replacement fields of `format` (`{}`, `{0:>10}`, Python's and libfmt's) and of `printf` (C's `%5.2f`), over Datums.
 * Both write a value by the same specification.
 */
import type { Datum } from "../../expr/expr.ts";
import { formatDatum } from "../../types/literals.ts";
import { isInteger, type SqlType, typeName } from "../../types/types.ts";
import type { NestedOperation, OperationContext } from "./nested-operation.ts";

type Specification = {
  readonly fill: string;
  /** `<` left, `>` right, `^` centre, `=` padding behind the sign; undefined: numbers right, text left. */
  readonly align: string | undefined;
  readonly sign: string;
  /** Prefixes of bases, a point in whole floats. */
  readonly alternate: boolean;
  readonly zero: boolean;
  readonly width: number;
  /** Between groups of three digits. */
  readonly separator: string;
  readonly precision: number | undefined;
  /** d, x, X, o, b, B, c, e, E, f, F, g, G, a, s; empty: the type's own. */
  readonly type: string;
};

type Value = { readonly value: Exclude<Datum, null>; readonly type: SqlType };
type Fail = OperationContext["fail"];

/** Wider fields are refused rather than filled. */
const MOST_WIDTH = 1_000_000;

const isFloat = ({ type }: Value): boolean => type.kind === "Double" || type.kind === "Real" || type.kind === "Decimal";
const isNumber = (value: Value): boolean => isFloat(value) || isInteger(value.type);

const asDouble = ({ value, type }: Value): number =>
  type.kind === "Decimal" ? Number(formatDatum(value, type)) : Number(value);

/** A number of digits into groups of three. */
function grouped(digits: string, separator: string): string {
  if (separator === "") return digits;
  const [, whole = "", rest = ""] = /^(\d*)(.*)$/s.exec(digits) ?? [];
  return whole.replace(/\B(?=(\d{3})+$)/g, separator) + rest;
}

const exponent = (text: string): string => text.replace(/e([+-])(\d)$/, "e$10$2");

/** Digits of a finite magnitude. */
function floatDigits(magnitude: number, { type, precision, alternate }: Specification): string {
  const lower = type.toLowerCase();
  switch (lower) {
    case "e":
      return exponent(magnitude.toExponential(Math.min(100, precision ?? 6)));
    case "f":
      return magnitude >= 1e21
        ? wholeFixed(magnitude, precision ?? 6)
        : magnitude.toFixed(Math.min(100, precision ?? 6));
    default: {
      // General: as many significant digits, an exponent where the number is far from 1.
      const digits = Math.min(100, Math.max(1, precision ?? 6));
      const power = magnitude === 0 ? 0 : Number(magnitude.toExponential(digits - 1).split("e")[1]);
      const trim = (text: string): string =>
        alternate || !text.includes(".") ? text : text.replace(/^([^e]*?)\.?0+(?=e|$)/, "$1");
      if (power < -4 || power >= digits) return trim(exponent(magnitude.toExponential(digits - 1)));
      return trim(magnitude.toFixed(Math.max(0, digits - 1 - power)));
    }
  }
}

/** toFixed gives up at 1e21; there are no fractions there. */
function wholeFixed(magnitude: number, precision: number): string {
  return BigInt(magnitude).toString() + (precision > 0 ? `.${"0".repeat(precision)}` : "");
}

/** The sign (or prefix) of a number and what follows it. */
type Body = { readonly sign: string; readonly digits: string };

const signOf = (isNegative: boolean, spec: Specification): string =>
  isNegative ? "-" : spec.sign === "+" || spec.sign === " " ? spec.sign : "";

function floatBody(value: Value, spec: Specification): Body {
  const double = asDouble(value);
  const sign = signOf(double < 0 || Object.is(double, -0), spec);
  const isUpper = spec.type !== "" && spec.type === spec.type.toUpperCase();
  const magnitude = Math.abs(double);
  if (!Number.isFinite(magnitude)) {
    const text = Number.isNaN(magnitude) ? "nan" : "inf";
    return { sign, digits: isUpper ? text.toUpperCase() : text };
  }
  const plain = spec.type === "" && spec.precision === undefined;
  const text = plain
    ? formatDatum(magnitude, { kind: value.type.kind === "Real" ? "Real" : "Double" })
    : floatDigits(magnitude, spec);
  const digits = grouped(text, spec.separator);
  return { sign, digits: isUpper ? digits.toUpperCase() : digits };
}

const RADIX: Readonly<Record<string, number>> = { x: 16, o: 8, b: 2 };

function integerBody(whole: bigint, spec: Specification): Body {
  const sign = signOf(whole < 0n, spec);
  const magnitude = whole < 0n ? -whole : whole;
  const radix = RADIX[spec.type.toLowerCase()] ?? 10;
  const isUpper = spec.type === "X" || spec.type === "B";
  const text = magnitude.toString(radix).padStart(spec.precision ?? 0, "0");
  const prefix = !spec.alternate || radix === 10 ? "" : radix === 8 ? "0" : `0${spec.type}`;
  return { sign: sign + prefix, digits: grouped(isUpper ? text.toUpperCase() : text, spec.separator) };
}

function padded({ sign, digits }: Body, spec: Specification, number: boolean): string {
  const missing = Math.max(0, spec.width - [...sign].length - [...digits].length);
  if (missing === 0) return sign + digits;
  if (number && spec.zero && spec.align === undefined) return sign + "0".repeat(missing) + digits;
  const fill = (count: number): string => spec.fill.repeat(count);
  switch (spec.align ?? (number ? ">" : "<")) {
    case "<":
      return sign + digits + fill(missing);
    case "^":
      return fill(Math.floor(missing / 2)) + sign + digits + fill(Math.ceil(missing / 2));
    case "=":
      return sign + fill(missing) + digits;
    default:
      return fill(missing) + sign + digits;
  }
}

function written(value: Value, spec: Specification, fail: Fail): string {
  if (spec.width > MOST_WIDTH || (spec.precision ?? 0) > MOST_WIDTH) return fail("a field is too wide");
  const { type } = spec;
  const wrong = (): never => fail(`the type "${type}" does not format a ${typeName(value.type)}`);
  if (spec === PLAIN && value.type.kind !== "Boolean") return formatPlain(value);
  if (isNumber(value)) {
    if (isFloat(value)) {
      if (!["", "e", "f", "g", "a"].includes(type.toLowerCase())) return wrong();
      return padded(floatBody(value, spec), spec, true);
    }
    const whole = BigInt(value.value as number | bigint);
    if (type === "c") {
      const isPoint = whole >= 0n && whole <= 0x10ffffn && !(whole >= 0xd800n && whole < 0xe000n);
      return isPoint ? padded({ sign: "", digits: String.fromCodePoint(Number(whole)) }, spec, false) : wrong();
    }
    if ("eEfFgG".includes(type) && type !== "")
      return padded(floatBody({ value: Number(whole), type: { kind: "Double" } }, spec), spec, true);
    if (!["", "d", "x", "o", "b"].includes(type.toLowerCase())) return wrong();
    return padded(integerBody(whole, spec), spec, true);
  }
  if (value.type.kind === "Boolean" && type !== "" && type !== "s") {
    return "dxXob".includes(type) ? padded(integerBody(value.value === true ? 1n : 0n, spec), spec, true) : wrong();
  }
  if (type !== "" && type !== "s") return wrong();
  const points = [...formatDatum(value.value, value.type)];
  return padded({ sign: "", digits: points.slice(0, spec.precision).join("") }, spec, false);
}

const FIELD = /^(?:([^{}])?([<>=^]))?([+\- ]?)(#?)(0?)(\d*)(?:(?:([,_'])|t(.)))?(?:\.(\d+))?([a-zA-Z]?)$/su;

const PLAIN: Specification = {
  fill: " ",
  align: undefined,
  sign: "",
  alternate: false,
  zero: false,
  width: 0,
  separator: "",
  precision: undefined,
  type: "",
};

function formatPlain({ value, type }: Value): string {
  if (type.kind !== "Decimal") return formatDatum(value, type);
  return formatDatum(Number(formatDatum(value, type)), { kind: "Double" });
}

function parseField(text: string, fail: Fail): Specification {
  if (text === "") return PLAIN;
  const match = FIELD.exec(text);
  if (match === null) return fail(`invalid format specification "${text}"`);
  const [, fill, align, sign = "", alternate, zero, width, separator, other, precision, type = ""] = match;
  return {
    fill: fill ?? " ",
    align,
    sign,
    alternate: alternate === "#",
    zero: zero === "0",
    width: Number(width),
    separator: separator ?? other ?? "",
    precision: precision === undefined ? undefined : Number(precision),
    type,
  };
}

/** The values behind the format text. */
const valuesOf = (args: readonly Datum[], { args: types }: OperationContext): readonly Value[] =>
  args.slice(1).map((value, i) => ({ value: value as Value["value"], type: types[i + 1] as SqlType }));

/** Text as it is, or a field: the number of its value (none: the next) and how it is written. */
type Part = string | { readonly index: number | undefined; readonly spec: Specification };

const REPLACEMENT = /\{\{|\}\}|\{(\d*)(?::((?:[^{}]|[{}](?=[<>=^]))*))?\}|[{}]|[^{}]+/gs;

function formatParts(format: string, fail: Fail): readonly Part[] {
  const parts: Part[] = [];
  for (const [all, index, spec] of format.matchAll(REPLACEMENT)) {
    if (index !== undefined) {
      parts.push({ index: index === "" ? undefined : Number(index), spec: parseField(spec ?? "", fail) });
    } else if (all === "{{" || all === "}}") parts.push(all[0] as string);
    else if (all === "{" || all === "}") fail(`unmatched "${all}" in format`);
    else parts.push(all);
  }
  const fields = parts.filter((part) => typeof part !== "string");
  if (fields.some(({ index }) => index === undefined) && fields.some(({ index }) => index !== undefined)) {
    fail("cannot mix numbered and plain fields in one format");
  }
  return parts;
}

export const formatText: NestedOperation = (args, ctx) => {
  const { fail } = ctx;
  const format = args[0] as string;
  let next = 0;
  let text = "";
  for (const part of ctx.cached(format, () => formatParts(format, fail))) {
    if (typeof part === "string") text += part;
    else {
      const at = (part.index ?? next++) + 1;
      const value = args[at];
      if (value === undefined || value === null) return fail("argument index out of range in format");
      text += written({ value, type: ctx.args[at] as SqlType }, part.spec, fail);
    }
  }
  return text;
};

export const printfText: NestedOperation = (args, ctx) => {
  const values = valuesOf(args, ctx);
  const { fail } = ctx;
  let next = 0;
  const take = (): Value => values[next++] ?? fail("argument index out of range in printf");
  const number = (text: string | undefined): number | undefined => {
    if (text === undefined || text === "") return undefined;
    return text === "*" ? Number(take().value) : Number(text);
  };
  const pattern = /%%|%(?:(\d+)\$)?([-+ #0,_']*)(\*|\d+)?(?:\.(\*|\d+)?)?(?:hh|h|ll|l|z|j|t|L)?([a-zA-Z])|%/g;
  return (args[0] as string).replace(
    pattern,
    (all, at?: string, flags?: string, width?: string, precision?: string, type?: string) => {
      if (all === "%%") return "%";
      if (type === undefined || flags === undefined) return fail("invalid format specification in printf");
      const wide = number(width) ?? 0;
      const exact = number(precision) ?? (all.includes(".") ? 0 : undefined);
      const value =
        at === undefined ? take() : (values[Number(at) - 1] ?? fail("argument index out of range in printf"));
      const isLeft = flags.includes("-") || wide < 0;
      const spec: Specification = {
        fill: " ",
        align: isLeft ? "<" : isNumber(value) && flags.includes("0") ? undefined : ">",
        sign: flags.includes("+") ? "+" : flags.includes(" ") ? " " : "",
        alternate: flags.includes("#"),
        zero: flags.includes("0"),
        width: Math.abs(wide),
        separator: /[,_']/.exec(flags)?.[0] ?? "",
        precision: exact,
        type: type === "i" || type === "u" ? "d" : type,
      };
      return written(value, spec, fail);
    },
  );
};
