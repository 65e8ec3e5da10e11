/**
 * Plans are correct when they mean the same as the query: the physical plan, written back as SQL, must give the oracle's own
 * result for the query. `PLAN_FUZZ=seed,count npx vitest run test/unit/optimize/oracle.test.ts` tries more random queries.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance, type DuckDBConnection } from "@duckdb/node-api";
import { beforeAll, describe, expect, test } from "vitest";
import { planned } from "./harness.ts";
import { physicalSql } from "./physical-sql.ts";
import { createQueries } from "./random-query.ts";

let connection: DuckDBConnection;

beforeAll(async () => {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1", autoload_known_extensions: "false" });
  connection = await instance.connect();
  let state = 42;
  const below = (bound: number): number => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % bound;
  };
  const value = (): string => (below(7) === 0 ? "NULL" : String(below(8)));
  const text = (): string => ["'x'", "'y'", "NULL", "'xyz'"][below(4)] as string;
  const fill = async (table: string, columns: string, count: number, row: () => string): Promise<void> => {
    await connection.run(`CREATE TABLE ${table} (${columns})`);
    await connection.run(`INSERT INTO ${table} VALUES ${Array.from({ length: count }, row).join(", ")}`);
  };
  await fill(
    "t",
    "a INT, b INT, s VARCHAR, n INT NOT NULL",
    40,
    () => `(${value()}, ${value()}, ${text()}, ${below(10)})`,
  );
  await fill(
    "u",
    "c INT, d INT, r VARCHAR, m INT NOT NULL",
    30,
    () => `(${value()}, ${value()}, ${text()}, ${below(10)})`,
  );
  await fill("v", "e INT, f INT", 20, () => `(${value()}, ${value()})`);
});

async function rows(sql: string): Promise<readonly string[]> {
  const reader = await connection.runAndReadAll(sql);
  // Sums have wider types in the one than in the other: as text a number is a number.
  return reader
    .getRowsJson()
    .map((row) =>
      JSON.stringify(
        row.map((cell) => (typeof cell === "string" && /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell)),
      ),
    )
    .toSorted();
}

async function check(sql: string): Promise<void> {
  const expected = await rows(sql);
  for (const optimizer of [true, false]) {
    const plan = physicalSql(planned(sql, optimizer).physical);
    expect(await rows(plan), `${sql}\nwith the optimizer ${optimizer ? "on" : "off"}`).toEqual(expected);
  }
}

describe("plans mean what the query means", () => {
  const queries = readFileSync(join(import.meta.dirname, "../../optimizer/oracle.sql"), "utf8").split(";");
  for (const sql of queries.map((query) => query.trim()).filter((query) => query !== ""))
    test(`the same rows: ${sql}`, () => check(sql));

  const [seed = 1, count = 150] = (process.env["PLAN_FUZZ"] ?? "").split(",").filter(Boolean).map(Number);
  test(`${count} random queries from seed ${seed}`, { timeout: 600_000 }, async () => {
    const next = createQueries(seed);
    for (let i = 0; i < count; i++) await check(next());
  });
});
