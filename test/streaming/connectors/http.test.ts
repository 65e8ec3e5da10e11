import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as types from "../../../src/planner/types/types.ts";
import { findConnector, openSource } from "../../../src/streaming/connectors/connectors.ts";
import type { HttpSource } from "../../../src/streaming/connectors/http/http-source.ts";
import { bodyLines } from "../../../src/streaming/connectors/http/body-lines.ts";
import type { Positions } from "../../../src/streaming/connectors/source.ts";
import { Bench, type TextRow } from "./support.ts";

let bench: Bench;
let folder: string;
const sources = new Set<HttpSource>();
beforeEach(() => {
  bench = new Bench();
  folder = mkdtempSync(join(tmpdir(), "headrace-connectors-"));
});
afterEach(async () => {
  for (const source of sources) await source.close();
  sources.clear();
  bench.expectEmpty();
  rmSync(folder, { recursive: true });
});

const COLUMNS = { id: types.BIGINT, name: types.VARCHAR };

async function open(options: Record<string, string | number> = {}): Promise<HttpSource> {
  const all = { port: 0, "journal.path": join(folder, "journal"), ...options };
  const source = (await openSource(
    "http",
    bench.table(COLUMNS, all, [], ["id"]),
    bench.context(COLUMNS),
  )) as HttpSource;
  sources.add(source);
  return source;
}

async function close(source: HttpSource): Promise<void> {
  sources.delete(source);
  await source.close();
}

async function post(source: HttpSource, body: string, path = "/", init: RequestInit = {}): Promise<[number, unknown]> {
  const response = await fetch(`http://127.0.0.1:${source.port}${path}`, { method: "POST", body, ...init });
  return [response.status, await response.json()];
}

async function next(source: HttpSource, from: Positions, limit = 1000): Promise<[rows: TextRow[], to: Positions]> {
  const { to } = await source.advance(from, limit);
  return [await bench.readEpoch(source, from, to), to];
}

