import type { HostFunction, HostRuntime } from "../../planner/functions/host/host.ts";
import { callerOf, type JavaScriptSpec, type UserFunction } from "../../planner/functions/host/javascript.ts";
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

/** Whether a host function can only run on the thread that made it. */
export function isLocalFunction(name: string): boolean {
  return name.startsWith("js ") && name.includes('"code":{"kind":"local"');
}

/**
 * One thread's instances of generated modules. Host functions act on the query that was entered last: a thread runs
 * one call of one query at a time.
 */
export class InstanceCache {
  readonly kernels: Kernels;
  private readonly shared: SharedMemory;
  private readonly instances = new Map<string, CodeInstance>();
  private readonly host: HostRuntime;
  private readonly locals = new Map<number, UserFunction>();
  private current: QueryContext | undefined;

  constructor(shared: SharedMemory, kernels: Kernels) {
    this.shared = shared;
    this.kernels = kernels;
    this.host = {
      bytes: () => shared.u8,
      allocate: (bytes) => this.context.morselArena.alloc(bytes),
      fail: (site, message) => this.context.fail(site, message),
      cache: new Map(),
    };
  }

  enter(context: QueryContext): void {
    this.current = context;
  }

  /** A promise only where a host function must be loaded first. */
  get(task: QueryTask): CodeInstance | Promise<CodeInstance> {
    const known = this.instances.get(task.moduleKey);
    if (known !== undefined) return known;
    const keep = (instance: CodeInstance): CodeInstance => {
      if (this.instances.size >= MOST_KEPT) this.instances.delete(this.instances.keys().next().value as string);
      this.instances.set(task.moduleKey, instance);
      return instance;
    };
    const resolved = this.hostFunctions(task.hosts);
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

  private localFunction(name: string): HostFunction | undefined {
    if (!isLocalFunction(name)) return undefined;
    const spec = JSON.parse(name.slice(name.indexOf(" "))) as JavaScriptSpec;
    const fn = spec.code.kind === "local" ? this.locals.get(spec.code.id) : undefined;
    return fn && callerOf(spec, fn);
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
  private hostFunctions(names: readonly string[]): Record<string, Callable> | Promise<Record<string, Callable>> {
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
      const found = this.localFunction(name) ?? hostFunction(name);
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
