/** The built shell as a process. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const main = join(import.meta.dirname, "../../dist/src/cli/main.js");

type Outcome = { readonly code: number | null; readonly out: string; readonly err: string };

/** `interrupted`: SIGINT as soon as it prints something. */
function headrace(args: readonly string[], input = "", { interrupted = false } = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], { stdio: "pipe" });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin.on("error", () => undefined); // closed before all was read
  child.stdin.end(input);
  if (interrupted) child.stdout.once("data", () => child.kill("SIGINT"));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

describe("headrace", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "headrace-cli-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("prints a table for -c", async () => {
    expect(await headrace(["-c", "SELECT 42 AS answer"])).toEqual({
      code: 0,
      out: "┌─────────┐\n│ answer  │\n│ integer │\n├─────────┤\n│      42 │\n└─────────┘\n1 row\n",
      err: "",
    });
  });

  it("runs -c and files in the order given, in one session", async () => {
    const file = join(folder, "script.sql");
    await writeFile(file, "INSERT INTO t VALUES (2); -- a comment; with a semicolon\n");
    const select = "SELECT sum(a) AS s FROM t";
    const result = await headrace(["-f", "csv", "-c", "CREATE TABLE t AS SELECT 1 AS a", file, "-c", select]);
    expect(result).toEqual({ code: 0, out: "s\n3\n", err: "" });
  });

  it("reads a script from standard input", async () => {
    const result = await headrace(["--format", "csv"], "SELECT 1 AS a; SELECT ';' AS b");
    expect(result).toEqual({ code: 0, out: "a\n1\nb\n;\n", err: "" });
  });

  it("keeps exact numbers in JSON", async () => {
    const sql =
      "SELECT 9007199254740993 AS i, 12345678901234567890.10::DECIMAL(30,2) AS d, DATE '1995-01-02' AS day, NULL AS n";
    const { out } = await headrace(["-f", "json", "-c", sql]);
    expect(out).toBe('[{"i":9007199254740993,"d":12345678901234567890.10,"day":"1995-01-02","n":null}]\n');
  });

  it("shows an error with its line and a caret, after the results before it", async () => {
    const { code, out, err } = await headrace(
      ["-f", "csv"],
      "SELECT 1 AS a;\n\nSELECT nope FROM (SELECT 1 AS b) x;\nSELECT 2",
    );
    expect({ code, out }).toEqual({ code: 1, out: "a\n1\n" });
    expect(err).toContain("LINE 3: SELECT nope FROM");
    expect(err).toContain("               ^^^^");
  });

  const ticks = (rest: string): string =>
    `CREATE TABLE ticks (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', ${rest});`;

  it("prints the changes of a query over streams until these end", async () => {
    const script = `${ticks("'number-of-rows' = '20'")}
      SELECT n % 2 AS "1", count(*) AS n FROM ticks GROUP BY ALL; SELECT 'over' AS then`;
    expect(await headrace(["-f", "csv"], script)).toEqual({
      code: 0,
      out: "op,1,n\n+I,0,10\n+I,1,10\nthen\nover\n",
      err: "",
    });
  });

  it("prints the changes of a query over streams until it is interrupted", async () => {
    const script = `${ticks("'rows-per-second' = '100'")} SELECT count(*) AS n FROM ticks; SELECT 'never'`;
    const { code, out, err } = await headrace(["-f", "ndjson"], script, { interrupted: true });
    expect({ code, err }).toEqual({ code: 130, err: "interrupted\n" });
    expect(out).toMatch(/^\{"op":"\+I","n":\d+\}\n/);
    expect(out).not.toContain("never");
  });

  it("shows the place of an error in a query over streams", async () => {
    const { code, err } = await headrace([], `${ticks("'number-of-rows' = '20'")}\nSELECT nope FROM ticks`);
    expect(code).toBe(1);
    expect(err).toContain("LINE 2: SELECT nope FROM ticks");
  });

  it("prints times to standard error", async () => {
    const { out, err } = await headrace(["-f", "csv", "--timer", "-c", "SELECT 1 AS a"]);
    expect(out).toBe("a\n1\n");
    expect(err).toMatch(/^Time: \d+\.\d ms\n$/);
  });

  it.each([
    ["an unknown option", ["--nope"]],
    ["an unknown format", ["-f", "xml", "-c", "SELECT 1"]],
    ["a wrong number", ["--workers", "0", "-c", "SELECT 1"]],
    ["a missing script", ["missing.sql"]],
    ["an unknown tpch command", ["tpch", "fly"]],
    ["a wrong scale factor", ["tpch", "gen", "--sf", "-1"]],
  ])("ends with 2 for %s", async (_, args) => {
    const { code, out, err } = await headrace(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Try headrace --help.");
  });

  it("ends quietly when its reader goes away", async () => {
    const child = spawn(process.execPath, [main, "-f", "csv", "-c", "SELECT i FROM range(300000) r (i)"], {
      stdio: "pipe",
    });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  it("ends with 130 when interrupted", async () => {
    const sql = "SELECT count(*) FROM range(100000) a (i), range(100000) b (j), range(100) c (k) WHERE i + j + k = 7";
    const args = ["--format", "csv", "-c", "SELECT 'ready' AS state", "-c", sql];
    const { code, out } = await headrace(args, "", { interrupted: true });
    expect({ code, out }).toEqual({ code: 130, out: "state\nready\n" });
  });

  it("has help and a version", async () => {
    expect((await headrace(["--help"])).out).toMatch(/^Usage: headrace/);
    expect((await headrace(["--version"])).out).toMatch(/^headrace \d+\.\d+\.\d+\n$/);
  });
});
