/** The 22 queries kept up to date while rows come and go, a small part of SF 0.01. */
import { connect, type Stream } from "headrace";
import { expect, it } from "vitest";
import { TABLES } from "../../tpch/gen/schema.ts";
import { QUERY_COUNT, query } from "../../tpch/queries/queries.ts";
import { tpchData } from "../support/tpch-data.ts";
import { Batch, createRandom, planEpochs, pushEpoch, rowsOf, type Tables } from "./prefix-oracle.ts";

/** Customers with all that belongs to them, so that joins find partners. */
const PARTS: Readonly<Record<string, string>> = {
  customer: "c_custkey <= 300",
  orders: "o_custkey <= 300 AND o_orderkey % 4 = 1",
  lineitem: "l_orderkey IN (SELECT o_orderkey FROM '$/orders.parquet' WHERE o_custkey <= 300) AND l_orderkey % 4 = 1",
  part: "p_partkey % 2 = 0",
  partsupp: "ps_partkey % 2 = 0",
};

it("agree with the queries over the rows so far", async () => {
  const directory = await tpchData(0.01);
  const tables: Tables = await readTables(directory);
  const batch = await Batch.open(tables);
  const db = await connect({ workers: 2, temporal: "string" });
  try {
    const streams = new Map<string, Stream>();
    for (const [name, { schema }] of Object.entries(tables))
      streams.set(name, db.stream(name, schema, { changes: true }));
    const numbers = Array.from({ length: QUERY_COUNT }, (_, i) => i + 1);
    const epoch = { rows: 1e9, ms: 1e9 };
    const views = await Promise.all(
      numbers.map((number) => db.sql(query(number)).materialize(`q${number}`, { epoch })),
    );
    for (const operations of planEpochs(tables, [4000, 1500, 100, 1_000_000], 0.03, createRandom(5))) {
      await pushEpoch(streams, operations);
      await batch.take(operations);
      for (const [i, view] of views.entries()) {
        await view.flush();
        const number = numbers[i]!;
        expect(await rowsOf(db, `SELECT * FROM q${number}`), `Q${number}`).toEqual(await batch.rows(query(number)));
      }
    }
    for (const view of views) await view.compact();
    const left = views.map((view) => view.stats().stateRows);
    // Of a sum without groups one row stays: that of no rows.
    expect(Math.max(...left)).toBeLessThanOrEqual(4);
  } finally {
    await db.close();
    await batch.close();
  }
}, 600_000);

async function readTables(directory: string): Promise<Tables> {
  const session = await connect({ workers: 1, temporal: "string" });
  try {
    const entries = await Promise.all(
      TABLES.map(async (name) => {
        const condition = (PARTS[name] ?? "true").replaceAll("$", directory);
        const frame = session.sql(`SELECT * FROM '${directory}/${name}.parquet' WHERE ${condition}`);
        const schema = Object.fromEntries((await frame.schema()).map((column) => [column.name, column.type]));
        return [name, { schema, rows: await frame.collect() }] as const;
      }),
    );
    return Object.fromEntries(entries);
  } finally {
    await session.close();
  }
}
