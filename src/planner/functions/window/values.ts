/** Window functions that take a value from another row. */
import { BIGINT, INTEGER, type SqlType } from "../../types/types.ts";
import type { Signature, WindowFunction } from "../function.ts";

/** The value's own type; untyped NULLs are INTEGER. */
const typed = (type: SqlType): SqlType => (type.kind === "Null" ? INTEGER : type);

const define = (
  name: string,
  aliases: readonly string[],
  doc: string,
  parameters: WindowFunction["parameters"],
  resolve: (value: SqlType, rest: readonly SqlType[]) => Signature | undefined,
): WindowFunction => ({
  kind: "window",
  name,
  aliases,
  category: "window",
  doc,
  examples: [],
  parameters,
  ofValues: true,
  nullable: true,
  resolve: ([value, ...rest]) => (value === undefined ? undefined : resolve(typed(value), rest)),
});

const SHIFTED = [{ name: "col" }, { name: "offset", fallback: 1 }, { name: "default" }] as const;

/** value, offset (default 1), default (NULL). */
const shifted = (value: SqlType, rest: readonly SqlType[]): Signature | undefined =>
  rest.length <= 2 ? { args: [value, ...rest.map((_, i) => (i === 0 ? BIGINT : value))], returns: value } : undefined;

const single = (value: SqlType, rest: readonly SqlType[]): Signature | undefined =>
  rest.length === 0 ? { args: [value], returns: value } : undefined;

export const VALUE_FUNCTIONS: readonly WindowFunction[] = [
  define(
    "lag",
    [],
    "The value of the row `offset` rows before this one in the partition, else `default`.",
    SHIFTED,
    shifted,
  ),
  define(
    "lead",
    [],
    "The value of the row `offset` rows after this one in the partition, else `default`.",
    SHIFTED,
    shifted,
  ),
  define("first_value", ["first"], "The value of the first row of the frame.", [{ name: "col" }], single),
  define("last_value", ["last"], "The value of the last row of the frame.", [{ name: "col" }], single),
  define(
    "nth_value",
    [],
    "The value of the n-th row of the frame, counting from 1; NULL where there is none.",
    [{ name: "col" }, { name: "n" }],
    (value, rest) => (rest.length === 1 ? { args: [value, BIGINT], returns: value } : undefined),
  ),
];
