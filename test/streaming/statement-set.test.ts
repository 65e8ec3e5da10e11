/** Several jobs of one statement: all of them start, or none. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { afterEach, beforeEach, expect, it } from "vitest";

/** Machines may be busy. */
const SOON = { timeout: 10_000 };

let db: Session;
let folder: string;
beforeEach(async () => {
  db = await connect({ workers: 1 });
  folder = mkdtempSync(join(tmpdir(), "headrace-set-"));
  writeFileSync(join(folder, "in.csv"), "id\n1\n2\n3\n");
  const table = (name: string): string =>
    `CREATE TABLE ${name} (id INTEGER) WITH ('connector' = 'filesystem', 'path' = '${folder}/${name}', 'format' = 'csv')`;
  await db.execute(`
    CREATE TABLE events (id INTEGER) WITH ('connector' = 'filesystem', 'path' = '${folder}/in.csv', 'scan.bounded' = 'true');
    ${table("small")}; ${table("large")}`);
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

const written = (name: string): string[] =>
  existsSync(join(folder, name))
    ? readdirSync(join(folder, name))
        .filter((file) => file.startsWith("part-"))
        .sort()
        .flatMap((file) =>
          readFileSync(join(folder, name, file), "utf8")
            .trim()
            .split("\n")
            .slice(1),
        )
    : [];

it.each([
  ["EXECUTE STATEMENT SET BEGIN", "END"],
  ["BEGIN STATEMENT SET;", "END"],
])("%s ...", async (begin, end) => {
  await db.execute(`${begin}
    INSERT INTO small SELECT id FROM events WHERE id < 2;
    INSERT INTO large WITH big AS (SELECT id FROM events WHERE id > 1) SELECT CASE WHEN id > 1 THEN id END FROM big;
    ${end}`);
  await expect.poll(() => [written("small"), written("large")], SOON).toEqual([["1"], ["2", "3"]]);
});

it("none starts where one cannot be planned", async () => {
  const set = `EXECUTE STATEMENT SET BEGIN
    INSERT INTO small SELECT id FROM events;
    INSERT INTO large SELECT count(*)::INTEGER FROM events;
    END`;
  await expect(db.execute(set)).rejects.toMatchObject({
    code: "unsupported",
    message: expect.stringContaining('"large" only takes rows that stay') as unknown,
  });
  expect(db.jobs()).toEqual([]);
  expect(written("small")).toEqual([]);
  // Its table is free again.
  await (
    await db.sql("SELECT id FROM events").insertInto("small")
  ).done;
  expect(written("small")).toEqual(["1", "2", "3"]);
});

it("the others are stopped where one cannot start", async () => {
  await db.execute(`
    CREATE TABLE ticks (id INTEGER) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
    CREATE TABLE broken (id INTEGER) WITH ('connector' = 'filesystem', 'path' = '${folder}/broken.csv.gz', 'format' = 'csv')`);
  writeFileSync(join(folder, "broken.csv.gz"), "id\n1\n");
  const set = `EXECUTE STATEMENT SET BEGIN
    INSERT INTO small SELECT id FROM ticks;
    INSERT INTO large SELECT id FROM broken;
    END`;
  await expect(db.execute(set)).rejects.toMatchObject({ code: "unsupported" });
  expect(db.jobs().map((job) => job.name)).toEqual([]);
});

it("names jobs by the setting, or by their tables", async () => {
  await db.execute(`
    CREATE TABLE ticks (id INTEGER) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
    SET 'pipeline.name' = 'mine';
    EXECUTE STATEMENT SET BEGIN
      INSERT INTO small SELECT id FROM ticks; INSERT INTO large SELECT id FROM ticks; INSERT INTO large SELECT -id FROM ticks;
    END`);
  expect(db.jobs().map((job) => job.name)).toEqual(["mine", "mine_2", "mine_3"]);
});
