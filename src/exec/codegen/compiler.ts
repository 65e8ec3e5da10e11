import type { ErrorCode, Span } from "../../error.ts";
import type { Column, Expr } from "../../planner/expr/expr.ts";
import {
  type FunctionBuilder,
  FunctionBuilder as Builder,
  get,
  host,
  i32,
  load,
  num,
} from "../../planner/ir/builder.ts";
import type { HelperContext } from "../../planner/functions/function.ts";
import type { FunctionRef, Ir, IrFunction } from "../../planner/ir/ir.ts";
import type { ExpressionContext } from "../../planner/ir/lower/context.ts";
import { lowerExpression } from "../../planner/ir/lower/expression.ts";
import type { Operand } from "../../planner/ir/operand.ts";
import { type DictionaryLookup, useDictionaryLookups } from "./dictionary-lookup.ts";
import {
  type Counter,
  type Dictionary,
  type ErrorSite,
  GLOBAL_FIRST_SLOT,
  GLOBAL_NOW,
  type Program,
  type Step,
  type StoreSpec,
  type TableUse,
} from "./program.ts";
import { type Location, RowScope } from "./scope.ts";

export type CompileOptions = {
  /** Rows per vector between the stages of a pipeline. */
  readonly vectorSize: number;
  /** Count rows per operator. */
  readonly profile: boolean;
  /** Every hash is the same (tests collisions). */
  readonly constantHash: boolean;
  /** The session's; UTC by default. */
  readonly timeZone?: string | undefined;
};

/** A source as the compiler sees it: the index under which the executor opens it. */
export type OpenedSource = { readonly dictionarySize: (ordinal: number) => number | undefined };

/** Memory that lives until the query's end, until the morsel's end, as long as the rows of the run's stores. */
export const HOST_ALLOC: FunctionRef = host("alloc", ["i32"], ["i32"]);
export const HOST_ALLOC_MORSEL: FunctionRef = host("allocMorsel", ["i32"], ["i32"]);
export const HOST_ALLOC_ROWS: FunctionRef = host("allocRows", ["i32"], ["i32"]);
export const HOST_GROW: FunctionRef = host("grow", ["i32"], []);
export const HOST_FAIL: FunctionRef = host("fail", ["i32"], []);
export const HOST_CHECK: FunctionRef = host("checkCancelled", [], []);

/** Receives the rows of a plan node, one loop position at a time. */
export type Consumer = {
  /** Ids of the columns it reads. */
  readonly required: ReadonlySet<number>;
  readonly consume: (pipeline: Pipeline, scope: RowScope) => void;
};

/** A run being compiled: its entry function and the stage functions behind it. */
export type Pipeline = {
  readonly name: string[];
  readonly stages: { readonly fn: FunctionRef; readonly count: number }[];
  readonly stores: Set<number>;
  /** Local offset where a stage finds the address of the morsel's column descriptors; undefined without chunks. */
  readonly chunk: number | undefined;
  /** Local offset of the morsel's number and, per stage entry, its ordinal is derived from it. */
  readonly morsel: number;
  stopAfter: { readonly store: number; readonly rows: number } | undefined;
};

/**
 * Collects the parts of one program: functions, memory layout, constants, steps. Operators (`exec/operators`) write into it.
 * All functions take the addresses of the query's global block and the worker's local block first.
 */
export class QueryCompiler {
  readonly options: CompileOptions;
  /** Steps so far: of the query, or of the loop that is being compiled. */
  steps: Step[] = [];
  readonly prologue: Step[] = [];
  private readonly functions: IrFunction[] = [];
  private readonly sites: ErrorSite[] = [];
  private readonly strings: { slot: number; bytes: Uint8Array }[] = [];
  private readonly stringSlots = new Map<string, number>();
  private readonly dictionaries: { slot: number; source: number; ordinal: number }[] = [];
  private readonly stores: StoreSpec[] = [];
  private readonly tables: TableUse[] = [];
  private readonly counters: Counter[] = [];
  private readonly helpers = new Map<string, FunctionRef>();
  private globalBytes = GLOBAL_FIRST_SLOT;
  private localBytes = 0;
  private names = 0;
  private synthetics = 0;
  private inits: ((b: FunctionBuilder) => void)[] = [];
  /** What lies around the loop that is being compiled. */
  private around: { readonly steps: Step[]; readonly inits: ((b: FunctionBuilder) => void)[] } | undefined;
  private readonly lookups = new Map<string, DictionaryLookup>();

