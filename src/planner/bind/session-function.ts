/** Functions whose meaning depends on the session: sequences, settings, variables. */
import type { Expression, FunctionCall } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { BIGINT, NULL_TYPE, VARCHAR } from "../types/types.ts";
import { bindError, spanOf } from "./context.ts";
import type { Environment } from "./environment.ts";
import { constantOf } from "./constant.ts";
import { callScalar } from "./function-call.ts";

/** undefined: not one of them. */
export function bindSessionFunction(
  env: Environment,
  name: string,
  args: readonly Expression[],
  node: FunctionCall,
): Expr | undefined {
  const { ctx } = env;
  const span = spanOf(ctx, node);
  const text = (value: string): Expr => ({ kind: "Literal", value, type: VARCHAR, span });
  switch (name) {
    case "nextval":
    case "currval":
      return bindSequence(env, name, args, node);
    case "current_schema":
      return args.length === 0 ? text(ctx.session.schema) : undefined;
    case "current_setting": {
      const setting = textArgument(env, name, args, node);
      const value = ctx.session.setting(setting.toLowerCase());
      if (value === undefined) throw bindError(ctx, `there is no setting "${setting}"`, node);
      return text(value);
    }
    case "getvariable": {
      const value = ctx.session.variable(textArgument(env, name, args, node).toLowerCase());
      if (value?.value === undefined) return { kind: "Literal", value: null, type: NULL_TYPE, span };
      return { kind: "Literal", value: value.value, type: value.type, span };
    }
    default:
      return undefined;
  }
}

function textArgument(env: Environment, name: string, args: readonly Expression[], node: FunctionCall): string {
  const [argument, another] = args;
  const value =
    argument === undefined || another !== undefined ? undefined : constantOf(env.ctx, env.bind(argument))?.value;
  if (typeof value === "string") return value;
  throw bindError(env.ctx, `${name} takes one constant string`, node);
}

function bindSequence(env: Environment, name: string, args: readonly Expression[], node: FunctionCall): Expr {
  const { ctx } = env;
  const written = textArgument(env, name, args, node);
  const sequence = ctx.catalog.sequence?.(nameParts(written));
  if (sequence === undefined) throw bindError(ctx, `there is no sequence "${written}"`, node);
  const address: Expr = { kind: "Literal", value: BigInt(sequence.address), type: BIGINT };
  const label: Expr = { kind: "Literal", value: sequence.name, type: VARCHAR };
  return callScalar(ctx, name, [address, label], node);
}

/** The parts of a dotted name in lower case; quotes keep dots. */
export function nameParts(text: string): readonly string[] {
  const parts = text.match(/"(?:[^"]|"")*"|[^."]+/g) ?? [];
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part).toLowerCase());
}
