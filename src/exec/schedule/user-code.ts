/** What a compiled query has of users' functions. */
import type { JavaScriptRun, Step } from "../codegen/program.ts";
import type { CompiledQuery } from "../operators/compile-query.ts";
import { hostCalls } from "../wasm/encode.ts";
import { userCode } from "../worker/instance.ts";

/** Whether users' functions are called in the workers between two halves of a run. */
export function callsInWorkers(steps: readonly Step[]): boolean {
  return someRun(steps, ({ calls }) => calls.some(({ place }) => place === "workers"));
}

/** Whether running it twice leaves no more traces than once: it calls nothing of users and takes nothing from sequences or streams. */
export function isRepeatable({ program, sources }: CompiledQuery): boolean {
  const leavesTraces = hostCalls(program.functions).some((name) => name === "nextval" || userCode(name) !== undefined);
  return !leavesTraces && !someRun(program.steps, () => true) && sources.every(({ kind }) => kind !== "provider");
}

function someRun(steps: readonly Step[], test: (run: JavaScriptRun) => boolean): boolean {
  return steps.some((step) => {
    if (step.kind === "loop") return someRun(step.body, test);
    return step.kind === "run" && step.javaScript !== undefined && test(step.javaScript);
  });
}
