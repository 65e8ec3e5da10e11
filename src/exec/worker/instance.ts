import { overArrowVectors } from "./arrow-vectors.ts";
import type { HostFunction, HostRuntime } from "../../planner/functions/host/host.ts";
import {
  hostOf,
  type JavaScriptSpec,
  type UserFunction,
  userFunction,
  valueCaller,
} from "../../planner/functions/host/javascript.ts";
import {
  aggregateHost,
  type AggregatePart,
  type JavaScriptAggregateSpec,
} from "../../planner/functions/host/javascript-aggregate.ts";
import {
  type AsyncMapCaller,
  asyncMapCaller,
  type JavaScriptMapSpec,
  type MapCaller,
  mapCaller,
} from "../../planner/functions/host/javascript-map.ts";
import {
  type AsyncBatchCaller,
  asyncBatchCaller,
  type BatchCaller,
  batchCaller,
  batchOf,
} from "../../planner/functions/host/javascript-batch.ts";
import { hostFunction } from "../../planner/functions/host/registry.ts";
import { interpret } from "../../planner/ir/interpret.ts";
import type { Callable } from "../../planner/ir/interpret.ts";
import type { IrFunction } from "../../planner/ir/ir.ts";
import { HeadraceError } from "../../error.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { QueryTask } from "./messages.ts";
import type { QueryContext } from "./query-context.ts";

/** Generated code, ready to be called, compiled or interpreted. */
export type CodeInstance = { readonly call: (fn: string, ...args: number[]) => void };

const MOST_KEPT = 64;

/** The same of one that makes rows of rows. */
export type LoadedMap =
  | { readonly kind: "values"; readonly call: MapCaller }
  | { readonly kind: "promises"; readonly call: AsyncMapCaller };

type Loaded = LoadedBatch | LoadedMap;

const USER_CODE = /^js(?:_batch|_map|_step|_merge|_finish)? /;

/** Where the user's function behind the name of a host function runs; undefined for those of the library. */
export function userCode(name: string): "here" | "workers" | undefined {
  if (!USER_CODE.test(name)) return undefined;
  const spec = JSON.parse(name.slice(name.indexOf(" "))) as
    | JavaScriptSpec
    | JavaScriptMapSpec
    | JavaScriptAggregateSpec;
  return ("code" in spec ? spec.code : spec.step).kind === "local" ? "here" : "workers";
}

/** A user's function for batches: one that gives promises, or not. */
export type LoadedBatch =
  | { readonly kind: "values"; readonly call: BatchCaller }
  | { readonly kind: "promises"; readonly call: AsyncBatchCaller };

/** A function, perhaps still to be loaded. */
type Loading = UserFunction | Promise<UserFunction>;

/** A host function as EXPLAIN names it: a user's by the user's name. */
export function hostLabel(name: string): string {
  if (!USER_CODE.test(name)) return name;
  const spec = JSON.parse(name.slice(name.indexOf(" "))) as { readonly name: string };
  return `${spec.name} (${name.slice(0, name.indexOf(" "))})`;
}

/**
 * One thread's instances of generated modules. Host functions act on the query that was entered last: a thread runs
 * one call of one query at a time.
 */
export class InstanceCache {
  readonly kernels: Kernels;
  private readonly shared: SharedMemory;
  private readonly instances = new Map<string, CodeInstance>();
  /** What host functions act on; see `HostRuntime`. */
  readonly host: HostRuntime;
  private readonly locals = new Map<number, UserFunction>();
  private readonly batches = new Map<string, Loaded | Promise<Loaded>>();
  private current: QueryContext | undefined;

  /** `running`: tells other threads which user's function runs here, and for which query. */
  constructor(shared: SharedMemory, kernels: Kernels, running: Int32Array = new Int32Array(2)) {
    this.shared = shared;
    this.kernels = kernels;
    this.host = {
      bytes: () => shared.u8,
      allocate: (bytes) => this.context.morselArena.alloc(bytes),
      fail: (site, message, cause) => this.context.fail(site, message, cause),
      cache: new Map(),
      running,
      states: () => this.context.userStates,
      keep: (bytes) => this.context.arena.alloc(bytes),
    };
  }

