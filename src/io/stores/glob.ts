/** File names by pattern: `*` and `?` within a name, `[a-z]` and `[!a-z]` for one character, `**` for folders at any depth. */
import { type Dirent, existsSync, readdirSync } from "node:fs";
import { ioError } from "./file.ts";

/** One place of a name: any run of characters, or one character that passes. */
type Token = { readonly kind: "run" } | { readonly kind: "one"; readonly passes: (c: string) => boolean };

const MAGIC = /[*?[]/;

/** True when `path` has a character with a meaning in patterns, even if a file has that very name. */
export function isGlob(path: string): boolean {
  return MAGIC.test(path);
}

/**
 * The files that match, in order of their paths, written as the pattern is (relative or absolute). Hidden names match
 * only where the pattern says the dot. A folder a step. Throws `io` when a folder cannot be read.
 */
export function* expandGlob(pattern: string): Generator<void, readonly string[]> {
  const steps = pattern.split("/");
  const root = pattern.startsWith("/") ? "/" : "";
  const found = new Set<string>();
  yield* walk(root, root === "" ? steps : steps.slice(1), found);
  return [...found].sort();
}

/** Follows `steps` from the folder `base`, which ends with a slash or is empty. */
function* walk(base: string, steps: readonly string[], found: Set<string>): Generator<void, void> {
  yield;
  const [step = "", ...rest] = steps;
  const last = rest.length === 0;
  if (step === "**" && !last) {
    yield* walk(base, rest, found);
    for (const entry of folder(base)) {
      if (entry.isDirectory() && !entry.name.startsWith(".")) yield* walk(`${base}${entry.name}/`, steps, found);
    }
    return;
  }
  if (!isGlob(step)) {
    if (!existsSync(`${base}${step}`)) return;
    if (last) found.add(`${base}${step}`);
    else yield* walk(`${base}${step}/`, rest, found);
    return;
  }
  const tokens = tokenize(step);
  for (const entry of folder(base)) {
    if (entry.name.startsWith(".") && !step.startsWith(".")) continue;
    if (!matches(tokens, [...entry.name])) continue;
    if (!last) yield* walk(`${base}${entry.name}/`, rest, found);
    else if (!entry.isDirectory()) found.add(`${base}${entry.name}`);
  }
}

function folder(base: string): readonly Dirent[] {
  try {
    return readdirSync(base === "" ? "." : base, { withFileTypes: true });
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : "";
    if (code === "ENOTDIR" || code === "ENOENT") return [];
    throw ioError("read", base, cause);
  }
}

function tokenize(step: string): readonly Token[] {
  const tokens: Token[] = [];
  const chars = [...step];
  for (let i = 0; i < chars.length; i++) {
    const c = chars[i]!;
    if (c === "*") tokens.push({ kind: "run" });
    else if (c === "?") tokens.push({ kind: "one", passes: () => true });
    else {
      const end = c === "[" ? chars.indexOf("]", i + (chars[i + 1] === "!" ? 3 : 2)) : -1;
      if (end < 0) tokens.push({ kind: "one", passes: (other) => other === c });
      else {
        tokens.push({ kind: "one", passes: characterClass(chars.slice(i + 1, end)) });
        i = end;
      }
    }
  }
  return tokens;
}

/** What stands between brackets: characters and ranges, all others after `!`. */
function characterClass(chars: readonly string[]): (c: string) => boolean {
  const negated = chars[0] === "!";
  const ranges: (readonly [from: string, to: string])[] = [];
  for (let i = negated ? 1 : 0; i < chars.length; i++) {
    const range = chars[i + 1] === "-" && i + 2 < chars.length;
    ranges.push([chars[i]!, chars[range ? i + 2 : i]!]);
    if (range) i += 2;
  }
  return (c) => ranges.some(([from, to]) => c >= from && c <= to) !== negated;
}

/** Greedy, going back to the latest run only: time stays within the product of both lengths. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let t = 0;
  let run = -1;
  let resume = 0;
  for (let n = 0; n < name.length;) {
    const token = tokens[t];
    if (token?.kind === "run") {
      run = t++;
      resume = n;
    } else if (token?.kind === "one" && token.passes(name[n]!)) {
      t++;
      n++;
    } else if (run >= 0) {
      t = run + 1;
      n = ++resume;
    } else return false;
  }
  return tokens.slice(t).every(({ kind }) => kind === "run");
}
