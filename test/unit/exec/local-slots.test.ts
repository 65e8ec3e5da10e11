import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { encodeModule } from "../../../src/exec/wasm/encode.ts";
import { localSlots } from "../../../src/exec/wasm/local-slots.ts";
import { connect } from "../../../src/index.ts";
import { FunctionBuilder, get, i32, i64, num } from "../../../src/planner/ir/builder.ts";
import { interpret } from "../../../src/planner/ir/interpret.ts";
import type { IrFunction, Local } from "../../../src/planner/ir/ir.ts";

const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });

/** What the program computes with all locals shared that may be, and interpreted. */
function both(functions: readonly IrFunction[], argument: number): readonly unknown[] {
  const { name } = functions.at(-1)!.ref;
  const module = new WebAssembly.Module(encodeModule(functions, 65536, 0));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const interpreted = interpret(functions, { memory, resolve: () => undefined }).get(name)!;
  return [(exports[name] as (argument: number) => unknown)(argument), interpreted(argument)];
}

type Node =
  | { readonly kind: "set"; readonly target: number; readonly from: number; readonly other: number }
  | {
      readonly kind: "pair";
      readonly targets: readonly [number, number];
      readonly from: number;
      readonly first: boolean;
    }
  | { readonly kind: "if"; readonly cond: number; readonly then: readonly Node[]; readonly otherwise: readonly Node[] }
  | {
      readonly kind: "repeat" | "block";
      readonly times: number;
      readonly leave: number;
      readonly body: readonly Node[];
    };

const LOCALS = 6;
const local = fc.nat(LOCALS - 1);

const { list } = fc.letrec<{ list: readonly Node[]; node: Node }>((tie) => {
  const inner = tie("list");
  return {
    list: fc.array(tie("node"), { maxLength: 6 }),
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.record({ kind: fc.constant("set" as const), target: local, from: local, other: fc.nat(LOCALS) }),
      fc.record({
        kind: fc.constant("pair" as const),
        targets: fc.tuple(local, local),
        from: local,
        first: fc.boolean(),
      }),
      fc.record({ kind: fc.constant("if" as const), cond: local, then: inner, otherwise: inner }),
      fc.record({
        kind: fc.constantFrom("repeat" as const, "block" as const),
        times: fc.nat(3),
        leave: local,
        body: inner,
      }),
    ),
  };
});

const swap = new FunctionBuilder("swap", ["i32"], ["i32", "i32"], false);
swap.return(num("i32.add", swap.param(0), i32(7)), swap.param(0));

/** A function of one i32 over six variables, all of them read at its end or none. */
function build(program: readonly Node[], readAll: boolean): readonly IrFunction[] {
  const b = new FunctionBuilder("f", ["i32"], ["i32"], true);
  const variables = Array.from({ length: LOCALS }, () => b.local("i32"));
  const at = (i: number): Local => variables[i]!;
  const value = (i: number) => (i === LOCALS ? b.param(0) : get(at(i)));
  const sum = b.bind(i32(0));
  const emit = (node: Node): void => {
    switch (node.kind) {
      case "set":
        b.set(at(node.target), num("i32.add", num("i32.mul", value(node.from), i32(3)), value(node.other)));
        return b.set(sum, num("i32.xor", num("i32.rotl", get(sum), i32(5)), get(at(node.target))));
      case "pair": {
        const fresh = [b.local("i32"), b.local("i32")] as const;
        b.callTo(swap.ref, [value(node.from)], fresh);
        if (node.first) b.set(at(node.targets[0]), get(fresh[0]));
        return b.set(at(node.targets[1]), get(fresh[1]));
      }
      case "if":
        return b.if(
          num("i32.and", value(node.cond), i32(1)),
          () => node.then.forEach(emit),
          () => node.otherwise.forEach(emit),
        );
      case "block":
        return b.block((leave) => {
          node.body.forEach(emit);
          b.br(leave, num("i32.and", value(node.leave), i32(2)));
          node.body.forEach(emit);
        });
      case "repeat":
        return b.forRange(i32(0), i32(node.times), () => node.body.forEach(emit));
    }
  };
  program.forEach(emit);
  if (readAll)
    for (const variable of variables) b.set(sum, num("i32.add", num("i32.rotl", get(sum), i32(3)), get(variable)));
  b.return(get(sum));
  return [swap.finish(), b.finish()];
}

describe("locals that share slots", () => {
  test("random programs compute the same", () => {
    fc.assert(
      fc.property(list, fc.integer(), fc.boolean(), (program, argument, readAll) => {
        const functions = build(program, readAll);
        const [shared, interpreted] = both(functions, argument);
        expect(shared).toBe(interpreted);
      }),
      { numRuns: 1000 },
    );
  });

  test("more than V8 takes", () => {
    const b = new FunctionBuilder("f", ["i32"], ["i64"], true);
    const sum = b.bind(i64(0));
    for (let i = 0; i < 60_000; i++) {
      const wide = b.let(num("i64.extend_i32_u", b.let(num("i32.mul", b.param(0), i32(i)))));
      b.set(sum, num("i64.add", get(sum), wide));
    }
    b.return(get(sum));
    const fn = b.finish();
    const few = localSlots(fn).groups.reduce((all, { count }) => all + count, 0);
    expect(few).toBeLessThan(10);
    const [shared] = both([fn], 2);
    expect(shared).toBe(2n * ((59_999n * 60_000n) / 2n));
  });

  test("a statement over many columns has few variables to keep", async () => {
    const db = await connect({ workers: 1 });
    const codes: Uint8Array[] = [];
    const compile = vi.spyOn(WebAssembly, "Module").mockImplementation(function (bytes) {
      codes.push(bytes as Uint8Array);
      return new Module(bytes);
    });
    try {
      const columns = Array.from({ length: 60 }, (_, i) => `i % ${i + 2} AS c${i}`);
      await db.execute(`CREATE TABLE wide AS SELECT ${columns.join()} FROM range(10) r(i); SUMMARIZE wide`);
    } finally {
      compile.mockRestore();
      await db.close();
    }
    // V8's time and memory grow with the square of their number: 18,000 took seconds and 2 GB.
    expect(Math.max(...codes.flatMap(localCounts))).toBeLessThan(1000);
  });
});

const { Module } = WebAssembly;

/** The numbers of locals that a module's functions declare. */
function localCounts(module: Uint8Array): number[] {
  let at = 8;
  const number = (): number => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = module[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (module[at++] !== CODE_SECTION) {
    const bytes = number();
    at += bytes;
  }
  number();
  return Array.from({ length: number() }, () => {
    const bytes = number();
    const end = at + bytes;
    let count = 0;
    for (let groups = number(); groups > 0; groups--) {
      count += number();
      at++; // the type
    }
    at = end;
    return count;
  });
}

const CODE_SECTION = 10;
