/** The configuration `checked-memory` finds what it is there to find. */
import { describe, expect, it } from "vitest";
import { Arena } from "../../../src/exec/memory/arena.ts";
import {
  FIRST_QUERY_OWNER,
  MEMORY_PAGES,
  OWNER_TABLES,
  PAGE_BYTES,
  SharedMemory,
} from "../../../src/exec/memory/shared-memory.ts";
import { checkAccesses } from "../../../src/exec/wasm/checked-memory.ts";
import { encodeModule } from "../../../src/exec/wasm/encode.ts";
import { atomic, FunctionBuilder, i32, i64, load } from "../../../src/planner/ir/builder.ts";

const memory = SharedMemory.create(2 ** 26);
const query = memory.allocate(2 * PAGE_BYTES, FIRST_QUERY_OWNER);
const table = memory.allocate(PAGE_BYTES, OWNER_TABLES);
const freed = memory.allocate(PAGE_BYTES, FIRST_QUERY_OWNER);
memory.release(freed, PAGE_BYTES);

type Access = (b: FunctionBuilder, address: ReturnType<FunctionBuilder["param"]>) => void;

/** Runs instrumented code that makes one access at `address`; the number of accesses complained of. */
function complaints(access: Access, address: number): number {
  const b = new FunctionBuilder("run", ["i32"], [], true);
  access(b, b.param(0));
  let count = 0;
  const module = new WebAssembly.Module(encodeModule(checkAccesses([b.finish()]), MEMORY_PAGES));
  const { exports } = new WebAssembly.Instance(module, {
    env: { memory: memory.memory },
    host: { wildAccess: () => count++ },
  });
  (exports["run"] as (address: number) => void)(address);
  return count;
}

const reads: Record<string, Access> = {
  "a byte": (b, at) => void b.let(load("i32.load8_u", at)),
  "eight bytes": (b, at) => void b.let(load("i64.load", at)),
  "a vector": (b, at) => void b.let(load("v128.load", at)),
};
const writes: Record<string, Access> = {
  "a store": (b, at) => b.store("i32.store", at, i32(1)),
  "an atomic": (b, at) => void b.let(atomic("i64.atomic.rmw.add", [at, i64(1)])),
  "a fill": (b, at) => b.push({ op: "memory.fill", address: at, value: i32(0), bytes: i32(24) }),
  "a copy": (b, at) => b.push({ op: "memory.copy", to: at, from: i32(query), bytes: i32(24) }),
};

describe("code may", () => {
  it.each(Object.entries(reads))("read %s of its own, of tables and of page 0", (_, access) => {
    for (const address of [query + 64, query + 2 * PAGE_BYTES - 16, table + 64, 0])
      expect(complaints(access, address)).toBe(0);
  });

  it.each(Object.entries(writes))("write by %s what is its own", (_, access) => {
    expect(complaints(access, query + 64)).toBe(0);
  });

  it("do nothing with no bytes anywhere", () => {
    expect(complaints((b, at) => b.push({ op: "memory.fill", address: at, value: i32(0), bytes: i32(0) }), freed)).toBe(
      0,
    );
  });
});

describe("it is found when code", () => {
  it.each(Object.entries(reads))("reads %s of what was freed, never owned, or of the control page", (_, access) => {
    for (const address of [freed + 64, 2 ** 31, -65536 * 2, PAGE_BYTES]) expect(complaints(access, address)).toBe(1);
  });

  it.each(Object.entries(writes))("writes by %s to tables, freed memory or page 0", (_, access) => {
    for (const address of [table + 64, freed + 64, 8]) expect(complaints(access, address)).toBe(1);
  });

  it("reads across the end of an extent", () => {
    const straddle: Access = (b, at) => void b.let(load("i64.load", at, 4));
    expect(complaints(straddle, freed - 12)).toBe(0);
    expect(complaints(straddle, freed - 11)).toBe(1);
  });

  it("copies from what was freed", () => {
    const copy: Access = (b, at) => b.push({ op: "memory.copy", to: i32(query), from: at, bytes: i32(8) });
    expect(complaints(copy, freed)).toBe(1);
  });
});

it("poisons what is handed out and what is freed, once asked to", () => {
  const shared = SharedMemory.create(2 ** 26);
  shared.startPoisoning();
  const filled = (address: number, bytes: number): boolean =>
    shared.u8.subarray(address, address + bytes).every((byte) => byte === 0xdb);

  const address = shared.allocate(100_000, FIRST_QUERY_OWNER);
  expect(filled(address, 100_000)).toBe(true);
  shared.u8.fill(1, address, address + 100_000);
  shared.release(address, 100_000);
  expect(filled(address, 100_000)).toBe(true);

  const arena = new Arena(shared, FIRST_QUERY_OWNER);
  const [small, large] = [arena.alloc(100), arena.alloc(10 * PAGE_BYTES)];
  shared.u8.fill(1, small, small + 100).fill(1, large, large + 10 * PAGE_BYTES);
  arena.reset();
  expect(filled(small, 100) && filled(large, 10 * PAGE_BYTES)).toBe(true);

  shared.u8.fill(1, small, small + 100);
  shared.releaseOwner(FIRST_QUERY_OWNER);
  expect(filled(small, 100)).toBe(true);
  expect(shared.usedBytes).toBe(0);
});
