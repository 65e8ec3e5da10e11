/**
 * Regular expressions that the engine's own backtracking matcher may take over from RE2: those that mean the same there, over texts so
 * short that backtracking cannot take long. Quantifiers stand behind single characters only, so that the work is bounded by a power of
 * the text's length, one more than there are unbounded quantifiers.
 */
export type NativePattern = {
  readonly regexp: RegExp;
  readonly groups: number;
  /** UTF-16 units of a text, at most. */
  readonly longest: number;
};

/** Steps that a match may take. */
const MOST_STEPS = 2 ** 24;
const MOST_UNBOUNDED = 2;
const MOST_REPEATS = 100;

const CLASSES: Readonly<Record<string, string>> = { d: "0-9", w: "0-9A-Za-z_", s: "\\t\\n\\f\\r " };
const ESCAPES: Readonly<Record<string, string>> = { t: "\\t", n: "\\n", r: "\\r", f: "\\f", v: "\\v" };
const PUNCTUATION = /^[!-/:-@[-`{-~]$/;
/** Characters that mean something outside of a class, or inside of one, with the flag `v` left aside. */
const SYNTAX = /^[\\^$.*+?()[\]{}|/]$/;

/** Undefined: the pattern is RE2's. `options` as in DuckDB; of these only `c`, `g`, `s` and those without effect are known here. */
export function nativePattern(pattern: string, options: string): NativePattern | undefined {
  if (/[^cgmnps]/.test(options)) return undefined;
  const dot = options.includes("s") ? "[^]" : "[^\\n]";
  const chars = [...pattern];
  let at = 0;
  let source = "";
  let groups = 0;
  let depth = 0;
  let unbounded = 0;
  /** Whether what stands at the end of `source` is one character. */
  let isSingle = false;
  while (at < chars.length) {
    const c = chars[at++]!;
    switch (c) {
      case "(": {
        const plain = chars[at] !== "?";
        if (!plain && chars[at + 1] !== ":") return undefined;
        if (plain) groups++;
        else at += 2;
        source += plain ? "(" : "(?:";
        depth++;
        isSingle = false;
        break;
      }
      case ")":
        if (--depth < 0) return undefined;
        source += ")";
        isSingle = false;
        break;
      case "|":
      case "^":
      case "$":
        source += c;
        isSingle = false;
        break;
      case ".":
        source += dot;
        isSingle = true;
        break;
      case "[": {
        const found = classAt(chars, at);
        if (found === undefined) return undefined;
        source += found.source;
        at = found.end;
        isSingle = true;
        break;
      }
      case "\\": {
        const escaped = escapeAt(chars[at++]);
        if (escaped === undefined) return undefined;
        source += escaped.isClass ? `[${escaped.source}]` : escaped.source;
        isSingle = true;
        break;
      }
      case "*":
      case "+":
      case "?":
      case "{": {
        if (!isSingle) return undefined;
        const found = quantifierAt(chars, at - 1);
        if (found === undefined) return undefined;
        if (found.isUnbounded) unbounded++;
        source += found.source;
        at = found.end;
        isSingle = false;
        break;
      }
      default:
        // A lone bracket is a character to RE2.
        if (c === "]" || c === "}") return undefined;
        source += SYNTAX.test(c) ? `\\${c}` : c;
        isSingle = true;
    }
  }
  if (depth !== 0 || unbounded > MOST_UNBOUNDED) return undefined;
  const longest = Math.floor((MOST_STEPS / (1 + pattern.length)) ** (1 / (unbounded + 1)));
  return { regexp: new RegExp(source, "u"), groups, longest };
}

function escapeAt(
  c: string | undefined,
  inClass: boolean = false,
): { readonly source: string; readonly isClass: boolean } | undefined {
  if (c === undefined) return undefined;
  if (CLASSES[c] !== undefined) return { source: CLASSES[c], isClass: true };
  if (ESCAPES[c] !== undefined) return { source: ESCAPES[c], isClass: false };
  if (!PUNCTUATION.test(c)) return undefined;
  return { source: SYNTAX.test(c) || (inClass && c === "-") ? `\\${c}` : c, isClass: false };
}

/** A class from behind its bracket on. */
function classAt(
  chars: readonly string[],
  from: number,
): { readonly source: string; readonly end: number } | undefined {
  let at = from;
  let source = "[";
  if (chars[at] === "^") {
    source += "^";
    at++;
  }
  const first = at;
  for (; chars[at] !== "]" || at === first; at++) {
    const c = chars[at];
    if (c === undefined || c === "[" || c === "]") return undefined;
    if (c === "\\") {
      const escaped = escapeAt(chars[++at], true);
      if (escaped === undefined || (escaped.isClass && (chars[at + 1] === "-" || chars[at - 2] === "-")))
        return undefined;
      source += escaped.source;
    } else if (c === "-") {
      const [low, high] = [chars[at - 1], chars[at + 1]];
      const isRange =
        at > first &&
        low !== undefined &&
        high !== undefined &&
        /^[0-9A-Za-z]$/.test(low) &&
        /^[0-9A-Za-z]$/.test(high);
      if (!isRange || low > high) return undefined;
      source += "-";
    } else source += SYNTAX.test(c) ? `\\${c}` : c;
  }
  return { source: `${source}]`, end: at + 1 };
}

function quantifierAt(
  chars: readonly string[],
  from: number,
): { readonly source: string; readonly end: number; readonly isUnbounded: boolean } | undefined {
  const found = /^(?:[*+?]|\{(\d{1,4})(?:(,)(\d{0,4}))?\})/.exec(chars.slice(from, from + 12).join(""));
  if (found === null) return undefined;
  const [text, least, comma, most] = found;
  if (Math.max(Number(least ?? 0), Number(most ?? 0)) > MOST_REPEATS) return undefined;
  if (most !== undefined && most !== "" && Number(most) < Number(least)) return undefined;
  let end = from + text.length;
  const lazy = chars[end] === "?" ? "?" : "";
  end += lazy.length;
  // Possessive and doubled quantifiers.
  if (/^[*+?{]$/.test(chars[end] ?? "")) return undefined;
  return {
    source: text + lazy,
    end,
    isUnbounded: text === "*" || text === "+" || (comma !== undefined && most === ""),
  };
}
