/** `regexp matches|full|replace|extract|escape`; re2js is loaded when a module first needs it. */
import { replacementTemplate } from "./replacement.ts";
import type { RE2JS } from "re2js";
import { listOf, type SqlType, VARCHAR } from "../../types/types.ts";
import {
  bytesCell,
  cached,
  type HostFamily,
  type HostFunction,
  type HostRuntime,
  readBytes,
  readText,
  textCell,
} from "../host/host.ts";
import { type NativePattern, nativePattern } from "./native-pattern.ts";
import { datumBytes } from "../host/nested.ts";

/** A pattern, and how it is matched fast where it can be. */
type Matching = { readonly re2: RE2JS; readonly native: NativePattern | undefined };

type Engine = typeof RE2JS;
type Compile = (rt: HostRuntime, site: number, pattern: string, options: string) => RE2JS;

export const regexp: HostFamily = async (argument) => {
  const { RE2JS: engine } = await import("re2js");
  const space = argument.indexOf(" ");
  if (space > 0) return namedGroups(compiler(engine), JSON.parse(argument.slice(space + 1)) as SqlType);
  const make = FUNCTIONS[argument];
  if (make === undefined) throw new TypeError(`regexp ${argument}`);
  return make(compiler(engine));
};

/** Options as in DuckDB: c, i, l, m, n, p, s; g is the caller's. */
function compiler(engine: Engine): Compile {
  return (rt, site, pattern, options) => {
    const made = cached<RE2JS | string>(rt, "regexp", `${options} ${pattern}`, () => {
      let flags = 0;
      for (const option of options) {
        if (option === "i") flags |= engine.CASE_INSENSITIVE;
        else if (option === "s") flags |= engine.DOTALL;
        else if (!"cglmnp".includes(option)) return `unknown option of a regular expression: ${option}`;
      }
      try {
        return engine.compile(options.includes("l") ? engine.quote(pattern) : pattern, flags);
      } catch (error) {
        return `invalid regular expression: ${error instanceof Error ? error.message : String(error)}`;
      }
    });
    return typeof made === "string" ? rt.fail(site, made) : made;
  };
}

/** The pattern that was asked for last, by its bytes: it hardly ever changes from row to row. */
class LastPattern {
  private readonly compile: Compile;
  private pattern: Uint8Array = new Uint8Array(0);
  private options: Uint8Array = new Uint8Array(0);
  private made: Matching | undefined;

  constructor(compile: Compile) {
    this.compile = compile;
  }

  get(rt: HostRuntime, site: number, p: number, pl: number, o: number, ol: number): Matching {
    const bytes = rt.bytes();
    if (this.made !== undefined && holds(bytes, p >>> 0, pl, this.pattern) && holds(bytes, o >>> 0, ol, this.options))
      return this.made;
    const [pattern, options] = [readText(rt, p, pl), readText(rt, o, ol)];
    const re2 = this.compile(rt, site, pattern, options);
    this.pattern = readBytes(rt, p, pl);
    this.options = readBytes(rt, o, ol);
    const native = cached<NativePattern | null>(rt, "native regexp", `${options} ${pattern}`, () => {
      return nativePattern(pattern, options) ?? null;
    });
    this.made = { re2, native: native ?? undefined };
    return this.made;
  }
}

function holds(bytes: Uint8Array, address: number, length: number, expected: Uint8Array): boolean {
  if (length !== expected.length) return false;
  for (let i = 0; i < length; i++) if (bytes[address + i] !== expected[i]) return false;
  return true;
}

/** As RE2 quotes: all but letters, digits and underscores of ASCII, and what is not ASCII. */
const quote = (text: string): string =>
  text.replaceAll(/[\x00-\x7f]/g, (c) => (/\w/.test(c) ? c : c === "\0" ? "\\x00" : `\\${c}`));

/** The replacement with `\0` to `\9` filled in by the groups of a match. */
function fill(replacement: string, group: (index: number) => string): string {
  return replacement.replace(/\\([0-9\\])/g, (_, c: string) => (c === "\\" ? "\\" : group(Number(c))));
}

function replaceMatches(pattern: RE2JS, text: string, replacement: string, all: boolean): string {
  const matcher = pattern.matcher(text);
  const groups = pattern.groupCount();
  const wanted = Math.max(0, ...replacementTemplate(replacement).groups);
  // A reference to a group that the pattern lacks leaves the text as it is.
  if (wanted > groups) return text;
  let result = "";
  let from = 0;
  let previousEnd = -1;
  while (matcher.find()) {
    // RE2: an empty match right behind a match does not count.
    const isEmpty = matcher.start() === matcher.end();
    if (isEmpty && matcher.start() === previousEnd) continue;
    previousEnd = matcher.end();
    result += text.slice(from, matcher.start()) + fill(replacement, (index) => matcher.group(index) ?? "");
    from = matcher.end();
    if (!all) break;
  }
  return result + text.slice(from);
}

type Match = readonly (string | null)[] & { readonly start: number; readonly end: number };

