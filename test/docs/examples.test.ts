/** Runs the examples in the documentation: every `js` block, whose output the `text` block right behind it shows. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

type Example = { readonly line: number; readonly code: string; readonly output: string | undefined };

const root = fileURLToPath(new URL("../../", import.meta.url));
const pages = [
  "README.md",
  ...readdirSync(join(root, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];
const FENCE = /^```(\w*)\n([\s\S]*?)^```\n/gm;

/** The `js` blocks of a page, in order. */
function examplesOf(page: string): readonly Example[] {
  const text = readFileSync(join(root, page), "utf8");
  const blocks = [...text.matchAll(FENCE)].map(({ 0: all, 1: language, 2: body = "", index }) => ({
    language,
    body,
    start: index,
    end: index + all.length,
  }));
  return blocks.flatMap(({ language, body, start, end }, i) => {
    if (language !== "js") return [];
    const next = blocks[i + 1];
    const follows = next?.language === "text" && text.slice(end, next.start).trim() === "";
    return [{ line: text.slice(0, start).split("\n").length, code: body, output: follows ? next.body : undefined }];
  });
}

/** A block that imports nothing of the package has `db`, a session of its own, and everything that the package exports. */
function moduleOf(code: string): string {
  if (/from "headrace"/.test(code)) return code;
  const imports = code.match(/^import .*\n/gm) ?? [];
  const body = code.replaceAll(/^import .*\n/gm, "");
  return [
    'import * as headrace from "headrace";',
    ...imports,
    "const { connect, col, lit, fn, expr, when, functions } = headrace;",
    "const db = await connect();",
    "try {",
    body,
    "} finally {",
    "  await db.close();",
    "}",
  ].join("\n");
}

let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "headrace-docs-"));
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(root, join(directory, "node_modules", "headrace"));
});

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe.each(
  pages.map((page) => ({ page, examples: examplesOf(page) })).filter(({ examples }) => examples.length > 0),
)("$page", ({ page, examples }) => {
  it.each(examples)("line $line", async ({ line, code, output }) => {
    const file = join(directory, `${page.replace("/", "-")}-${line}.mjs`);
    writeFileSync(file, moduleOf(code));
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: directory, timeout: 60_000 });
    expect(stdout).toBe(output ?? stdout);
  });
});
