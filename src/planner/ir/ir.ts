/**
 * The kernel IR: structured WebAssembly as a tree. Function lowerings and operators produce it; `exec/wasm` encodes it to
 * bytes and `interpret.ts` runs it without Wasm (constant folding, tests). Instruction names are those of the Wasm text format
 * (`i64.add`, `i32.load8_u`, `i64.atomic.rmw.cmpxchg`, `f64x2.mul`), so there is nothing to learn beyond the Wasm specification.
 */

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** A local variable of the function being built. */
export type Local = { readonly index: number; readonly type: ValueType; readonly name: string | undefined };

/** A function that code calls: another function of the module, a runtime kernel, or a JavaScript host function. */
export type FunctionRef = {
  readonly module: "self" | "kernel" | "host";
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
};

/** An expression with one value. */
export type Ir =
  | { readonly op: "const"; readonly type: ValueType; readonly value: number | bigint }
  /** 16 bytes, as in memory. */
  | { readonly op: "v128.const"; readonly type: "v128"; readonly bytes: readonly number[] }
  | { readonly op: "get"; readonly type: ValueType; readonly local: Local }
  /** Sets the local and yields the value. */
  | { readonly op: "tee"; readonly type: ValueType; readonly local: Local; readonly value: Ir }
  /** Numeric, comparison, conversion and SIMD instructions without immediates. */
  | { readonly op: "num"; readonly type: ValueType; readonly name: string; readonly args: readonly Ir[] }
  /** SIMD lane access: `i32x4.extract_lane`, `i64x2.replace_lane`, `i8x16.shuffle` (16 lanes). */
  | {
      readonly op: "lane";
      readonly type: ValueType;
      readonly name: string;
      readonly args: readonly Ir[];
      readonly lanes: readonly number[];
    }
  | {
      readonly op: "load";
      readonly type: ValueType;
      readonly name: string;
      readonly address: Ir;
      readonly offset: number;
    }
  /** Atomic loads and read-modify-writes: address first, then operands. */
  | {
      readonly op: "atomic";
      readonly type: ValueType;
      readonly name: string;
      readonly args: readonly Ir[];
      readonly offset: number;
    }
  /** Both operands are evaluated. */
  | { readonly op: "select"; readonly type: ValueType; readonly cond: Ir; readonly then: Ir; readonly otherwise: Ir }
  /** Only one side is evaluated. */
  | { readonly op: "ifelse"; readonly type: ValueType; readonly cond: Ir; readonly then: Ir; readonly otherwise: Ir }
  | { readonly op: "call"; readonly type: ValueType; readonly fn: FunctionRef; readonly args: readonly Ir[] };

/** A statement. */
export type Stmt =
  | { readonly op: "set"; readonly local: Local; readonly value: Ir }
  | { readonly op: "store"; readonly name: string; readonly address: Ir; readonly value: Ir; readonly offset: number }
  | { readonly op: "if"; readonly cond: Ir; readonly then: readonly Stmt[]; readonly otherwise: readonly Stmt[] }
  /** `br` to `label` leaves a block and repeats a loop. */
  | { readonly op: "block" | "loop"; readonly label: number; readonly body: readonly Stmt[] }
  | { readonly op: "br"; readonly label: number; readonly cond: Ir | undefined }
  /** A call whose results, any number of them, go to locals. */
  | {
      readonly op: "callTo";
      readonly fn: FunctionRef;
      readonly args: readonly Ir[];
      readonly results: readonly Local[];
    }
  | { readonly op: "return"; readonly values: readonly Ir[] }
  | { readonly op: "memory.fill"; readonly address: Ir; readonly value: Ir; readonly bytes: Ir }
  | { readonly op: "memory.copy"; readonly to: Ir; readonly from: Ir; readonly bytes: Ir }
  | { readonly op: "unreachable" };

export type IrFunction = {
  readonly ref: FunctionRef;
  readonly locals: readonly Local[];
  readonly body: readonly Stmt[];
  readonly exported: boolean;
};
