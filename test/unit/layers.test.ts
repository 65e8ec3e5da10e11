/** What ARCHITECTURE.md promises of the source tree: which room knows which, file sizes, no barrels, no loose ends. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** Files over the limit, each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {
  "src/sql/ast.ts": "one type per kind of node, mutually recursive",
  "src/dataframe/expression/generated-functions.ts": "generated, a line or two for every SQL function",
};
const MAX_LINES = 800;

/** Rooms from the lowest up; a room knows those before it. `io` has rules of its own. */
const ROOMS = ["error", "sql", "planner", "exec", "streaming", "dataframe", "index", "cli", "tpch", "nexmark"];
/** Rooms beside `src`: the benchmarks. */
const BENCHMARKS = ["tpch", "nexmark"];

/** Inside exec, from the lowest up. Folders of one row do not order each other; other files of exec stand above. */
const EXEC_FOLDERS = [
  ["memory", "kernels"],
  ["wasm"],
  ["codegen"],
  ["operators", "exchange", "table"],
  ["schedule", "worker"],
];

type SourceFile = { readonly path: string; readonly text: string; readonly imports: readonly string[] };

const sources: readonly SourceFile[] = ["src", ...BENCHMARKS].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes(`${sep}assembly${sep}`)) // AssemblyScript is another language
    .map((name) => readSource(join(root, folder, name))),
);

function readSource(file: string): SourceFile {
  const text = readFileSync(file, "utf8");
  const specifiers = [...text.matchAll(/^(?:import|export)\b(?:[^;"'(=]*?\bfrom)?\s*["'](\.[^"']+)["']/gm)].map(
    (match) => match[1]!,
  );
  const path = relative(root, file).replaceAll(sep, "/");
  return { path, text, imports: specifiers.map((specifier) => join(dirname(path), specifier).replaceAll(sep, "/")) };
}

function roomOf(path: string): string {
  const [top, second = ""] = path.split("/");
  return BENCHMARKS.includes(top!) ? top! : second.replace(/\.ts$/, "");
}

function execRank(path: string): number {
  const folder = path.split("/")[2] ?? "";
  const rank = EXEC_FOLDERS.findIndex((row) => row.includes(folder));
  return rank < 0 ? EXEC_FOLDERS.length : rank;
}

/** Why `from` may not import `to`; undefined when it may. */
function objection(from: string, to: string): string | undefined {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (room === target) {
    return room === "exec" && execRank(to) > execRank(from) ? "a higher part of exec" : undefined;
  }
  if (target === "error") return undefined;
  if (room === "io") {
    const known = /^src\/(planner\/(types|expr|catalog)|exec\/(memory|kernels))\//.test(to);
    return known ? undefined : "io knows exec/memory, exec/kernels and of the planner types, expr and catalog only";
  }
  if (room === "cli") return target === "index" ? undefined : "the shell uses the public API only";
  if (target === "io") {
    const knows = /^src\/exec\/(schedule|worker)\//.test(from) || ROOMS.indexOf(room) > ROOMS.indexOf("exec");
    return knows ? undefined : "io is known to exec/schedule, exec/worker and the rooms above exec";
  }
  if (!ROOMS.includes(room) || !ROOMS.includes(target)) return "an unknown room";
  return ROOMS.indexOf(target) < ROOMS.indexOf(room) ? undefined : "a higher room";
}

describe("the source tree", () => {
  it("imports one way", () => {
    const wrong = sources.flatMap(({ path, imports }) =>
      imports.flatMap((target) => {
        const why = objection(path, target);
        return why === undefined ? [] : [`${path} imports ${target}: ${why}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it("keeps files short", () => {
    const long = sources.filter(({ path, text }) => text.split("\n").length > MAX_LINES && !(path in LONG_FILES));
    expect(long.map(({ path }) => path)).toEqual([]);
    const stale = Object.keys(LONG_FILES).filter((path) => !sources.some((source) => source.path === path));
    expect(stale).toEqual([]);
  });

  it.each([
    ["barrels beside src/index.ts", /^export\s*(\*|(type\s*)?\{[^}]*\}\s*from)/m],
    // Of `: any`, those on a line with `?` may be the end of a conditional expression; the linter sees them all.
    ["any", /^[^?\n]*[\w)\]]:\s*any\b|\bas any\b|<any\b|\bany\[\]/m],
    ["mutable state of modules", /^(export )?(let|var) /m],
    ["suppressed type errors", /@ts-(ignore|expect-error|nocheck)/],
    ["loose ends", /\b(TODO|FIXME|XXX)\b/],
  ])("has no %s", (_, pattern) => {
    const found = sources.filter(
      ({ path, text }) => path !== "src/index.ts" && pattern.test(withoutComments(text, pattern)),
    );
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

describe("ARCHITECTURE.md", () => {
  it("names files that exist", () => {
    const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
    const paths = [...text.matchAll(/`((?:src|test|scripts|planner|exec|dataframe|sql|io)\/[\w./-]+\.\w+)`/g)].map(
      ([, path]) => path!,
    );
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, "src", path)))).toEqual([]);
  });
});

/** Comments may say "any"; loose ends and suppressions live in comments. */
function withoutComments(text: string, pattern: RegExp): string {
  if (pattern.source.includes("TODO") || pattern.source.includes("@ts")) return text;
  return text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
}
