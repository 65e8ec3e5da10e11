import { type FunctionBuilder, get, i32, i64, load, num, or } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { emitCancelCheck } from "../../codegen/pipeline.ts";
import type { WindowRows } from "./rows.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { entryAt } from "./search.ts";

/** Header of a kept row: the hash of its partition's keys. */
export const HASH = 0;
export const HASH_BYTES = 8;

/** `array`: row addresses, partition by partition; partition g ends at entry g of `ends`. */
export type GroupedRows = { readonly array: Ir; readonly ends: Ir; readonly groups: Ir };

/**
 * Brings the rows of each partition together, in the order in which they came; partitions are in the order of their first rows.
 * `segments`: an array of {u32 first row, u32 rows} with `total` rows.
 */
export class RowGrouping {
  private readonly rows: WindowRows;
  /** Entries {u32 partition + 1, u32 high half of the hash}, 0: free; linear probing. */
  private readonly table: Scratch;
  /** Per row: a row of each partition; partition of the row; its address; ends; grouped addresses. */
  private readonly arrays: Scratch;

  constructor(compiler: QueryCompiler, rows: WindowRows) {
    this.rows = rows;
    this.table = new Scratch(compiler);
    this.arrays = new Scratch(compiler);
  }

  emit(b: FunctionBuilder, segments: Ir, segmentCount: Ir, total: Ir): GroupedRows {
    const { rows } = this;
    const size = b.let(num("i32.shl", i32(2), num("i32.sub", i32(32), num("i32.clz", or(total, i32(1))))));
    const table = this.table.reserve(b, size, 8);
    const mask = b.let(num("i32.sub", size, i32(1)));
    const bytes = b.let(num("i32.shl", total, i32(2)));
    const examples = this.arrays.reserve(b, total, 20);
    const numbers = b.let(num("i32.add", examples, bytes));
    const arrived = b.let(num("i32.add", numbers, bytes));
    const ends = b.let(num("i32.add", arrived, bytes));
    const array = b.let(num("i32.add", ends, bytes));
    const at = (base: Ir, index: Ir): Ir => num("i32.add", base, num("i32.shl", index, i32(2)));
    b.push({ op: "memory.fill", address: table, value: i32(0), bytes: num("i32.shl", size, i32(3)) });
    const groups = b.bind(i32(0), "groups");
    const count = b.bind(i32(0), "count");
    b.forRange(i32(0), segmentCount, (s) => {
      emitCancelCheck(b);
      const segment = b.let(num("i32.add", segments, num("i32.shl", s, i32(3))));
      const first = b.let(load("i32.load", segment));
      b.forRange(i32(0), b.let(load("i32.load", segment, 4)), (r) => {
        const row = b.let(num("i32.add", first, num("i32.mul", r, i32(rows.layout.stride))));
        const number = this.emitFind(b, table, mask, examples, ends, groups, row);
        b.store("i32.store", at(numbers, get(count)), number);
        b.store("i32.store", at(arrived, get(count)), row);
        b.store("i32.store", at(ends, number), num("i32.add", entryAt(ends, number), i32(1)));
        b.set(count, num("i32.add", get(count), i32(1)));
      });
    });
    // Counts become starts, and starts become ends while rows take their places.
    const sum = b.bind(i32(0), "sum");
    b.forRange(i32(0), get(groups), (g) => {
      const own = b.let(entryAt(ends, g));
      b.store("i32.store", at(ends, g), get(sum));
      b.set(sum, num("i32.add", get(sum), own));
    });
    b.forRange(i32(0), get(count), (k) => {
      const place = b.let(at(ends, entryAt(numbers, k)));
      const position = b.let(load("i32.load", place));
      b.store("i32.store", at(array, position), entryAt(arrived, k));
      b.store("i32.store", place, num("i32.add", position, i32(1)));
    });
    return { array, ends, groups: get(groups) };
  }

  /** The number of the row's partition, which is new if no row before had its keys. */
  private emitFind(
    b: FunctionBuilder,
    table: Ir,
    mask: Ir,
    examples: Ir,
    ends: Ir,
    groups: ReturnType<FunctionBuilder["local"]>,
    row: Ir,
  ): Ir {
    const { rows } = this;
    const hash = b.let(load("i64.load", row, HASH));
    const high = b.let(num("i64.and", hash, i64(-(2n ** 32n))));
    const slot = b.bind(num("i32.wrap_i64", hash), "slot");
    const number = b.local("i32", "number");
    b.block((found) => {
      b.loop((again) => {
        const address = b.let(num("i32.add", table, num("i32.shl", num("i32.and", get(slot), mask), i32(3))));
        const entry = b.let(load("i64.load", address));
        b.if(num("i64.eqz", entry), () => {
          b.set(number, get(groups));
          b.set(groups, num("i32.add", get(groups), i32(1)));
          const place = num("i32.shl", get(number), i32(2));
          b.store("i32.store", num("i32.add", examples, place), row);
          b.store("i32.store", num("i32.add", ends, place), i32(0));
          b.store("i64.store", address, num("i64.or", high, num("i64.extend_i32_u", get(groups))));
          b.br(found);
        });
        b.if(num("i64.eqz", num("i64.shr_u", num("i64.xor", entry, hash), i64(32))), () => {
          b.set(number, num("i32.sub", num("i32.wrap_i64", entry), i32(1)));
          b.br(found, rows.same(b, rows.partitionBy, row, entryAt(examples, get(number))));
        });
        b.set(slot, num("i32.add", get(slot), i32(1)));
        b.br(again);
      });
    });
    return get(number);
  }
}
