import { ref } from "../../planner/expr/columns.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import type { LogicalPlan } from "../../planner/logical/plan.ts";
import { BOOLEAN, UBIGINT } from "../../planner/types/types.ts";
import { notExpired } from "./clock.ts";
import type { Derivation, Draft } from "./derivation.ts";
import { describeExpiry } from "./explain.ts";
import { call, ColumnMaker, consolidate, join } from "./nodes.ts";
import type { Query, Update } from "./plan.ts";
import { type Relation, scanRelation } from "./relation.ts";

/** The rows of a relation as they are, to be put into one chunk. */
export function copying(relation: Relation): Query {
  const make = new ColumnMaker(1);
  const columns = relation.source.schema.slice(0, -1).map(({ name, type }) => make.make(name, type));
  const weight = make.weight();
  return { plan: scanRelation(relation, columns, weight), columns: [...columns, weight] };
}

/** A state with the queries that give it in as few rows as it needs: without those that cancel each other or are of no use. */
export function compacted(derivation: Derivation, draft: Draft): Update {
  const { state, delta, insertOnly, fleeting, expiry, rebuild, columns, keys, merges } = draft;
  const bounded = expiry !== undefined || rebuild !== undefined || fleeting;
  const everything = fleeting && expiry === undefined ? "all rows until they are taken back" : "all rows";
  const keeps = [draft.keeps ?? everything, ...(expiry === undefined ? [] : [describeExpiry(expiry)])].join(" ");
  const complete = expiry === undefined && (rebuild === undefined || merges);
  const update = { state, delta, insertOnly, keeps, bounded, complete };
  if (insertOnly && !bounded) return { ...update, compaction: undefined };
  const part = keys ?? columns.map((column) => ref(column));
  const compaction = {
    whole: compacting(derivation, draft, (rows) => rows),
    part: part.length === 0 ? undefined : compacting(derivation, draft, (rows) => slice(derivation, rows, part)),
  };
  return { ...update, compaction };
}

/** `choose`: which rows of the state. */
function compacting(
  derivation: Derivation,
  { state, columns, insertOnly, expiry, rebuild }: Draft,
  choose: (rows: LogicalPlan) => LogicalPlan,
): Query {
  const { make } = derivation;
  const [weight, sum, one] = [make.weight(), make.weight(), make.weight()];
  const all = choose(scanRelation(state, columns, weight));
  const useful = expiry === undefined ? all : notExpired(derivation, all, expiry);
  const net = insertOnly ? useful : consolidate(make, useful, columns, weight, sum);
  if (rebuild !== undefined) return { plan: rebuild(net, one), columns: [...columns, one] };
  return { plan: net, columns: [...columns, insertOnly ? weight : sum] };
}

function slice({ make, slice: relation }: Derivation, rows: LogicalPlan, keys: readonly Expr[]): LogicalPlan {
  const [mask, number]: [Column, Column] = [make.make("mask", UBIGINT), make.make("number", UBIGINT)];
  const hash = call("&", [call("hash", keys, UBIGINT), ref(mask)], UBIGINT);
  return join("inner", rows, scanRelation(relation, [mask, number], make.weight()), [
    call("=", [hash, ref(number)], BOOLEAN),
  ]);
}
