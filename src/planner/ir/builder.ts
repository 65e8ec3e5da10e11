import type { FunctionRef, Ir, IrFunction, Local, Stmt, ValueType } from "./ir.ts";

/** Bytes of a lane-typed load: instruction name by what is read. */
const RESULT_TYPES: Readonly<Record<string, ValueType>> = {
  "i32.wrap_i64": "i32",
  "i32.trunc_f32_s": "i32",
  "i32.trunc_f64_s": "i32",
  "i64.extend_i32_s": "i64",
  "i64.extend_i32_u": "i64",
  "i32.reinterpret_f32": "i32",
  "i64.reinterpret_f64": "i64",
  "v128.any_true": "i32",
};

const COMPARISONS = /^(i32|i64|f32|f64)\.(eqz|eq|ne|lt|gt|le|ge)(_s|_u)?$/;
const SIMD = /^(v128|i8x16|i16x8|i32x4|i64x2|f32x4|f64x2)\./;

/** The type an instruction yields, from its name. */
function resultType(name: string): ValueType {
  const known = RESULT_TYPES[name];
  if (known !== undefined) return known;
  if (COMPARISONS.test(name)) return "i32";
  if (SIMD.test(name)) return /\.(all_true|bitmask)$/.test(name) ? "i32" : "v128";
  return name.slice(0, 3) as ValueType;
}

/**
 * Builds one IR function statement by statement. `let` binds a value to a fresh local, so that what lowerings pass around
 * (constants and locals) may be used any number of times.
 */
export class FunctionBuilder {
  readonly ref: FunctionRef;
  readonly params: readonly Local[];
  private readonly exported: boolean;
  private readonly allLocals: Local[] = [];
  private readonly entryStatements: Stmt[] = [];
  private readonly entryValues = new Map<string, Ir>();
  private readonly exits: (() => void)[] = [];
  private statements: Stmt[] = [];
  private labels = 0;
  private nextScope = 1;
  /** Ids of the statement lists being built, outermost first. */
  private readonly openScopes: number[] = [0];

  constructor(name: string, params: readonly ValueType[], results: readonly ValueType[], exported: boolean) {
    this.ref = { module: "self", name, params, results };
    this.exported = exported;
    this.params = params.map((type) => this.local(type));
  }

  finish(): IrFunction {
    for (const exit of this.exits) exit();
    return {
      ref: this.ref,
      locals: this.allLocals,
      body: [...this.entryStatements, ...this.statements],
      exported: this.exported,
    };
  }

  /**
   * Binds `value`, which may use parameters and earlier entry values only, once at the function's entry. Equal names
   * mean equal values.
   */
  entry(value: Ir, name?: string): Ir {
    const known = name === undefined ? undefined : this.entryValues.get(name);
    if (known !== undefined) return known;
    const bound = get(this.entryVariable(value, name));
    if (name !== undefined) this.entryValues.set(name, bound);
    return bound;
  }

  /** A variable that is set at the function's entry. */
  entryVariable(value: Ir, name?: string): Local {
    const local = this.local(value.type, name);
    this.entryStatements.push({ op: "set", local, value });
    return local;
  }

  /** `emit` runs when the body is complete and appends what happens last. */
  onExit(emit: () => void): void {
    this.exits.push(emit);
  }

  /** The innermost statement list: a value bound in it may be used while `isOpen` holds for it. */
  get scope(): number {
    return this.openScopes.at(-1) as number;
  }

  isOpen(scope: number): boolean {
    return this.openScopes.includes(scope);
  }

  /** The i-th parameter as a value. */
  param(index: number): Ir {
    const local = this.params[index];
    if (local === undefined) throw new RangeError(`parameter ${index}`);
    return get(local);
  }

  local(type: ValueType, name?: string): Local {
    const local: Local = { index: this.allLocals.length, type, name };
    this.allLocals.push(local);
    return local;
  }

  /** A value that is cheap to repeat: constants and locals as they are, anything else bound to a fresh local. */
  let(value: Ir, name?: string): Ir {
    if (value.op === "const" || value.op === "get") return value;
    return get(this.bind(value, name));
  }

  /** The present value of a variable that will change while this value is still in use. */
  copy(value: Ir): Ir {
    return get(this.bind(value));
  }

  /** A fresh variable with a first value, to be changed with `set`. */
  bind(value: Ir, name?: string): Local {
    const local = this.local(value.type, name);
    this.set(local, value);
    return local;
  }

  set(local: Local, value: Ir): void {
    this.push({ op: "set", local, value });
  }

  push(statement: Stmt): void {
    this.statements.push(statement);
  }

  /** The statements that `emit` pushes. */
  pushedBy(emit: () => void): readonly Stmt[] {
    const from = this.statements.length;
    emit();
    return this.statements.slice(from);
  }

  store(name: string, address: Ir, value: Ir, offset = 0): void {
    this.push({ op: "store", name, address, value, offset });
  }

  /** Runs `body` and returns the statements it pushed instead of appending them. */
  capture(body: () => void): readonly Stmt[] {
    const outer = this.statements;
    this.statements = [];
    this.openScopes.push(this.nextScope++);
    try {
      body();
      return this.statements;
    } finally {
      this.statements = outer;
      this.openScopes.pop();
    }
  }

  if(cond: Ir, then: () => void, otherwise?: () => void): void {
    if (cond.op === "const") {
      const [live, dead] = cond.value === 0 ? [otherwise, then] : [then, otherwise];
      live?.();
      // Built all the same, and dropped: what it sets up besides its statements may be asked for elsewhere.
      if (dead !== undefined) this.capture(dead);
      return;
    }
    this.push({
      op: "if",
      cond,
      then: this.capture(then),
      otherwise: otherwise === undefined ? [] : this.capture(otherwise),
    });
  }

