/** The programs in examples/, as their users run them. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { connect } from "headrace";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const examples = join(import.meta.dirname, "../../examples");
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headrace-examples-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

describe("examples", () => {
  it("csv-cleaner", async () => {
    const [source, clean, rejected] = ["messy.csv", "clean.parquet", "rejected.csv"].map((name) => join(folder, name));
    await writeFile(
      source!,
      [
        "id,name,email,phone,born,balance",
        '1, Ada   Lovelace ,ADA@Example.org,+44 20 1234 5678,1815-12-10,"1,234.50"',
        "2,Grace Hopper,grace@example.com,001 202 555 0100,09.12.1906,17",
        "x,Nobody,nobody@example.com,,,",
        "2,Grace Hopper,grace@example.com,,,16",
        "",
      ].join("\n"),
    );
    expect(await run(join(examples, "csv-cleaner/clean.mjs"), source!, clean!, rejected!)).toBe(
      "2 rows kept, 1 rejected, 1 duplicates\n",
    );
    const db = await connect({ temporal: "string" });
    try {
      expect((await db.table(clean!).collect()).map((row) => Object.values(row))).toEqual([
        [1n, "Ada Lovelace", "ada@example.org", "+442012345678", "1815-12-10", "1234.50"],
        [2n, "Grace Hopper", "grace@example.com", "+12025550100", "1906-12-09", "17.00"],
      ]);
    } finally {
      await db.close();
    }
    expect(await readFile(rejected!, "utf8")).toBe(
      "problem,id,name,email,phone,born,balance\nid is no number,x,Nobody,nobody@example.com,,,\n",
    );
  });

  it("enrichment", async () => {
    const [source, target] = [join(folder, "visits.csv"), join(folder, "enriched.parquet")];
    await writeFile(source, "id,city\n1,Rome\n2,Oslo\n3,Rome\n4,Nowhere\n5,\n");
    let failures = 1;
    const server = createServer((request, response) => {
      if (request.url === "/Rome" && failures-- > 0) return void response.writeHead(503).end();
      const known: Record<string, object> = {
        "/Rome": { country: "Italy", population: 2_800_000 },
        "/Oslo": { country: "Norway", population: 700_000 },
      };
      const city = known[request.url!];
      response.writeHead(city === undefined ? 404 : 200).end(JSON.stringify(city ?? null));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    try {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      expect(await run(join(examples, "enrichment/enrich.mjs"), source, base, target)).toBe("5 visits, 4 questions\n");
    } finally {
      server.close();
      server.closeAllConnections();
    }
    const db = await connect();
    try {
      expect(await db.table(target).collect({ rows: "array" })).toEqual([
        [1n, "Rome", "Italy", 2_800_000n],
        [2n, "Oslo", "Norway", 700_000n],
        [3n, "Rome", "Italy", 2_800_000n],
        [4n, "Nowhere", null, null],
        [5n, null, null, null],
      ]);
    } finally {
      await db.close();
    }
  });

  it("http-endpoint", async () => {
    const file = join(folder, "orders.parquet");
    const db = await connect();
    try {
      await db
        .sql(
          `SELECT i AS o_orderkey, 'Clerk' || i % 10 AS o_clerk, DATE '1995-01-01' + i::INTEGER AS o_orderdate,
             (i / 2)::DECIMAL(10, 2) AS o_totalprice, i % 2 || '-X' AS o_orderpriority FROM range(50000) r(i)`,
        )
        .write.parquet(file);
    } finally {
      await db.close();
    }
    const server = spawn(process.execPath, [join(examples, "http-endpoint/server.mjs"), file, "0"]);
    const exited = once(server, "exit");
    try {
      const [line] = (await once(server.stdout.setEncoding("utf8"), "data")) as [string];
      const base = `http://127.0.0.1:${/\d+/.exec(line)![0]}`;
      const get = async (path: string): Promise<string> => (await fetch(base + path)).text();
      expect(await get("/orders?clerk=Clerk3&limit=2")).toBe(
        '{"o_orderkey":3,"o_orderdate":"1995-01-04","o_totalprice":1.5}\n' +
          '{"o_orderkey":13,"o_orderdate":"1995-01-14","o_totalprice":6.5}\n',
      );
      expect((await get("/orders?limit=20000")).split("\n").length).toBe(20001);
      expect(JSON.parse(await get("/orders/by-priority?from=2131-11-20"))).toEqual([
        { o_orderpriority: "0-X", orders: 2, total: 49997 },
        { o_orderpriority: "1-X", orders: 2, total: 49998 },
      ]);
      expect(await get("/orders/by-priority?from=soon")).toContain("could not convert string 'soon' to DATE");
      expect((await fetch(`${base}/orders?limit=-1`)).status).toBe(400);
    } finally {
      server.kill("SIGTERM");
    }
    expect(await exited).toEqual([0, null]);
  });
});
