import type { AnyRule } from "./rule.ts";
import { eliminateFilter } from "./rules/eliminate-filter.ts";
import { eliminateSort } from "./rules/eliminate-sort.ts";
import { delayJavaScript } from "./rules/delay-javascript.ts";
import { extractJavaScript } from "./rules/extract-javascript.ts";
import { foldConstants } from "./rules/fold-constants.ts";
import { hoistCtes } from "./rules/hoist-ctes.ts";
import { inferPredicates } from "./rules/infer-predicates.ts";
import { inlineCtes } from "./rules/inline-ctes.ts";
import { mergeProjects } from "./rules/merge-projects.ts";
import { multiplyCounts } from "./rules/multiply-counts.ts";
import { orderJoins } from "./rules/order-joins.ts";
import { propagateEmpty } from "./rules/propagate-empty.ts";
import { pruneColumns } from "./rules/prune-columns.ts";
import { pushDownAggregates } from "./rules/push-down-aggregates.ts";
import { pushDownLimit } from "./rules/push-down-limit.ts";
import { pushDownPredicates } from "./rules/push-down-predicates.ts";
import { reduceAggregates } from "./rules/reduce-aggregates.ts";
import { reduceExistenceJoins } from "./rules/reduce-existence-joins.ts";
import { refreshNullability } from "./rules/refresh-nullability.ts";
import { rewriteDistinctAggregates } from "./rules/rewrite-distinct-aggregates.ts";
import { rewriteMarkJoins } from "./rules/rewrite-mark-joins.ts";
import { rewriteSetOperations } from "./rules/rewrite-set-operations.ts";
import { shareCommonSubplans } from "./rules/share-common-subplans.ts";
import { simplifyNullSafeEquality } from "./rules/simplify-null-safe-equality.ts";
import { simplifyPredicates } from "./rules/simplify-predicates.ts";
import { unnestSubqueries } from "./rules/unnest-subqueries.ts";
import { unwrapCasts } from "./rules/unwrap-casts.ts";

/** What every plan needs before physical planning. */
export const REQUIRED_RULES: readonly AnyRule[] = [
  inlineCtes,
  unnestSubqueries,
  rewriteSetOperations,
  rewriteDistinctAggregates,
  hoistCtes,
  refreshNullability,
  extractJavaScript,
];

export const OPTIONAL_RULES: readonly AnyRule[] = [
  // Constants first: estimates and everything below look for literals.
  foldConstants,
  // Comparisons have their literals on the right now.
  simplifyPredicates,
  unwrapCasts,
  inlineCtes,
  // Subqueries see their outer query's filters in place, as those do not read the subqueries.
  unnestSubqueries,
  rewriteSetOperations,
  rewriteDistinctAggregates,
  hoistCtes,
  // Narrowing projections would hide joins from the rules below.
  mergeProjects,
  pushDownPredicates,
  // Inference looks at join conditions and scan filters, so it follows one push-down and needs another.
  inferPredicates,
  pushDownPredicates,
  eliminateFilter,
  propagateEmpty,
  // Unnesting and set operations compare NULL-safely; what they know of NULLs must be up to date.
  refreshNullability,
  simplifyNullSafeEquality,
  rewriteMarkJoins,
  reduceExistenceJoins,
  // A Limit meets the Sort below a projection, to become a TopN.
  multiplyCounts,
  pushDownLimit,
  eliminateSort,
  mergeProjects,
  // Before columns are pruned: two uses of one subplan may need different ones.
  shareCommonSubplans,
  pruneColumns,
  // What these two add is ordered with the other joins.
  reduceAggregates,
  pushDownAggregates,
  orderJoins,
  mergeProjects,
  pruneColumns,
  refreshNullability,
  delayJavaScript,
  // Merging would undo it.
  extractJavaScript,
];
