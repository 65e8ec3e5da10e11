import type { Kernels } from "../kernels/kernels.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { QueryTask } from "./messages.ts";
import type { QueryContext } from "./query-context.ts";

/** Generated code, ready to be called, compiled or interpreted. */
export type CodeInstance = { readonly call: (fn: string, ...args: number[]) => void };

const MOST_KEPT = 64;

/**
 * One thread's instances of generated modules. Host functions act on the query that was entered last: a thread runs
 * one call of one query at a time.
 */
export class InstanceCache {
  readonly kernels: Kernels;
  private readonly shared: SharedMemory;
  private readonly instances = new Map<string, CodeInstance>();
  private current: QueryContext | undefined;

  constructor(shared: SharedMemory, kernels: Kernels) {
    this.shared = shared;
    this.kernels = kernels;
  }

  enter(context: QueryContext): void {
    this.current = context;
  }

  async get(task: QueryTask): Promise<CodeInstance> {
    const known = this.instances.get(task.moduleKey);
    if (known !== undefined) return known;
    const instance = await this.instantiate(task);
    if (this.instances.size >= MOST_KEPT) this.instances.delete(this.instances.keys().next().value as string);
    this.instances.set(task.moduleKey, instance);
    return instance;
  }

  private async instantiate(task: QueryTask): Promise<CodeInstance> {
    const host = this.hostFunctions();
    if (task.code.kind === "interpreter") throw new Error("interpreter");
    const imports = { env: { memory: this.shared.memory }, kernel: this.kernels, host };
    const { exports } = new WebAssembly.Instance(task.code.module, imports as unknown as WebAssembly.Imports);
    return {
      call: (fn, ...args) => {
        const code = exports[fn];
        if (typeof code !== "function") throw new Error(`the module has no function ${fn}`);
        code(...args);
      },
    };
  }

  private hostFunctions(): Record<string, (...args: number[]) => number | void> {
    const context = (): QueryContext => {
      if (this.current === undefined) throw new Error("no query is running");
      return this.current;
    };
    return {
      alloc: (bytes) => context().arena.alloc((bytes as number) >>> 0),
      grow: (store) => context().grow(store as number),
      fail: (site) => context().fail(site as number),
      checkCancelled: () => context().checkCancelled(),
    };
  }
}
