import { HeadraceError } from "../../error.ts";
import { tableFunction } from "../../planner/functions/registry.ts";
import type { SessionTableFunction } from "../../planner/functions/session-function.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { jsValue } from "../../planner/types/js-values.ts";
import type { SqlType } from "../../planner/types/types.ts";
import { sqlType } from "../sql-type.ts";
import { newName } from "./create-function.ts";
import { type ProvidedRows, providerSource, type TableSchema } from "./table-provider.ts";

/** A JavaScript function whose rows are a table. */
export type TableFunctionOptions = {
  /** SQL types of the arguments. */
  readonly args: readonly string[];
  readonly columns: TableSchema;
  /** Gets row values, null for NULL; called once for each reading. */
  readonly rows: (...args: never[]) => AsyncIterable<ProvidedRows> | Iterable<ProvidedRows>;
  /** About how many rows it gives: for the optimizer. */
  readonly statistics?: { readonly rows?: number | undefined } | undefined;
};

const BUILT_IN: ReadonlySet<string> = new Set(["range", "generate_series", "unnest"]);

/** Checks and describes a table function. Throws `bind`, `syntax`. */
export function describeTableFunction(name: string, options: TableFunctionOptions): SessionTableFunction {
  const key = newName(name);
  if (tableFunction(key) !== undefined || BUILT_IN.has(key))
    throw new HeadraceError("bind", `there is a table function "${name}" already`, { hint: "choose another name" });
  const { columns: schema, statistics } = options;
  const args = options.args.map(sqlType);
  const rows = options.rows as (...values: unknown[]) => Iterable<ProvidedRows>;
  return {
    kind: "session table",
    name: key,
    args,
    open: (values) => {
      const given = values.map((value: Datum, i) => jsValue(value, args[i] as SqlType, {}));
      return providerSource(key, { schema, statistics, scan: () => rows(...given) });
    },
  };
}
