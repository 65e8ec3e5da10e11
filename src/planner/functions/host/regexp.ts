/** `regexp matches|full|replace|extract|escape`; re2js is loaded when a module first needs it. */
import type { RE2JS } from "re2js";
import { cached, type HostFamily, type HostFunction, type HostRuntime, readText, textCell } from "./host.ts";

type Engine = typeof RE2JS;
type Compile = (rt: HostRuntime, site: number, pattern: string, options: string) => RE2JS;

export const regexp: HostFamily = async (argument) => {
  const { RE2JS: engine } = await import("re2js");
  const make = FUNCTIONS[argument];
  if (make === undefined) throw new TypeError(`regexp ${argument}`);
  return make(compiler(engine), engine);
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

/** The replacement with `\0` to `\9` filled in by the groups of a match. */
function fill(replacement: string, group: (index: number) => string): string {
  return replacement.replace(/\\([0-9\\])/g, (_, c: string) => (c === "\\" ? "\\" : group(Number(c))));
}

function replaceMatches(pattern: RE2JS, text: string, replacement: string, all: boolean): string {
  const matcher = pattern.matcher(text);
  const groups = pattern.groupCount();
  const wanted = Math.max(0, ...[...replacement.matchAll(/\\([0-9])/g)].map((m) => Number(m[1])));
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

const FUNCTIONS: Readonly<Record<string, (compile: Compile, engine: Engine) => HostFunction>> = {
  matches: (compile) => (rt, site: number, t: number, tl: number, p: number, pl: number, o: number, ol: number) =>
    compile(rt, site, readText(rt, p, pl), readText(rt, o, ol))
      .matcher(readText(rt, t, tl))
      .find()
      ? 1
      : 0,
  full: (compile) => (rt, site: number, t: number, tl: number, p: number, pl: number, o: number, ol: number) =>
    compile(rt, site, readText(rt, p, pl), readText(rt, o, ol)).matches(readText(rt, t, tl)) ? 1 : 0,
  replace:
    (compile) =>
    (rt, site: number, t: number, tl: number, p: number, pl: number, r: number, rl: number, o: number, ol: number) => {
      const options = readText(rt, o, ol);
      const pattern = compile(rt, site, readText(rt, p, pl), options);
      return textCell(rt, replaceMatches(pattern, readText(rt, t, tl), readText(rt, r, rl), options.includes("g")));
    },
  extract:
    (compile) =>
    (rt, site: number, t: number, tl: number, p: number, pl: number, o: number, ol: number, group: bigint) => {
      const pattern = compile(rt, site, readText(rt, p, pl), readText(rt, o, ol));
      const index = Number(group);
      const matcher = pattern.matcher(readText(rt, t, tl));
      if (index < 0 || index > pattern.groupCount() || !matcher.find()) return textCell(rt, "");
      return textCell(rt, matcher.group(index) ?? "");
    },
  escape: (_compile, engine) => (rt, t: number, tl: number) => textCell(rt, engine.quote(readText(rt, t, tl))),
};
