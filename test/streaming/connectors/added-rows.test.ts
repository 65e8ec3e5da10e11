/** Rows that are only added are written by kernels, others one by one: the texts are the same. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { afterEach, beforeEach, expect, it } from "vitest";

const COLUMNS = `i BIGINT, u UTINYINT, h HUGEINT, f DOUBLE, b BOOLEAN, s VARCHAR, d DECIMAL(12, 3), wide DECIMAL(30, 2), day DATE,
  ts TIMESTAMP, ms TIMESTAMP(3), secs TIMESTAMP(0), ns TIMESTAMP(9), tz TIMESTAMPTZ, l VARCHAR[], st STRUCT(a INTEGER, b VARCHAR)`;

const PLAIN = `VALUES
  (1::BIGINT, 255::UTINYINT, 170141183460469231731687303715884105727, 0.1, true, 'plain', 1.5, 123456789012345678901234567.89, DATE '2024-02-29',
    TIMESTAMP '2024-02-29 01:02:03.456789', TIMESTAMP '2024-02-29 23:59:59.999', TIMESTAMP '1969-12-31 23:59:59', TIMESTAMP '2024-02-29 01:02:03',
    TIMESTAMPTZ '2024-02-29 01:02:03+00', ['a', 'b'], {'a': 1, 'b': 'x'}),
  (-9223372036854775808, 0, -1, 'NaN', false, 'with "quotes", commas', -0.001, -0.01, DATE '0001-01-01',
    TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMP '1969-12-31 23:59:59.001', TIMESTAMP '1600-01-01 00:00:00', NULL,
    NULL, ['q"', NULL, ','], {'a': NULL, 'b': 'line
break'}),
  (NULL, NULL, NULL, '-inf', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (7, 7, 7, 1e300, true, 'line
break, éclair 日本', 7, 7, DATE '9999-12-31', TIMESTAMP '9999-12-31 23:59:59.9', TIMESTAMP '9999-12-31 23:59:59', TIMESTAMP '9999-12-31 23:59:59',
    NULL, NULL, [], NULL)`;

/** No kernel writes these years, nor any other row of the part. */
const RARE = `,
  (8, 8, 8, -0.0, true, '', 8, 8, DATE '20000-01-01', TIMESTAMP 'infinity', '20000-01-01 00:00:00.5', '20000-01-01 00:00:00', NULL, NULL, [''], NULL)`;

let db: Session;
let folder: string;
beforeEach(async () => {
  db = await connect({ workers: 2 });
  folder = mkdtempSync(join(tmpdir(), "headrace-rows-"));
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

async function written(name: string, rows: string, format: string, options: string): Promise<string> {
  const path = join(folder, name);
  await db.execute(
    `CREATE TABLE ${name} (${COLUMNS}) WITH ('connector' = 'filesystem', 'path' = '${path}', ${format}${options})`,
  );
  const job = await db.sql(rows).insertInto(name);
  await job.done;
  const [file] = readdirSync(path).filter((one) => one.startsWith("part-"));
  return readFileSync(join(path, file!), "utf8");
}

it.each([
  ["csv", "'format' = 'csv', 'csv.header' = 'false'", /,1\n/g],
  [
    "csv_semicolons",
    "'format' = 'csv', 'csv.header' = 'false', 'csv.field-delimiter' = ';', 'csv.null-literal' = 'NULL'",
    /;1\n/g,
  ],
  ["csv_null_like_numbers", "'format' = 'csv', 'csv.header' = 'false', 'csv.null-literal' = '7'", /,1\n/g],
  ["json", "'format' = 'ndjson'", /,"weight":1\}\n/g],
])("%s", async (name, format, weight) => {
  for (const [kind, rows] of Object.entries({ plain: PLAIN, rare: PLAIN + RARE })) {
    const kernels = await written(`${name}_${kind}`, rows, format, "");
    const changelog = ", 'changelog' = 'retract', 'changelog.column' = 'weight'";
    const one = await written(`${name}_${kind}_slow`, rows, format, changelog);
    expect(one.match(weight)).toHaveLength(kind === "plain" ? 4 : 5);
    expect(kernels).toBe(one.replaceAll(weight, name === "json" ? "}\n" : "\n"));
  }
});
