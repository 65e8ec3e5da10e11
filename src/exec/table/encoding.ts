import type { Lane } from "../../planner/types/lane.ts";
import { laneOf } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { Bounds } from "./statistics.ts";

/** Entries of a dictionary, at most: codes are 16 bits. */
export const MAX_DICTIONARY = 65_536;
/** A dictionary is made where values repeat this often on average, and given up below half of that. */
const MIN_REPETITIONS = 8;

/** How many entries a column's dictionary may have; 0: none. */
export function dictionaryLimit(rows: number, exists: boolean): number {
  return Math.min(MAX_DICTIONARY, Math.floor(rows / (exists ? MIN_REPETITIONS / 2 : MIN_REPETITIONS)));
}

/** Types whose strings may be kept as codes. */
export function mayUseDictionary(type: SqlType): boolean {
  return type.kind === "Varchar";
}

/** Whether bounds of the type's integers, as two's complement, are bounds of its values. */
export function hasBounds(type: SqlType): boolean {
  return type.kind !== "Uuid" && type.kind !== "UHugeInt" && type.kind !== "Interval";
}

/** Lanes for integers, preferred first, with the values they hold. */
const INTEGER_LANES: readonly { readonly lane: Lane; readonly min: bigint; readonly max: bigint }[] = [
  { lane: "i8", min: -(2n ** 7n), max: 2n ** 7n - 1n },
  { lane: "u8", min: 0n, max: 2n ** 8n - 1n },
  { lane: "i16", min: -(2n ** 15n), max: 2n ** 15n - 1n },
  { lane: "u16", min: 0n, max: 2n ** 16n - 1n },
  { lane: "i32", min: -(2n ** 31n), max: 2n ** 31n - 1n },
  { lane: "u32", min: 0n, max: 2n ** 32n - 1n },
  { lane: "i64", min: -(2n ** 63n), max: 2n ** 63n - 1n },
  { lane: "u64", min: 0n, max: 2n ** 64n - 1n },
];

/** The narrowest lane that holds all values within `bounds`; the natural one while there are none. */
export function chooseLane(type: SqlType, bounds: Bounds | undefined): Lane {
  if (bounds?.kind !== "integer" || !isNarrowed(type)) return laneOf(type);
  return INTEGER_LANES.find(({ min, max }) => min <= bounds.min && bounds.max <= max)?.lane ?? "i128";
}

function isNarrowed({ kind }: SqlType): boolean {
  switch (kind) {
    case "TinyInt":
    case "SmallInt":
    case "Integer":
    case "BigInt":
    case "HugeInt":
    case "UTinyInt":
    case "USmallInt":
    case "UInteger":
    case "UBigInt":
    case "Decimal":
    case "Date":
    case "Enum":
      return true;
    default:
      return false;
  }
}
