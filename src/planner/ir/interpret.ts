/**
 * Runs IR functions without WebAssembly: every tree is compiled once to JavaScript closures. Values are as at the JavaScript
 * boundary of WebAssembly: i32 a signed number, i64 a signed bigint, floats numbers, v128 sixteen bytes.
 */
import type { FunctionRef, Ir, IrFunction, Local, Stmt, ValueType } from "./ir.ts";
import { type Scalar, scalarOp } from "./scalar-ops.ts";
import { laneOp, simdOp } from "./simd-ops.ts";

export type Value = Scalar | Uint8Array;
/** Several results come as an array. */
export type Callable = (...args: never[]) => unknown;

export type InterpreterImports = {
  /** Read anew whenever it has grown. */
  readonly memory: { readonly buffer: ArrayBufferLike };
  /** Kernels and host functions by name; asked when the function that calls them is first run. */
  readonly resolve: (fn: FunctionRef) => Callable | undefined;
};

/** Runs a function; one result as it is, several as an array, none as undefined. */
export type Runnable = (...args: readonly Value[]) => Value | readonly Value[] | undefined;

type Frame = Value[];
type Evaluate = (frame: Frame) => Value;
/** What a statement asks its surroundings to do: nothing, leave (or repeat) up to a label, or `RETURN`. */
type Signal = undefined | number;
type Execute = (frame: Frame) => Signal;

const RETURN = -1;
/** The slot of a frame behind the locals that keeps the values returned. */
type Returned = { values: readonly Value[] };

export function interpret(
  functions: readonly IrFunction[],
  imports: InterpreterImports,
): ReadonlyMap<string, Runnable> {
  const runnables = new Map<string, Runnable>();
  const view = memoryView(imports.memory);
  const machine: Machine = {
    view,
    call: (fn) => {
      let target: ((...args: readonly Value[]) => unknown) | undefined;
      return (args) => {
        target ??=
          fn.module === "self"
            ? runnables.get(fn.name)
            : (imports.resolve(fn) as ((...args: readonly Value[]) => unknown) | undefined);
        if (target === undefined) throw new Error(`the interpreter has no ${fn.module} function ${fn.name}`);
        return target(...args);
      };
    },
  };
  for (const fn of functions) runnables.set(fn.ref.name, runnable(fn, machine));
  return runnables;
}

type Machine = {
  readonly view: () => DataView;
  readonly call: (fn: FunctionRef) => (args: readonly Value[]) => unknown;
};

function memoryView(memory: { readonly buffer: ArrayBufferLike }): () => DataView {
  let view = new DataView(memory.buffer);
  return () => {
    if (view.buffer !== memory.buffer) view = new DataView(memory.buffer);
    return view;
  };
}

const zeroOf = (type: ValueType): Value => (type === "i64" ? 0n : type === "v128" ? new Uint8Array(16) : 0);

function runnable(fn: IrFunction, machine: Machine): Runnable {
  const zeros = fn.locals.map(({ type }) => zeroOf(type));
  const returned: Returned = { values: [] };
  let body: Execute | undefined;
  return (...args) => {
    body ??= sequence(fn.body, machine, returned);
    const frame: Frame = [...args, ...zeros.slice(args.length)];
    body(frame);
    const { values } = returned;
    returned.values = [];
    return values.length > 1 ? values : values[0];
  };
}

function sequence(statements: readonly Stmt[], machine: Machine, returned: Returned): Execute {
  const steps = statements.map((statement) => compileStatement(statement, machine, returned));
  return (frame) => {
    for (const step of steps) {
      const signal = step(frame);
      if (signal !== undefined) return signal;
    }
    return undefined;
  };
}

