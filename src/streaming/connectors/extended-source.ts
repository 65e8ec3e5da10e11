import { SLACK } from "../../exec/memory/allocator.ts";
import { OWNER_TABLES, type SharedMemory } from "../../exec/memory/shared-memory.ts";
import { type Chunk, releaseVersion, type TableVersion, withChunks } from "../../exec/table/table-version.ts";
import type { Advance, Position, Positions, Source, SourceRows } from "./source.ts";

/** The rows of a partition with more columns, in the same order; `first`: the number of the first one, which grows with the position. */
export type Extend = (partition: string, rows: TableVersion, first: bigint) => Promise<TableVersion>;

/** The rows with their numbers as one more column, a BIGINT: the last one of `layout`. */
export function numbered(
  memory: SharedMemory,
  version: TableVersion,
  layout: TableVersion,
  first: bigint,
): TableVersion {
  let next = first;
  const chunks = version.chunks.map((chunk): Chunk => {
    const bytes = BigInt64Array.BYTES_PER_ELEMENT * chunk.rows + SLACK;
    const address = memory.allocate(bytes, OWNER_TABLES);
    for (let row = 0; row < chunk.rows; row++) memory.i64[address / 8 + row] = next++;
    const extent = { address, bytes, references: 0 };
    const column = { data: address, validity: 0, zone: undefined, values: chunk.rows, extent };
    return { rows: chunk.rows, columns: [...chunk.columns, column] };
  });
  return withChunks(layout, chunks);
}

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
    let first = this.firstRow(from);
    for await (const { rows, weights } of this.source.read(partition, from, to)) {
      let extended: TableVersion;
      try {
        extended = await this.extend(partition, rows, first);
        first += BigInt(rows.rows);
      } finally {
        releaseVersion(this.memory, rows);
      }
      yield { rows: extended, weights };
    }
  }

  firstRow(from: Position | undefined): bigint {
    return this.source.firstRow?.(from) ?? 0n;
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
