const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const LF = 10;

const isSpace = (byte: number): boolean => byte === 32 || byte === LF || byte === 13 || byte === 9;

/**
 * The values of a body, one a line: those of an array, or lines as they are. Line feeds between the parts of an array's value become
 * spaces; in strings, where they are malformed, they stay. Undefined: it begins as an array and is none.
 */
export function bodyLines(body: Buffer): Buffer | undefined {
  let at = 0;
  while (at < body.length && isSpace(body[at]!)) at++;
  if (body[at] !== OPEN_LIST)
    return body.length === 0 || body.at(-1) === LF ? body : Buffer.concat([body, Buffer.of(LF)]);
  const lines = Buffer.from(body);
  let depth = 0;
  let inString = false;
  /** Whether the value at hand has begun. */
  let begun = false;
  let values = 0;
  const start = at;
  for (; at < lines.length; at++) {
    const byte = lines[at]!;
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
      continue;
    }
    if (isSpace(byte)) {
      lines[at] = 32;
      continue;
    }
    if (depth === 1 && (byte === COMMA || byte === CLOSE_LIST)) {
      // An array may be empty; otherwise there is a value before each comma and the end.
      if (!begun && (byte === COMMA || values > 0)) return undefined;
      if (begun) values++;
      begun = false;
      if (byte === COMMA) {
        lines[at] = LF;
        continue;
      }
      if (!lines.subarray(at + 1).every(isSpace)) return undefined;
      lines[at] = LF;
      return values === 0 ? Buffer.alloc(0) : lines.subarray(start + 1, at + 1);
    }
    if (depth === 1) begun = true;
    if (byte === QUOTE) inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--;
    if (depth === 0) return undefined;
  }
  return undefined;
}
