import type { Sample as SampleNode } from "../../sql/ast.ts";
import { typeOf } from "../expr/type-of.ts";
import type { LogicalPlan } from "../logical/plan.ts";
import { castDatum } from "../types/convert.ts";
import { BIGINT, DOUBLE } from "../types/types.ts";
import { constantOf } from "./constant.ts";
import { type BindContext, bindError } from "./context.ts";
import { makeEnvironment } from "./expression.ts";

/** TABLESAMPLE and USING SAMPLE; rows by a reservoir, percent by runs of rows, unless a method is named. */
export function bindSample(ctx: BindContext, input: LogicalPlan, node: SampleNode): LogicalPlan {
  const { unit } = node;
  const method = node.method?.toLowerCase() ?? (unit === "rows" ? "reservoir" : "system");
  if (method !== "reservoir" && method !== "bernoulli" && method !== "system")
    throw bindError(ctx, `there is no sampling method "${node.method}"`, node, "use reservoir, bernoulli or system");
  if (unit === "rows" && method === "bernoulli")
    throw bindError(ctx, "bernoulli samples in percent; reservoir takes a number of rows", node);
  const nothing = { relations: [], parent: undefined, ctes: undefined };
  const env = makeEnvironment(ctx, nothing, { kind: "forbidden", reason: "aggregates are not allowed in a sample" });
  const constant = constantOf(ctx, env.bind(node.size));
  const value =
    constant === undefined ? undefined : castDatum(constant.value, typeOf(constant), unit === "rows" ? BIGINT : DOUBLE);
  const size = value === undefined || value === null ? Number.NaN : Number(value);
  if (Number.isNaN(size) || size < 0) throw bindError(ctx, "the size of a sample is a constant number", node.size);
  if (unit === "percent" && size > 100) throw bindError(ctx, "a sample has at most 100 percent", node.size);
  return {
    kind: "Sample",
    input,
    method: unit === "rows" && method === "system" ? "systematic" : method,
    size,
    unit,
    offset: 0,
    seed: node.seed,
  };
}