function compileStatement(statement: Stmt, machine: Machine, returned: Returned): Execute {
  switch (statement.op) {
    case "set": {
      const { index } = statement.local;
      const value = compile(statement.value, machine);
      return (frame) => {
        frame[index] = value(frame);
        return undefined;
      };
    }
    case "store": {
      const [address, value] = [compile(statement.address, machine), compile(statement.value, machine)];
      const write = storeOp(statement.name);
      return (frame) => {
        const at = effective(address(frame), statement.offset);
        write(machine.view(), at, value(frame));
        return undefined;
      };
    }
    case "if": {
      const cond = compile(statement.cond, machine);
      const then = sequence(statement.then, machine, returned);
      const otherwise = sequence(statement.otherwise, machine, returned);
      return (frame) => (cond(frame) === 0 ? otherwise(frame) : then(frame));
    }
    case "block": {
      const body = sequence(statement.body, machine, returned);
      return (frame) => {
        const signal = body(frame);
        return signal === statement.label ? undefined : signal;
      };
    }
    case "loop": {
      const body = sequence(statement.body, machine, returned);
      return (frame) => {
        for (;;) {
          const signal = body(frame);
          if (signal !== statement.label) return signal;
        }
      };
    }
    case "br": {
      const { label } = statement;
      if (statement.cond === undefined) return () => label;
      const cond = compile(statement.cond, machine);
      return (frame) => (cond(frame) === 0 ? undefined : label);
    }
    case "callTo":
      return compileCall(statement.fn, statement.args, statement.results, machine);
    case "return": {
      const values = statement.values.map((value) => compile(value, machine));
      return (frame) => {
        returned.values = values.map((value) => value(frame));
        return RETURN;
      };
    }
    case "memory.fill": {
      const parts = [statement.address, statement.value, statement.bytes].map((ir) => compile(ir, machine));
      return (frame) => {
        const [address, value, bytes] = parts.map((part) => (part(frame) as number) >>> 0) as [number, number, number];
        new Uint8Array(machine.view().buffer).fill(value, address, inBounds(machine, address, bytes));
        return undefined;
      };
    }
    case "memory.copy": {
      const parts = [statement.to, statement.from, statement.bytes].map((ir) => compile(ir, machine));
      return (frame) => {
        const [to, from, bytes] = parts.map((part) => (part(frame) as number) >>> 0) as [number, number, number];
        inBounds(machine, to, bytes);
        new Uint8Array(machine.view().buffer).copyWithin(to, from, inBounds(machine, from, bytes));
        return undefined;
      };
    }
    case "unreachable":
      return () => {
        throw new WebAssembly.RuntimeError("unreachable");
      };
  }
}

/** The end of a range of memory, which must exist. */
function inBounds(machine: Machine, address: number, bytes: number): number {
  if (address + bytes > machine.view().byteLength) throw new WebAssembly.RuntimeError("memory access out of bounds");
  return address + bytes;
}

const effective = (address: Value, offset: number): number => ((address as number) >>> 0) + offset;

function compileCall(fn: FunctionRef, args: readonly Ir[], results: readonly Local[], machine: Machine): Execute {
  const values = args.map((arg) => compile(arg, machine));
  const target = machine.call(fn);
  return (frame) => {
    const result = target(values.map((value) => value(frame)));
    if (results.length === 1) frame[(results[0] as Local).index] = result as Value;
    else for (const [i, local] of results.entries()) frame[local.index] = (result as readonly Value[])[i] as Value;
    return undefined;
  };
}

function compile(ir: Ir, machine: Machine): Evaluate {
  switch (ir.op) {
    case "const": {
      const value = ir.type === "f32" ? Math.fround(ir.value as number) : ir.value;
      return () => value;
    }
    case "v128.const": {
      const bytes = Uint8Array.from(ir.bytes);
      return () => bytes;
    }
    case "get": {
      const { index } = ir.local;
      return (frame) => frame[index] as Value;
    }
    case "tee": {
      const { index } = ir.local;
      const value = compile(ir.value, machine);
      return (frame) => (frame[index] = value(frame));
    }
    case "num":
      return compileNumeric(ir.name, ir.args, machine);
    case "lane": {
      const args = ir.args.map((arg) => compile(arg, machine));
      const op = laneOp(ir.name, ir.lanes);
      return (frame) => op(...args.map((arg) => arg(frame)));
    }
    case "load": {
      const address = compile(ir.address, machine);
      const read = loadOp(ir.name);
      return (frame) => read(machine.view(), effective(address(frame), ir.offset));
    }
    case "atomic":
      return compileAtomic(ir.name, ir.args, ir.offset, machine);
    case "select": {
      const [cond, then, otherwise] = [
        compile(ir.cond, machine),
        compile(ir.then, machine),
        compile(ir.otherwise, machine),
      ];
      return (frame) => {
        const [x, y] = [then(frame), otherwise(frame)];
        return cond(frame) === 0 ? y : x;
      };
    }
    case "ifelse": {
      const [cond, then, otherwise] = [
        compile(ir.cond, machine),
        compile(ir.then, machine),
        compile(ir.otherwise, machine),
      ];
      return (frame) => (cond(frame) === 0 ? otherwise(frame) : then(frame));
    }
    case "call": {
      const values = ir.args.map((arg) => compile(arg, machine));
      const target = machine.call(ir.fn);
      return (frame) => target(values.map((value) => value(frame))) as Value;
    }
  }
}

