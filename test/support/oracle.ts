/** DuckDB (native) as the oracle: the same SQL, the same row values, and a session like ours. */
import { DuckDBInstance } from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import { HeadraceError } from "../../src/error.ts";
import { formatInstant } from "../../src/planner/types/date-time.ts";
import { openTimeZone, UTC, type TimeZone } from "../../src/planner/types/time-zone.ts";
import { duckDbRows } from "../../tpch/bench/engines/duckdb-rows.ts";
import type { TestResult, TestSession } from "./session.ts";

/** A fresh in-memory database on one thread; errors are `HeadraceError`s, so that it can stand in for the engine. */
export async function connectOracle(): Promise<TestSession> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1", autoload_known_extensions: "false" });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'").catch(() => undefined); // absent without the ICU extension
  return {
    execute: (sql) => execute(connection, sql),
    close: async () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function execute(connection: DuckDBConnection, sql: string): Promise<TestResult[]> {
  const results: TestResult[] = [];
  try {
    const statements = await connection.extractStatements(sql);
    for (let i = 0; i < statements.count; i++) {
      const prepared = await statements.prepare(i);
      const reader = await prepared.runAndReadAll();
      const returnType: number = reader.returnType;
      if (returnType !== QUERY_RESULT) {
        results.push({ kind: "ok", rowCount: reader.rowsChanged });
        continue;
      }
      const zone = await timeZone(connection);
      const rows = duckDbRows(reader, (micros) => formatInstant(micros, zone));
      results.push({ kind: "rows", ...rows, rowCount: reader.currentRowCount });
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new HeadraceError("bind", message.split("\n")[0] ?? "", { cause: error });
  }
  return results;
}

async function timeZone(connection: DuckDBConnection): Promise<TimeZone> {
  const reader = await connection.runAndReadAll("SELECT current_setting('TimeZone')").catch(() => undefined); // ICU again
  return openTimeZone(String(reader?.getRows()[0]?.[0] ?? "UTC")) ?? UTC;
}

/** `ResultReturnType.QUERY_RESULT`; the enum is not exported as a value. */
const QUERY_RESULT = 3;
