export { type ErrorCode, formatError, HeadraceError, type Span } from "./error.ts";
export { connect, type ExecuteOptions, type Session } from "./dataframe/session.ts";
export type { ActionOptions, DataFrame, Row } from "./dataframe/dataframe.ts";
export type { ConnectOptions } from "./dataframe/options.ts";
export type { StatementResult, Timing } from "./dataframe/statement.ts";
export type { Parameters } from "./dataframe/parameters.ts";
