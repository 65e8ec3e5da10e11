import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { completions } from "../../../src/cli/completion.ts";
import { connect, type Session } from "../../../src/index.ts";

let db: Session;
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headrace-completion-"));
  mkdirSync(join(folder, "parts"));
  writeFileSync(join(folder, "page.csv"), "a\n");
  db = await connect({ workers: 1 });
  await db.execute(
    "CREATE TABLE orders (id INTEGER, customer VARCHAR, größe DOUBLE); CREATE VIEW open_orders AS FROM orders",
  );
  db.createFunction("custom_rate", { args: [], returns: "DOUBLE", fn: () => 1 });
});
afterAll(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

it.each([
  ["SEL", ["SELECT"], "SEL"],
  ["sel", ["select"], "sel"],
  ["SELECT cust", ["customer", "custom_rate("], "cust"],
  ["SELECT o.cust", ["customer"], "cust"],
  ["SELECT orders.grö", ["größe"], "grö"],
  ["SELECT grö", ["größe"], "grö"],
  ["SELECT date_tr", ["date_trunc("], "date_tr"],
  ["SELECT DATE_TR", ["DATE_TRUNC("], "DATE_TR"],
  ["FROM o", ["orders", "open_orders"], "o"],
  ["SELECT 1; INSERT INTO ord", ["orders"], "ord"],
  ["\\d op", ["open_orders"], "op"],
  [".mo", [".mode"], ".mo"],
  [".mode js", ["json"], "js"],
])("%s", async (before, names, replaced) => {
  expect(await completions(db, before)).toEqual([names, replaced]);
});

it("file names in quotes and after commands", async () => {
  const start = join(folder, "pa");
  const files = [join(folder, "page.csv"), `${join(folder, "parts")}/`];
  for (const before of [`SELECT * FROM '${start}`, `.read ${start}`, `SELECT 'x' || '${start}`])
    expect(await completions(db, before)).toEqual([files, start]);
});
