import { complement, foldCase, LAST_POINT, PERL_CLASSES, POSIX_CLASSES, type Ranges, single, union } from "./ranges.ts";
import type { ParsedRegexp, Regexp } from "./syntax.ts";

/** Copies that bounded repetitions within each other may come to: RE2's limit. */
const MOST_COPIES = 1000;
/** No longer pattern has an automaton of a good size. */
const MOST_CHARACTERS = 4000;
const MOST_DEPTH = 100;

const CONTROLS: Readonly<Record<string, number>> = { a: 7, t: 9, n: 10, v: 11, f: 12, r: 13 };
const NEWLINE = 10;

type Flags = { readonly i: boolean; readonly m: boolean; readonly s: boolean };

/**
 * Parses what this engine runs of RE2's syntax. undefined: the pattern is wrong, or has something in it that is left to the
 * other engine: `\B`, `\C`, `\Q`, `\p`, octal escapes, `(?U)`, and without regard to case whatever is
 * not ASCII. `options` as in DuckDB (`i`, `l`, `s`; `c`, `g`, `m`, `n` and `p` change nothing here).
 */
export function parseRegexp(pattern: string, options: string): ParsedRegexp | undefined {
  if (/[^cgilmnps]/.test(options) || pattern.length > MOST_CHARACTERS) return undefined;
  const flags: Flags = { i: options.includes("i"), m: false, s: options.includes("s") };
  return new Parser(pattern).parse(flags, options.includes("l"));
}

/** Unwinds the parser; never leaves this file. */
class Unknown extends Error {}

class Parser {
  private readonly chars: readonly string[];
  private readonly names = new Set<string>();
  private at = 0;
  private groups = 0;
  private depth = 0;

  constructor(pattern: string) {
    this.chars = [...pattern];
  }

  parse(flags: Flags, isLiteral: boolean): ParsedRegexp | undefined {
    try {
      const root = isLiteral
        ? sequence(this.chars.map((c) => characters(single(c.codePointAt(0)!), flags)))
        : this.alternatives(flags);
      if (!isLiteral && this.at < this.chars.length) return undefined;
      return { root, groups: this.groups };
    } catch (error) {
      if (error instanceof Unknown) return undefined;
      throw error;
    }
  }

  private peek(): string | undefined {
    return this.chars[this.at];
  }

  private skip(text: string): boolean {
    if (this.chars.slice(this.at, this.at + text.length).join("") !== text) return false;
    this.at += text.length;
    return true;
  }

  /** Up to the end of the group, or of the pattern. */
  private alternatives(flags: Flags): Regexp {
    if (++this.depth > MOST_DEPTH) throw new Unknown();
    const options: Regexp[] = [];
    let current = flags;
    do {
      const parts: Regexp[] = [];
      for (let c = this.peek(); c !== undefined && c !== "|" && c !== ")"; c = this.peek()) {
        const changed = this.flagChange(current);
        if (changed === undefined) parts.push(this.repeated(this.atom(current)));
        else current = changed;
      }
      options.push(sequence(parts));
    } while (this.skip("|"));
    this.depth--;
    return options.length === 1 ? options[0]! : { kind: "Alternatives", options };
  }

  /** `(?i)`: holds up to the end of the group that it stands in. */
  private flagChange(flags: Flags): Flags | undefined {
    const text = /^\(\?[ims]*(?:-[ims]+)?\)/.exec(this.ahead(12))?.[0];
    if (text === undefined) return undefined;
    if (text === "(?)") throw new Unknown();
    this.at += text.length;
    return withFlags(flags, text.slice(2, -1));
  }

  private ahead(length: number): string {
    return this.chars.slice(this.at, this.at + length).join("");
  }

  private atom(flags: Flags): Regexp {
    const c = this.chars[this.at++]!;
    switch (c) {
      case "(":
        return this.group(flags);
      case "[":
        return { kind: "Class", ranges: this.bracket(flags) };
      case ".":
        return { kind: "Class", ranges: complement(flags.s ? [] : single(NEWLINE)) };
      case "^":
        return { kind: "Assert", assertion: flags.m ? "line start" : "text start" };
      case "$":
        return { kind: "Assert", assertion: flags.m ? "line end" : "text end" };
      case "\\":
        return this.escaped(flags);
      case "*":
      case "+":
      case "?":
      case "{":
        throw new Unknown();
      default:
        return characters(single(c.codePointAt(0)!), flags);
    }
  }

  private group(flags: Flags): Regexp {
    let inner = flags;
    let index: number | undefined;
    if (this.peek() === "?") {
      const opening = /^\?(?:P<(\w+)>|([ims]*(?:-[ims]+)?):)/.exec(this.ahead(80));
      if (opening === null) throw new Unknown();
      const [text, name, change] = opening;
      this.at += text.length;
      if (name === undefined) inner = withFlags(flags, change!);
      else if (this.names.has(name)) throw new Unknown();
      else {
        this.names.add(name);
        index = ++this.groups;
      }
    } else index = ++this.groups;
    const body = this.alternatives(inner);
    if (!this.skip(")")) throw new Unknown();
    return index === undefined ? body : { kind: "Group", index, body };
  }

  private escaped(flags: Flags): Regexp {
    const c = this.peek();
    if (c === "b") {
      this.at++;
      return { kind: "Assert", assertion: "word boundary" };
    }
    if (c === "A" || c === "z") {
      this.at++;
      return { kind: "Assert", assertion: c === "A" ? "text start" : "text end" };
    }
    const named = this.perlClass(flags);
    return named === undefined ? characters(single(this.escapedPoint()), flags) : { kind: "Class", ranges: named };
  }

