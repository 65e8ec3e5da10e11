/** What long chains of typed DataFrames cost the compiler. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

const IMPORTS = 'import { avg, col, count, type DataFrame, lit, type Session, sum } from "headrace";';
const NOTHING = `${IMPORTS}
export const unused = [avg, col, count, lit, sum];
export function frame(db: Session): DataFrame<object> {
  return db.table("orders");
}`;

/** 51 methods over up to 36 columns. */
const CHAIN = `${IMPORTS}
export const unused = [avg, col, count, lit, sum];
type Order = {
  id: bigint; customer: number; price: string; comment: string | null; day: Date;
  ${Array.from({ length: 11 }, (_, i) => `a${i}: ${["number", "string", "bigint", "Date | null"][i % 4]};`).join(" ")}
};
export function frame(db: Session): DataFrame<object> {
  return db
    .table<Order>("orders")
${Array.from(
  { length: 10 },
  (_, i) => `    .filter(col("id").gt(${i}).and(col("customer").ne(${i})))
    .withColumn("c${i}", col("customer").add(${i}).mul(lit(2)))
    .rename({ c${i}: "d${i}" })
    .select("*", col("d${i}").sub(1).as("e${i}"))
    .sort("id", col("d${i}").desc())`,
).join("\n")}
    .groupBy("customer")
    .agg({ n: count(), total: sum("price"), mean: avg("d3") });
}`;

let directory = "";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "headrace-types-"));
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(root, join(directory, "node_modules", "headrace"));
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Instantiations of types, and seconds that they took. Throws for a text that does not compile. */
async function check(
  name: string,
  text: string,
): Promise<{ readonly instantiations: number; readonly seconds: number }> {
  writeFileSync(join(directory, `${name}.ts`), text);
  const options = { strict: true, noEmit: true, target: "es2023", module: "nodenext", skipLibCheck: true, types: [] };
  const config = join(directory, `${name}.json`);
  writeFileSync(config, JSON.stringify({ compilerOptions: options, files: [`${name}.ts`] }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", config, "--extendedDiagnostics"]);
  const figure = (label: string): number => Number(new RegExp(`^${label}:\\s+([\\d.]+)`, "m").exec(stdout)?.[1]);
  return { instantiations: figure("Instantiations"), seconds: figure("Check time") };
}

it("A chain of 51 methods is checked in less than two seconds", async () => {
  const [without, chain] = [await check("nothing", NOTHING), await check("chain", CHAIN)];
  // The number does not depend on the machine: two million of them take about a second.
  expect(chain.instantiations - without.instantiations).toBeLessThan(400_000);
  expect(chain.instantiations).toBeGreaterThan(without.instantiations);
  // Two seconds, on a machine with nothing else to do.
  expect(chain.seconds - without.seconds).toBeLessThan(10);
});

it("A wrong name in it is an error", async () => {
  const failure = await check("wrong", CHAIN.replace('sum("price")', 'sum("prise")')).catch((error: unknown) => error);
  expect(String((failure as { stdout?: unknown }).stdout)).toContain('"prise"');
});
