import { type FileHandle, open } from "node:fs/promises";
import { ioError } from "../../io/stores/file.ts";
import type { PlacedRecord } from "./bad-records.ts";

/**
 * A file of records that are no rows, an object a line: `{"source": ..., "position": ..., "error": ..., "text": ...}`. What is read
 * again after a crash does not come again.
 */
export class DeadLetters {
  private readonly path: string;
  private readonly file: FileHandle;
  /** The last position of each source that is in the file. */
  private readonly written: Map<string, number>;

  private constructor(path: string, file: FileHandle, written: Map<string, number>) {
    this.path = path;
    this.file = file;
    this.written = written;
  }

  /** Throws `io`. */
  static async open(path: string): Promise<DeadLetters> {
    try {
      const file = await open(path, "a+");
      const text = await file.readFile("utf8");
      const written = new Map<string, number>();
      // A line without an end is what a crash has left.
      const whole = text.lastIndexOf("\n") + 1;
      if (whole < text.length) await file.truncate(Buffer.byteLength(text.slice(0, whole)));
      for (const line of text.slice(0, whole).split("\n")) note(written, line);
      return new DeadLetters(path, file, written);
    } catch (cause) {
      throw ioError("write", path, cause);
    }
  }

  /** Adds records that are not there yet, in order of their positions. They are on disk when the promise resolves. */
  async append(source: string, records: readonly PlacedRecord[]): Promise<void> {
    const last = this.written.get(source) ?? -1;
    const fresh = records.filter(({ position }) => position > last);
    const end = fresh.at(-1);
    if (end === undefined) return;
    await this.add(source, fresh);
    this.written.set(source, end.position);
  }

  /** Adds records whatever is there. They are on disk when the promise resolves. */
  async add(source: string, records: readonly PlacedRecord[]): Promise<void> {
    const lines = records.map(({ position, message, text }) =>
      JSON.stringify({ source, position, error: message, text }),
    );
    try {
      await this.file.appendFile(`${lines.join("\n")}\n`);
      await this.file.datasync();
    } catch (cause) {
      throw ioError("write", this.path, cause);
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

function note(written: Map<string, number>, line: string): void {
  if (line === "") return;
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return;
  }
  const { source, position } = entry as { readonly source?: unknown; readonly position?: unknown };
  if (typeof source !== "string" || typeof position !== "number") return;
  written.set(source, Math.max(position, written.get(source) ?? -1));
}
