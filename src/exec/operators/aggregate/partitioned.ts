import { call, type FunctionBuilder, get, i32, i64, load, num, or } from "../../../planner/ir/builder.ts";
import type { FunctionRef, Ir } from "../../../planner/ir/ir.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import type { HashAggregate } from "../../../planner/physical/plan.ts";
import { type Consumer, HOST_ALLOC, type Pipeline, type QueryCompiler } from "../../codegen/compiler.ts";
import type { CompileEnv } from "../../codegen/env.ts";
import { compileRun, emitCancelCheck } from "../../codegen/pipeline.ts";
import { loadField, RowLayout, type RowField, storeField } from "../../codegen/row-layout.ts";
import type { Location, Position, RowScope } from "../../codegen/scope.ts";
import type { AggregateStrategy } from "../hash-aggregate.ts";
import { equalOperands, hashOperands } from "../join/keys.ts";
import { aggregateArguments, type GroupKey, groupKeys, keptKey } from "./group-keys.ts";
import { AggregateStates } from "./states.ts";

/** Header of a group's row: its hash. */
const HASH = 0;
const HEADER = 8;

/** Entries of a worker's table: it starts small, grows, and is emptied when it would outgrow the cache. */
const FIRST_ENTRIES = 1024;
const MOST_ENTRIES = 65536;

/** Partitions by the hash bits above the low 32, which index tables. */
const PARTITION_BITS = 5;
const FEW_GROUPS = 500;

/** A worker's table in the local block: entries are {u32 row, u32 high half of the hash}, 0 when free; linear probing. */
const LOCAL_TABLE = { entries: 0, mask: 4, count: 8, limit: 12, bytes: 16 } as const;

type Built = {
  readonly layout: RowLayout;
  readonly keyFields: readonly { readonly field: RowField; readonly key: GroupKey }[];
  readonly states: AggregateStates;
  /** First of the partitions' stores. */
  readonly stores: number;
  readonly grow: FunctionRef;
};

/**
 * Hash aggregation in two phases. A worker keeps its groups as rows in partitions, found through a small table; when the
 * table is full at its largest size it is emptied, so that the same group may be begun again, and stays in cache.
 * Partitions of all workers are then merged one by one.
 */
export class PartitionedAggregate implements AggregateStrategy {
  readonly name = "HashAggregate";
  private readonly compiler: QueryCompiler;
  private readonly plan: HashAggregate;
  private readonly table: number;
  private readonly bits: number;
  private built: Built | undefined;

  constructor(env: CompileEnv, plan: HashAggregate, estimatedGroups: number) {
    this.compiler = env.compiler;
    this.plan = plan;
    this.table = env.compiler.local(LOCAL_TABLE.bytes);
    this.bits = estimatedGroups < FEW_GROUPS ? 0 : PARTITION_BITS;
  }

  step(pipeline: Pipeline, scope: RowScope): void {
    const { compiler, plan, table } = this;
    const { b } = scope;
    const keys = groupKeys(compiler, scope, plan);
    const args = aggregateArguments(compiler, scope, plan);
    const built = (this.built ??= this.build(keys, args));
    const { keyFields, states, stores, grow } = built;
    for (let p = 0; p < 1 << this.bits; p++) pipeline.stores.add(stores + p);

    const hash = b.let(
      this.hash(
        b,
        keys.map(({ value }) => value),
        keys,
      ),
    );
    const row = b.local("i32", "group");
    const slot = b.bind(num("i32.wrap_i64", hash), "slot");
    b.block((found) => {
      b.block((insert) => {
        b.loop((again) => {
          const mask = load("i32.load", b.param(1), table + LOCAL_TABLE.mask);
          b.set(slot, num("i32.and", get(slot), mask));
          const entries = load("i32.load", b.param(1), table + LOCAL_TABLE.entries);
          const entry = b.let(load("i64.load", num("i32.add", entries, num("i32.shl", get(slot), i32(3)))));
          b.br(insert, num("i64.eqz", entry));
          b.set(row, num("i32.wrap_i64", entry));
          b.if(sameHighHalf(entry, hash), () => b.br(found, this.equalRow(scope, built, keys, get(row))));
          b.set(slot, num("i32.add", get(slot), i32(1)));
          b.br(again);
        });
      });
      const partition = num("i32.and", num("i32.wrap_i64", num("i64.shr_u", hash, i64(32))), i32((1 << this.bits) - 1));
      b.set(row, compiler.appendRow(b, stores, b.let(partition)));
      b.store("i64.store", get(row), hash, HASH);
      keyFields.forEach(({ field }, i) =>
        storeField(b, get(row), field, keptKey(compiler, scope, keys[i] as GroupKey)),
      );
      states.emitInit(b, get(row));
      b.call(grow, b.param(0), b.param(1), get(row), get(slot));
    });
    const group = get(row);
    states.emitStep(scope, args, (i) => states.inMemory(b, i, group));
  }

