import { notExpired } from "./clock.ts";
import type { Derivation, Draft } from "./derivation.ts";
import { describeExpiry } from "./explain.ts";
import { ColumnMaker, consolidate } from "./nodes.ts";
import type { Query, Update } from "./plan.ts";
import { type Relation, scanRelation } from "./relation.ts";

/** The rows of a relation as they are, to be put into one chunk. */
export function copying(relation: Relation): Query {
  const make = new ColumnMaker(1);
  const columns = relation.source.schema.slice(0, -1).map(({ name, type }) => make.make(name, type));
  const weight = make.weight();
  return { plan: scanRelation(relation, columns, weight), columns: [...columns, weight] };
}

/** A state with the query that gives it in as few rows as it needs: without those that cancel each other or are of no use. */
export function compacted(derivation: Derivation, draft: Draft): Update {
  const { state, delta, insertOnly, expiry, rebuild } = draft;
  const { make } = derivation;
  const bounded = expiry !== undefined || rebuild !== undefined;
  const keeps = [draft.keeps ?? "all rows", ...(expiry === undefined ? [] : [describeExpiry(expiry)])].join(" ");
  if (insertOnly && !bounded) return { state, delta, insertOnly, compaction: undefined, keeps, bounded };
  const [weight, sum, one] = [make.weight(), make.weight(), make.weight()];
  const all = scanRelation(state, draft.columns, weight);
  const useful = expiry === undefined ? all : notExpired(derivation, all, expiry);
  const net = insertOnly ? useful : consolidate(make, useful, draft.columns, weight, sum);
  const netWeight = insertOnly ? weight : sum;
  const compaction =
    rebuild === undefined
      ? { plan: net, columns: [...draft.columns, netWeight] }
      : { plan: rebuild(net, one), columns: [...draft.columns, one] };
  return { state, delta, insertOnly, compaction, keeps, bounded };
}
