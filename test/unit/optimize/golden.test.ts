import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatGolden, goldenPlan, parseGolden } from "./golden.ts";

const folder = join(import.meta.dirname, "../../optimizer");
/** `UPDATE_PLANS=1 npx vitest run test/unit/optimize` rewrites the files. */
const update = process.env["UPDATE_PLANS"] !== undefined;

for (const file of readdirSync(folder).filter((name) => name.endsWith(".plans"))) {
  describe(`golden ${file}`, () => {
    const path = join(folder, file);
    const cases = parseGolden(readFileSync(path, "utf8"));
    if (update) writeFileSync(path, formatGolden(cases.map((golden) => ({ ...golden, plan: goldenPlan(golden) }))));
    for (const golden of update ? parseGolden(readFileSync(path, "utf8")) : cases) {
      test(`${golden.expect}: ${golden.sql.replaceAll("\n", " ").slice(0, 80)}`, () => {
        expect(goldenPlan(golden)).toBe(golden.plan);
      });
    }
  });
}
