/** Calls that take a lambda: its body becomes part of the loop over the elements. */
import type { Call, Expr, Lambda } from "../../expr/expr.ts";
import { typeOf } from "../../expr/type-of.ts";
import { HeadraceError } from "../../../error.ts";
import type { ListType } from "../../types/nested.ts";
import { and, i32, num } from "../builder.ts";
import type { Ir } from "../ir.ts";
import { type Operand, operand } from "../operand.ts";
import { callContext, type ExpressionContext } from "./context.ts";
import { blockOf, buildList, cell, listCount, loadElement } from "./nested.ts";

type Lower = (ctx: ExpressionContext, expr: Expr) => Operand;

/** Names of the functions that take a lambda, and their aliases. */
export const LAMBDA_FUNCTIONS: ReadonlyMap<string, "list_transform" | "list_filter" | "list_reduce"> = new Map([
  ...(["list_transform", "array_transform", "list_apply", "array_apply", "apply"] as const).map(
    (name) => [name, "list_transform"] as const,
  ),
  ...(["list_filter", "array_filter", "filter"] as const).map((name) => [name, "list_filter"] as const),
  ...(["list_reduce", "array_reduce", "reduce"] as const).map((name) => [name, "list_reduce"] as const),
]);

/** `list_transform(list, f[, condition])`, `list_filter(list, condition)`, `list_reduce(list, f[, initial])`. */
export function lowerLambdaCall(ctx: ExpressionContext, call: Call, lower: Lower): Operand {
  const [list, lambda, last] = call.args as readonly [Expr, Lambda, Expr | undefined];
  const value = lower(ctx, list);
  const element = (typeOf(list) as ListType).element;
  const { b } = ctx;
  const block = blockOf(b, value);
  const count = b.let(listCount(block));
  const elementAt = (index: Ir): Operand => loadElement(b, block, count, index, element, value.stable);
  const position = (index: Ir): Operand =>
    operand("i64", b.let(num("i64.add", num("i64.extend_i32_u", index), { op: "const", type: "i64", value: 1n })), {
      range: { min: 1n, max: 2n ** 32n },
    });
  const apply = ({ parameters, body }: Lambda, ...args: readonly Operand[]): Operand => {
    const bound = new Map(ctx.lambda);
    parameters.forEach(({ id }, i) => bound.set(id, args[i] as Operand));
    return lower({ ...ctx, lambda: bound }, body);
  };
  /** Runs `then` where the lambda gives TRUE. */
  const where = (condition: Lambda, args: readonly Operand[], then: () => void): void => {
    const { lo, valid } = apply(condition, ...args);
    b.if(valid === undefined ? lo : b.let(and(valid, lo)), then);
  };
  const context = callContext(ctx, call.span);
  const result = cell(b, call.type, true);
  const whereValid = (emit: () => void): Operand => {
    b.if(value.valid ?? i32(1), emit);
    return result.value();
  };
  switch (call.name) {
    case "list_transform":
      return whereValid(() => {
        const made = buildList(context, lambda.type, count);
        b.forRange(i32(0), count, (i) => {
          const args = [elementAt(i), position(i)];
          const append = (): void => made.append(apply(lambda, ...args));
          if (last?.kind === "Lambda") where(last, args, append);
          else append();
        });
        result.set(made.finish());
      });
    case "list_filter":
      return whereValid(() => {
        const made = buildList(context, element, count);
        b.forRange(i32(0), count, (i) => {
          const item = elementAt(i);
          where(lambda, [item, position(i)], () => made.append(item));
        });
        result.set(made.finish());
      });
    case "list_reduce": {
      const start = last === undefined ? undefined : lower(ctx, last);
      return whereValid(() => {
        const first = i32(start === undefined ? 1 : 0);
        if (start === undefined) {
          context.fail("type", "cannot reduce an empty list without an initial value", num("i32.eqz", count));
          result.set(elementAt(i32(0)));
        } else result.set(start);
        b.forRange(first, count, (i) => {
          const before = result.value();
          const kept = {
            ...before,
            lo: b.copy(before.lo),
            hi: before.hi === undefined ? undefined : b.copy(before.hi),
            valid: b.copy(before.valid as Ir),
          };
          result.set(apply(lambda, kept, elementAt(i), position(i)));
        });
      });
    }
    default:
      throw new HeadraceError("internal", `${call.name} takes no lambda`, { span: call.span });
  }
}
