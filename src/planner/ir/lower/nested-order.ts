/**
 * The order of nested values: lists and maps element by element, a prefix first; structs field by field. Inside, NULL
 * equals NULL and is greatest.
 */
import type { HelperContext } from "../../functions/function.ts";
import { fieldTypes, isNested, type NestedType } from "../../types/nested.ts";
import { listOf, type SqlType } from "../../types/types.ts";
import { FunctionBuilder, i32, not, num, select } from "../builder.ts";
import type { FunctionRef, Ir } from "../ir.ts";
import { type Operand, operand } from "../operand.ts";
import { blockOf, listCount, loadElement, loadField } from "./nested.ts";

type OrderValues = (ctx: Pick<FunctionContext, "b" | "helper">, a: Operand, b: Operand, type: SqlType) => Ir;
type FunctionContext = HelperContext & { readonly b: FunctionBuilder };

/** Whether values of the type are equal exactly if their bytes are. */
export function isBytewiseEqual(type: SqlType): boolean {
  switch (type.kind) {
    case "Interval":
      return false;
    case "List":
    case "Array":
      return isBytewiseEqual(type.element);
    case "Map":
      return isBytewiseEqual(type.key) && isBytewiseEqual(type.value);
    case "Struct":
    case "Union":
      return fieldTypes(type).every(isBytewiseEqual);
    default:
      return true;
  }
}

/** (str, str) -> negative, 0 or positive. `order`: how values compare that are not NULL. */
export function nestedOrder(ctx: HelperContext, type: NestedType, order: OrderValues): FunctionRef {
  return ctx.helper(`order ${JSON.stringify(type)}`, (helpers) => {
    const b = new FunctionBuilder(`order ${JSON.stringify(type)}`, ["i64", "i64"], ["i32"], false);
    const inner = { ...helpers, b };
    const [x, y] = [blockOf(b, operand("str", b.param(0))), blockOf(b, operand("str", b.param(1)))];
    if (type.kind === "Map") orderEntries(inner, x, y, type, order);
    else if (type.kind === "Struct" || type.kind === "Union") {
      const types = fieldTypes(type);
      types.forEach((of, i) =>
        returnUnlessEqual(inner, loadField(b, x, types, i, false), loadField(b, y, types, i, false), of, order),
      );
      b.return(i32(0));
    } else orderElements(inner, x, y, [[x, y, type.element]], order);
    return b.finish();
  });
}

function orderEntries(
  ctx: FunctionContext,
  x: Ir,
  y: Ir,
  type: Extract<NestedType, { kind: "Map" }>,
  order: OrderValues,
): void {
  const { b } = ctx;
  const types = [listOf(type.key), listOf(type.value)];
  const lists = [type.key, type.value].map((of, i): readonly [Ir, Ir, SqlType] => [
    blockOf(b, loadField(b, x, types, i, false)),
    blockOf(b, loadField(b, y, types, i, false)),
    of,
  ]);
  const [keys] = lists as [readonly [Ir, Ir, SqlType]];
  orderElements(ctx, keys[0], keys[1], lists, order);
}

/** Compares lists of equal length side by side: position by position. */
function orderElements(
  ctx: FunctionContext,
  x: Ir,
  y: Ir,
  lists: readonly (readonly [Ir, Ir, SqlType])[],
  order: OrderValues,
): void {
  const { b } = ctx;
  const [xCount, yCount] = [b.let(listCount(x)), b.let(listCount(y))];
  const both = b.let(select(num("i32.lt_u", xCount, yCount), xCount, yCount));
  b.forRange(i32(0), both, (i) => {
    for (const [left, right, type] of lists) {
      const first = loadElement(b, left, xCount, i, type, false);
      returnUnlessEqual(ctx, first, loadElement(b, right, yCount, i, type, false), type, order);
    }
  });
  b.return(num("i32.sub", num("i32.gt_u", xCount, yCount), num("i32.lt_u", xCount, yCount)));
}

function returnUnlessEqual(ctx: FunctionContext, x: Operand, y: Operand, type: SqlType, order: OrderValues): void {
  const { b } = ctx;
  const [xValid, yValid] = [x.valid ?? i32(1), y.valid ?? i32(1)];
  b.if(
    num("i32.ne", xValid, yValid),
    () => b.return(num("i32.sub", not(xValid), not(yValid))),
    () =>
      b.if(xValid, () => {
        const result = b.let(order(ctx, { ...x, valid: undefined }, { ...y, valid: undefined }, type));
        b.if(result, () => b.return(result));
      }),
  );
}

/** The nested type, where that says more than the representation. */
export function nestedTypeOf(type: SqlType | undefined): NestedType | undefined {
  return type !== undefined && isNested(type) ? type : undefined;
}
