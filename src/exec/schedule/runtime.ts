import { createHash } from "node:crypto";
import { HeadraceError } from "../../error.ts";
import { checkAccesses } from "../wasm/checked-memory.ts";
import { encodeModule, hostCalls } from "../wasm/encode.ts";
import type { Program } from "../codegen/program.ts";
import { instantiateKernels, loadKernels } from "../kernels/kernels.ts";
import { FIRST_QUERY_OWNER, MAX_OWNERS, MEMORY_PAGES, SharedMemory } from "../memory/shared-memory.ts";
import { InstanceCache } from "../worker/instance.ts";
import type { QueryTask } from "../worker/messages.ts";
import { RejectList } from "./reject-list.ts";
import { WorkerPool } from "./pool.ts";

export type Code = { readonly key: string; readonly code: QueryTask["code"]; readonly hosts: readonly string[] };

const MOST_MODULES = 256;

/**
 * What a session's queries share: the memory, the kernels, the worker threads, compiled modules.
 */
export class Runtime {
  readonly shared: SharedMemory;
  readonly pool: WorkerPool;
  /** The calling thread's instances. */
  readonly instances: InstanceCache;
  readonly rejects: RejectList = new RejectList();
  private readonly codes = new WeakMap<Program, Code>();
  private readonly modules = new Map<string, WebAssembly.Module>();
  private readonly owners = new Set<number>();
  private nextOwner = FIRST_QUERY_OWNER;
  private nextQuery = 1;

  constructor(memoryLimit: number) {
    const kernels = loadKernels();
    this.shared = SharedMemory.create(memoryLimit);
    this.pool = new WorkerPool(this.shared, kernels);
    this.instances = new InstanceCache(this.shared, instantiateKernels(kernels, this.shared.memory));
  }

  /** The program's code, compiled once for equal bytes: the module keeps what V8 has optimised of it. */
  code(
    program: Program,
    { interpreter, checkedMemory }: { readonly interpreter: boolean; readonly checkedMemory: boolean },
  ): Code {
    const known = this.codes.get(program);
    if (known !== undefined) return known;
    const hosts = hostCalls(program.functions);
    if (interpreter) {
      return {
        key: `interpreter ${this.nextQuery}`,
        code: { kind: "interpreter", functions: program.functions },
        hosts,
      };
    }
    const functions = checkedMemory ? checkAccesses(program.functions) : program.functions;
    const bytes = encodeModule(functions, MEMORY_PAGES);
    const key = createHash("sha1").update(bytes).digest("base64");
    let module = this.modules.get(key);
    if (module === undefined) {
      module = new WebAssembly.Module(bytes);
      if (this.modules.size >= MOST_MODULES) this.modules.delete(this.modules.keys().next().value as string);
    } else this.modules.delete(key);
    // Least recently used first.
    this.modules.set(key, module);
    const code: Code = { key, code: { kind: "wasm", module }, hosts };
    this.codes.set(program, code);
    return code;
  }

  /** Ids of a new query and of the owner of its memory. */
  begin(): { readonly query: number; readonly owner: number } {
    if (this.owners.size >= MAX_OWNERS - FIRST_QUERY_OWNER)
      throw new HeadraceError("out_of_memory", "too many open queries");
    while (this.owners.has(this.nextOwner)) this.nextOwner = this.following(this.nextOwner);
    const owner = this.nextOwner;
    this.nextOwner = this.following(owner);
    this.owners.add(owner);
    return { query: this.nextQuery++, owner };
  }

  /** Frees everything that a query's owner still has. */
  end(owner: number): void {
    this.shared.releaseOwner(owner);
    this.owners.delete(owner);
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private following(owner: number): number {
    return owner + 1 < MAX_OWNERS ? owner + 1 : FIRST_QUERY_OWNER;
  }
}
