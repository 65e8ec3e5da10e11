import type { FrameBound as FrameBoundNode, FunctionCall, WindowFrame as WindowFrameNode } from "../../sql/ast.ts";
import type { Expr, FrameBound, Literal, RangeLimit, SortKey, WindowFrame } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { BIGINT, HUGEINT, INTEGER, INTERVAL, isInteger, isNumeric, type SqlType, typeName } from "../types/types.ts";
import { convert, nodeOf } from "./coercion.ts";
import { bindError } from "./context.ts";
import type { Environment } from "./environment.ts";
import { callScalar } from "./function-call.ts";

const DEFAULT: WindowFrame = {
  unit: "range",
  start: { kind: "unbounded preceding" },
  end: { kind: "current row" },
  exclude: "no others",
};

/** The frame as written, or the default: from the partition's first row to the current row's last peer. */
export function bindFrame(
  env: Environment,
  frame: WindowFrameNode | undefined,
  orderBy: readonly SortKey[],
  node: FunctionCall,
): WindowFrame {
  if (frame === undefined) return DEFAULT;
  checkBounds(env, frame);
  const { unit, exclude } = frame;
  const bound = (side: FrameBoundNode): FrameBound => bindBound(env, side, unit, orderBy, node);
  return { unit, start: bound(frame.start), end: bound(frame.end), exclude };
}

/** Places in the order in which a frame may go through them. */
const RANK = { UnboundedPreceding: 0, Preceding: 1, CurrentRow: 2, Following: 3, UnboundedFollowing: 4 } as const;

function checkBounds({ ctx }: Environment, { start, end }: WindowFrameNode): void {
  if (start.kind === "UnboundedFollowing") throw bindError(ctx, "a frame cannot start with UNBOUNDED FOLLOWING", start);
  if (end.kind === "UnboundedPreceding") throw bindError(ctx, "a frame cannot end with UNBOUNDED PRECEDING", end);
  if (RANK[start.kind] <= RANK[end.kind]) return;
  throw bindError(ctx, "the frame ends before it starts", end);
}

const KINDS = {
  UnboundedPreceding: "unbounded preceding",
  CurrentRow: "current row",
  UnboundedFollowing: "unbounded following",
  Preceding: "preceding",
  Following: "following",
} as const;

function bindBound(
  env: Environment,
  bound: FrameBoundNode,
  unit: WindowFrame["unit"],
  orderBy: readonly SortKey[],
  node: FunctionCall,
): FrameBound {
  if (!("offset" in bound)) return { kind: KINDS[bound.kind] };
  const { ctx } = env;
  const kind = KINDS[bound.kind];
  const offset = env.bind(bound.offset);
  if (unit !== "range") {
    const type = typeOf(offset);
    if (!isNumeric(type) && type.kind !== "Null")
      throw bindError(ctx, `a frame's offset is a number of ${unit}, not ${typeName(type)}`, bound, undefined, "type");
    return { kind, offset: convert(ctx, offset, BIGINT), range: undefined };
  }
  const [key] = orderBy;
  if (key === undefined || orderBy.length > 1)
    throw bindError(ctx, "a RANGE frame with an offset needs exactly one ORDER BY expression", node);
  const range = bindLimit(env, key, kind, offset);
  return { kind, offset, range };
}

function bindLimit({ ctx }: Environment, key: SortKey, kind: "preceding" | "following", offset: Expr): RangeLimit {
  const isBackwards = (kind === "preceding") !== key.descending;
  const value = convert(ctx, key.expr, roomy(typeOf(key.expr)));
  const place = nodeOf(offset);
  const limit = callScalar(ctx, isBackwards ? "-" : "+", [value, offset], place);
  const zero = convert(ctx, zeroOf(typeOf(offset)), typeOf(offset));
  return {
    key: convert(ctx, key.expr, typeOf(limit)),
    limit,
    negative: callScalar(ctx, "<", [offset, zero], place),
  };
}

/** A type in which adding an offset to an integer key does not overflow. */
function roomy(type: SqlType): SqlType {
  if (!isInteger(type)) return type;
  return type.kind === "BigInt" || type.kind === "UBigInt" || type.kind === "HugeInt" ? HUGEINT : BIGINT;
}

function zeroOf(type: SqlType): Literal {
  if (type.kind === "Interval") return { kind: "Literal", value: { months: 0, days: 0, micros: 0n }, type: INTERVAL };
  return { kind: "Literal", value: 0, type: INTEGER };
}