/** All matches with their groups. */
function matchesOf(pattern: RE2JS, text: string): readonly Match[] {
  const matcher = pattern.matcher(text);
  const matches: Match[] = [];
  const groups = pattern.groupCount();
  while (matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()];
    const values = Array.from({ length: groups + 1 }, (_, i) => matcher.group(i) ?? null);
    matches.push(Object.assign(values, { start, end }));
  }
  return matches;
}

/**
 * What lies between the matches. Behind each of them the rest is searched as a text of its own; an empty match at its start splits
 * behind the next character.
 */
function splitBy(pattern: RE2JS, text: string): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest !== "") {
    const matcher = pattern.matcher(rest);
    if (!matcher.find()) break;
    let [start, end] = [matcher.start(), matcher.end()];
    if (end === 0) {
      start = end = rest.codePointAt(0)! > 0xffff ? 2 : 1;
      if (end === rest.length) break;
    }
    parts.push(rest.slice(0, start));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}

/** The groups of the first match as a struct, empty where there is none; or those of all matches as a list, NULL where there is none. */
function namedGroups(compile: Compile, type: SqlType): HostFunction {
  const struct = type.kind === "List" ? type.element : type;
  const width = struct.kind === "Struct" ? struct.fields.length : 0;
  return (rt, site: number, t: number, tl: number, p: number, pl: number, o: number, ol: number) => {
    const pattern = compile(rt, site, readText(rt, p, pl), readText(rt, o, ol));
    if (width > pattern.groupCount())
      return rt.fail(site, "there are more names than groups in the regular expression");
    const matches = matchesOf(pattern, readText(rt, t, tl));
    const groups = (match: Match | undefined, missing: string | null): readonly (string | null)[] =>
      Array.from({ length: width }, (_, i) => match?.[i + 1] ?? missing);
    const value = type.kind === "List" ? matches.map((match) => groups(match, null)) : groups(matches[0], "");
    return bytesCell(rt, datumBytes(value, type));
  };
}

const textsCell = (rt: HostRuntime, texts: readonly (string | null)[]): number =>
  bytesCell(rt, datumBytes(texts, listOf(VARCHAR)));

const FUNCTIONS: Readonly<Record<string, (compile: Compile) => HostFunction>> = {
  matches: (compile) => {
    const last = new LastPattern(compile);
    return (rt, site: number, t: number, tl: number, p: number, pl: number, o: number, ol: number) => {
      const { re2, native } = last.get(rt, site, p, pl, o, ol);
      const text = readText(rt, t, tl);
      const isFound =
        native !== undefined && text.length <= native.longest ? native.regexp.test(text) : re2.matcher(text).find();
      return isFound ? 1 : 0;
    };
  },
  full: (compile) => (rt, site: number, t: number, tl: number, p: number, pl: number, o: number, ol: number) =>
    compile(rt, site, readText(rt, p, pl), readText(rt, o, ol)).matches(readText(rt, t, tl)) ? 1 : 0,
  replace:
    (compile) =>
    (rt, site: number, t: number, tl: number, p: number, pl: number, r: number, rl: number, o: number, ol: number) => {
      const options = readText(rt, o, ol);
      const pattern = compile(rt, site, readText(rt, p, pl), options);
      return textCell(rt, replaceMatches(pattern, readText(rt, t, tl), readText(rt, r, rl), options.includes("g")));
    },
  extract: (compile) => {
    const last = new LastPattern(compile);
    return (rt, site: number, t: number, tl: number, p: number, pl: number, o: number, ol: number, group: bigint) => {
      const { re2, native } = last.get(rt, site, p, pl, o, ol);
      const index = Number(group);
      const text = readText(rt, t, tl);
      if (native !== undefined && text.length <= native.longest)
        return textCell(rt, native.regexp.exec(text)?.[index] ?? "");
      const matcher = re2.matcher(text);
      if (index < 0 || index > re2.groupCount() || !matcher.find()) return textCell(rt, "");
      return textCell(rt, matcher.group(index) ?? "");
    };
  },
  split: (compile) => (rt, site: number, t: number, tl: number, p: number, pl: number, o: number, ol: number) =>
    textsCell(rt, splitBy(compile(rt, site, readText(rt, p, pl), readText(rt, o, ol)), readText(rt, t, tl))),
  extract_all:
    (compile) =>
    (rt, site: number, t: number, tl: number, p: number, pl: number, o: number, ol: number, group: bigint) => {
      const pattern = compile(rt, site, readText(rt, p, pl), readText(rt, o, ol));
      const index = Number(group);
      if (index < 0 || index > pattern.groupCount()) {
        return rt.fail(site, `the pattern has no group ${index}, only ${pattern.groupCount()}`);
      }
      return textsCell(
        rt,
        matchesOf(pattern, readText(rt, t, tl)).map((match) => match[index] ?? null),
      );
    },
  escape: () => (rt, t: number, tl: number) => textCell(rt, quote(readText(rt, t, tl))),
};