  constructor(options: CompileOptions) {
    this.options = options;
  }

  finish(result: Program["result"]): Program {
    this.define("init", [], [], true, (b) => {
      for (const emit of this.inits) emit(b);
    });
    // JavaScript's TypedArray.fill is ten times slower on shared memory.
    this.define("zero", ["i32", "i32"], [], true, (b) => {
      b.push({ op: "memory.fill", address: b.param(2), value: i32(0), bytes: b.param(3) });
    });
    return {
      functions: this.functions,
      steps: [...this.prologue, ...this.steps],
      stores: this.stores,
      tables: this.tables,
      globalBytes: align(this.globalBytes, 16),
      localBytes: align(this.localBytes, 16),
      strings: this.strings,
      dictionaries: this.dictionaries,
      sites: this.sites,
      counters: this.counters,
      result,
    };
  }

  global(bytes: number): number {
    const offset = align(this.globalBytes, 8);
    this.globalBytes = offset + bytes;
    return offset;
  }

  local(bytes: number): number {
    const offset = align(this.localBytes, 16);
    this.localBytes = offset + bytes;
    return offset;
  }

  uniqueName(prefix: string): string {
    return `${prefix}${this.names++}`;
  }

  /** Where operator `node` counts its rows, in every worker. */
  counter(node: number): number | undefined {
    if (!this.options.profile) return undefined;
    const local = this.local(8);
    this.counters.push({ node, local });
    return local;
  }

  addFunction(fn: IrFunction): void {
    this.functions.push(fn);
  }

  /** Builds a function `name(global, local, ...params)`. */
  define(
    name: string,
    params: readonly ("i32" | "i64")[],
    results: readonly ("i32" | "i64")[],
    exported: boolean,
    body: (b: FunctionBuilder) => void,
  ): FunctionRef {
    const b = new Builder(name, ["i32", "i32", ...params], results, exported);
    body(b);
    this.functions.push(b.finish());
    return b.ref;
  }

  addStore(stride: number, ordered: boolean): number {
    return this.addStores(1, stride, ordered);
  }

  /** `count` stores with consecutive ids and descriptors; returns the first id. */
  addStores(count: number, stride: number, ordered: boolean): number {
    const first = this.stores.length;
    const local = this.local(8 * count);
    for (let i = 0; i < count; i++) this.stores.push({ stride, local: local + 8 * i, ordered });
    return first;
  }

  store(id: number): StoreSpec {
    const store = this.stores[id];
    if (store === undefined) throw new RangeError(`store ${id}`);
    return store;
  }

  addTable(use: TableUse): number {
    this.tables.push(use);
    return this.tables.length - 1;
  }

  addDictionary(source: number, ordinal: number, size: number): Dictionary {
    const known = this.dictionaries.find((d) => d.source === source && d.ordinal === ordinal);
    if (known !== undefined) return { slot: known.slot, size };
    const slot = this.global(4);
    this.dictionaries.push({ slot, source, ordinal });
    return { slot, size };
  }

  pipeline(hasChunk: boolean): Pipeline {
    return {
      name: [],
      stages: [],
      stores: new Set(),
      chunk: hasChunk ? this.local(4) : undefined,
      morsel: this.local(4),
      stopAfter: undefined,
    };
  }

  scope(b: FunctionBuilder, locations: ReadonlyMap<number, Location>, chunk: Ir | undefined): RowScope {
    return new RowScope(b, locations, chunk, (scope, expr) => this.lower(scope, expr));
  }

  /** Emits the code of an expression at the scope's row. */
  lower(scope: RowScope, expr: Expr): Operand {
    return this.lowerPlain(scope, useDictionaryLookups(this, this.lookups, scope, expr));
  }

  /** The same without dictionary look-ups. */
  lowerPlain(scope: RowScope, expr: Expr): Operand {
    const { b, shared } = scope;
    const ctx = { ...this.context(b, (column) => scope.column(column), HOST_ALLOC_MORSEL), shared };
    const value = lowerExpression(ctx, expr);
    // What an expression makes is gone after the morsel: whoever keeps it makes a copy.
    return value.rep !== "str" || expr.kind === "Column" || expr.kind === "Literal"
      ? value
      : { ...value, stable: false };
  }

  /** A fresh negative id for values that are no columns of the plan. */
  syntheticId(): number {
    return -1 - this.synthetics++;
  }

