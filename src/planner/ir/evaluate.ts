/** Evaluates expressions without columns by lowering them to IR and interpreting that. */
import { HeadraceError, type ErrorCode, type Span } from "../../error.ts";
import type { Datum, Expr } from "../expr/expr.ts";
import { typeOf } from "../expr/type-of.ts";
import { hostFunction } from "../functions/host/registry.ts";
import type { HostRuntime } from "../functions/host/host.ts";
import { datumBytes } from "../functions/host/nested.ts";
import { datumOf, writeWords } from "../functions/host/values.ts";
import type { HelperContext } from "../functions/function.ts";
import { FunctionBuilder, i32, i64, load } from "./builder.ts";
import { type Callable, interpret } from "./interpret.ts";
import type { FunctionRef, Ir, IrFunction, ValueType } from "./ir.ts";
import type { ExpressionContext } from "./lower/context.ts";
import { lowerExpression } from "./lower/expression.ts";
import { addressOf, isIntegerRep, repOf, toRep, typeRange, wordsOf } from "./lower/rep.ts";
import { type Operand, operand } from "./operand.ts";
import { isNestedDatum } from "../types/nested.ts";
import type { SqlType } from "../types/types.ts";

/** An expression as a function of no parameters: (valid, words of the value...). */
export type ConstantProgram = {
  readonly functions: readonly IrFunction[];
  readonly entry: string;
  /** Kernels and host functions that the code calls. */
  readonly calls: readonly FunctionRef[];
  readonly sites: readonly { readonly code: ErrorCode; readonly message: string; readonly span: Span | undefined }[];
  /** Initial contents of memory. */
  readonly data: Uint8Array;
};

/** The first words of memory are zero: address 0 is what a NULL string refers to. */
const FIRST_ADDRESS = 64;
const SLACK = 16;

/** A program under construction: code goes to `ctx.b`, which `finish` closes. */
export type OpenProgram = { readonly ctx: ExpressionContext; readonly finish: () => ConstantProgram };

/**
 * Begins a program whose entry returns `results`. `now`: microseconds since the epoch. `row`: values of the columns by id, which
 * the code loads from memory.
 */
export function openProgram(
  results: readonly ValueType[],
  now: bigint,
  row: ReadonlyMap<number, Datum> = NO_COLUMNS,
  timeZone: string = "UTC",
): OpenProgram {
  const b = new FunctionBuilder(ENTRY, [], results, true);
  const functions: IrFunction[] = [];
  const helpers = new Map<string, FunctionRef>();
  const sites: { code: ErrorCode; message: string; span: Span | undefined }[] = [];
  let data: Uint8Array = new Uint8Array(FIRST_ADDRESS + SLACK);
  const helper: HelperContext["helper"] = (name, make) => {
    const known = helpers.get(name);
    if (known !== undefined) return known;
    const fn = make({ helper });
    helpers.set(name, fn.ref);
    functions.push(fn);
    return fn.ref;
  };
  const constantString = (text: string | Uint8Array): Ir => {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const address = data.length - SLACK;
    const grown = new Uint8Array(address + bytes.length + SLACK);
    grown.set(data);
    grown.set(bytes, address);
    data = grown;
    return i64(BigInt(address) | (BigInt(bytes.length) << 32n));
  };
  const ctx: ExpressionContext = {
    b,
    helper,
    constantString,
    allocate: (bytes) => b.let({ op: "call", type: "i32", fn: ALLOCATE, args: [bytes] }),
    scratch: (bytes) => b.let(addressOf(constantString(new Uint8Array(bytes)))),
    now: i64(now),
    timeZone,
    column: ({ id, name, type, nullable }) => {
      const value = row.get(id);
      if (value === undefined) throw new HeadraceError("internal", `the column ${name} in a constant expression`);
      return loadRowValue(b, constantString, value, type, nullable);
    },
    parameter: (index) => {
      throw new HeadraceError("internal", `parameter ${index} in a constant expression`);
    },
    site: (code, message, span) => sites.push({ code, message, span }) - 1,
  };
  const finish = (): ConstantProgram => {
    functions.push(b.finish());
    const calls = new Map(functions.flatMap(callsOf).map((fn) => [`${fn.module} ${fn.name}`, fn]));
    return { functions, entry: ENTRY, calls: [...calls.values()], sites, data };
  };
  return { ctx, finish };
}

const ENTRY = "constant";

/** The types that a program returns for a value: validity, then its words. */
export function resultTypes(type: SqlType): readonly ValueType[] {
  return ["i32", ...wordsOf(repOf(type))];
}

/** Returns a value from the entry in the natural representation of its type. */
export function returnOperand({ ctx: { b } }: OpenProgram, value: Operand, type: SqlType): void {
  const result = isIntegerRep(value.rep) ? toRep(b, value, repOf(type)) : value;
  b.return(result.valid ?? i32(1), result.lo, ...(result.hi === undefined ? [] : [result.hi]));
}

/** The program that computes an expression. */
export function constantProgram(
  expr: Expr,
  now: bigint,
  row?: ReadonlyMap<number, Datum>,
  timeZone?: string,
): ConstantProgram {
  const type = typeOf(expr);
  const open = openProgram(resultTypes(type), now, row, timeZone);
  returnOperand(open, lowerExpression(open.ctx, expr), type);
  return open.finish();
}

const NO_COLUMNS: ReadonlyMap<number, Datum> = new Map();