  finish(consumer: Consumer): void {
    if (this.built === undefined) throw new Error("no pipeline feeds the aggregate");
    const { compiler, built } = this;
    const { layout, keyFields, states, stores } = built;
    const position: Position = { name: "group" };
    const locations = new Map<number, Location>();
    for (const { field, key } of keyFields)
      locations.set(key.column.id, { kind: "row", field, optional: false, position });
    const scratch = compiler.local(8);
    const source = { kind: "partitions", first: stores, count: 1 << this.bits } as const;
    compileRun(compiler, "HashAggregate merge", source, false, (b, pipeline) => {
      const survivors = this.emitMergeRows(b, built, scratch, layout.stride);
      b.forRange(i32(0), survivors.count, (i) => {
        const row = b.let(load("i32.load", num("i32.add", survivors.rows, num("i32.shl", i, i32(2)))));
        const scope = compiler.scope(b, locations, undefined);
        scope.setPosition(position, row);
        states.define(scope, row);
        consumer.consume(pipeline, scope);
      });
    });
  }

  private build(keys: readonly GroupKey[], args: readonly (readonly Operand[])[]): Built {
    const { compiler, plan } = this;
    const layout = new RowLayout(HEADER);
    const keyFields = keys.map((key) => ({
      key,
      field: layout.add(key.column.id, key.value, key.value.valid !== undefined, key.dictionary),
    }));
    const states = new AggregateStates(compiler, layout, plan.aggregates, args, false);
    const stores = compiler.addStores(1 << this.bits, layout.stride, false);
    compiler.onInit((b) => {
      // Rounds of a loop begin with the memory of the round before.
      const entries = b.bind(load("i32.load", b.param(1), this.table + LOCAL_TABLE.entries), "entries");
      b.if(num("i32.eqz", get(entries)), () => b.set(entries, call(HOST_ALLOC, i32(FIRST_ENTRIES * 8))));
      this.emitEmptyTable(b, get(entries), i32(FIRST_ENTRIES));
    });
    return { layout, keyFields, states, stores, grow: this.compileAdd() };
  }

  private emitEmptyTable(b: FunctionBuilder, entries: Ir, size: Ir): void {
    const { table } = this;
    b.push({ op: "memory.fill", address: entries, value: i32(0), bytes: num("i32.shl", size, i32(3)) });
    b.store("i32.store", b.param(1), entries, table + LOCAL_TABLE.entries);
    b.store("i32.store", b.param(1), num("i32.sub", size, i32(1)), table + LOCAL_TABLE.mask);
    b.store("i32.store", b.param(1), i32(0), table + LOCAL_TABLE.count);
    b.store("i32.store", b.param(1), num("i32.shr_u", size, i32(1)), table + LOCAL_TABLE.limit);
  }

  /** `add(global, local, row, slot)`: enters a row at a free slot; a table that gets half full grows or is emptied. */
  private compileAdd(): FunctionRef {
    const { compiler, table } = this;
    return compiler.define(compiler.uniqueName("addGroup"), ["i32", "i32"], [], false, (b) => {
      const local = b.param(1);
      const enter = (entries: Ir, slot: Ir, row: Ir): void => {
        const high = num("i64.and", load("i64.load", row, HASH), i64(-(2n ** 32n)));
        const entry = num("i64.or", num("i64.extend_i32_u", row), high);
        b.store("i64.store", num("i32.add", entries, num("i32.shl", slot, i32(3))), entry);
      };
      enter(b.let(load("i32.load", local, table + LOCAL_TABLE.entries)), b.param(3), b.param(2));
      const count = b.let(num("i32.add", load("i32.load", local, table + LOCAL_TABLE.count), i32(1)));
      b.store("i32.store", local, count, table + LOCAL_TABLE.count);
      b.if(num("i32.lt_u", count, load("i32.load", local, table + LOCAL_TABLE.limit)), () => b.return());
      const old = b.let(load("i32.load", local, table + LOCAL_TABLE.entries));
      const size = b.let(num("i32.add", load("i32.load", local, table + LOCAL_TABLE.mask), i32(1)));
      b.if(num("i32.ge_u", size, i32(MOST_ENTRIES)), () => {
        this.emitEmptyTable(b, old, size);
        b.return();
      });
      const grown = b.let(num("i32.shl", size, i32(2)));
      const entries = b.let(call(HOST_ALLOC, num("i32.shl", grown, i32(3))));
      this.emitEmptyTable(b, entries, grown);
      b.store("i32.store", local, count, table + LOCAL_TABLE.count);
      const mask = b.let(num("i32.sub", grown, i32(1)));
      b.forRange(i32(0), size, (i) => {
        const row = b.let(load("i32.load", num("i32.add", old, num("i32.shl", i, i32(3)))));
        b.if(row, () => {
          const slot = b.bind(num("i32.and", num("i32.wrap_i64", load("i64.load", row, HASH)), mask), "slot");
          const entryAt = (): Ir => load("i64.load", num("i32.add", entries, num("i32.shl", get(slot), i32(3))));
          b.while(
            () => num("i64.ne", entryAt(), i64(0)),
            () => b.set(slot, num("i32.and", num("i32.add", get(slot), i32(1)), mask)),
          );
          enter(entries, get(slot), row);
        });
      });
    });
  }