  /** Behind a backslash. */
  private perlClass(flags: Flags): Ranges | undefined {
    const c = this.peek() ?? "";
    const ranges = PERL_CLASSES[c.toLowerCase()];
    if (ranges === undefined) return undefined;
    if (flags.i && c.toLowerCase() === "w") throw new Unknown();
    this.at++;
    return c === c.toLowerCase() ? ranges : complement(ranges);
  }

  /** The character that is escaped, behind the backslash. */
  private escapedPoint(): number {
    const c = this.chars[this.at++];
    if (c === undefined) throw new Unknown();
    if (CONTROLS[c] !== undefined) return CONTROLS[c];
    if (/^[!-/:-@[-`{-~]$/.test(c)) return c.charCodeAt(0);
    const hex = c === "x" ? /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(this.ahead(8)) : null;
    if (hex === null) throw new Unknown();
    this.at += hex[0].length;
    const point = Number.parseInt(hex[1] ?? hex[2]!, 16);
    if (point > LAST_POINT) throw new Unknown();
    return point;
  }

  /** A class from behind its bracket on. */
  private bracket(flags: Flags): Ranges {
    const isNegated = this.skip("^");
    const sets: Ranges[] = [];
    for (let isFirst = true; isFirst || this.peek() !== "]"; isFirst = false) {
      if (this.skip("[:")) sets.push(this.posixClass(flags));
      else sets.push(this.bracketPart(flags));
    }
    this.at++;
    const set = union(...sets);
    return isNegated ? complement(set) : set;
  }

  private posixClass(flags: Flags): Ranges {
    const name = /^(\^?)([a-z]+):\]/.exec(this.ahead(12));
    const ranges = POSIX_CLASSES[name?.[2] ?? ""];
    if (name === null || ranges === undefined || flags.i) throw new Unknown();
    this.at += name[0].length;
    return name[1] === "" ? ranges : complement(ranges);
  }

  private bracketPart(flags: Flags): Ranges {
    if (this.peek() === "\\") {
      this.at++;
      const named = this.perlClass(flags);
      if (named !== undefined) {
        if (this.peek() === "-" && this.chars[this.at + 1] !== "]") throw new Unknown();
        return named;
      }
      this.at--;
    }
    const low = this.bracketPoint();
    let high = low;
    if (this.peek() === "-" && this.chars[this.at + 1] !== "]") {
      this.at++;
      high = this.bracketPoint();
    }
    if (high < low) throw new Unknown();
    const ranges = [{ low, high }];
    return flags.i ? folded(ranges) : ranges;
  }

  private bracketPoint(): number {
    const c = this.chars[this.at++];
    // A lone minus inside of a class is wrong to some.
    if (c === undefined || (c === "-" && this.peek() !== "]" && !/[[^]/.test(this.chars[this.at - 2]!)))
      throw new Unknown();
    return c === "\\" ? this.escapedPoint() : c.codePointAt(0)!;
  }

  /** The atom with the quantifier behind it. */
  private repeated(body: Regexp): Regexp {
    const found = /^(?:([*+?])|\{(\d{1,4})(?:(,)(\d{0,4}))?\})(\??)/.exec(this.ahead(13));
    if (found === null) {
      if (this.peek() === "{") throw new Unknown();
      return body;
    }
    this.at += found[0].length;
    const [, sign, count, comma, limit, question] = found;
    // Twice repeated: an error to RE2.
    if (/^[*+?{]/.test(this.peek() ?? "") || body.kind === "Assert") throw new Unknown();
    const least = sign === undefined ? Number(count) : sign === "+" ? 1 : 0;
    const limited = comma === undefined ? least : limit === "" ? undefined : Number(limit);
    const most = sign === undefined ? limited : sign === "?" ? 1 : undefined;
    if (most !== undefined && most < least) throw new Unknown();
    const repeat: Regexp = { kind: "Repeat", body, least, most, lazy: question === "?" };
    if (copiesIn(repeat) > MOST_COPIES) throw new Unknown();
    return repeat;
  }
}

/** The most copies of any part. */
function copiesIn(regexp: Regexp): number {
  switch (regexp.kind) {
    case "Empty":
    case "Class":
    case "Assert":
      return 1;
    case "Group":
      return copiesIn(regexp.body);
    case "Sequence":
      return Math.max(1, ...regexp.parts.map(copiesIn));
    case "Alternatives":
      return Math.max(1, ...regexp.options.map(copiesIn));
    case "Repeat":
      return Math.max(1, regexp.least, regexp.most ?? 0) * copiesIn(regexp.body);
  }
}

function withFlags(flags: Flags, change: string): Flags {
  const [on = "", off = ""] = change.split("-");
  const flag = (name: keyof Flags): boolean => (on.includes(name) || flags[name]) && !off.includes(name);
  return { i: flag("i"), m: flag("m"), s: flag("s") };
}

function folded(ranges: Ranges): Ranges {
  const result = foldCase(ranges);
  if (result === undefined) throw new Unknown();
  return result;
}

const characters = (ranges: Ranges, flags: Flags): Regexp => ({
  kind: "Class",
  ranges: flags.i ? folded(ranges) : ranges,
});

const sequence = (parts: readonly Regexp[]): Regexp =>
  parts.length === 1 ? parts[0]! : parts.length === 0 ? { kind: "Empty" } : { kind: "Sequence", parts };
