/** What goes wrong around jobs, as who types the statements sees it: a clear error, and nothing written twice or lost when it goes on. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sealJson, unsealJson } from "../../src/streaming/checkpoint/sealed-json.ts";

const main = join(import.meta.dirname, "../../dist/src/cli/main.js");

let folder: string;
const children = new Set<ChildProcess>();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "headrace-bad-input-"));
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
  await rm(folder, { recursive: true });
});

type Outcome = { readonly code: number | null; readonly out: string; readonly err: string };

/** @param blocks of 1024 bytes that a file may have, at most */
function start(sql: string, blocks?: number): { readonly child: ChildProcess; readonly outcome: Promise<Outcome> } {
  const child =
    blocks === undefined
      ? spawn(process.execPath, [main], { cwd: folder })
      : spawn("bash", ["-c", `ulimit -f ${blocks}; exec "${process.execPath}" "${main}"`], { cwd: folder });
  children.add(child);
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin.end(sql);
  const outcome = once(child, "close").then(([code]) => {
    children.delete(child);
    return { code: code as number | null, out, err };
  });
  return { child, outcome };
}

const run = (sql: string, blocks?: number): Promise<Outcome> => start(sql, blocks).outcome;

type Options = { readonly source?: string; readonly isBounded?: boolean; readonly settings?: string };

const job = ({ source = "", isBounded = true, settings = "" }: Options = {}): string => `
  CREATE TABLE clicks (page VARCHAR, ms INTEGER)
    WITH ('connector' = 'filesystem', 'path' = 'clicks.ndjson', 'scan.bounded' = '${isBounded}'${source});
  CREATE TABLE pages (page VARCHAR, ms INTEGER)
    WITH ('connector' = 'filesystem', 'path' = 'pages', 'format' = 'ndjson');
  SET checkpoint_directory = 'state'; ${settings}
  INSERT INTO pages SELECT * FROM clicks;`;

const clicks = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `{"page":"/${from + i}","ms":1}\n`).join("");

const write = (text: string): Promise<void> => writeFile(join(folder, "clicks.ndjson"), text);

async function writtenPages(): Promise<string[]> {
  const files = await readdir(join(folder, "pages"));
  const texts = await Promise.all(
    files.filter((name) => name.endsWith(".ndjson")).map((name) => readFile(join(folder, "pages", name), "utf8")),
  );
  return texts
    .flatMap((text) => text.trim().split("\n"))
    .map((line) => (JSON.parse(line) as { page: string }).page)
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
}

const pages = (count: number): string[] => Array.from({ length: count }, (_, i) => `/${i}`);

describe("records that are no rows", () => {
  const BAD = `${clicks(0, 1)}{"page":"/x","ms":"soon"}\nnot json\n${clicks(1, 2)}`;
  const failure = `format error: "clicks.ndjson" line 2 (byte 21): "soon" in column "ms" is no INTEGER
Hint: 'parse-errors' = 'skip' leaves such records out, 'dead-letter' keeps them in a file\n`;

  it("end the job, until it is told to skip them", async () => {
    await write(BAD);
    for (let i = 0; i < 2; i++) expect(await run(job())).toEqual({ code: 1, out: "", err: failure });
    expect(await run(job({ source: ", 'parse-errors' = 'skip'" }))).toMatchObject({ code: 0, err: "" });
    expect(await writtenPages()).toEqual(pages(2));
  });

  it("go to a file with their position", async () => {
    await write(BAD);
    const source = ", 'parse-errors' = 'dead-letter', 'dead-letter.path' = 'dead.ndjson'";
    for (let i = 0; i < 2; i++) expect(await run(job({ source }))).toMatchObject({ code: 0, err: "" });
    expect(await writtenPages()).toEqual(pages(2));
    const dead = (await readFile(join(folder, "dead.ndjson"), "utf8")).trim().split("\n");
    expect(dead.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        source: "clicks.ndjson",
        position: 21,
        error: '"soon" in column "ms" is no INTEGER',
        text: '{"page":"/x","ms":"soon"}',
      },
      expect.objectContaining({ source: "clicks.ndjson", position: 47, text: "not json" }),
    ]);
  });

  it("need a policy that there is", async () => {
    expect((await run(job({ source: ", 'parse-errors' = 'ignore'" }))).err).toContain(
      'the option "parse-errors" of the table "clicks" must be one of fail, skip, dead-letter, not "ignore"',
    );
    expect((await run(job({ source: ", 'parse-errors' = 'dead-letter'" }))).err).toContain(
      'the table "clicks" needs the option "dead-letter.path"',
    );
  });
});

