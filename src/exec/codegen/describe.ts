import { encodeModule, hostCalls } from "../wasm/encode.ts";
import type { Program, Step } from "./program.ts";

/** A program as text, for EXPLAIN (CODEGEN): its steps, functions and memory. */
export function describeProgram(program: Program): string {
  const bytes = encodeModule(program.functions, 1).length;
  const hosts = hostCalls(program.functions);
  return [
    ...program.steps.map((step, i) => `${String(i + 1).padStart(3)}  ${describeStep(step)}`),
    "",
    `functions: ${program.functions.map(({ ref }) => ref.name).join(", ")}`,
    `module: ${bytes} bytes; local block: ${program.localBytes} bytes; global block: ${program.globalBytes} bytes`,
    `host functions: ${hosts.length === 0 ? "none" : hosts.join(", ")}`,
  ].join("\n");
}

function describeStep(step: Step): string {
  switch (step.kind) {
    case "run":
      return `run ${step.fn} over ${step.source.kind}: ${step.name}`;
    case "buildTable":
      return `build the directory of table ${step.table} from store ${step.store}${step.dense === undefined ? "" : " (dense if keys allow)"}`;
    case "sort":
      return `sort with ${step.sort}`;
    case "slice":
      return `slice store ${step.store}`;
    case "sample":
      return `${step.pick.method} sample of store ${step.store}`;
    case "zip":
      return `pair stores ${step.left} and ${step.right}`;
    case "loop":
      return [
        `repeat until nothing is added: ${step.name}`,
        ...step.body.map((inner) => `       ${describeStep(inner)}`),
      ].join("\n");
    case "dictionary":
      return `evaluate ${step.fn} over a dictionary`;
  }
}
