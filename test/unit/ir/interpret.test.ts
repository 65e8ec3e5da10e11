/** The interpreter computes what V8 computes of the encoded bytes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeModule } from "../../../src/exec/wasm/encode.ts";
import { atomic, FunctionBuilder, get, i32, i64, kernel, load, num } from "../../../src/planner/ir/builder.ts";
import { type Callable, interpret } from "../../../src/planner/ir/interpret.ts";
import type { Ir, IrFunction } from "../../../src/planner/ir/ir.ts";
import { irOf, PARAMS } from "./random-ir.ts";

const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });

type Run = (...args: readonly (number | bigint)[]) => unknown;

function both(functions: readonly IrFunction[], kernels: Record<string, Callable> = {}): readonly Run[] {
  const name = (functions.at(-1) as IrFunction).ref.name;
  const module = new WebAssembly.Module(encodeModule(functions, 65536));
  const imports = { env: { memory }, kernel: kernels } as unknown as WebAssembly.Imports;
  const wasm = new WebAssembly.Instance(module, imports).exports[name] as unknown as Run;
  const interpreted = interpret(functions, { memory, resolve: (fn) => kernels[fn.name] }).get(name) as unknown as Run;
  return [wasm, interpreted];
}

/** A result, or that it trapped. */
function outcome(run: Run, args: readonly (number | bigint)[]): unknown {
  try {
    return run(...args);
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return "trap";
    throw error;
  }
}

describe("random expressions", () => {
  for (const type of ["i32", "i64", "f64", "f32"] as const) {
    test(`of type ${type}`, () => {
      const values = fc.tuple(
        fc.integer(),
        fc.integer(),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.double(),
        fc.double(),
      );
      const builder = new FunctionBuilder("f", PARAMS, [type], true);
      fc.assert(
        fc.property(irOf(type, builder.params, 4), fc.array(values, { minLength: 1, maxLength: 4 }), (ir, inputs) => {
          const b = new FunctionBuilder("f", PARAMS, [type], true);
          b.return(ir);
          const [wasm, interpreted] = both([b.finish()]) as [Run, Run];
          for (const args of inputs) expect(outcome(interpreted, args)).toEqual(outcome(wasm, args));
        }),
        { numRuns: 400 },
      );
    });
  }
});

describe("statements", () => {
  test("loops, blocks, stores and loads", () => {
    const b = new FunctionBuilder("sum", ["i32", "i32"], ["i64"], true);
    const total = b.bind(i64(0));
    b.forRange(i32(0), b.param(1), (i) => {
      const at = b.let(num("i32.add", b.param(0), num("i32.shl", i, i32(3))));
      b.store("i64.store", at, num("i64.extend_i32_s", i));
      b.if(num("i32.rem_u", i, i32(3)), () => b.set(total, num("i64.add", get(total), load("i64.load", at))));
    });
    b.return(get(total));
    for (const run of both([b.finish()])) expect(run(1024, 10)).toBe(27n);
  });

  test("narrow loads and stores keep their signs", () => {
    const b = new FunctionBuilder("narrow", ["i32"], ["i32", "i32", "i64", "i64"], true);
    b.store("i32.store8", b.param(0), i32(0x1ff));
    b.store("i64.store32", b.param(0), i64(0x1_ffff_fffen), 8);
    b.return(
      load("i32.load8_s", b.param(0)),
      load("i32.load8_u", b.param(0)),
      load("i64.load32_s", b.param(0), 8),
      load("i64.load32_u", b.param(0), 8),
    );
    for (const run of both([b.finish()])) expect(run(2048)).toEqual([-1, 255, -2n, 0xfffffffen]);
  });

  test("calls with several results, of functions and kernels", () => {
    const swap = new FunctionBuilder("swap", ["i32", "i64"], ["i64", "i32"], false);
    swap.return(swap.param(1), swap.param(0));
    const b = new FunctionBuilder("main", ["i32", "i64"], ["i64"], true);
    const [x, y] = b.callMulti(swap.ref, b.param(0), b.param(1)) as [Ir, Ir];
    b.return(num("i64.add", x, { op: "call", type: "i64", fn: kernel("double", ["i32"], ["i64"]), args: [y] }));
    const kernels = { double: (value: number) => BigInt(value) * 2n };
    for (const run of both([swap.finish(), b.finish()], kernels)) expect(run(21, 100n)).toBe(142n);
  });

  test("atomics", () => {
    const b = new FunctionBuilder("atomics", ["i32"], ["i32", "i64", "i32"], true);
    b.store("i64.store", b.param(0), i64(5));
    const old = b.let(atomic("i32.atomic.rmw.add", [b.param(0), i32(7)]));
    const exchanged = b.let(atomic("i64.atomic.rmw.cmpxchg", [b.param(0), i64(12), i64(-1)]));
    b.return(old, exchanged, atomic("i32.atomic.load", [b.param(0)]));
    for (const run of both([b.finish()])) expect(run(4096)).toEqual([5, 12n, -1]);
  });

  test("out of bounds is a trap", () => {
    const b = new FunctionBuilder("far", ["i32"], ["i32"], true);
    b.return(load("i32.load", b.param(0)));
    for (const run of both([b.finish()])) expect(() => run(-4)).toThrow(WebAssembly.RuntimeError);
  });
});

describe("SIMD", () => {
  const vector = (at: number) => load("v128.load", i32(at));
  const shapes = ["i8x16", "i16x8", "i32x4", "i64x2", "f32x4", "f64x2"];
  const ops = "add sub mul eq ne lt_s lt_u gt_s le_s ge_s ge_u lt gt le ge min_s min_u max_s max_u swizzle".split(" ");
  const named = [
    ...["v128.and", "v128.or", "v128.xor", "v128.andnot"],
    ...["i64x2.extmul_low_i32x4_s", "i64x2.extmul_high_i32x4_u"],
    ...shapes.flatMap((shape) => ops.map((op) => `${shape}.${op}`)),
  ];
  const cases = named.filter(isEncoded);
  test("lanes as V8 has them", () => {
    const bytes = new Uint8Array(memory.buffer);
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.uint8Array({ minLength: 32, maxLength: 32 }), (name, content) => {
        bytes.set(content, 512);
        const b = new FunctionBuilder("simd", [], [], true);
        b.store("v128.store", i32(600), num(name, vector(512), vector(528)));
        for (const unary of ["i8x16.bitmask", "i32x4.all_true", "v128.any_true"]) {
          b.store("i32.store", i32(640 + 8 * unary.length), num(unary, vector(600)));
        }
        const results = both([b.finish()]).map((run) => {
          bytes.fill(0, 600, 700);
          run();
          return bytes.slice(600, 700);
        });
        const comparable = name.startsWith("f") ? results.map((result) => floats(name, result)) : results;
        expect(comparable[1]).toEqual(comparable[0]);
      }),
      { numRuns: 400 },
    );
  });
});

/** The lanes of `name`; NaNs differ in their bits. */
function floats(name: string, bytes: Uint8Array): readonly number[] {
  const lanes = bytes.slice(0, 16).buffer;
  return [...(name.startsWith("f64") ? new Float64Array(lanes) : new Float32Array(lanes))].map((x) =>
    Number.isNaN(x) ? 0 : x,
  );
}

/** The encoder has the instructions that generated code uses. */
function isEncoded(name: string): boolean {
  const b = new FunctionBuilder("simd", [], [], true);
  const vector = load("v128.load", i32(0));
  b.store("v128.store", i32(0), { op: "num", type: "v128", name, args: [vector, vector] });
  try {
    encodeModule([b.finish()], 65536);
    return true;
  } catch {
    return false;
  }
}