describe("a source that shrinks", () => {
  const shrank = (
    now: number,
  ): string => `io error: "clicks.ndjson" shrank: it was read up to byte 42, and has ${now} bytes now
Hint: files that are read may only grow\n`;

  it("ends the job that reads it", async () => {
    await write(clicks(0, 2));
    const { outcome } = start(job({ isBounded: false }));
    await until(() => existsSync(join(folder, "pages/.committed-pages")));
    await truncate(join(folder, "clicks.ndjson"), 5);
    expect(await outcome).toEqual({ code: 1, out: "", err: shrank(5) });
    expect(await writtenPages()).toEqual(pages(2));
  });

  it("is noticed when the job is started again", async () => {
    await write(clicks(0, 2));
    expect(await run(job())).toMatchObject({ code: 0, err: "" });
    await truncate(join(folder, "clicks.ndjson"), 5);
    expect(await run(job())).toEqual({ code: 1, out: "", err: shrank(5) });
    await write(clicks(0, 3));
    expect(await run(job())).toMatchObject({ code: 0, err: "" });
    expect(await writtenPages()).toEqual(pages(3));
  });

  it("is noticed where an epoch has to be read again", async () => {
    await write(`${clicks(0, 1)}{"page":"/x","ms":"soon"}\n`);
    expect((await run(job())).code).toBe(1);
    await truncate(join(folder, "clicks.ndjson"), 5);
    expect((await run(job())).err).toContain('"clicks.ndjson" shrank: it was read up to byte 47, and has 5 bytes now');
  });
});

it("one job has a checkpoint directory", async () => {
  await write(clicks(0, 2));
  const { child, outcome } = start(job({ isBounded: false }));
  await until(() => existsSync(join(folder, "pages/.committed-pages")));
  const second = await run(job());
  expect(second.code).toBe(1);
  expect(second.err).toContain(`io error: "state/pages" is in use by the job "pages" in process ${child.pid}, since `);
  expect(second.err).toContain("Hint: stop that job, or give each job a directory of its own");
  child.kill("SIGKILL");
  await outcome;
  await appendFile(join(folder, "clicks.ndjson"), clicks(2, 4));
  expect(await run(job())).toMatchObject({ code: 0, err: "" });
  expect(await writtenPages()).toEqual(pages(4));
});

it("checkpoints need a directory", async () => {
  await write(clicks(0, 2));
  await writeFile(join(folder, "state"), "");
  expect(await run(job())).toEqual({
    code: 1,
    out: "",
    err: 'io error: cannot create "state/pages": a folder in its path is a file\n',
  });
});

describe("no room", () => {
  const many = { settings: "SET checkpoint_interval_epochs = 2; SET epoch_rows = 500;" };

  it.skipIf(process.platform === "win32")("in the checkpoint directory", async () => {
    await write(clicks(0, 10_000));
    const grouped = (text: string): string =>
      text
        .replace("SELECT * FROM clicks", "SELECT page, max(ms) FROM clicks GROUP BY page")
        .replace("'format' = 'ndjson'", "'format' = 'ndjson', 'changelog' = 'retract'");
    const full = await run(grouped(job(many)), 32);
    expect(full).toMatchObject({ code: 1, out: "" });
    expect(full.err).toMatch(/^io error: cannot write "state\/pages\/chunks\/\d+": the file would be too large\n$/);
    expect(await run(grouped(job(many)))).toMatchObject({ code: 0, err: "" });
    expect(await writtenPages()).toEqual(pages(10_000));
  });

  it.skipIf(process.platform === "win32")("in the folder of a sink", async () => {
    await write(clicks(0, 10_000));
    const full = await run(job({ settings: "SET epoch_rows = 5000;" }), 32);
    expect(full).toMatchObject({ code: 1, out: "" });
    expect(full.err).toMatch(
      /^io error: cannot write "pages\/\.part-pages-0000000001\.ndjson\.tmp": the file would be too large\n$/,
    );
    expect(await writtenPages()).toEqual([]);
    expect(await run(job())).toMatchObject({ code: 0, err: "" });
    expect(await writtenPages()).toEqual(pages(10_000));
  });
});