  /** `bytes` (i32) fresh bytes, that live until the query's end unless `from` says otherwise. */
  allocate(b: FunctionBuilder, bytes: Ir, from: FunctionRef = HOST_ALLOC): Ir {
    return b.let({ op: "call", type: "i32", fn: from, args: [bytes] });
  }

  /** Registers a place where code can fail; HOST_FAIL takes its index. */
  site(code: ErrorCode, message: string, span: Span | undefined): number {
    this.sites.push({ code, message, span });
    return this.sites.length - 1;
  }

  /** The steps that `compile` makes, to be run again and again, and the function that prepares a local block for each time. */
  loop(compile: () => void): { readonly steps: readonly Step[]; readonly init: string } {
    const { steps, inits, around } = this;
    this.around = { steps, inits };
    this.steps = [];
    this.inits = [];
    compile();
    const body = { steps: this.steps, inits: this.inits };
    this.around = around;
    this.steps = steps;
    this.inits = inits;
    const init = this.uniqueName("round");
    this.define(init, [], [], true, (b) => {
      for (const emit of body.inits) emit(b);
    });
    return { steps: body.steps, init };
  }

  /** Runs `compile` such that its steps come before the loop that is being compiled: for what is the same in every round. */
  beforeLoop<T>(compile: () => T): T {
    if (this.around === undefined) return compile();
    const inside = { steps: this.steps, inits: this.inits, around: this.around };
    this.steps = inside.around.steps;
    this.inits = inside.around.inits;
    this.around = undefined;
    const result = compile();
    this.steps = inside.steps;
    this.inits = inside.inits;
    this.around = inside.around;
    return result;
  }

  /** `emit` runs once per worker, before its first morsel of the query or of a loop's round. */
  onInit(emit: (b: FunctionBuilder) => void): void {
    this.inits.push(emit);
  }

  /** What lowerings need; `column` is left out where no expression is lowered. */
  context(
    b: FunctionBuilder,
    column: (column: Column) => Operand = noColumns,
    memory: FunctionRef = HOST_ALLOC,
  ): ExpressionContext {
    return {
      b,
      column,
      parameter: (index) => {
        throw new Error(`parameter ${index} was not replaced by its value`);
      },
      helper: (name, make) => this.helper(name, make),
      constantString: (text) => this.constantString(b, text),
      allocate: (bytes) => this.allocate(b, bytes, memory),
      scratch: (bytes) => b.let(num("i32.add", b.param(1), i32(this.local(bytes)))),
      now: b.entry(load("i64.load", b.param(0), GLOBAL_NOW), "now"),
      timeZone: this.options.timeZone ?? "UTC",
      site: (code, message, span) => this.site(code, message, span),
    };
  }

  private helper(name: string, make: (ctx: HelperContext) => IrFunction): FunctionRef {
    const known = this.helpers.get(name);
    if (known !== undefined) return known;
    const fn = make({ helper: (inner, makeInner) => this.helper(inner, makeInner) });
    this.helpers.set(name, fn.ref);
    this.functions.push(fn);
    return fn.ref;
  }

  /** Appends a row to store `first` (plus `index`, an i32) and returns its address. */
  appendRow(b: FunctionBuilder, first: number, index: Ir = i32(0)): Ir {
    const { stride, local } = this.store(first);
    const at = b.let(num("i32.add", b.param(1), num("i32.shl", index, i32(3))));
    const row = b.bind(load("i32.load", at, local), "row");
    // Unsigned: addresses above 2 GiB are negative i32s. The subtraction cannot wrap since end >= row.
    b.if(num("i32.lt_u", num("i32.sub", load("i32.load", at, local + 4), get(row)), i32(stride)), () => {
      b.call(HOST_GROW, num("i32.add", index, i32(first)));
      b.set(row, load("i32.load", at, local));
    });
    b.store("i32.store", at, num("i32.add", get(row), i32(stride)), local);
    return get(row);
  }

  private constantString(b: FunctionBuilder, text: string | Uint8Array): Ir {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    const id = typeof text === "string" ? `s${text}` : `b${text.join()}`;
    let slot = this.stringSlots.get(id);
    if (slot === undefined) {
      slot = this.global(8);
      this.stringSlots.set(id, slot);
      this.strings.push({ slot, bytes });
    }
    return b.entry(load("i64.load", b.param(0), slot), `string${slot}`);
  }
}

function noColumns(column: Column): Operand {
  throw new Error(`column ${column.name} is read where there is no row`);
}

export function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