function compileNumeric(name: string, args: readonly Ir[], machine: Machine): Evaluate {
  const op = scalarOp(name);
  if (op === undefined) {
    const simd = simdOp(name);
    const values = args.map((arg) => compile(arg, machine));
    return (frame) => simd(...values.map((value) => value(frame)));
  }
  const [first, second] = args.map((arg) => compile(arg, machine)) as [Evaluate, Evaluate | undefined];
  if (second === undefined) return (frame) => op(first(frame) as Scalar);
  return (frame) => op(first(frame) as Scalar, second(frame) as Scalar);
}

type Read = (view: DataView, at: number) => Value;
type Write = (view: DataView, at: number, value: Value) => void;

const LOADS: Readonly<Record<string, Read>> = {
  "i32.load": (v, at) => v.getInt32(at, true),
  "i32.load8_s": (v, at) => v.getInt8(at),
  "i32.load8_u": (v, at) => v.getUint8(at),
  "i32.load16_s": (v, at) => v.getInt16(at, true),
  "i32.load16_u": (v, at) => v.getUint16(at, true),
  "i64.load": (v, at) => v.getBigInt64(at, true),
  "i64.load8_s": (v, at) => BigInt(v.getInt8(at)),
  "i64.load8_u": (v, at) => BigInt(v.getUint8(at)),
  "i64.load16_s": (v, at) => BigInt(v.getInt16(at, true)),
  "i64.load16_u": (v, at) => BigInt(v.getUint16(at, true)),
  "i64.load32_s": (v, at) => BigInt(v.getInt32(at, true)),
  "i64.load32_u": (v, at) => BigInt(v.getUint32(at, true)),
  "f32.load": (v, at) => v.getFloat32(at, true),
  "f64.load": (v, at) => v.getFloat64(at, true),
  "v128.load": (v, at) => new Uint8Array(v.buffer, at, 16).slice(),
  "v128.load32_zero": (v, at) => padded(new Uint8Array(v.buffer, at, 4)),
  "v128.load64_zero": (v, at) => padded(new Uint8Array(v.buffer, at, 8)),
};

/** Bytes as the low end of a vector of zeros. */
function padded(bytes: Uint8Array): Uint8Array {
  const vector = new Uint8Array(16);
  vector.set(bytes);
  return vector;
}

/** `v128.load16x4_u`: eight bytes, each lane widened to twice its size. */
function wideningLoad(name: string): Read | undefined {
  const match = /^v128\.load(8|16|32)x(2|4|8)_([su])$/.exec(name);
  if (match === null) return undefined;
  const [, bits, lanes, sign] = match;
  const widen = simdOp(`i${Number(bits) * 2}x${lanes}.extend_low_i${bits}x${Number(lanes) * 2}_${sign}`);
  return (v, at) => widen(padded(new Uint8Array(v.buffer, at, 8)));
}

