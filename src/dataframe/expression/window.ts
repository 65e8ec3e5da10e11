import type { Expression, OrderItem, WindowFrame, WindowSpecification } from "../../sql/ast.ts";
import type { Column, ColumnLike } from "./column.ts";
import { literal, NO_SPAN } from "./nodes.ts";

/** A distance from the current row, negative before it; `null` is unbounded. Of a RANGE it may be an INTERVAL column (never negative: see `Window.range`). */
export type FrameOffset = number | null;

/** A window for `Column.over`. */
export type Window<P = ColumnLike, O = ColumnLike> = {
  readonly partitionBy?: readonly P[] | P;
  readonly orderBy?: readonly O[] | O;
  /** `rows: [-2, 0]`: from two rows before to this one; `null` is unbounded. */
  readonly rows?: readonly [FrameOffset, FrameOffset];
  /** The same in values of the one ORDER BY column; a Column is a distance too: `[preceding(interval("3 days")), 0]`. */
  readonly range?: readonly [FrameOffset | FrameDistance, FrameOffset | FrameDistance];
  /** The same in groups of rows that are equal in ORDER BY. */
  readonly groups?: readonly [FrameOffset, FrameOffset];
  /** Rows of the frame that are left out. */
  readonly exclude?: "current row" | "group" | "ties";
};

/** A distance that is no plain number, such as an interval. */
export type FrameDistance = { readonly side: "preceding" | "following"; readonly distance: Column };

/** So far before the current row. */
export function preceding(distance: Column): FrameDistance {
  return { side: "preceding", distance };
}

/** So far behind the current row. */
export function following(distance: Column): FrameDistance {
  return { side: "following", distance };
}

/** The AST of a window. */
export function windowOf(
  partitionBy: readonly Expression[],
  items: readonly OrderItem[],
  {
    rows,
    range,
    groups,
    exclude = "no others" as const,
  }: Omit<Window, "exclude"> & { exclude?: WindowFrame["exclude"] },
): WindowSpecification {
  const frames = [
    ["rows", rows],
    ["range", range],
    ["groups", groups],
  ] as const;
  const given = frames.filter(([, frame]) => frame !== undefined);
  if (given.length > 1) throw new TypeError("a window has one frame: rows, range or groups");
  const [first] = given;
  return {
    kind: "WindowSpecification",
    base: undefined,
    partitionBy,
    orderBy: items.length === 0 ? undefined : { kind: "OrderByItems", items, span: NO_SPAN },
    frame: first?.[1] === undefined ? undefined : frameOf(first[0], first[1], exclude),
    span: NO_SPAN,
  };
}

type Bound = FrameOffset | FrameDistance;

function frameOf(
  unit: WindowFrame["unit"],
  [from, to]: readonly [Bound, Bound],
  exclude: WindowFrame["exclude"],
): WindowFrame {
  const bound = (offset: Bound, open: "UnboundedPreceding" | "UnboundedFollowing"): WindowFrame["start"] => {
    if (offset === null) return { kind: open, span: NO_SPAN };
    if (typeof offset === "object") {
      const kind = offset.side === "preceding" ? "Preceding" : "Following";
      return { kind, offset: offset.distance.expression, span: NO_SPAN };
    }
    if (offset === 0) return { kind: "CurrentRow", span: NO_SPAN };
    return { kind: offset < 0 ? "Preceding" : "Following", offset: literal(Math.abs(offset)), span: NO_SPAN };
  };
  const [start, end] = [bound(from, "UnboundedPreceding"), bound(to, "UnboundedFollowing")];
  return { kind: "WindowFrame", unit, start, end, exclude, span: NO_SPAN };
}
