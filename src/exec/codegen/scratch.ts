import { type FunctionBuilder, i64, load, num } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { HOST_FAIL, type QueryCompiler } from "./compiler.ts";

/** Addresses are 32 bits. */
const MOST_BYTES = 2n ** 32n - 65536n;

/** A worker's buffer, made anew when a larger one is needed; its contents last until the next `reserve`. */
export class Scratch {
  private readonly compiler: QueryCompiler;
  /** {u32 address, u32 bytes} in the local block. */
  private readonly slot: number;

  constructor(compiler: QueryCompiler) {
    this.compiler = compiler;
    this.slot = compiler.local(8);
  }

  /** The address of at least `count` (u32) times `bytes` bytes. */
  reserve(b: FunctionBuilder, count: Ir, bytes: number): Ir {
    const { compiler, slot } = this;
    const total = b.let(num("i64.mul", num("i64.extend_i32_u", count), i64(bytes)));
    const site = compiler.site("out_of_memory", "too many rows to sort or to aggregate in one place", undefined);
    b.if(num("i64.gt_u", total, i64(MOST_BYTES)), () => b.call(HOST_FAIL, { op: "const", type: "i32", value: site }));
    const needed = b.let(num("i32.wrap_i64", total));
    b.if(num("i32.lt_u", load("i32.load", b.param(1), slot + 4), needed), () => {
      b.store("i32.store", b.param(1), compiler.allocate(b, needed), slot);
      b.store("i32.store", b.param(1), needed, slot + 4);
    });
    return b.let(load("i32.load", b.param(1), slot));
  }

  /** The address that was reserved last. */
  address(b: FunctionBuilder): Ir {
    return load("i32.load", b.param(1), this.slot);
  }
}