const STORES: Readonly<Record<string, Write>> = {
  "i32.store": (v, at, x) => v.setInt32(at, x as number, true),
  "i32.store8": (v, at, x) => v.setInt8(at, x as number),
  "i32.store16": (v, at, x) => v.setInt16(at, x as number, true),
  "i64.store": (v, at, x) => v.setBigInt64(at, x as bigint, true),
  "i64.store8": (v, at, x) => v.setInt8(at, Number(BigInt.asIntN(8, x as bigint))),
  "i64.store16": (v, at, x) => v.setInt16(at, Number(BigInt.asIntN(16, x as bigint)), true),
  "i64.store32": (v, at, x) => v.setInt32(at, Number(BigInt.asIntN(32, x as bigint)), true),
  "f32.store": (v, at, x) => v.setFloat32(at, x as number, true),
  "f64.store": (v, at, x) => v.setFloat64(at, x as number, true),
  "v128.store": (v, at, x) => new Uint8Array(v.buffer, at, 16).set(x as Uint8Array),
};

/** A view's RangeError as the trap that WebAssembly raises. */
function bounded<A extends readonly unknown[], R>(access: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    try {
      return access(...args);
    } catch (error) {
      throw new WebAssembly.RuntimeError("memory access out of bounds", { cause: error });
    }
  };
}

function loadOp(name: string): Read {
  const op = LOADS[name] ?? wideningLoad(name);
  if (op === undefined) throw new Error(`the interpreter has no ${name}`);
  return bounded(op);
}

function storeOp(name: string): Write {
  const op = STORES[name];
  if (op === undefined) throw new Error(`the interpreter has no ${name}`);
  return bounded(op);
}

/** `i32.atomic.rmw8.add_u` and its kin: on shared memory really atomic, by typed arrays. */
function compileAtomic(name: string, args: readonly Ir[], offset: number, machine: Machine): Evaluate {
  const match = /^(i32|i64)\.atomic\.(load|store|rmw)(8|16|32)?(?:\.([a-z]+))?(?:_u)?$/.exec(name);
  if (match === null) throw new Error(`the interpreter has no ${name}`);
  const [, type, access, width, rmw] = match;
  const bits = width === undefined ? (type === "i32" ? 32 : 64) : Number(width);
  const values = args.map((arg) => compile(arg, machine));
  const cells = (
    at: number,
  ): { readonly cells: BigUint64Array | Uint32Array | Uint16Array | Uint8Array; readonly index: number } => {
    const { buffer } = machine.view();
    if (at % (bits / 8) !== 0) throw new WebAssembly.RuntimeError("unaligned atomic");
    const index = at / (bits / 8);
    if (bits === 64) return { cells: new BigUint64Array(buffer), index };
    if (bits === 32) return { cells: new Uint32Array(buffer), index };
    return bits === 16 ? { cells: new Uint16Array(buffer), index } : { cells: new Uint8Array(buffer), index };
  };
  const asCell = (value: Value): never => (bits === 64 ? BigInt.asUintN(64, value as bigint) : Number(value)) as never;
  const asValue = (value: number | bigint): Value =>
    type === "i64" ? BigInt.asIntN(64, BigInt(value)) : Number(value) | 0;
  const key = access === "load" ? "load" : access === "store" ? "store" : rmw;
  return (frame) => {
    const [address, x, y] = values.map((value) => value(frame)) as [Value, Value, Value];
    const { cells: array, index } = cells(effective(address, offset));
    const on = array as never;
    switch (key) {
      case "load":
        return asValue(Atomics.load(on, index));
      case "store":
        return asValue(Atomics.store(on, index, asCell(x)));
      case "add":
        return asValue(Atomics.add(on, index, asCell(x)));
      case "sub":
        return asValue(Atomics.sub(on, index, asCell(x)));
      case "and":
        return asValue(Atomics.and(on, index, asCell(x)));
      case "or":
        return asValue(Atomics.or(on, index, asCell(x)));
      case "xor":
        return asValue(Atomics.xor(on, index, asCell(x)));
      case "xchg":
        return asValue(Atomics.exchange(on, index, asCell(x)));
      case "cmpxchg":
        return asValue(Atomics.compareExchange(on, index, asCell(x), asCell(y)));
      default:
        throw new Error(`the interpreter has no ${name}`);
    }
  };
}
