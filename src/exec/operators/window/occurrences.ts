import type { WindowCall } from "../../../planner/expr/expr.ts";
import { typeOf } from "../../../planner/expr/type-of.ts";
import { and, type FunctionBuilder, get, i32, load, not, num, or } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { truth } from "../../codegen/predicate.ts";
import { equalOperands, hashOperands } from "../join/keys.ts";
import type { WindowRows } from "./rows.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { entryAt } from "./search.ts";
import type { PartitionSite } from "./site.ts";

/** For every row of a partition, where the arguments of a DISTINCT aggregate have the same values first. */
export class Occurrences {
  private readonly compiler: QueryCompiler;
  private readonly rows: WindowRows;
  private readonly call: WindowCall;
  /** By row: position of the first row with the same values. Rows outside of FILTER have none but themselves. */
  private readonly firsts: Scratch;
  /** Open addressing: position of the first row with such values, plus 1; 0: free. */
  private readonly table: Scratch;

  constructor(compiler: QueryCompiler, rows: WindowRows, call: WindowCall) {
    this.compiler = compiler;
    this.rows = rows;
    this.call = call;
    this.firsts = new Scratch(compiler);
    this.table = new Scratch(compiler);
  }

  open({ b, array, start, end }: PartitionSite): void {
    const { compiler, rows, call } = this;
    const count = b.let(num("i32.sub", end, start));
    const firsts = this.firsts.reserve(b, count, 4);
    const size = b.let(num("i32.shl", i32(2), num("i32.sub", i32(32), num("i32.clz", or(count, i32(1))))));
    const table = this.table.reserve(b, size, 4);
    const mask = b.let(num("i32.sub", size, i32(1)));
    b.push({ op: "memory.fill", address: table, value: i32(0), bytes: num("i32.shl", size, i32(2)) });
    b.forRange(start, end, (position) => {
      const scope = rows.scope(b, entryAt(array, position));
      const own = b.let(num("i32.add", firsts, num("i32.shl", num("i32.sub", position, start), i32(2))));
      b.store("i32.store", own, position);
      const enter = (): void => {
        const values = call.args.map((arg) => compiler.lower(scope, arg));
        const hash = hashOperands(compiler, b, values, call.args.map(typeOf));
        const slot = b.bind(num("i32.wrap_i64", hash), "slot");
        b.block((done) => {
          b.loop((again) => {
            const at = b.let(num("i32.add", table, num("i32.shl", num("i32.and", get(slot), mask), i32(2))));
            const found = b.let(load("i32.load", at));
            b.if(not(found), () => {
              b.store("i32.store", at, num("i32.add", position, i32(1)));
              b.br(done);
            });
            const first = b.let(num("i32.sub", found, i32(1)));
            const other = rows.scope(b, entryAt(array, first));
            const equal = call.args
              .map((arg, i) =>
                equalOperands(compiler, b, values[i] as (typeof values)[number], compiler.lower(other, arg), true),
              )
              .reduce(and);
            b.if(equal, () => {
              b.store("i32.store", own, first);
              b.br(done);
            });
            b.set(slot, num("i32.add", get(slot), i32(1)));
            b.br(again);
          });
        });
      };
      if (call.filter === undefined) enter();
      else b.if(truth(compiler.lower(scope, call.filter)), enter);
    });
  }

  /** Whether no row before `position` in the partition had its values. */
  isFirst(b: FunctionBuilder, start: Ir, position: Ir): Ir {
    return num("i32.eq", this.first(b, start, position), position);
  }

  /** The position of the first row with the same values: it stands for them. */
  first(b: FunctionBuilder, start: Ir, position: Ir): Ir {
    return entryAt(this.firsts.address(b), num("i32.sub", position, start));
  }
}
