export type { FunctionOptions } from "./dataframe/javascript/create-function.ts";
export { type ErrorCode, formatError, HeadraceError, type Span } from "./error.ts";
export { connect, type ExecuteOptions, type Session } from "./dataframe/session.ts";
export type { ActionOptions, DataFrame, JoinHow, Row } from "./dataframe/dataframe.ts";
export type { GroupedDataFrame } from "./dataframe/grouped.ts";
export {
  col,
  type Column,
  type ColumnLike,
  expr,
  fn,
  lit,
  type Value,
  when,
  type Window,
} from "./dataframe/expression/column.ts";
export {
  abs,
  anyValue,
  avg,
  coalesce,
  count,
  countDistinct,
  denseRank,
  first,
  lag,
  last,
  lead,
  length,
  list,
  lower,
  max,
  median,
  min,
  rank,
  round,
  rowNumber,
  stddev,
  sum,
  upper,
  variance,
} from "./dataframe/expression/functions.ts";
export { type Functions, functions, type SqlFunction } from "./dataframe/expression/generated-functions.ts";
export type { ConnectOptions } from "./dataframe/options.ts";
export type { StatementResult, Timing } from "./dataframe/context.ts";
export type { Parameters } from "./dataframe/parameters.ts";