/** Loads a value kept as constant bytes: i32 validity, then from byte 8 on its words. */
function loadRowValue(
  b: FunctionBuilder,
  constantString: (bytes: string | Uint8Array) => Ir,
  value: Datum,
  type: SqlType,
  nullable: boolean,
): Operand {
  const rep = repOf(type);
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, value === null ? 0 : 1, true);
  if (typeof value === "string" || value instanceof Uint8Array || isNestedDatum(value)) {
    const word = constantString(datumBytes(value, type));
    view.setBigInt64(8, word.op === "const" ? BigInt(word.value) : 0n, true);
  } else if (value !== null) writeWords(new DataView(bytes.buffer, 8), value, type);
  const at = b.let(addressOf(constantString(bytes)));
  const word = rep === "i32" || rep === "f32" || rep === "f64" ? rep : "i64";
  return operand(rep, b.let(load(`${word}.load`, at, 8)), {
    hi: rep === "i128" || rep === "interval" ? b.let(load("i64.load", at, 16)) : undefined,
    valid: nullable ? b.let(load("i32.load", at)) : undefined,
    range: typeRange(type),
  });
}

const ALLOCATE: FunctionRef = { module: "host", name: "alloc", params: ["i32"], results: ["i32"] };

/** Every function that is called; calls are found wherever they stand in the tree. */
function callsOf(fn: IrFunction): readonly FunctionRef[] {
  const found: FunctionRef[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (typeof node === "object" && node !== null && "op" in node) {
      if ((node.op === "call" || node.op === "callTo") && "fn" in node) found.push(node.fn as FunctionRef);
      Object.values(node).forEach(visit);
    }
  };
  visit(fn.body);
  return found.filter(({ module }) => module !== "self");
}

/** Memory for a constant program and the host functions over it: shared by interpreter and WebAssembly runs. */
export class ConstantRuntime {
  readonly host: HostRuntime;
  private readonly memory: { readonly buffer: ArrayBufferLike };
  private readonly program: ConstantProgram;
  private top: number;

  constructor(program: ConstantProgram, memory: { readonly buffer: ArrayBufferLike }, base: number) {
    this.program = program;
    this.memory = memory;
    this.top = base + align(program.data.length);
    new Uint8Array(memory.buffer).set(program.data, base);
    this.host = {
      bytes: () => new Uint8Array(memory.buffer),
      allocate: (bytes) => this.allocate(bytes),
      fail: (site, message) => this.fail(site, message),
      cache: new Map(),
      running: new Int32Array(1),
    };
  }

  /** The function that a reference of the code stands for; undefined when it would have to be loaded first. */
  resolve(fn: FunctionRef): Callable | undefined {
    if (fn.name === "alloc") return (bytes: number) => this.allocate(bytes >>> 0);
    if (fn.name === "fail") return (site: number) => this.fail(site);
    const target = hostFunction(fn.name);
    if (target === undefined || target instanceof Promise) return undefined;
    return (...args: never[]) => target(this.host, ...args);
  }

  private allocate(bytes: number): number {
    const address = this.top;
    this.top += align(bytes + SLACK);
    if (this.top > this.memory.buffer.byteLength) {
      throw new HeadraceError("out_of_memory", "a constant expression takes too much memory");
    }
    return address;
  }

  private fail(site: number, message?: string): never {
    const known = this.program.sites[site];
    if (known === undefined) throw new HeadraceError("internal", `error site ${site}`);
    throw new HeadraceError(known.code, message ?? known.message, { span: known.span });
  }
}

const align = (bytes: number): number => (bytes + 15) & ~15;

/** The value that a program's results stand for. */
export function programResult(type: SqlType, results: readonly (number | bigint)[], runtime: HostRuntime): Datum {
  const [valid, lo = 0, hi = 0] = results;
  if (valid === 0) return null;
  if (repOf(type) !== "str") return datumOf(runtime, type, lo, hi);
  const word = BigInt.asUintN(64, lo as bigint);
  return datumOf(runtime, type, Number(word & 0xffffffffn), Number(word >> 32n));
}

/** Room for what a constant expression allocates. */
const MEMORY_BYTES = 1 << 16;

/** Kernels over a memory of their own, for expressions that need some. */
export type KernelProvider = () => {
  readonly memory: { readonly buffer: ArrayBufferLike };
  readonly kernels: Readonly<Record<string, unknown>>;
};

/**
 * The value of an expression without columns and parameters. `undefined`: it needs a kernel (and there is no provider) or a
 * host function that must be loaded first. Throws the HeadraceError that evaluating it raises.
 */
export function evaluateConstant(
  expr: Expr,
  now: bigint,
  provider?: KernelProvider,
  timeZone?: string,
): Datum | undefined {
  const program = constantProgram(expr, now, undefined, timeZone);
  const needsKernels = program.calls.some(({ module }) => module === "kernel");
  if (needsKernels && provider === undefined) return undefined;
  const provided = needsKernels ? provider?.() : undefined;
  const size = Math.max(MEMORY_BYTES, program.data.length + MEMORY_BYTES);
  const memory = provided?.memory ?? { buffer: new ArrayBuffer(size) };
  const runtime = new ConstantRuntime(program, memory, 0);
  const resolve = (fn: FunctionRef): Callable | undefined =>
    fn.module === "kernel" ? (provided?.kernels[fn.name] as Callable | undefined) : runtime.resolve(fn);
  if (program.calls.some((fn) => resolve(fn) === undefined)) return undefined;
  const run = interpret(program.functions, { memory, resolve }).get(program.entry);
  return programResult(typeOf(expr), (run?.() ?? []) as readonly (number | bigint)[], runtime.host);
}
