/** Random statements that write, ours and DuckDB's: the same counts, the same errors, the same tables. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import { connectOracle } from "../../support/oracle.ts";
import type { TestSession } from "../../support/session.ts";

const number = fc.integer({ min: -3, max: 12 });
const text = fc.constantFrom("'a'", "'b'", "'longer text'", "NULL", "''");
const value = fc.oneof(number.map(String), fc.constant("NULL"));
const row = fc.tuple(number, value, text).map(([id, a, s]) => `(${id}, ${a}, ${s})`);
const rows = fc.array(row, { minLength: 1, maxLength: 5 }).map((list) => list.join(", "));
const predicate = fc.oneof(
  number.map((n) => `id > ${n}`),
  number.map((n) => `a = ${n}`),
  fc.constantFrom(
    "s = 'a'",
    "a IS NULL",
    "s < 'b' AND id % 2 = 0",
    "id IN (SELECT a FROM t)",
    "a > (SELECT avg(a) FROM t)",
    "TRUE",
    "NULL",
  ),
);
const assignment = fc.constantFrom(
  "a = a + 1",
  "a = NULL",
  "s = s || '!'",
  "a = id, s = 'set'",
  "id = id + 100",
  "id = -id",
  "a = (SELECT max(id) FROM t)",
  "id = 1",
);
const statement = fc.oneof(
  rows.map((list) => `INSERT INTO t VALUES ${list}`),
  rows.map((list) => `INSERT INTO t VALUES ${list} ON CONFLICT DO NOTHING`),
  rows.map(
    (list) => `INSERT INTO t VALUES ${list} ON CONFLICT (id) DO UPDATE SET a = excluded.a, s = t.s || excluded.s`,
  ),
  rows.map((list) => `INSERT OR REPLACE INTO t VALUES ${list}`),
  fc.tuple(number, predicate).map(([n, where]) => `INSERT INTO t SELECT id + ${n}, a, s FROM t WHERE ${where}`),
  fc.tuple(assignment, predicate).map(([set, where]) => `UPDATE t SET ${set} WHERE ${where}`),
  predicate.map(
    (where) =>
      `UPDATE t SET a = u.a FROM (SELECT id, max(a) AS a FROM t GROUP BY id) AS u WHERE u.id = t.id + 1 AND t.${where.startsWith("id") ? where : "id > 0"}`,
  ),
  predicate.map((where) => `DELETE FROM t WHERE ${where}`),
  fc.constantFrom("DELETE FROM t USING t AS u WHERE u.id = t.id + 1"),
);

/** DuckDB refuses it in a transaction that has changed the table. */
const alteration = fc.constantFrom(
  "ALTER TABLE t ADD COLUMN x INTEGER DEFAULT 5",
  "ALTER TABLE t DROP COLUMN IF EXISTS x",
);

/** Statements, with transactions around some of them. */
const script = fc
  .array(
    fc.oneof(
      fc.oneof(statement, alteration).map((sql) => [sql]),
      fc
        .tuple(fc.array(statement, { maxLength: 3 }), fc.constantFrom("COMMIT", "ROLLBACK"))
        .map(([list, end]) => ["BEGIN", ...list, end]),
    ),
    { minLength: 3, maxLength: 10 },
  )
  .map((parts) => parts.flat());

/** Count, error or rows of a statement. */
async function outcome(session: TestSession, sql: string): Promise<unknown> {
  try {
    const [result] = await session.execute(sql);
    return result?.kind === "rows" ? (result.rows ?? []) : "done";
  } catch {
    return "error";
  }
}

it("write what DuckDB writes", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(script, fc.constantFrom(2, 65_536), async (statements, chunkRows) => {
      const ours = await connect({ workers: 1, config: { chunkRows } });
      const theirs = await connectOracle();
      try {
        for (const sql of [
          "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER CHECK (a < 11), s VARCHAR)",
          ...statements,
        ]) {
          const both = [await outcome(ours, sql), await outcome(theirs, sql)];
          expect(both[0], sql).toEqual(both[1]);
          const look = "SELECT * FROM t ORDER BY id";
          expect(await outcome(ours, look), `after ${sql}`).toEqual(await outcome(theirs, look));
        }
      } finally {
        await ours.close();
        await theirs.close();
      }
    }),
    { numRuns: Number(process.env["HEADRACE_PROPERTY_RUNS"] ?? 40), endOnFailure: true },
  );
});
