/** The generator's threads: requests go to the least busy one, answers come back as promises. */
import { Worker } from "node:worker_threads";
import { HeadraceError } from "../../src/error.ts";
import type { WorkerRequest, WorkerResponse } from "./worker.ts";

type Answer = Exclude<WorkerResponse, { kind: "failed" }>;
type Waiting = { readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void };
type Member = { readonly worker: Worker; readonly waiting: Waiting[] };

function startWorker(): Worker {
  const entry = import.meta.url.endsWith(".ts") ? "./worker-from-source.mjs" : "./worker.js";
  return new Worker(new URL(entry, import.meta.url));
}

export class GeneratorPool {
  readonly #members: readonly Member[];
  #failure: unknown;

  constructor(size: number) {
    this.#members = Array.from({ length: Math.max(1, size) }, () => {
      const member: Member = { worker: startWorker(), waiting: [] };
      member.worker.on("message", (response: WorkerResponse) => {
        if (response.kind === "failed") this.fail(response.error);
        else member.waiting.shift()?.resolve(response);
      });
      member.worker.on("error", (error) => this.fail(error));
      member.worker.on("exit", () => this.fail(new HeadraceError("internal", "a generator thread ended early")));
      return member;
    });
  }

  get size(): number {
    return this.#members.length;
  }

  /** Requests to one worker are answered in order; those to different workers at any time. */
  request(request: WorkerRequest): Promise<Answer> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const member = this.#members.reduce((a, b) => (b.waiting.length < a.waiting.length ? b : a));
    return new Promise((resolve, reject) => {
      member.waiting.push({ resolve, reject });
      member.worker.postMessage(request, []);
    });
  }

  /** Rejects all requests, those under way and those to come; the first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= error;
    for (const { waiting } of this.#members) for (const { reject } of waiting.splice(0)) reject(this.#failure);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
  }
}
