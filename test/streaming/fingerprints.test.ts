/** Which states of two queries are the same. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { afterEach, beforeEach, expect, it } from "vitest";

let db: Session;
let folder: string;
let queries = 0;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "headrace-fingerprints-"));
  db = await connect({ workers: 1 });
  const table = (name: string, columns: string): string =>
    `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'datagen', 'number-of-rows' = '10')`;
  await db.execute(`
    ${table("a", "k BIGINT, v BIGINT, w BIGINT, d DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND")};
    ${table("b", "k BIGINT, v BIGINT, w BIGINT")}`);
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The fingerprints of a query's states, as its checkpoint has them, and of what it puts out. */
async function fingerprints(query: string): Promise<readonly string[]> {
  const name = `q${queries++}`;
  const columns = (await db.sql(query).schema()).map(({ type }, i) => `c${i} ${type}`);
  await db.execute(`CREATE TABLE ${name} (${columns.join(", ")}) WITH ('connector' = 'blackhole')`);
  const directory = join(folder, name);
  await (
    await db.sql(query).insertInto(name, { checkpoint: { directory } })
  ).done;
  const [file] = readdirSync(directory).filter((one) => one.startsWith("checkpoint-"));
  const { body } = JSON.parse(readFileSync(join(directory, file!), "utf8")) as {
    readonly body: {
      readonly snapshot: { readonly memo: { readonly output: string } };
      readonly states: readonly { readonly fingerprint: string }[];
    };
  };
  return [...body.states.map(({ fingerprint }) => fingerprint), body.snapshot.memo.output];
}

it.each([
  [
    "names do not matter",
    "SELECT k, sum(v) FROM a GROUP BY k",
    "SELECT x.k AS y, sum(x.v) AS z FROM a AS x GROUP BY x.k",
  ],
  [
    "nor other columns that are read",
    "SELECT k, sum(v) FROM a GROUP BY k",
    "SELECT k, sum(v) FROM (SELECT k, v, w FROM a) GROUP BY k",
  ],
  [
    "nor where in the query a part stands",
    "SELECT x.v, y.w FROM a AS x JOIN b AS y ON x.k = y.k",
    "SELECT x.v, y.w FROM a AS x INNER JOIN b AS y ON (x.k = y.k)",
  ],
])("%s", async (_, one, other) => {
  expect(await fingerprints(one)).toEqual(await fingerprints(other));
});

it.each([
  ["what is summed", "SELECT k, sum(v) FROM a GROUP BY k", "SELECT k, sum(w) FROM a GROUP BY k"],
  ["how", "SELECT k, max(v) FROM a GROUP BY k", "SELECT k, min(v) FROM a GROUP BY k"],
  ["by what", "SELECT k, sum(v) FROM a GROUP BY k", "SELECT w, sum(v) FROM a GROUP BY w"],
  ["of which stream", "SELECT k, sum(v) FROM a GROUP BY k", "SELECT k, sum(v) FROM b GROUP BY k"],
  ["a constant", "SELECT k, sum(v + 1) FROM a GROUP BY k", "SELECT k, sum(v + 2) FROM a GROUP BY k"],
  [
    "a zero's sign",
    "SELECT d * 0.0::DOUBLE, count(*) FROM a GROUP BY 1",
    "SELECT d * '-0.0'::DOUBLE, count(*) FROM a GROUP BY 1",
  ],
  ["a condition", "SELECT k, sum(v) FROM a WHERE w > 1 GROUP BY k", "SELECT k, sum(v) FROM a WHERE v > 1 GROUP BY k"],
  [
    "a function",
    "SELECT left(k::VARCHAR, 1), count(*) FROM a GROUP BY 1",
    "SELECT right(k::VARCHAR, 1), count(*) FROM a GROUP BY 1",
  ],
  [
    "how long rows are of use",
    "SELECT x.v, y.v FROM a AS x JOIN a AS y ON x.k = y.k AND x.ts BETWEEN y.ts AND y.ts + INTERVAL '1' MINUTE",
    "SELECT x.v, y.v FROM a AS x JOIN a AS y ON x.k = y.k AND x.ts BETWEEN y.ts AND y.ts + INTERVAL '2' MINUTES",
  ],
])("%s does", async (_, one, other) => {
  const states = await fingerprints(one);
  const others = await fingerprints(other);
  const changed = states.filter((state) => !others.includes(state));
  expect(changed.length).toBeGreaterThan(1);
  expect(changed).toContain(states.at(-1));
});

it("sides of other joins are the same", async () => {
  const first = await fingerprints("SELECT x.v, y.w FROM a AS x JOIN b AS y ON x.k = y.k AND x.w < y.v");
  const second = await fingerprints("SELECT y.w, x.v FROM b AS y JOIN a AS x ON x.k = y.k AND x.w > y.v");
  expect(first.slice(0, 2).toSorted()).toEqual(second.slice(0, 2).toSorted());
  expect(first.at(-1)).not.toBe(second.at(-1));
});

it("a user's function is known by its code", async () => {
  const query = "SELECT f(k), count(*) FROM a GROUP BY 1";
  const found: (readonly string[])[] = [];
  for (const fn of [(x: bigint) => x + 1n, (x: bigint) => x + 2n, (x: bigint) => x + 1n]) {
    await db.close();
    db = await connect({ workers: 1 });
    await db.execute("CREATE TABLE a (k BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '10')");
    db.createFunction("f", { args: ["BIGINT"], returns: "BIGINT", fn });
    found.push(await fingerprints(query));
  }
  expect(found[0]).toEqual(found[2]);
  expect(found[0]!.filter((state) => found[1]!.includes(state))).toEqual([]);
});

it("one that closes over state is known by its name, however many there are", async () => {
  const found: (readonly string[])[] = [];
  for (const others of [0, 3]) {
    await db.close();
    db = await connect({ workers: 1 });
    await db.execute("CREATE TABLE a (k BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '10')");
    const step = BigInt(others);
    for (let i = 0; i < others; i++)
      db.createFunction(`other${i}`, { args: ["BIGINT"], returns: "BIGINT", fn: (x: bigint) => x + step });
    db.createFunction("f", { args: ["BIGINT"], returns: "BIGINT", fn: (x: bigint) => x + step });
    found.push(await fingerprints("SELECT f(k), count(*) FROM a GROUP BY 1"));
  }
  expect(found[0]).toEqual(found[1]);
});
