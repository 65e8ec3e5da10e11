import { HeadraceError } from "../error.ts";
import type { Allocator } from "../exec/memory/allocator.ts";
import { OWNER_RUNTIME } from "../exec/memory/shared-memory.ts";
import type { Runtime } from "../exec/schedule/runtime.ts";
import type { BindSession, ParameterValue } from "../planner/bind/context.ts";
import type { SessionFunction } from "../planner/functions/session-function.ts";
import type { Statement } from "../sql/ast.ts";
import { Spool } from "../io/stores/spool.ts";
import type { TableSource } from "../planner/catalog/catalog.ts";
import { FileTables } from "./file-tables.ts";
import type { SessionOptions } from "./options.ts";
import { type BoundFrames, PlanCache } from "./plan-cache.ts";
import { SequenceMemory } from "./sequences.ts";
import { Settings } from "./settings.ts";

/** A statement under a name, and the text that its spans point into. */
export type Prepared = { readonly statement: Statement; readonly sql: string };

/** What a session remembers besides its catalog. */
export class SessionState {
  readonly settings: Settings;
  /** By lower-case name. */
  readonly variables: Map<string, Required<ParameterValue>> = new Map();
  readonly prepared: Map<string, Prepared> = new Map();
  readonly sequences: SequenceMemory = new SequenceMemory();
  readonly fileTables: FileTables;
  readonly plans: PlanCache = new PlanCache();
  readonly frames: BoundFrames = new WeakMap();
  /** Rows of DataFrames that are kept, by names that no table has; those on disk lie in files of `spool`. */
  readonly kept: Map<string, TableSource> = new Map();
  readonly spool: Spool;
  /** Counts changes of settings, variables and functions: what was bound before one may mean something else after it. */
  version = 0;
  /** An error has ended the transaction: it can only be rolled back. */
  aborted = false;
  /** Errors of statements that had done nothing yet. */
  readonly refused: WeakSet<object> = new WeakSet();
  private keptNames = 0;
  private functions = 0;
  /** JavaScript functions of views' DataFrames, by the names that these gave them. */
  readonly viewFunctions: Map<string, SessionFunction> = new Map();
  private last: Promise<unknown> = Promise.resolve();

  constructor(options: SessionOptions, { shared, instances, rejects }: Runtime) {
    this.settings = new Settings(options, (bytes) => shared.setLimit(bytes));
    const allocator: Allocator = {
      memory: shared.memory,
      alloc: (bytes) => shared.allocate(bytes, OWNER_RUNTIME),
      release: (address, bytes) => shared.release(address, bytes),
    };
    const engine = { kernels: instances.kernels, allocator };
    this.spool = new Spool(options.tempDirectory);
    this.fileTables = new FileTables(options.tempDirectory, () => this.settings.http, engine, rejects);
  }

  newKeptName(): string {
    return `kept rows ${++this.keptNames}`;
  }

  close(): void {
    this.fileTables.close();
    this.spool.close();
  }

  /** Views may read functions that DataFrames made for themselves: these stay. */
  keepFunctions(functions: ReadonlyMap<string, SessionFunction>): void {
    for (const [name, fn] of functions) if (name.includes(" ")) this.viewFunctions.set(name, fn);
  }

  /** A number for a JavaScript function. */
  functionId(): number {
    return this.functions++;
  }

  bindSession(schema: string): BindSession {
    const { settings, variables } = this;
    return {
      schema,
      nullOrder: settings.nullOrder,
      order: settings.order,
      setting: (name) => (name === "schema" || name === "search_path" ? schema : settings.text(name)),
      variable: (name) => variables.get(name),
    };
  }

  /** Runs `work` after all earlier writers of the session; readers go on. */
  async write<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const before = this.last;
    const run = before.then(async () => {
      if (signal?.aborted === true)
        throw new HeadraceError("cancelled", "the statement was cancelled", { cause: signal.reason });
      return work();
    });
    this.last = run.catch(() => undefined);
    return run;
  }
}
