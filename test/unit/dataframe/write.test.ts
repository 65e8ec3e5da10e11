import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { col, connect, type Session } from "../../../src/index.ts";

let db: Session;
let folder: string;

beforeAll(async () => {
  db = await connect({ workers: 2, temporal: "string" });
  folder = mkdtempSync(join(tmpdir(), "headrace-write-"));
  await db.execute(
    `CREATE TABLE t AS SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE 'text "' || i || '", more' END AS s, (i / 4)::DECIMAL(9,2) AS d,
       DATE '2020-01-01' + i::INTEGER AS day FROM range(1000) r(i)`,
  );
});

afterAll(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

const rows = (sql: string): Promise<unknown[][]> => db.sql(sql).collect({ rows: "array" });

describe("written files", () => {
  it("read back as they were", async () => {
    const expected = await rows("SELECT * FROM t ORDER BY i");
    const parquet = join(folder, "t.parquet");
    expect(await db.table("t").write.parquet(parquet, { compression: "gzip", rowGroupSize: 300 })).toBe(1000);
    expect(await rows(`SELECT * FROM '${parquet}' ORDER BY i`)).toEqual(expected);
    const csv = join(folder, "t.csv");
    expect(await db.table("t").write.csv(csv)).toBe(1000);
    expect(await rows(`SELECT i, s, d, day FROM read_csv('${csv}', types = {'d': 'DECIMAL(9,2)'}) ORDER BY i`)).toEqual(
      expected,
    );
  });

  it("are written by COPY too", async () => {
    const path = join(folder, "copy.csv");
    const [result] = await db.execute(
      `COPY (SELECT i, s FROM t WHERE i < 2 ORDER BY i) TO '${path}' (DELIMITER ';', HEADER false, NULLSTR 'NULL')`,
    );
    expect(result).toMatchObject({ kind: "ok", rowCount: 2 });
    expect(readFileSync(path, "utf8")).toBe('0;NULL\n1;"text ""1"", more"\n');
  });

  it("leave nothing when the query fails", async () => {
    const before = readdirSync(folder).length;
    const failing = db.table("t").select(col("s").cast("INTEGER").as("n"));
    await expect(failing.write.csv(join(folder, "failed.csv"))).rejects.toMatchObject({ code: "type" });
    await expect(failing.write.parquet(join(folder, "failed.parquet"))).rejects.toMatchObject({ code: "type" });
    expect(readdirSync(folder)).toHaveLength(before);
    await expect(db.table("t").write.csv(join(folder, "no", "such", "folder.csv"))).rejects.toMatchObject({
      code: "io",
    });
    expect(existsSync(join(folder, "no"))).toBe(false);
  });
});