  /** `body` gets the label that leaves the block. */
  block(body: (leave: number) => void): void {
    const label = this.labels++;
    this.push({ op: "block", label, body: this.capture(() => body(label)) });
  }

  /** Repeats only where `body` branches to the label it gets. */
  loop(body: (again: number) => void): void {
    const label = this.labels++;
    this.push({ op: "loop", label, body: this.capture(() => body(label)) });
  }

  br(label: number, cond?: Ir): void {
    this.push({ op: "br", label, cond });
  }

  /** for (i = from; i < to; i += step), unsigned; `to` must be repeatable. */
  forRange(from: Ir, to: Ir, body: (i: Ir) => void, step = 1): void {
    const i = this.bind(from, "i");
    this.block((leave) => {
      this.loop((again) => {
        this.br(leave, num("i32.ge_u", get(i), to));
        body(get(i));
        this.set(i, num("i32.add", get(i), i32(step)));
        this.br(again);
      });
    });
  }

  while(cond: () => Ir, body: () => void): void {
    this.block((leave) => {
      this.loop((again) => {
        this.br(leave, num("i32.eqz", cond()));
        body();
        this.br(again);
      });
    });
  }

  /** Calls and drops no result: for functions without results. */
  call(fn: FunctionRef, ...args: Ir[]): void {
    this.callTo(
      fn,
      args,
      fn.results.map((type) => this.local(type)),
    );
  }

  callTo(fn: FunctionRef, args: readonly Ir[], results: readonly Local[]): void {
    this.push({ op: "callTo", fn, args, results });
  }

  /** Calls a function with several results and returns them as locals. */
  callMulti(fn: FunctionRef, ...args: Ir[]): readonly Ir[] {
    const results = fn.results.map((type) => this.local(type));
    this.callTo(fn, args, results);
    return results.map(get);
  }

  return(...values: Ir[]): void {
    this.push({ op: "return", values });
  }
}

export function get(local: Local): Ir {
  return { op: "get", type: local.type, local };
}

export function i32(value: number): Ir {
  return { op: "const", type: "i32", value: value | 0 };
}

export function i64(value: bigint | number): Ir {
  return { op: "const", type: "i64", value: BigInt.asIntN(64, BigInt(value)) };
}

export function f64(value: number): Ir {
  return { op: "const", type: "f64", value };
}

export function f32(value: number): Ir {
  return { op: "const", type: "f32", value };
}

/** An instruction without immediates. Folds the few identities that lowerings produce all the time. */
export function num(name: string, ...args: Ir[]): Ir {
  const [a, b] = args;
  if (a?.op === "const" && (b === undefined || b.op === "const")) {
    const folded = foldConstant(name, a.value, b?.value);
    if (folded !== undefined) return folded;
  }
  if (b?.op === "const" && a !== undefined && (b.value === 0 || b.value === 0n)) {
    if (/^i(32|64)\.(add|sub|or|xor|shl|shr_s|shr_u)$/.test(name)) return a;
  }
  if (name === "i32.and") {
    if (a?.op === "const" && a.value === 1 && b !== undefined && isBoolean(b)) return b;
    if (b?.op === "const" && b.value === 1 && a !== undefined && isBoolean(a)) return a;
  }
  return { op: "num", type: resultType(name), name, args };
}

function isBoolean(ir: Ir): boolean {
  return ir.op === "num" && COMPARISONS.test(ir.name);
}

function foldConstant(name: string, a: number | bigint, b: number | bigint | undefined): Ir | undefined {
  if (typeof a === "number") {
    if (b === undefined) {
      if (name === "i32.eqz") return i32(a === 0 ? 1 : 0);
      if (name === "i64.extend_i32_s") return i64(BigInt(a | 0));
      if (name === "i64.extend_i32_u") return i64(BigInt(a >>> 0));
    } else if (typeof b === "number") {
      if (name === "i32.add") return i32(a + b);
      if (name === "i32.and") return i32(a & b);
      if (name === "i32.or") return i32(a | b);
    }
  } else if (name === "i32.wrap_i64") {
    return i32(Number(BigInt.asIntN(32, a)));
  }
  return undefined;
}

export function load(name: string, address: Ir, offset = 0): Ir {
  const type: ValueType = name.startsWith("v128") ? "v128" : (name.slice(0, 3) as ValueType);
  return { op: "load", type, name, address, offset };
}

export function atomic(name: string, args: readonly Ir[], offset = 0): Ir {
  return { op: "atomic", type: name.slice(0, 3) as ValueType, name, args, offset };
}

export function select(cond: Ir, then: Ir, otherwise: Ir): Ir {
  if (cond.op === "const") return cond.value !== 0 ? then : otherwise;
  return { op: "select", type: then.type, cond, then, otherwise };
}

export function call(fn: FunctionRef, ...args: Ir[]): Ir {
  const type = fn.results[0];
  if (type === undefined) throw new TypeError(`${fn.name} has no result`);
  return { op: "call", type, fn, args };
}

export const and = (a: Ir, b: Ir): Ir => num("i32.and", a, b);
export const or = (a: Ir, b: Ir): Ir => num("i32.or", a, b);
export const not = (a: Ir): Ir => num("i32.eqz", a);

export function kernel(name: string, params: readonly ValueType[], results: readonly ValueType[]): FunctionRef {
  return { module: "kernel", name, params, results };
}

export function host(name: string, params: readonly ValueType[], results: readonly ValueType[]): FunctionRef {
  return { module: "host", name, params, results };
}
