import { HeadraceError } from "../../error.ts";
import type { StopJob } from "../../sql/ast.ts";
import type { RunContext, StatementResult } from "../context.ts";

export function stopJob(_ctx: RunContext, node: StopJob): StatementResult {
  throw new HeadraceError("unsupported", "STOP JOB is not supported yet", { span: node.span });
}
