/** Files behind addresses, from servers that behave and servers that do not. */
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, fileBench } from "../../support/files.ts";

type Handler = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;

let bench: FileBench;
let server: Server;
let base: string;
const handlers = new Map<string, Handler>();
const log: string[] = [];

beforeAll(async () => {
  bench = await fileBench();
  await bench.db.execute("SET http_retry_wait_ms = 1; SET http_timeout = 2");
  const attempts = new Map<string, number>();
  server = createServer((request, response) => {
    const path = request.url ?? "";
    const attempt = (attempts.get(path) ?? 0) + 1;
    attempts.set(path, attempt);
    log.push(`${path} ${request.headers.range ?? ""}`.trim());
    const handler = handlers.get(path);
    if (handler !== undefined) handler(request, response, attempt);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await bench.close();
});
afterEach(() => {
  log.length = 0;
});

/** Serves bytes, whole or by ranges, under a tag. */
function serve(path: string, bytes: Uint8Array, tag = '"1"'): string {
  handlers.set(path, (request, response) => {
    if (request.headers["if-none-match"] === tag) {
      response.writeHead(304).end();
      return;
    }
    const range = rangeOf(request, bytes.length);
    if (range === undefined) {
      response.writeHead(200, { "content-length": bytes.length, etag: tag }).end(bytes);
      return;
    }
    const [start, end] = range;
    response.writeHead(206, { "content-range": `bytes ${start}-${end - 1}/${bytes.length}`, etag: tag });
    response.end(bytes.subarray(start, end));
  });
  return base + path;
}

function rangeOf({ headers }: IncomingMessage, size: number): readonly [number, number] | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  if (from === "") return [Math.max(0, size - Number(to)), size];
  return [Number(from), Math.min(size, Number(to) + 1)];
}

/** A Parquet file of many row groups, larger than what is fetched first. */
async function largeParquet(): Promise<Buffer> {
  const path = bench.path("large.parquet");
  const sql = "SELECT i, md5(i::VARCHAR) AS h, i % 10 AS k FROM range(200000) t(i)";
  await bench.db.execute(`COPY (${sql}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 20000, COMPRESSION none)`);
  return readFileSync(path);
}

const refused = (url: string): Promise<void> => bench.rows(`FROM '${url}'`).then(() => undefined);

describe("files behind addresses", () => {
  it("are read, and read again only where they changed", async () => {
    const url = serve("/a.csv", Buffer.from("a,b\n1,x\n2,y\n"));
    expect(await bench.rows(`FROM '${url}'`)).toEqual([
      ["1", "x"],
      ["2", "y"],
    ]);
    expect(await bench.rows(`SELECT sum(a) FROM '${url}' x JOIN '${url}' y USING (a)`)).toEqual([["3"]]);
    // One look a statement, however often it names the file.
    expect(log).toEqual(["/a.csv", "/a.csv"]);
    serve("/a.csv", Buffer.from("a,b\n3,z\n"), '"2"');
    expect(await bench.rows(`FROM '${url}'`)).toEqual([["3", "z"]]);
    expect(await bench.db.read.csv(url, { allVarchar: true }).collect()).toEqual([{ a: "3", b: "z" }]);
  });

  it("may be compressed, JSON or Arrow, with a query, and several", async () => {
    const one = serve("/1.ndjson.gz", gzipSync('{"a":1}\n'));
    const two = serve("/2.ndjson.gz?token=x", gzipSync('{"a":2}\n'));
    expect(await bench.rows(`SELECT a, filename FROM read_json(['${one}', '${two}'], filename = true)`)).toEqual([
      ["1", one],
      ["2", two],
    ]);
    await bench.db.sql("SELECT 7 AS a").write.arrow(bench.path("x.arrow"));
    expect(await bench.rows(`FROM '${serve("/x.arrow", readFileSync(bench.path("x.arrow")))}'`)).toEqual([[7]]);
  });

  it("are Parquet of which only parts are fetched", async () => {
    const bytes = await largeParquet();
    const url = serve("/large.parquet", bytes);
    expect(await bench.rows(`SELECT count(*) FROM '${url}'`)).toEqual([["200000"]]);
    expect(log).toEqual(["/large.parquet bytes=-65536"]);
    expect(await bench.rows(`SELECT max(h) FROM '${url}' WHERE i BETWEEN 50000 AND 50010`)).toEqual(
      await bench.rows("SELECT max(md5(i::VARCHAR)) FROM range(50000, 50011) t(i)"),
    );
    const fetched = log.slice(2).map((line) => /bytes=(\d+)-(\d+)/.exec(line) ?? []);
    const total = fetched.reduce((sum, [, from, to]) => sum + Number(to) + 1 - Number(from), 0);
    expect(fetched.length).toBeGreaterThan(0);
    expect(total).toBeLessThan(bytes.length / 4);
    const before = log.length;
    expect(await bench.rows(`SELECT sum(i), count(DISTINCT k) FROM '${url}' WHERE i BETWEEN 50000 AND 50010`)).toEqual([
      ["550055", "10"],
    ]);
    expect(log.slice(before).filter((line) => !line.includes("bytes=-")).length).toBeLessThanOrEqual(1);
    expect(await bench.rows(`SELECT sum(i), count(DISTINCT h) FROM '${url}'`)).toEqual([["19999900000", "200000"]]);
  });

  it("are Parquet of which indexes say what to fetch", async () => {
    const path = bench.path("indexed.parquet");
    const sql = "SELECT i, md5(i::VARCHAR) AS h, md5((i + 1)::VARCHAR) AS g FROM range(200000) t(i)";
    await bench.db.execute(`COPY (${sql}) TO '${path}' (ROW_GROUP_SIZE 100000, COMPRESSION none, BLOOM_FILTER (h))`);
    const bytes = readFileSync(path);
    const fetched = async (name: string, filter: string): Promise<number> => {
      const url = serve(`/${name}.parquet`, bytes);
      log.length = 0;
      await bench.rows(`SELECT max(g) FROM '${url}' WHERE ${filter}`);
      const ranges = log.flatMap((line) => /bytes=(\d+)-(\d+)/.exec(line) ?? []);
      let total = 0;
      for (let i = 0; i < ranges.length; i += 3) total += Number(ranges[i + 2]) + 1 - Number(ranges[i + 1]);
      return total / bytes.length;
    };
    // Two filters of 128 KiB; of one column in one row group, a page; all of a column, then.
    expect(await fetched("none", "h = 'none'")).toBeLessThan(0.05);
    expect(await fetched("one", "i = 50000")).toBeLessThan(0.15);
    expect(await fetched("all", "i >= 0")).toBeGreaterThan(0.4);
    expect(await bench.rows(`SELECT i FROM '${base}/one.parquet' WHERE h = md5('150000')`)).toEqual([["150000"]]);
  });

  it("come from servers without ranges, lengths or a place of their own", async () => {
    const bytes = await largeParquet();
    handlers.set("/whole.parquet", (_, response) => response.writeHead(200).end(bytes));
    expect(await bench.rows(`SELECT sum(i) FROM '${base}/whole.parquet'`)).toEqual([["19999900000"]]);
    handlers.set("/moved.parquet", (_, response) => response.writeHead(302, { location: "/large.parquet" }).end());
    serve("/large.parquet", bytes);
    expect(await bench.rows(`SELECT sum(k) FROM '${base}/moved.parquet'`)).toEqual([["900000"]]);
    handlers.set("/chunks.csv", (_, response) => {
      response.writeHead(200);
      response.write("a\n1\n");
      setTimeout(() => response.end("2\n"), 50);
    });
    expect(await bench.rows(`SELECT sum(a) FROM '${base}/chunks.csv'`)).toEqual([["3"]]);
  });

  it("are asked for again where the failure may pass", async () => {
    for (const [name, fail] of Object.entries<Handler>({
      "503": (_, response) => response.writeHead(503, { "retry-after": "0" }).end(),
      reset: (request) => request.socket.destroy(),
      half: (_, response) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("a\n1\n");
        setTimeout(() => response.destroy(), 20);
      },
    })) {
      handlers.set(`/flaky-${name}.csv`, (request, response, attempt) => {
        if (attempt < 3) fail(request, response, attempt);
        else response.writeHead(200).end("a\n5\n");
      });
      expect(await bench.rows(`FROM '${base}/flaky-${name}.csv'`)).toEqual([["5"]]);
    }
  });
});

