import { HeadraceError } from "../../error.ts";
import type { BoundStatement } from "../../planner/logical/statement.ts";
import type { RunContext, StatementResult } from "../context.ts";

export function createConnectorTable(
  _ctx: RunContext,
  _table: Extract<BoundStatement, { kind: "CreateConnectorTable" }>,
): StatementResult {
  throw new HeadraceError("unsupported", "connector tables are not supported yet");
}
