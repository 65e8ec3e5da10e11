import type { BoundStatement } from "../../planner/logical/statement.ts";
import type { RunContext, StatementResult } from "../context.ts";
import { connectorEntry } from "../streaming/connector-table.ts";
import { mayCreate } from "./create.ts";

export async function createConnectorTable(
  ctx: RunContext,
  table: Extract<BoundStatement, { kind: "CreateConnectorTable" }>,
): Promise<StatementResult> {
  if (mayCreate(ctx, "connector", table.name, table.onExisting)) ctx.catalog.set(await connectorEntry(table));
  return { kind: "ok" };
}
