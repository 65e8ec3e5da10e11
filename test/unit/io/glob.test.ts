import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runAtOnce } from "../../../src/exec/table/slices.ts";
import { expandGlob } from "../../../src/io/stores/glob.ts";

const root = mkdtempSync(join(tmpdir(), "headrace-glob-"));
afterAll(() => rmSync(root, { recursive: true }));
for (const file of [
  "a.parquet",
  "b.parquet",
  "b2.parquet",
  ".hidden.parquet",
  "y=1/a.parquet",
  "y=1/m=2/a.parquet",
  "[x].csv",
]) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), "");
}

describe("globs", () => {
  it.each<[pattern: string, files: readonly string[]]>([
    ["*.parquet", ["a.parquet", "b.parquet", "b2.parquet"]],
    ["b*", ["b.parquet", "b2.parquet"]],
    ["b?.parquet", ["b2.parquet"]],
    ["[ab].parquet", ["a.parquet", "b.parquet"]],
    ["[!a-a]*.parquet", ["b.parquet", "b2.parquet"]],
    ["*/a.parquet", ["y=1/a.parquet"]],
    ["y=*/*/*", ["y=1/m=2/a.parquet"]],
    ["**/a.parquet", ["a.parquet", "y=1/a.parquet", "y=1/m=2/a.parquet"]],
    [".h*", [".hidden.parquet"]],
    ["[[]x].csv", ["[x].csv"]],
    ["*.csv/*", []],
    ["none/*", []],
  ])("%s", (pattern, files) => {
    expect(runAtOnce(expandGlob(join(root, pattern)))).toEqual(files.map((file) => join(root, file)));
  });

  it("takes linear time over hostile patterns", () => {
    writeFileSync(join(root, "a".repeat(250)), "");
    expect(runAtOnce(expandGlob(join(root, `${"*a".repeat(120)}b`)))).toEqual([]);
  });
});
