import type { Lane } from "../../planner/types/lane.ts";
import type { Extent } from "./allocator.ts";

/**
 * The values of one column for a range of rows, in shared memory.
 *
 * `data` holds `count` values of the lane's width, 0 where a value is NULL. `validity` is the address of a bitmap, least
 * significant bit first, 1 = not NULL; 0 when there are no NULLs. Lane `str` refers to bytes inside `extents`.
 */
export type ColumnVector = {
  readonly lane: Lane;
  readonly data: number;
  readonly validity: number;
  readonly count: number;
  readonly nullCount: number;
  /**
   * When present, `data` holds u32 codes (0 for NULL) into these values of the lane. Only who asks for codes gets them.
   */
  readonly dictionary?: { readonly data: number; readonly count: number } | undefined;
  /** Everything the vector owns: the receiver releases it. */
  readonly extents: readonly Extent[];
};
