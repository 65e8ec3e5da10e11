import { columnsOf, readsOnly, ref, substituteColumns } from "../../../planner/expr/columns.ts";
import type { Expr } from "../../../planner/expr/expr.ts";
import { someExpr } from "../../../planner/expr/map.ts";
import { definitionOf } from "../../../planner/functions/registry.ts";
import { i32, i64, num, select } from "../../../planner/ir/builder.ts";
import { canFail } from "../../../planner/optimize/fallible.ts";
import { exprKey } from "../../../planner/optimize/predicates.ts";
import type { HashJoin, PhysicalPlan, TableScan } from "../../../planner/physical/plan.ts";
import type { CompileEnv } from "../../codegen/env.ts";
import type { Location, Position } from "../../codegen/scope.ts";
import { CODE, NO_CODE } from "../../table/key-index.ts";
import type { TableVersion } from "../../table/table-version.ts";
import type { BuildSide } from "./build-side.ts";
import { hashKeys, validKeys } from "./keys.ts";
import { dropsOthers, PASSES_PROBE } from "./runtime-filter.ts";

/**
 * Lets the scan of a state that the probe keys come from look up the rows with the keys of the build side, where these are few: by
 * indexes of its chunks (`exec/table/key-index.ts`).
 */
export function addKeyLookup(env: CompileEnv, plan: HashJoin, side: BuildSide): void {
  if (!dropsOthers(plan)) return;
  const found = overScan(
    plan.probe,
    plan.keys.map(({ probe }) => probe),
  );
  if (found === undefined || !isState(found.scan)) return;
  const { scan, keys, sees } = found;
  if (keys.some((key) => changes(key) || (sees === "some rows" && canFail(key)))) return;
  const read = new Set(keys.flatMap((key) => [...columnsOf(key).keys()]));
  const columns = scan.columns.filter(({ column }) => read.has(column.id));
  if (columns.length === 0) return;
  const lookups = env.keyLookups.get(scan) ?? [];
  lookups.push({
    store: side.store,
    stride: side.layout.stride,
    ordinals: columns.map(({ ordinal }) => ordinal),
    codes: compileCodes(env, plan, scan, keys, columns),
    name: nameOf(plan, keys, columns),
  });
  env.keyLookups.set(scan, lookups);
}

/** The keys over the columns of the scan at the bottom of the pipeline; `sees`: the rows for which the join evaluates them. */
type ScanKeys = {
  readonly scan: TableScan;
  readonly keys: readonly Expr[];
  readonly sees: "all rows" | "some rows";
};

function overScan(plan: PhysicalPlan, keys: readonly Expr[]): ScanKeys | undefined {
  switch (plan.kind) {
    case "TableScan": {
      const ids = new Set(plan.columns.map(({ column }) => column.id));
      if (!keys.every((key) => readsOnly(key, (id) => ids.has(id)))) return undefined;
      return { scan: plan, keys, sees: plan.filters.length === 0 ? "all rows" : "some rows" };
    }
    case "Exchange":
      return overScan(plan.input, keys);
    case "Filter":
      return someRows(overScan(plan.input, keys));
    case "Project": {
      const outputs = new Map(plan.outputs.map(({ column, expr }) => [column.id, expr]));
      return overScan(
        plan.input,
        keys.map((key) => substituteColumns(key, outputs)),
      );
    }
    case "HashJoin":
    case "NestedLoopJoin":
      return PASSES_PROBE.has(plan.join) ? someRows(overScan(plan.probe, keys)) : undefined;
    default:
      return undefined;
  }
}

const someRows = (keys: ScanKeys | undefined): ScanKeys | undefined => keys && { ...keys, sees: "some rows" };

/** States alone are looked into again and again, and change by whole chunks. */
function isState({ source, limit }: TableScan): boolean {
  if (source.kind !== "memory" || limit !== undefined) return false;
  const { fixed, stable } = source.handle as TableVersion;
  return fixed && !stable;
}

/** Whether the value may be another one at another time. */
function changes(key: Expr): boolean {
  return someExpr(
    key,
    (part) => part.kind === "Subquery" || (part.kind === "Call" && definitionOf(part)?.volatility !== "immutable"),
  );
}

function compileCodes(
  { compiler }: CompileEnv,
  plan: HashJoin,
  scan: TableScan,
  keys: readonly Expr[],
  columns: TableScan["columns"],
): string {
  const name = compiler.uniqueName("codes");
  const row: Position = { name: "row" };
  const locations = new Map(
    columns.map(({ column, ordinal }, slot) => [column.id, chunkColumn(scan, ordinal, slot, row)] as const),
  );
  compiler.define(name, ["i32", "i32", "i32"], [], true, (b) => {
    b.forRange(i32(0), b.param(3), (at) => {
      const scope = compiler.scope(b, locations, b.param(2));
      scope.setPosition(row, at);
      const values = keys.map((key) => compiler.lower(scope, key));
      const hash = b.let(hashKeys(compiler, b, plan, values, "probe"));
      const bits = num("i32.wrap_i64", num("i64.shr_u", hash, i64(CODE.shift)));
      const code = num("i32.and", bits, i32(2 ** CODE.bits - 1));
      const valid = validKeys(plan, values);
      const to = num("i32.add", b.param(4), num("i32.shl", at, i32(2)));
      b.store("i32.store", to, valid === undefined ? code : select(valid, code, i32(NO_CODE | 0)));
    });
  });
  return name;
}

function chunkColumn(scan: TableScan, ordinal: number, slot: number, position: Position): Location {
  const { lane, nullable } = scan.source.schema[ordinal]!;
  return { kind: "chunk", slot, lane, nullable, dictionary: undefined, range: undefined, stable: false, position };
}

/** Columns by their place in the table, and which NULLs have a key. */
function nameOf(plan: HashJoin, keys: readonly Expr[], columns: TableScan["columns"]): string {
  const places = new Map(columns.map(({ column, ordinal }) => [column.id, ref({ ...column, id: ordinal })]));
  return keys
    .map((key, i) => `${exprKey(substituteColumns(key, places))}${plan.keys[i]!.nullSafe ? "" : " not null"}`)
    .join(", ");
}
