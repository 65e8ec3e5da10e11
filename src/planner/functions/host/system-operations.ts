/** Functions about values and types over Datums. */
import type { SqlType } from "../../types/types.ts";
import type { NestedOperation } from "./nested-operation.ts";

const valuesOf = (type: SqlType | undefined): readonly string[] => (type?.kind === "Enum" ? type.values : []);

export const SYSTEM_OPERATIONS: Readonly<Record<string, NestedOperation>> = {
  error: ([message], { fail }) => fail(message as string),
  current_schemas: ([all]) => (all === true ? ["main", "information_schema", "pg_catalog"] : ["main"]),
  enum_range: (_args, { args: types }) => valuesOf(types[0]),
  enum_range_boundary: ([first, last], { args: types }) => {
    const values = valuesOf(types[0]);
    return values.slice((first ?? 0) as number, last === null ? undefined : (last as number) + 1);
  },
};