describe("the HTTP receiver", () => {
  it("takes lines and arrays, and reads them again", async () => {
    const source = await open();
    expect(await next(source, new Map())).toEqual([[], new Map()]);
    expect(await post(source, '{"id":1,"name":"a"}\n{"id":2}')).toEqual([200, { rows: 2 }]);
    expect(await post(source, ' [ {"id":3,\n "name":"x, [\\"y\\"]"} ,{"id":4}\r\n]\n')).toEqual([200, { rows: 2 }]);
    expect(await post(source, "[]")).toEqual([200, { rows: 0 }]);
    expect(await post(source, "")).toEqual([200, { rows: 0 }]);
    const [rows, to] = await next(source, new Map());
    expect(rows).toEqual([
      ["1", "a"],
      ["2", null],
      ["3", 'x, ["y"]'],
      ["4", null],
    ]);
    expect(await next(source, to)).toEqual([[], to]);
    const [first, middle] = await next(source, new Map(), 1);
    expect(first).toEqual(rows.slice(0, 2));
    expect((await next(source, middle))[0]).toEqual(rows.slice(2));
  });

  it("takes many bodies at once", async () => {
    const source = await open({ "journal.segment-bytes": 500 });
    for (let wave = 0; wave < 100; wave += 20) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => post(source, `{"id":${wave + i}}\n{"id":${wave + i},"name":"second"}\n`)),
      );
      expect(answers.every(([status]) => status === 200)).toBe(true);
    }
    const [rows, to] = await next(source, new Map(), 1e6);
    expect(rows.length).toBe(200);
    for (let i = 0; i < 200; i += 2) {
      expect(rows[i]![1]).toBe(null);
      expect(rows[i + 1]).toEqual([rows[i]![0], "second"]);
    }
    const segments = (): string[] => readdirSync(join(folder, "journal")).filter((name) => name.endsWith(".journal"));
    const before = segments().length;
    expect(before).toBeGreaterThan(3);
    const [, middle] = await next(source, new Map(), 100);
    await source.release(middle);
    expect(segments().length).toBeLessThan(before);
    expect((await next(source, middle, 1e6))[0]).toEqual(rows.slice(100));
    await source.release(to);
    expect(segments().length).toBe(1);
    await expect(source.advance(new Map([["journal", 0]]), 1)).rejects.toMatchObject({ code: "io" });
    await close(source);
    const again = await open();
    expect(await next(again, to)).toEqual([[], to]);
    await expect(again.advance(new Map([["journal", 1e9]]), 1)).rejects.toThrow("is not there");
  });

  it("refuses bodies with records that are no rows, whole", async () => {
    const source = await open();
    expect(await post(source, '{"id":1}\n\n{"id":"x"}\n{"id":3}')).toEqual([
      400,
      { error: 'record 2: "x" in column "id" is no BIGINT', record: 2, text: '{"id":"x"}' },
    ]);
    expect(await post(source, '[{"id":1},{"name":"a"}]')).toEqual([
      400,
      { error: 'record 2: the column "id" has no value, and it is NOT NULL', record: 2, text: '{"name":"a"}' },
    ]);
    expect((await post(source, "{"))[0]).toBe(400);
    for (const body of ["[", "[1", '[{"id":1},]', '[,{"id":1}]', '[{"id":1}] x', "[{]", '[{"id":1}', "[]]"]) {
      expect(await post(source, body)).toEqual([400, expect.objectContaining({ error: expect.any(String) as string })]);
    }
    expect(await next(source, new Map())).toEqual([[], new Map()]);
  });

  it("skips them, or keeps them in a file", async () => {
    const letters = join(folder, "dead.ndjson");
    const source = await open({ "parse-errors": "dead-letter", "dead-letter.path": letters });
    const body = '{"id":1}\n{"id":"x"}\n{"id":3}\nnothing\n';
    expect(await post(source, body)).toEqual([200, { rows: 2, skipped: 2 }]);
    expect(await post(source, "bad")).toEqual([200, { rows: 0, skipped: 1 }]);
    expect((await next(source, new Map()))[0].map(([id]) => id)).toEqual(["1", "3"]);
    const entries = readFileSync(letters, "utf8").trimEnd().split("\n");
    expect(entries.map((entry) => (JSON.parse(entry) as { text: string }).text)).toEqual([
      '{"id":"x"}',
      "nothing",
      "bad",
    ]);
    await close(source);
    const skipping = await open({ "parse-errors": "skip" });
    expect(await post(skipping, body)).toEqual([200, { rows: 2, skipped: 2 }]);
  });

  it("turns bodies away while too much waits", async () => {
    const source = await open({ "max-backlog": 100, "max-body": 200 });
    const line = `{"id":1,"name":"${"x".repeat(100)}"}`;
    expect((await post(source, line))[0]).toBe(200);
    const refused = await fetch(`http://127.0.0.1:${source.port}/`, { method: "POST", body: line });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    const [rows, to] = await next(source, new Map());
    expect(rows.length).toBe(1);
    await source.advance(to, 1);
    expect((await post(source, line))[0]).toBe(200);
    const { to: end } = await source.advance(to, 10);
    await source.advance(end, 1);
    expect((await post(source, line + line))[0]).toBe(413);
    expect((await post(source, line, "/other"))[0]).toBe(404);
    expect((await post(source, line, "/?x=1", { headers: { "content-encoding": "gzip" } }))[0]).toBe(415);
    const got = await fetch(`http://127.0.0.1:${source.port}/`);
    expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("wakes who waits", async () => {
    const source = await open();
    const start = performance.now();
    setTimeout(() => void post(source, '{"id":1}'), 50);
    await source.wait(new Map(), AbortSignal.timeout(5000));
    expect(performance.now() - start).toBeLessThan(900);
    expect((await next(source, new Map()))[0].length).toBe(1);
    const aborted = performance.now();
    const { to } = await source.advance(new Map(), 10);
    await source.wait(to, AbortSignal.timeout(20));
    expect(performance.now() - aborted).toBeLessThan(800);
  });

  it("is the only one on its journal and its port", async () => {
    const source = await open();
    await expect(open()).rejects.toMatchObject({ code: "io" });
    await expect(open({ port: source.port, "journal.path": join(folder, "other") })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${source.port}: the address is in use`,
    );
    // What failed has left nothing behind.
    await open({ "journal.path": join(folder, "other") });
  });

  it("has what it answered by 200 after its process was killed", async () => {
    const port = await freePort();
    const script = `
      import * as types from "${join(import.meta.dirname, "../../../src/planner/types/types.ts")}";
      import { openSource } from "${join(import.meta.dirname, "../../../src/streaming/connectors/connectors.ts")}";
      import { Bench } from "${join(import.meta.dirname, "support.ts")}";
      const bench = new Bench();
      const columns = { id: types.BIGINT, name: types.VARCHAR };
      const options = { port: ${port}, "journal.path": ${JSON.stringify(join(folder, "journal"))}, "journal.segment-bytes": 300 };
      openSource("http", bench.table(columns, options), bench.context(columns)).then(() => console.log("listens"));`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      cwd: join(import.meta.dirname, "../../.."),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const taken = new Set<number>();
    const sent = Array.from({ length: 60 }, async (_, i) => {
      await new Promise((resolve) => setTimeout(resolve, i * 2));
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: `{"id":${i}}\n{"id":${i}}` });
      if (response.status === 200) taken.add(i);
    });
    await Promise.all(sent.slice(0, 20));
    child.kill("SIGKILL");
    await Promise.allSettled(sent);
    await ended;
    expect(taken.size).toBeGreaterThan(19);
    const [rows] = await next(await open(), new Map(), 1e6);
    const counts = new Map<string, number>();
    for (const [id] of rows) counts.set(id!, (counts.get(id!) ?? 0) + 1);
    for (const i of taken) expect(counts.get(String(i))).toBe(2);
    expect([...counts.values()].every((count) => count === 2)).toBe(true);
  });

  it("refuses options that make no sense", async () => {
    const check = (options: Record<string, string>): Promise<unknown> =>
      findConnector("http", bench.table(COLUMNS, options));
    await expect(check({ port: "1" })).rejects.toThrow('needs the option "journal.path"');
    await expect(check({ "journal.path": "x" })).rejects.toThrow('needs the option "port"');
    await expect(check({ "journal.path": "x", port: "70000" })).rejects.toThrow("65535 at most");
    await expect(check({ "journal.path": "x", port: "1", format: "csv" })).rejects.toThrow("json or debezium-json");
    await expect(check({ "journal.path": "x", port: "1", path: "rows" })).rejects.toThrow("begins with a slash");
    await expect(check({ "journal.path": "x", port: "1", "csv.header": "true" })).rejects.toThrow(
      'unknown option "csv.header"',
    );
  });
});

it.each([
  ['[1,"a,b",{"x":[1,2],"y":"]"}]', '1\n"a,b"\n{"x":[1,2],"y":"]"}\n'],
  [' [\n{"a":\n1}\n]\n', ' {"a": 1} \n'],
  ['["a\\"]", 2]', '"a\\"]"\n 2\n'],
  ["[]", ""],
  ["[ ]", ""],
  ["[,]", undefined],
  ["[1,]", undefined],
  ["[1 2", undefined],
  ["[}", undefined],
  ['{"a":1}', '{"a":1}\n'],
])("values of the body %j", (body, lines) => {
  expect(bodyLines(Buffer.from(body))?.toString()).toBe(lines);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