  enter(context: QueryContext): void {
    this.current = context;
    this.host.running[1] = context.task.id;
  }

  /** A promise only where a host function must be loaded first. `foreign`: users' functions of the workers are never called here. */
  get(task: QueryTask, foreign = false): CodeInstance | Promise<CodeInstance> {
    const key = foreign ? `${task.moduleKey} foreign` : task.moduleKey;
    const known = this.instances.get(key);
    if (known !== undefined) return known;
    const keep = (instance: CodeInstance): CodeInstance => {
      if (this.instances.size >= MOST_KEPT) this.instances.delete(this.instances.keys().next().value as string);
      this.instances.set(key, instance);
      return instance;
    };
    const resolved = this.hostFunctions(task.hosts, foreign);
    const make = (host: Record<string, Callable>): CodeInstance =>
      keep(
        task.code.kind === "wasm"
          ? this.instantiate(task.code.module, host)
          : this.interpret(task.code.functions, host),
      );
    return resolved instanceof Promise ? resolved.then(make) : make(resolved);
  }

  /** A function of this thread that closes over state, for the `js` host functions that name it by number. */
  setLocal(id: number, fn: UserFunction): void {
    this.locals.set(id, fn);
  }

  /** The function for batches of rows, loaded once; a promise where a module must be loaded first. */
  batch(spec: JavaScriptSpec): LoadedBatch | Promise<LoadedBatch> {
    const made = (fn: UserFunction): LoadedBatch =>
      spec.isAsync
        ? { kind: "promises", call: asyncBatchCaller(spec, fn) }
        : { kind: "values", call: batchCaller(spec, fn) };
    const over = spec.arrow ? (fn: Loading) => overArrowVectors(spec, fn) : (fn: Loading) => fn;
    return this.load(`call ${JSON.stringify(spec)}`, spec, made, over);
  }

  /** The same of one that makes rows of rows. */
  map(spec: JavaScriptMapSpec): LoadedMap | Promise<LoadedMap> {
    return this.load(`map ${JSON.stringify(spec)}`, spec, (fn) =>
      spec.isAsync
        ? { kind: "promises", call: asyncMapCaller(spec, fn) }
        : { kind: "values", call: mapCaller(spec, fn) },
    );
  }

  private load<T extends LoadedBatch | LoadedMap>(
    key: string,
    { name, code }: Pick<JavaScriptSpec, "name" | "code">,
    made: (fn: UserFunction) => T,
    over: (fn: Loading) => Loading = (fn) => fn,
  ): T | Promise<T> {
    const known = this.batches.get(key);
    if (known !== undefined) return known as T | Promise<T>;
    const failing = (error: unknown): T => {
      const call = (rt: HostRuntime, { site }: { readonly site: number }): never =>
        rt.fail(site, `the function ${name} cannot be called: ${(error as Error).message}`, error);
      return { kind: "values", call } as LoadedBatch & LoadedMap as T;
    };
    try {
      const fn = over(userFunction(code, this.locals));
      const loaded = fn instanceof Promise ? fn.then(made).catch(failing) : made(fn);
      if (this.batches.size >= MOST_KEPT) this.batches.delete(this.batches.keys().next().value as string);
      this.batches.set(key, loaded);
      return loaded;
    } catch (error) {
      return failing(error);
    }
  }

