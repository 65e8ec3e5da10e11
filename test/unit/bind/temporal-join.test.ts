/** `JOIN table FOR SYSTEM_TIME AS OF time`: what becomes of tables with versions and without. */
import { expect, test } from "vitest";
import { HeadraceError } from "../../../src/error.ts";
import { bindStatement } from "../../../src/planner/bind/statement.ts";
import type { CatalogEntry, CatalogSnapshot } from "../../../src/planner/catalog/catalog.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { makeCatalog } from "./catalog.ts";
import { checkPlan, planText } from "./plan-text.ts";

/** The table `types` has versions: `ts` says since when a row of the key `i` holds. */
function catalogWithVersions(): CatalogSnapshot {
  const catalog = makeCatalog();
  const versioned = (entry: CatalogEntry | undefined): CatalogEntry | undefined =>
    entry?.kind === "table" && entry.source.name === "types"
      ? { ...entry, source: { ...entry.source, time: { column: "ts", key: ["i"] } } }
      : entry;
  return { ...catalog, lookup: (name) => versioned(catalog.lookup(name)) };
}

function planOf(sql: string): readonly string[] {
  const [statement] = parseStatements(sql);
  const bound = bindStatement(statement!, catalogWithVersions(), { sql });
  if (bound.kind !== "Query") throw new Error("no query");
  checkPlan(bound.plan);
  return planText(bound.plan).split("\n");
}

function errorOf(sql: string): Pick<HeadraceError, "code" | "message"> {
  try {
    planOf(sql);
  } catch (error) {
    if (error instanceof HeadraceError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error(`no error from: ${sql}`);
}

const LEFT = "FROM (SELECT i, bi, ts AS at, tz, dt FROM types) o";

test("versions are found by key and time", () => {
  const plan = planOf(`SELECT o.i, v.s ${LEFT} JOIN types FOR SYSTEM_TIME AS OF o.at AS v ON o.i = v.i`);
  expect(plan.find((line) => line.includes("AsofJoin"))).toBe("  AsofJoin inner i = i, at >= ts");
});

test("the key may stand first, and in another width", () => {
  const plan = planOf(`SELECT v.s ${LEFT} LEFT JOIN types FOR SYSTEM_TIME AS OF o.at AS v ON v.i = o.bi + 1`);
  expect(plan.find((line) => line.includes("AsofJoin"))).toBe("  AsofJoin left bi + 1 = i::BIGINT, at >= ts");
});

test("other conditions are on the version that was found", () => {
  const plan = planOf(`SELECT v.s ${LEFT} JOIN types FOR SYSTEM_TIME AS OF o.at AS v ON o.i = v.i AND v.f > 1`);
  const at = plan.findIndex((line) => line.includes("AsofJoin"));
  expect(plan[at]).not.toContain("f >");
  expect(plan[at - 1]).toContain("Filter");
});

test("those of a LEFT JOIN leave its values out, and not the row", () => {
  const plan = planOf(`SELECT v.s ${LEFT} LEFT JOIN types FOR SYSTEM_TIME AS OF o.at AS v ON o.i = v.i AND v.f > 1`);
  const at = plan.findIndex((line) => line.includes("AsofJoin"));
  expect(plan[at]).toContain("AsofJoin left i = i");
  expect(plan[at]).not.toContain("f >");
  expect(plan.join()).not.toContain("Filter");
  expect(plan.slice(0, at).join()).toContain("f > ");
});

test("at the time of processing the join is an ordinary one", () => {
  const joins = [
    `${LEFT} JOIN t FOR SYSTEM_TIME AS OF PROCTIME() AS d ON o.i = d.i`,
    "FROM (SELECT *, PROCTIME() AS p FROM u) o JOIN t FOR SYSTEM_TIME AS OF o.p AS d ON o.i = d.i",
    "FROM (SELECT p AS q, i FROM (SELECT *, now() AS p FROM u)) o JOIN t FOR SYSTEM_TIME AS OF q d ON o.i = d.i",
  ];
  for (const join of joins) {
    const plan = planOf(`SELECT d.s ${join}`);
    expect(plan.some((line) => line.includes("Join inner"))).toBe(true);
    expect(plan.some((line) => line.includes("AsofJoin"))).toBe(false);
  }
});

test("at the time of processing it is the latest version", () => {
  const plan = planOf(`SELECT v.s ${LEFT} JOIN types FOR SYSTEM_TIME AS OF PROCTIME() AS v ON o.i = v.i`);
  expect(plan.find((line) => line.includes("AsofJoin"))).toBe("  AsofJoin inner i = i, TIMESTAMP 'infinity' >= ts");
});

test.each([
  [`${LEFT} JOIN t FOR SYSTEM_TIME AS OF o.at d ON o.i = d.i`, "bind", "the table has no versions of other times"],
  [
    `${LEFT} JOIN renamed FOR SYSTEM_TIME AS OF o.at d ON o.i = d.a`,
    "bind",
    "the table has no versions of other times",
  ],
  [
    `${LEFT} JOIN types FOR SYSTEM_TIME AS OF o.at v ON o.bi = v.bi`,
    "bind",
    'a join with versions is by the table\'s key: "i" = ... is missing',
  ],
  [
    `${LEFT} FULL JOIN types FOR SYSTEM_TIME AS OF o.at v ON o.i = v.i`,
    "unsupported",
    "FOR SYSTEM_TIME AS OF in a full join is not supported yet",
  ],
  [
    `${LEFT} JOIN types FOR SYSTEM_TIME AS OF o.at v USING (i)`,
    "unsupported",
    "FOR SYSTEM_TIME AS OF without ON is not supported yet",
  ],
  [
    `${LEFT} JOIN types FOR SYSTEM_TIME AS OF o.dt v ON o.i = v.i`,
    "bind",
    "FOR SYSTEM_TIME AS OF takes a TIMESTAMP, not DATE",
  ],
  [
    "FROM types FOR SYSTEM_TIME AS OF TIMESTAMP '2020-01-01'",
    "unsupported",
    "FOR SYSTEM_TIME AS OF other than on the right side of a join is not supported yet",
  ],
])("%s is refused", (from, code, message) => {
  expect(errorOf(`SELECT 1 ${from}`)).toEqual({ code, message });
});
