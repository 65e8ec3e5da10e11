import { type FunctionBuilder, get, i32, load, num } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import type { Operand } from "../../planner/ir/operand.ts";
import { HOST_CHECK, type Pipeline, type QueryCompiler } from "./compiler.ts";
import { GLOBAL_CANCEL } from "./program.ts";
import { REP_BYTES, storeValue } from "./row-layout.ts";
import type { Code, Location, Position, RowScope } from "./scope.ts";

/** What a stage boundary carries besides the columns: values under ids of the caller's choice (negative). */
export type Carried = { readonly id: number; readonly value: Operand };

/** What a stage does with its full vectors before it goes through them. */
export type StageEntry = {
  /** Rows that the vectors hold; as many as those of other stages by default. */
  readonly capacity?: number;
  /** `carried`: where the stage's vectors are, by id. Returns over how many rows the stage goes, if others. */
  readonly emit: (stage: FunctionBuilder, count: Ir, carried: ReadonlyMap<number, Location>) => Ir | undefined;
  /** The columns that it makes; `position` is the row's number in the vectors. */
  readonly vectors: (position: Position) => ReadonlyMap<number, Location>;
};

/**
 * Ends the current loop's work on a row and goes on in a new function over full vectors (relaxed operator fusion, Menon et
 * al. 2017). Appends the row's positions, computed columns and `carried` values to vectors in the local block when
 * `pass` (i32 0 or 1; undefined: always) is 1, without a branch; a full vector calls the new stage, and the morsel's end
 * flushes what is left. `next` emits the new stage's loop body.
 */
export function stageBoundary(
  compiler: QueryCompiler,
  pipeline: Pipeline,
  scope: RowScope,
  required: Iterable<number>,
  carried: readonly Carried[],
  pass: Ir | undefined,
  next: (pipeline: Pipeline, scope: RowScope) => void,
  entry?: StageEntry,
): void {
  const { b } = scope;
  const capacity = entry?.capacity ?? compiler.options.vectorSize;
  const locations = new Map<number, Location>();
  const positions = new Map<Position, number>();
  const index: Position = { name: "entry" };
  const writes: ((at: Ir) => void)[] = [];
  const local = b.param(1);

  const carryPosition = (position: Position): void => {
    if (positions.has(position)) return;
    const base = compiler.local(capacity * 4);
    positions.set(position, base);
    const value = scope.position(position);
    writes.push((at) => b.store("i32.store", num("i32.add", local, num("i32.shl", at, i32(2))), value, base));
  };
  const carryValue = (id: number, value: Operand): void => {
    const bytes = REP_BYTES[value.rep];
    const base = compiler.local(capacity * bytes);
    const validBase = value.valid === undefined ? undefined : compiler.local(capacity);
    writes.push((at) => {
      storeValue(b, b.let(num("i32.add", local, num("i32.mul", at, i32(bytes)))), base, value);
      if (validBase !== undefined) b.store("i32.store8", num("i32.add", local, at), value.valid as Ir, validBase);
    });
    const { rep, range, stable } = value;
    locations.set(id, { kind: "vector", base, validBase, rep, range, stable, dictionary: undefined, position: index });
  };
  const carryCode = (id: number, code: Code): void => {
    const base = compiler.local(capacity * 4);
    const validBase = code.valid === undefined ? undefined : compiler.local(capacity);
    writes.push((at) => {
      b.store("i32.store", num("i32.add", local, num("i32.shl", at, i32(2))), code.code, base);
      if (validBase !== undefined) b.store("i32.store8", num("i32.add", local, at), code.valid as Ir, validBase);
    });
    const { dictionary } = code;
    locations.set(id, {
      kind: "vector",
      base,
      validBase,
      rep: "str",
      range: undefined,
      stable: true,
      dictionary,
      position: index,
    });
  };

  for (const id of required) {
    let location = scope.location(id);
    while (location?.kind === "expr" && location.expr.kind === "Column")
      location = scope.location(location.expr.column.id);
    if (location === undefined) throw new Error(`column #${id} is not available at the stage boundary`);
    switch (location.kind) {
      case "chunk":
      case "series":
      case "rowNumber":
      case "row":
        carryPosition(location.position);
        locations.set(id, location);
        break;
      case "code":
        carryCode(id, location);
        break;
      case "value":
        carryValue(id, location.operand);
        break;
      case "vector":
      case "lazy":
      case "lookup":
      case "expr": {
        const column = { id, name: `#${id}`, type: { kind: "Null" }, nullable: true } as const;
        const code = location.kind === "vector" ? scope.code(column) : undefined;
        if (code !== undefined) carryCode(id, code);
        else carryValue(id, scope.column(column));
        break;
      }
    }
  }
  for (const { id, value } of carried) carryValue(id, value);

  const count = compiler.local(4);
  const name = compiler.uniqueName("stage");
  const ref = { module: "self", name, params: ["i32", "i32", "i32"], results: [] } as const;
  pipeline.stages.push({ fn: ref, count });

  // The number of waiting rows lives in a register and goes back to memory at the function's end.
  const filled = b.entryVariable(load("i32.load", local, count), "filled");
  b.onExit(() => b.store("i32.store", local, get(filled), count));
  for (const write of writes) write(get(filled));
  b.set(filled, num("i32.add", get(filled), pass ?? i32(1)));
  b.if(num("i32.eq", get(filled), i32(capacity)), () => {
    b.call(ref, b.param(0), local, i32(capacity));
    b.set(filled, i32(0));
  });

  compiler.define(name, ["i32"], [], false, (stage) => {
    stage.if(load("i32.load", stage.param(0), GLOBAL_CANCEL), () => stage.call(HOST_CHECK));
    const chunk =
      pipeline.chunk === undefined ? undefined : stage.entry(load("i32.load", stage.param(1), pipeline.chunk), "chunk");
    const rows = entry?.emit(stage, stage.param(2), locations) ?? stage.param(2);
    const all = new Map([...locations, ...(entry?.vectors(index) ?? [])]);
    stage.forRange(i32(0), rows, (i) => {
      const inner = compiler.scope(stage, all, chunk);
      inner.setPosition(index, i);
      for (const [position, base] of positions) {
        const address = num("i32.add", stage.param(1), num("i32.shl", i, i32(2)));
        inner.setPosition(position, stage.let(load("i32.load", address, base)));
      }
      next(pipeline, inner);
    });
  });
}