  private userFunction(name: string, foreign: boolean): HostFunction | Promise<HostFunction> | undefined {
    const place = userCode(name);
    if (place === undefined) return undefined;
    if (foreign && place === "workers")
      return () => {
        throw new HeadraceError("internal", "a user's function was called outside the workers");
      };
    const argument: unknown = JSON.parse(name.slice(name.indexOf(" ")));
    const [, part] = /^js_(step|merge|finish) /.exec(name) ?? [];
    if (part !== undefined)
      return aggregateHost(part as AggregatePart, argument as JavaScriptAggregateSpec, this.locals);
    const spec = argument as JavaScriptSpec;
    if (name.startsWith("js_map ")) {
      const loaded = this.map(argument as JavaScriptMapSpec);
      const run =
        ({ call }: LoadedMap): HostFunction =>
        (rt, site: number, count: number, output: number, ...words: readonly number[]) => {
          const args = Array.from({ length: words.length / 2 }, (_, i) => {
            return { data: words[2 * i] as number, valid: words[2 * i + 1] as number };
          });
          return (call as MapCaller)(rt, { site, count, output, args });
        };
      return loaded instanceof Promise ? loaded.then(run) : run(loaded);
    }
    if (name.startsWith("js ")) return hostOf(spec.name, spec.code, this.locals, (fn) => valueCaller(spec, fn));
    const host =
      ({ call }: LoadedBatch): HostFunction =>
      (rt, ...words: readonly number[]) => {
        (call as BatchCaller)(rt, batchOf(words));
        return 0;
      };
    const batch = this.batch(spec);
    return batch instanceof Promise ? batch.then(host) : host(batch);
  }

  private get context(): QueryContext {
    if (this.current === undefined) throw new Error("no query is running");
    return this.current;
  }

  private instantiate(module: WebAssembly.Module, host: Record<string, Callable>): CodeInstance {
    const imports = { env: { memory: this.shared.memory }, kernel: this.kernels, host };
    const { exports } = new WebAssembly.Instance(module, imports);
    return {
      call: (fn, ...args) => {
        const code = exports[fn];
        if (typeof code !== "function") throw new Error(`the module has no function ${fn}`);
        code(...args);
      },
    };
  }

  private interpret(functions: readonly IrFunction[], host: Record<string, Callable>): CodeInstance {
    const kernels = this.kernels as unknown as Record<string, Callable>;
    const code = interpret(functions, {
      memory: this.shared.memory,
      resolve: ({ module, name }) => (module === "kernel" ? kernels[name] : host[name]),
    });
    return {
      call: (fn, ...args) => {
        const run = code.get(fn);
        if (run === undefined) throw new Error(`the program has no function ${fn}`);
        run(...args.map((arg) => arg | 0));
      },
    };
  }

  /** The executor's own host functions and those of the function library that the code calls. */
  private hostFunctions(
    names: readonly string[],
    foreign: boolean,
  ): Record<string, Callable> | Promise<Record<string, Callable>> {
    const host: Record<string, Callable> = {
      alloc: (bytes: number) => this.context.arena.alloc(bytes >>> 0) | 0,
      allocMorsel: (bytes: number) => this.context.morselArena.alloc(bytes >>> 0) | 0,
      allocRows: (bytes: number) => this.context.rowsArena.alloc(bytes >>> 0) | 0,
      grow: (store: number) => this.context.grow(store),
      fail: (site: number) => this.context.fail(site),
      checkCancelled: () => this.context.checkCancelled(),
      wildAccess: (address: number, bytes: number) => {
        throw new HeadraceError(
          "internal",
          `generated code touches ${bytes >>> 0} bytes at ${address >>> 0}, where it has no business`,
        );
      },
    };
    const pending: Promise<void>[] = [];
    for (const name of names) {
      if (name in host) continue;
      const found = this.userFunction(name, foreign) ?? hostFunction(name);
      if (found === undefined) throw new HeadraceError("internal", `there is no host function ${name}`);
      const bind = (fn: HostFunction): void => {
        host[name] = (...args: (number | bigint)[]) => fn(this.host, ...args);
      };
      if (found instanceof Promise) pending.push(found.then(bind));
      else bind(found);
    }
    return pending.length === 0 ? host : Promise.all(pending).then(() => host);
  }
}
