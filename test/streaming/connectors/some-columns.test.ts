/** A query reads only the columns that it needs of a file. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "headrace";
import { expect, test } from "vitest";

test.each([
  { format: "csv", options: "'csv.header' = 'false'", text: "1,a,10\n2,b,20\n" },
  { format: "csv", options: "'csv.header' = 'true'", text: "id,name,price\n1,a,10\n2,b,20\n" },
  {
    format: "ndjson",
    options: "'scan.bounded' = 'true'",
    text: '{"id":1,"name":"a","price":10}\n{"price":20,"id":2}\n',
  },
])("$format, $options", async ({ format, options, text }) => {
  const folder = await mkdtemp(join(tmpdir(), "headrace-columns-"));
  const path = join(folder, `a.${format}`);
  await writeFile(path, text);
  const db = await connect({ workers: 1 });
  try {
    await db.execute(`
      CREATE TABLE t (id INT, name VARCHAR, price INT)
      WITH ('connector' = 'filesystem', 'path' = '${path}', 'format' = '${format}', ${options});
      CREATE MATERIALIZED VIEW v AS SELECT price, id FROM t`);
    const rows = (): Promise<unknown> => db.sql("FROM v ORDER BY id").collect({ rows: "array" });
    await expect.poll(rows).toEqual([
      [10, 1],
      [20, 2],
    ]);
  } finally {
    await db.close();
    await rm(folder, { recursive: true });
  }
});
