export type { FunctionOptions, JavaScriptSource } from "./dataframe/javascript/create-function.ts";
export type { AggregateOptions } from "./dataframe/javascript/create-aggregate.ts";
export type { TableFunctionOptions } from "./dataframe/javascript/create-table-function.ts";
export type { KeyResult, KeyState, MapReduceMergeOptions } from "./dataframe/javascript/map-reduce-merge.ts";
export type { MapReduceOptions } from "./dataframe/javascript/map-reduce.ts";
export type { FlatMapFunction, MadeRows, MapBatchFunction, MapOptions } from "./dataframe/javascript/map-rows.ts";
export type { RegisterOptions, TableInput } from "./dataframe/javascript/register.ts";
export type { ProvidedRows, ScanRequest, TableProvider, TableSchema } from "./dataframe/javascript/table-provider.ts";
export type { Pushdown, SourceFilter } from "./planner/catalog/source-filter.ts";
export type { RowBatch } from "./planner/functions/host/javascript-map.ts";
export type { FunctionVector } from "./planner/functions/host/javascript-vectors.ts";
export { type ErrorCode, formatError, HeadraceError, type Span } from "./error.ts";
export { connect, type Session } from "./dataframe/session.ts";
export type { ActionOptions } from "./dataframe/actions.ts";
export type { Progress } from "./exec/schedule/progress.ts";
export type { DataFrame, SetOptions } from "./dataframe/dataframe.ts";
export type { GroupedDataFrame, PivotedDataFrame } from "./dataframe/grouped.ts";
export type { PersistLevel } from "./dataframe/kept-rows.ts";
export type { ColumnSummary } from "./dataframe/relational/describe.ts";
export type { UnpivotOptions } from "./dataframe/relational/reshape.ts";
export type { JoinHow, Row } from "./dataframe/types/row.ts";
export {
  col,
  type Column,
  type ColumnLike,
  type Constant,
  expr,
  fn,
  type Frame,
  lit,
  type Value,
} from "./dataframe/expression/column.ts";
export { exists, scalar } from "./dataframe/expression/subquery.ts";
export { date, decimal, interval, timestamp } from "./dataframe/expression/typed-constants.ts";
export { type CaseColumn, type Condition, when } from "./dataframe/expression/case.ts";
export { following, type FrameDistance, preceding, type Window } from "./dataframe/expression/window.ts";
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
export {
  type Functions,
  functions,
  type SqlFunction,
  type SqlFunctionOf,
} from "./dataframe/expression/generated-functions.ts";
export type { CsvReadOptions, FileReader, FileReadOptions, JsonReadOptions } from "./dataframe/reader.ts";
export type { ConnectOptions } from "./dataframe/options.ts";
export type { StatementResult, Timing } from "./dataframe/context.ts";
export type { Parameters } from "./dataframe/parameters.ts";
export type { Stream, StreamOptions } from "./dataframe/streaming/stream.ts";
export type { MaterializedView, MaterializeOptions } from "./dataframe/streaming/materialized-view.ts";
export type { CheckpointOptions, Job, JobOptions, StopOptions } from "./dataframe/streaming/job.ts";
export type { ChangeJobOptions } from "./dataframe/streaming/for-each-change.ts";
export type { SubscribeOptions } from "./dataframe/streaming/subscription.ts";
export type { Change, ChangeCallback, ChangeContext, ChangeSink } from "./streaming/connectors/callback.ts";
export type { EpochOptions, QueryStats } from "./streaming/continuous-query.ts";
export type { Emit } from "./streaming/incremental/derivation.ts";
