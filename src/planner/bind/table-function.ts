import type { TableFunction } from "../../sql/ast.ts";
import type { TableSource } from "../catalog/catalog.ts";
import { seriesSource } from "../catalog/series.ts";
import { tableFunction } from "../functions/registry.ts";
import { castDatum } from "../types/convert.ts";
import { ref } from "../expr/columns.ts";
import { typeOf } from "../expr/type-of.ts";
import { canCoerce } from "../types/coerce.ts";
import { BIGINT, isInteger, type SqlType, typeName } from "../types/types.ts";
import { convert, isUntypedString } from "./coercion.ts";
import type { Environment } from "./environment.ts";
import { constantOf } from "./constant.ts";
import { type BindContext, bindError, type BoundQuery, unsupported } from "./context.ts";
import { makeEnvironment } from "./expression.ts";
import { type Scope, uniqueNames } from "./scope.ts";
import { didYouMean } from "./suggest.ts";
import { readsFiles } from "./table-names.ts";

/** Known by name, whether they are there or not. */
const LATER: readonly string[] = [
  ...["unnest", "glob", "read_text", "read_blob", "read_csv", "read_csv_auto"],
  ...["read_json", "read_json_auto", "read_ndjson", "read_ndjson_auto", "read_parquet", "parquet_scan", "read_arrow"],
  "duckdb_functions",
];

/** What a table function in FROM reads. */
export function tableFunctionSource(ctx: BindContext, table: TableFunction, scope: Scope): TableSource {
  const name = table.name.parts.at(-1)?.name.toLowerCase() ?? "";
  if (table.withOrdinality) throw unsupported(ctx, "WITH ORDINALITY", table);
  if (name === "range" || name === "generate_series") return series(ctx, table, name, scope);
  if (readsFiles(name))
    throw bindError(ctx, `${name} takes the path of a file, or a list of paths, and options, as constants`, table);
  if (tableFunction(name) !== undefined || LATER.includes(name)) {
    throw unsupported(ctx, `the table function ${name}`, table);
  }
  const own = [...ctx.functions.values()].flatMap((fn) => (fn.kind === "session table" ? [fn.name] : []));
  const hint = didYouMean(name, [
    ...own,
    ...LATER,
    "range",
    "generate_series",
    "repeat",
    "repeat_row",
    "test_all_types",
  ]);
  throw bindError(ctx, `there is no table function "${name}"`, table.name, hint);
}

/** A table function that the program has made; undefined: there is none of the name. */
export function sessionTableSource(ctx: BindContext, table: TableFunction, scope: Scope): TableSource | undefined {
  const fn = ctx.functions.get(table.name.parts.at(-1)?.name.toLowerCase() ?? "");
  if (fn?.kind !== "session table" || table.name.parts.length > 1) return undefined;
  if (table.withOrdinality) throw unsupported(ctx, "WITH ORDINALITY", table);
  if (table.args.length !== fn.args.length)
    throw bindError(ctx, `${fn.name} takes ${fn.args.length} arguments, not ${table.args.length}`, table);
  const env = constantEnvironment(ctx, scope, fn.name);
  return fn.open(
    table.args.map((argument, i) => {
      const type = fn.args[i] as SqlType;
      const given = env.bind(argument.value);
      const value = convert(ctx, given, type);
      const fits = canCoerce(typeOf(given), type) || (isInteger(typeOf(given)) && isInteger(type));
      if (!fits && !isUntypedString(ctx, given))
        throw bindError(ctx, `argument ${i + 1} of ${fn.name} is ${typeName(type)}`, argument, undefined, "type");
      const constant = constantOf(ctx, value);
      if (constant === undefined) throw unsupported(ctx, `${fn.name} of other than constants`, argument);
      return constant.value;
    }),
  );
}

/** A function that makes rows of the rows of a query; undefined: there is none of the name. */
export function bindSessionMap(ctx: BindContext, table: TableFunction, scope: Scope): BoundQuery | undefined {
  const fn = ctx.functions.get(table.name.parts.at(-1)?.name.toLowerCase() ?? "");
  if (fn?.kind !== "session map") return undefined;
  const [argument] = table.args;
  if (argument?.value.kind !== "ScalarSubquery") throw bindError(ctx, `${fn.name} takes a query`, table);
  const input = ctx.bindQuery(argument.value.query, ctx, scope.parent, scope.ctes);
  const names = uniqueNames(input.columns.map(({ name }) => name));
  const made = fn.make(input.columns.map(({ type }, i) => ({ name: names[i] as string, type })));
  const columns = made.spec.returns.map(({ name, type }) => ctx.ids.column(name, type, true));
  return {
    plan: { kind: "MapBatches", input: input.plan, function: made, args: input.columns.map(ref), columns },
    columns,
  };
}

function constantEnvironment(ctx: BindContext, scope: Scope, name: string): Environment {
  return makeEnvironment(
    ctx,
    { relations: [], parent: undefined, ctes: scope.ctes },
    { kind: "forbidden", reason: `aggregates are not allowed in ${name}` },
  );
}

/** `range(stop)`, `range(start, stop[, step])` without the end, `generate_series` with it. */
function series(ctx: BindContext, table: TableFunction, name: string, scope: Scope): TableSource {
  const env = constantEnvironment(ctx, scope, name);
  if (table.args.length < 1 || table.args.length > 3) {
    throw bindError(ctx, `${name} takes one to three arguments, not ${table.args.length}`, table);
  }
  const values = table.args.map((argument) => {
    const constant = constantOf(ctx, env.bind(argument.value));
    const value = constant === undefined ? undefined : castDatum(constant.value, constant.type, BIGINT);
    if (constant === undefined || !isInteger(constant.type) || typeof value !== "bigint") {
      throw unsupported(ctx, `${name} of other than integer constants`, argument);
    }
    return value;
  });
  const [first = 0n, second, step = 1n] = values;
  if (step === 0n) throw bindError(ctx, `the step of ${name} cannot be 0`, table.args[2] ?? table);
  const [start, stop] = second === undefined ? [0n, first] : [first, second];
  return seriesSource(name, start, stop, step, name === "generate_series");
}
