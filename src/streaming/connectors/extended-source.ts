import type { SharedMemory } from "../../exec/memory/shared-memory.ts";
import { releaseVersion, type TableVersion } from "../../exec/table/table-version.ts";
import type { Advance, Position, Positions, Source, SourceRows } from "./source.ts";

/** The rows of a partition with more columns, in the same order. */
export type Extend = (partition: string, rows: TableVersion) => Promise<TableVersion>;

/** A source whose rows get columns that follow from what it reads. */
export class ExtendedSource implements Source {
  private readonly source: Source;
  private readonly memory: SharedMemory;
  private readonly extend: Extend;

  constructor(source: Source, memory: SharedMemory, extend: Extend) {
    this.source = source;
    this.memory = memory;
    this.extend = extend;
  }

  advance(from: Positions, limit: number): Promise<Advance> {
    return this.source.advance(from, limit);
  }

  async *read(partition: string, from: Position | undefined, to: Position): AsyncIterable<SourceRows> {
    for await (const { rows, weights } of this.source.read(partition, from, to)) {
      let extended: TableVersion;
      try {
        extended = await this.extend(partition, rows);
      } finally {
        releaseVersion(this.memory, rows);
      }
      yield { rows: extended, weights };
    }
  }

  wait(from: Positions, signal: AbortSignal): Promise<void> {
    return this.source.wait(from, signal);
  }

  async release(positions: Positions): Promise<void> {
    await this.source.release?.(positions);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}