describe("servers that fail", () => {
  it("are given up", async () => {
    const url = `${base}/none.csv`;
    await expect(bench.rows(`SELECT * FROM '${url}'`)).rejects.toMatchObject({
      code: "io",
      message: `cannot read "${url}": not found (status 404)`,
      span: { start: 14, end: 14 + url.length + 2 },
    });
    expect(log.length).toBe(1);
    handlers.set("/500.csv", (_, response) => response.writeHead(500).end());
    await expect(refused(`${base}/500.csv`)).rejects.toThrow("Internal Server Error (status 500) (4 attempts)");
    expect(log.length).toBe(5);
    handlers.set("/loop.csv", (_, response) => response.writeHead(302, { location: "/loop.csv" }).end());
    await expect(refused(`${base}/loop.csv`)).rejects.toMatchObject({ code: "io" });
    handlers.set("/half.csv", (_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("a\n1\n");
      response.destroy();
    });
    await expect(refused(`${base}/half.csv`)).rejects.toMatchObject({ code: "io", message: /4 attempts/ });
    await expect(refused("http://127.0.0.1:1/x.csv")).rejects.toMatchObject({ code: "io" });
    await expect(refused("http://[nonsense/x.csv")).rejects.toMatchObject({ code: "io" });
  });

  it("do not answer in time, or until the caller has had enough", async () => {
    handlers.set("/silent.csv", () => undefined);
    await bench.db.execute("SET http_timeout = 0.2; SET http_retries = 1");
    try {
      await expect(refused(`${base}/silent.csv`)).rejects.toThrow("no answer within 0.2 s (2 attempts)");
    } finally {
      await bench.db.execute("SET http_timeout = 60; RESET http_retries");
    }
    const abort = new AbortController();
    const run = bench.db.sql(`FROM '${base}/silent.csv'`).collect({ signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(run).rejects.toMatchObject({ code: "cancelled" });
    await bench.db.execute("SET http_timeout = 2");
  });

  it("lie about ranges", async () => {
    const bytes = await largeParquet();
    const good = serve("/truth.parquet", bytes);
    const truth = handlers.get("/truth.parquet") as Handler;
    const liar = async (name: string, lie: Handler, message: string): Promise<void> => {
      handlers.set(`/${name}.parquet`, (request, response, attempt) =>
        request.headers.range === "bytes=-65536" ? truth(request, response, attempt) : lie(request, response, attempt),
      );
      await expect(bench.rows(`SELECT sum(i) FROM '${base}/${name}.parquet'`)).rejects.toMatchObject({
        code: "io",
        message: expect.stringContaining(message) as string,
      });
    };
    await liar(
      "other",
      (_, response) => response.writeHead(206, { "content-range": `bytes 0-9/${bytes.length}` }).end("0123456789"),
      "the server sends bytes 0 to 10",
    );
    await liar("silent", (_, response) => response.writeHead(206).end("0123"), "the server sends no range");
    await liar(
      "garbled",
      (_, response) => response.writeHead(206, { "content-range": "bytes 9-1/5" }).end("0123"),
      "the server sends the range",
    );
    await liar(
      "short",
      (request, response) => {
        const [start, end] = rangeOf(request, bytes.length) as readonly [number, number];
        response.writeHead(206, { "content-range": `bytes ${start}-${end - 1}/${bytes.length}`, etag: '"1"' });
        response.end(bytes.subarray(start, end - 5));
      },
      "were announced (4 attempts)",
    );
    await liar(
      "long",
      (request, response) => {
        const [start, end] = rangeOf(request, bytes.length) as readonly [number, number];
        response.writeHead(206, { "content-range": `bytes ${start}-${end - 1}/${bytes.length}`, etag: '"1"' });
        response.write(bytes.subarray(start, end));
        response.end("and more");
      },
      "bytes came that were asked for (4 attempts)",
    );
    await liar(
      "dying",
      (request, response) => {
        const [start, end] = rangeOf(request, bytes.length) as readonly [number, number];
        const headers = { "content-range": `bytes ${start}-${end - 1}/${bytes.length}`, "content-length": end - start };
        response.writeHead(206, { ...headers, etag: '"1"' });
        response.write(bytes.subarray(start, (start + end) >> 1), () => response.destroy());
      },
      "(4 attempts)",
    );
    await liar(
      "growing",
      (request, response) => {
        const [start, end] = rangeOf(request, bytes.length) as readonly [number, number];
        response.writeHead(206, { "content-range": `bytes ${start}-${end - 1}/${bytes.length + 1}`, etag: '"1"' });
        response.end(bytes.subarray(start, end));
      },
      "has changed while it was being read",
    );
    await liar(
      "changed",
      (request, response) => {
        const [start, end] = rangeOf(request, bytes.length) as readonly [number, number];
        response.writeHead(206, { "content-range": `bytes ${start}-${end - 1}/${bytes.length}`, etag: '"other"' });
        response.end(bytes.subarray(start, end));
      },
      "has changed while it was being read",
    );
    await liar("whole", (_, response) => response.writeHead(200).end(bytes), "status 200");
    handlers.set("/nothing.parquet", (_, response) => response.writeHead(206).end("x"));
    await expect(refused(`${base}/nothing.parquet`)).rejects.toThrow("without saying which");
    expect(await bench.rows(`SELECT sum(i) FROM '${good}'`)).toEqual([["19999900000"]]);
  });
});
