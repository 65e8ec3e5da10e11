import type { FunctionBuilder } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import type { RowScope } from "../../codegen/scope.ts";

/**
 * A partition in a loop over its rows. `array` is the address of row addresses; all positions are indices into it (u32).
 * `[start, end)` is the partition.
 */
export type PartitionSite = { readonly b: FunctionBuilder; readonly array: Ir; readonly start: Ir; readonly end: Ir };

/** The loop at one row of the partition. */
export type RowSite = PartitionSite & { readonly index: Ir; readonly scope: RowScope };

/** Positions `[from, to)`, never negative: `from <= to`. */
export type PositionRange = { readonly from: Ir; readonly to: Ir };

/** The code of one window function: `open` runs before a partition's first row, `value` at its rows in order. */
export type FunctionCode = {
  readonly open: (site: PartitionSite) => void;
  readonly value: (site: RowSite) => Operand;
};

/** The rows that agree with the current one on some order: positions `[start, end)`, and the number of such groups before. */
export type PeerGroup = { readonly start: Ir; readonly end: Ir; readonly group: Ir };

/** The rows that a function sees from the current row: `[start, end)` less what is left out. */
export type FrameRows = {
  /** Neither end ever moves back from one row to the next. */
  readonly isMonotone: boolean;
  readonly fromFirstRow: boolean;
  readonly toLastRow: boolean;
  readonly isExcluding: boolean;
  readonly start: Ir;
  readonly end: Ir;
  /** The rows as ranges in order. */
  readonly ranges: (site: RowSite) => readonly PositionRange[];
};

/** What keeps up with the loop for several functions: groups of peers, frames. */
export type Tracker = {
  readonly open: (site: PartitionSite) => void;
  readonly advance: (site: RowSite) => void;
};