describe("checkpoints", () => {
  const manifests = async (): Promise<string[]> => {
    const names = (await readdir(join(folder, "state/pages"))).filter((name) => name.startsWith("checkpoint-"));
    return names.sort().map((name) => join(folder, "state/pages", name));
  };

  /** Two checkpoints and the rows behind them. */
  const begin = async (): Promise<string[]> => {
    await write(clicks(0, 100));
    expect(await run(job())).toMatchObject({ code: 0, err: "" });
    await appendFile(join(folder, "clicks.ndjson"), clicks(100, 200));
    expect(await run(job())).toMatchObject({ code: 0, err: "" });
    await appendFile(join(folder, "clicks.ndjson"), clicks(200, 300));
    return manifests();
  };

  it("of a newer version are left alone", async () => {
    const newest = (await begin()).at(-1)!;
    const bytes = await readFile(newest);
    await writeFile(newest, sealJson(9, unsealJson(bytes, 9, newest)));
    const { code, err } = await run(job());
    expect(code).toBe(1);
    expect(err).toMatch(
      /^unsupported error: "state\/pages\/checkpoint-\d+\.json" was written by a newer version: its format is 9, this version knows 1\n/,
    );
    await writeFile(newest, bytes);
    expect(await run(job())).toMatchObject({ code: 0, err: "" });
    expect(await writtenPages()).toEqual(pages(300));
  });

  it("that are damaged give way to the one before", async () => {
    const all = await begin();
    expect(all).toHaveLength(2);
    await truncate(all[1]!, 50);
    const { code, err } = await run(job());
    expect(err).toMatch(
      /^Warning: an older checkpoint is taken: "state\/pages\/checkpoint-\d+\.json" is damaged: it does not match its checksum\n$/,
    );
    expect(code).toBe(0);
    expect(await writtenPages()).toEqual(pages(300));
  });

  it("say so when none is whole", async () => {
    for (const file of await begin()) await truncate(file, 50);
    const { code, err } = await run(job());
    expect(code).toBe(1);
    expect(err).toMatch(/^format error: no checkpoint in "state\/pages" is whole: /);
    expect(err).toContain("Hint: begin in another directory, from a savepoint or from the start of the sources");
    expect(await writtenPages()).toEqual(pages(200));
  });
});

it("watermarks do not go back: rows behind them are late, and can be had", async () => {
  const at = (second: number): string => `{"ts":"2024-01-01 00:00:${second}"}\n`;
  await write([10, 30, 12, 31].map(at).join(""));
  const { out, err } = await run(`
    CREATE TABLE events (ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
      WITH ('connector' = 'filesystem', 'path' = 'clicks.ndjson', 'scan.bounded' = 'true');
    CREATE TABLE counts (till TIMESTAMP(3), n BIGINT) WITH ('connector' = 'print');
    CREATE TABLE late (ts TIMESTAMP(3)) WITH ('connector' = 'print', 'print-identifier' = 'late');
    INSERT INTO counts SELECT window_end, count(*)
      FROM TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY window_start, window_end;
    INSERT INTO late SELECT ts FROM events WHERE ts <= CURRENT_WATERMARK(ts);`);
  expect(err).toBe("");
  expect(out.trim().split("\n").sort()).toEqual([
    "+I[2024-01-01 00:00:20, 1]",
    "+I[2024-01-01 00:00:40, 2]",
    "late> +I[2024-01-01 00:00:12]",
  ]);
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 20));
}
