/** SQL expressions bound and evaluated by the interpreter and by WebAssembly, constants either in the code or loaded like columns. */
import { instantiateKernels, loadKernels } from "../../../src/exec/kernels/kernels.ts";
import { encodeModule } from "../../../src/exec/wasm/encode.ts";
import { bindStatement } from "../../../src/planner/bind/statement.ts";
import type { Datum, Expr } from "../../../src/planner/expr/expr.ts";
import { mapChildren } from "../../../src/planner/expr/map.ts";
import { typeOf } from "../../../src/planner/expr/type-of.ts";
import { hostFunction } from "../../../src/planner/functions/host/registry.ts";
import type { HostFunction } from "../../../src/planner/functions/host/host.ts";
import {
  type ConstantProgram,
  ConstantRuntime,
  constantProgram,
  programResult,
} from "../../../src/planner/ir/evaluate.ts";
import { type Callable, interpret } from "../../../src/planner/ir/interpret.ts";
import { formatDatum } from "../../../src/planner/types/literals.ts";
import type { SqlType } from "../../../src/planner/types/types.ts";
import { parseStatements } from "../../../src/sql/parse.ts";

/** 2020-11-20 04:05:06.789 UTC. */
export const NOW = 1_605_845_106_789_000n;

/** The bound form of a single expression without columns. */
export function bindExpression(sql: string): Expr {
  const text = `SELECT ${sql}`;
  const [statement] = parseStatements(text);
  if (statement === undefined) throw new Error(sql);
  const bound = bindStatement(statement, { lookup: () => undefined, names: () => [] }, { sql: text });
  if (bound.kind !== "Query" || bound.plan.kind !== "Project") throw new Error(`${sql} is no single expression`);
  return (bound.plan.outputs[0] as { expr: Expr }).expr;
}

/** Arguments that a function wants constant. */
const CONSTANT_ARGUMENTS: ReadonlyMap<string, number> = new Map([
  ["date_part", 0],
  ["date_trunc", 0],
  ["date_diff", 0],
  ["round", 1],
  ["trunc", 1],
]);

/** Every literal as a nullable column, so that nothing is known when the code is made. */
export function asColumns(expr: Expr): { readonly expr: Expr; readonly row: ReadonlyMap<number, Datum> } {
  const row = new Map<number, Datum>();
  const replace = (part: Expr): Expr => {
    if (part.kind === "Literal" && part.type.kind !== "Null") {
      const id = row.size + 1;
      row.set(id, part.value);
      return { kind: "Column", column: { id, name: `c${id}`, type: part.type, nullable: true } };
    }
    const fixed = part.kind === "Call" ? CONSTANT_ARGUMENTS.get(part.name) : undefined;
    const kept = fixed === undefined || part.kind !== "Call" ? undefined : part.args[fixed];
    return mapChildren(part, (child) => (child === kept ? child : replace(child)));
  };
  return { expr: replace(expr), row };
}

const kernels = loadKernels();

async function load(program: ConstantProgram): Promise<ReadonlyMap<string, HostFunction>> {
  const loaded = new Map<string, HostFunction>();
  for (const { module, name } of program.calls) {
    const found = module === "host" ? await hostFunction(name) : undefined;
    if (found !== undefined) loaded.set(name, found);
  }
  return loaded;
}

export type Engine = "interpreter" | "wasm";

export async function run(expr: Expr, engine: Engine, row?: ReadonlyMap<number, Datum>): Promise<Datum> {
  return runProgram(constantProgram(expr, NOW, row), typeOf(expr), engine);
}

export async function runProgram(program: ConstantProgram, type: SqlType, engine: Engine): Promise<Datum> {
  const loaded = await load(program);
  const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
  const kernelFunctions = instantiateKernels(kernels, memory) as unknown as Record<string, Callable>;
  const runtime = new ConstantRuntime(program, memory, 0);
  const resolve = (fn: ConstantProgram["calls"][number]): Callable | undefined => {
    if (fn.module === "kernel") return kernelFunctions[fn.name];
    const host = loaded.get(fn.name);
    return host === undefined ? runtime.resolve(fn) : (...args: never[]) => host(runtime.host, ...args);
  };
  let results: unknown;
  if (engine === "interpreter") {
    results = interpret(program.functions, { memory, resolve }).get(program.entry)?.();
  } else {
    const imports: Record<string, Record<string, Callable>> = {};
    for (const fn of program.calls) (imports[fn.module] ??= {})[fn.name] = resolve(fn) as Callable;
    const module = new WebAssembly.Module(encodeModule(program.functions, 65536));
    const instance = new WebAssembly.Instance(module, {
      ...imports,
      env: { memory },
    });
    results = (instance.exports[program.entry] as unknown as () => unknown)();
  }
  return programResult(type, results as readonly (number | bigint)[], runtime.host);
}

/** The printed results, in the order interpreter, Wasm, interpreter over columns, Wasm over columns. */
export async function evaluateAll(sql: string): Promise<readonly string[]> {
  const expr = bindExpression(sql);
  const columns = asColumns(expr);
  const type = typeOf(expr);
  const values = [
    await run(expr, "interpreter"),
    await run(expr, "wasm"),
    await run(columns.expr, "interpreter", columns.row),
    await run(columns.expr, "wasm", columns.row),
  ];
  return values.map((value) => formatDatum(value, type));
}