  private hash(b: FunctionBuilder, values: readonly Operand[], keys: readonly GroupKey[]): Ir {
    return hashOperands(
      this.compiler,
      b,
      values,
      keys.map(({ type }) => type),
    );
  }

  /** Whether the row at `row` has the scope's keys. */
  private equalRow(scope: RowScope, built: Built, keys: readonly GroupKey[], row: Ir): Ir {
    const values = keys.map(({ value }) => value);
    return this.equalTo(scope.b, built, row, (i) => values[i] as Operand);
  }

  private equalTo(b: FunctionBuilder, built: Built, row: Ir, other: (i: number) => Operand): Ir {
    const test = (i: number): Ir => {
      const { field } = built.keyFields[i] as Built["keyFields"][number];
      return equalOperands(this.compiler, b, other(i), loadKey(b, row, field), true);
    };
    if (built.keyFields.length === 1) return test(0);
    const result = b.bind(i32(0), "equal");
    let then = (): void => b.set(result, i32(1));
    for (let i = built.keyFields.length - 1; i >= 0; i--) {
      const inner = then;
      then = () => b.if(test(i), inner);
    }
    then();
    return get(result);
  }

  /**
   * Merges the rows of one partition: `a` is an array of {u32 first row, u32 rows}, `b` its length, `c` the rows altogether.
   * Leaves the addresses of one row per group in an array.
   */
  private emitMergeRows(b: FunctionBuilder, built: Built, scratch: number, stride: number): { rows: Ir; count: Ir } {
    const [segments, segmentCount, total] = [b.param(3), b.param(4), b.param(5)];
    const local = b.param(1);
    // Twice as many entries as rows, a power of two; scratch memory {u32 address, u32 bytes} is kept between partitions.
    const size = b.let(
      num("i32.shl", i32(1), num("i32.sub", i32(32), num("i32.clz", num("i32.shl", or(total, i32(1)), i32(1))))),
    );
    const bytes = b.let(num("i32.add", num("i32.shl", size, i32(3)), num("i32.shl", total, i32(2))));
    b.if(num("i32.lt_u", load("i32.load", local, scratch + 4), bytes), () => {
      b.store("i32.store", local, call(HOST_ALLOC, bytes), scratch);
      b.store("i32.store", local, bytes, scratch + 4);
    });
    const entries = b.let(load("i32.load", local, scratch));
    const rows = b.let(num("i32.add", entries, num("i32.shl", size, i32(3))));
    const mask = b.let(num("i32.sub", size, i32(1)));
    b.push({ op: "memory.fill", address: entries, value: i32(0), bytes: num("i32.shl", size, i32(3)) });
    const count = b.bind(i32(0), "groups");
    b.forRange(i32(0), segmentCount, (s) => {
      emitCancelCheck(b);
      const segment = b.let(num("i32.add", segments, num("i32.shl", s, i32(3))));
      const first = b.let(load("i32.load", segment));
      b.forRange(i32(0), b.let(load("i32.load", segment, 4)), (r) => {
        const row = b.let(num("i32.add", first, num("i32.mul", r, i32(stride))));
        const hash = b.let(load("i64.load", row, HASH));
        const slot = b.bind(num("i32.and", num("i32.wrap_i64", hash), mask), "slot");
        b.block((done) => {
          b.loop((again) => {
            const address = b.let(num("i32.add", entries, num("i32.shl", get(slot), i32(3))));
            const entry = b.let(load("i64.load", address));
            b.if(num("i64.eqz", entry), () => {
              const high = num("i64.and", hash, i64(-(2n ** 32n)));
              b.store("i64.store", address, num("i64.or", num("i64.extend_i32_u", row), high));
              b.store("i32.store", num("i32.add", rows, num("i32.shl", get(count), i32(2))), row);
              b.set(count, num("i32.add", get(count), i32(1)));
              b.br(done);
            });
            b.if(sameHighHalf(entry, hash), () => {
              const group = b.let(num("i32.wrap_i64", entry));
              const field = (i: number): RowField => (built.keyFields[i] as Built["keyFields"][number]).field;
              b.if(
                this.equalTo(b, built, group, (i) => loadKey(b, row, field(i))),
                () => {
                  built.states.emitMerge(b, group, row);
                  b.br(done);
                },
              );
            });
            b.set(slot, num("i32.and", num("i32.add", get(slot), i32(1)), mask));
            b.br(again);
          });
        });
      });
    });
    return { rows, count: get(count) };
  }
}

function sameHighHalf(entry: Ir, hash: Ir): Ir {
  return num("i64.eqz", num("i64.shr_u", num("i64.xor", entry, hash), i64(32)));
}

/** A key of a group's row: dictionary keys as codes. */
function loadKey(b: FunctionBuilder, row: Ir, field: RowField): Operand {
  return loadField(b, row, field.dictionary === undefined ? field : { ...field, dictionary: undefined, rep: "i32" });
}
