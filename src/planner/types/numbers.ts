/** Integers, DECIMAL, REAL and DOUBLE as text. */

const NUMBER_TEXT = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?\s*$/i;
/** Digits may be grouped: `1_000`. */
const GROUPED = /(?<=\d)_(?=\d)/g;
/** Integers without a sign to base 16 and 2. */
const BASE_TEXT = /^\s*0(?:x[0-9a-f]+(?:_[0-9a-f]+)*|b[01]+(?:_[01]+)*)\s*$/i;

/**
 * The number in `text` times 10^scale, rounded half away from zero; undefined for text that is no number or has an
 * absurd exponent. With scale 0: how text becomes an integer.
 */
export function parseScaled(text: string, scale: number): bigint | undefined {
  if (text.length > 2 && scale === 0 && BASE_TEXT.test(text)) return BigInt(text.replaceAll("_", ""));
  const match = NUMBER_TEXT.exec(text.includes("_") ? text.replace(GROUPED, "") : text);
  if (match === null) return undefined;
  const whole = match[2] ?? "";
  const fraction = match[3] ?? "";
  if (whole === "" && fraction === "") return undefined;
  const exponent = Number(match[4] ?? 0);
  const digits = whole + fraction;
  if (/^0*$/.test(digits)) return 0n;
  if (exponent > 400 + digits.length) return undefined;
  if (exponent < -400 - digits.length) return 0n;
  // The value is digits * 10^shift at the wanted scale.
  const shift = scale + exponent - fraction.length;
  let value: bigint;
  if (shift >= 0) value = BigInt(digits) * 10n ** BigInt(shift);
  else if (-shift > digits.length) value = 0n;
  else {
    const keep = digits.length + shift;
    value = BigInt(keep === 0 ? 0 : digits.slice(0, keep));
    if (Number(digits[keep]) >= 5) value += 1n;
  }
  return match[1] === "-" ? -value : value;
}

/** undefined when the text is no number. `inf`, `infinity` and `nan` in any case; what is too large is infinite. */
export function parseDouble(text: string): number | undefined {
  const trimmed = text.trim();
  const word = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed);
  if (word !== null) {
    if (word[2]?.toLowerCase() === "nan") return Number.NaN;
    return word[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const plain = trimmed.includes("_") ? trimmed.replace(GROUPED, "") : trimmed;
  const match = NUMBER_TEXT.exec(plain);
  if (match === null || (match[2] === "" && (match[3] ?? "") === "")) return undefined;
  return Number(plain);
}

/** `-1.50` of unscaled -150 at scale 2. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The shortest text that reads back as the same DOUBLE, always with a point or an exponent: `1.0`, `1e-05`, `nan`. */
export function formatDouble(value: number): string {
  return formatShortest(value, String(value));
}

/** The same for REAL: shortest among 32-bit floats. */
export function formatReal(value: number): string {
  for (let precision = 1; precision < 9; precision++) {
    const text = value.toPrecision(precision);
    if (Math.fround(Number(text)) === value) return formatShortest(value, String(Number(text)));
  }
  return formatShortest(value, String(Number(value.toPrecision(9))));
}

/** Fixed notation for exponents from -4 to 15, else `d.ddde+XX`. */
function formatShortest(value: number, shortest: string): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const sign = value < 0 ? "-" : "";
  const [mantissa = "", power = "0"] = shortest.replace("-", (_, at: number) => (at === 0 ? "" : "-")).split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const all = (whole + fraction).replace(/^0+/, "");
  const leading = (whole + fraction).length - all.length;
  const digits = all.replace(/0+$/, "");
  // value = 0.digits * 10^point
  const point = whole.length - leading + Number(power);
  const exponent = point - 1;
  if (exponent < -4 || exponent > 15) {
    const behind = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${digits[0]}${behind}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (digits.length <= point) return `${sign}${digits.padEnd(point, "0")}.0`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
