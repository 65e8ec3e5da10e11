/** Standard output, in large pieces and with backpressure. */

/** Thrown when the reader of standard output has gone (`| head`): no error of ours. */
export class OutputClosed extends Error {}

const FLUSH_AT = 1 << 16;

export class Output {
  readonly #stream: NodeJS.WritableStream;
  #pending = "";
  #failure: Error | undefined;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      this.#failure = error.code === "EPIPE" ? new OutputClosed() : error;
    });
  }

  /** Resolves at once unless the reader is slower than we are. */
  async write(text: string): Promise<void> {
    this.#pending += text;
    if (this.#pending.length >= FLUSH_AT) await this.flush();
  }

  /** Resolves when all that was written has left this process. */
  async flush(): Promise<void> {
    this.#check();
    const text = this.#pending;
    this.#pending = "";
    if (text === "") return;
    await new Promise<void>((resolve) => this.#stream.write(text, () => resolve()));
    this.#check();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
