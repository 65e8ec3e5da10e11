import { HeadraceError } from "../../error.ts";
import { didYouMean } from "../../planner/bind/suggest.ts";
import type { StopJob } from "../../sql/ast.ts";
import type { RunContext, StatementResult } from "../context.ts";

export async function stopJob({ catalog }: RunContext, node: StopJob): Promise<StatementResult> {
  const { name: written } = node.name;
  const key = written.toLowerCase();
  const job = catalog.jobs.get(key);
  if (job === undefined) {
    const names = [...catalog.jobs.values()].map(({ name }) => name);
    const hint = didYouMean(written, names);
    throw new HeadraceError("bind", `there is no job "${written}"`, { span: node.name.span, hint });
  }
  await job.stop({ savepoint: node.savepoint });
  catalog.jobs.delete(key);
  return { kind: "ok" };
}
