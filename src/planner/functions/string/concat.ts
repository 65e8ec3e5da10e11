/** `||`, concat, concat_ws. */
import { get, i32, i64, num, select } from "../../ir/builder.ts";
import { concatText } from "../../ir/lower/text.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BLOB, type SqlType, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction } from "../function.ts";
import type { Resolve } from "../overload.ts";

const allText =
  (least: number): Resolve =>
  (types) => {
    if (
      types.length < least ||
      types.some((t) => t.kind === "Blob" || t.kind === "List" || t.kind === "Struct" || t.kind === "Union")
    )
      return undefined;
    return { args: types.map(() => VARCHAR), returns: VARCHAR };
  };

const blobs: Resolve = (types) => {
  const isBlob = (t: SqlType): boolean => t.kind === "Blob";
  return types.length === 2 && types.every(isBlob) ? { args: [BLOB, BLOB], returns: BLOB } : undefined;
};

export const concatOperator: ScalarFunction = scalar({
  name: "||",
  category: "string",
  doc: "The two texts end to end.",
  examples: [
    ["'a' || 'b'", "ab"],
    ["1 || 'x'", "1x"],
    ["'a' || NULL", "NULL"],
  ],
  resolve: (types, literals) =>
    blobs(types, literals) ?? (types.length === 2 ? allText(2)(types, literals) : undefined),
  canFail: true,
  lower: concatText,
});

/** NULL counts as empty: where a piece is NULL its length is 0. */
function orEmpty(ctx: LowerContext, piece: Operand): Operand {
  if (piece.valid === undefined) return piece;
  return { ...piece, lo: ctx.b.let(select(piece.valid, piece.lo, i64(0))), valid: undefined };
}

export const concat: ScalarFunction = scalar({
  name: "concat",
  category: "string",
  doc: "All arguments end to end as text; NULLs are left out.",
  examples: [
    ["concat('a', NULL, 1)", "a1"],
    ["concat(NULL)", ""],
  ],
  resolve: allText(1),
  nulls: "custom",
  canFail: true,
  lower: (ctx, args) =>
    concatText(
      ctx,
      args.map((piece) => orEmpty(ctx, piece)),
    ),
});

export const concatWs: ScalarFunction = scalar({
  name: "concat_ws",
  category: "string",
  doc: "The arguments after the first as text, NULLs left out, the first between them.",
  examples: [
    ["concat_ws(',', 'a', NULL, 'b')", "a,b"],
    ["concat_ws(NULL, 'a')", "NULL"],
  ],
  resolve: allText(2),
  nulls: "custom",
  canFail: true,
  lower: (ctx, args) => {
    const { b } = ctx;
    const [separatorArg, ...pieces] = args as [Operand, ...Operand[]];
    const separator = orEmpty(ctx, separatorArg);
    const some = b.bind(i32(0));
    const parts: Operand[] = [];
    for (const piece of pieces) {
      const present = piece.valid ?? i32(1);
      const between = b.let(select(num("i32.and", get(some), present), separator.lo, i64(0)));
      parts.push(operand("str", between), orEmpty(ctx, piece));
      b.set(some, num("i32.or", get(some), present));
    }
    return { ...concatText(ctx, parts), valid: separatorArg.valid };
  },
});
