/** Sources and sinks driven by hand, on a memory of their own. */
import { instantiateKernels, loadKernels } from "../../../src/exec/kernels/kernels.ts";
import { FIRST_QUERY_OWNER, OWNER_TABLES, SharedMemory } from "../../../src/exec/memory/shared-memory.ts";
import type { ResultRows } from "../../../src/exec/table/result-rows.ts";
import { createTable, releaseVersion, type TableVersion } from "../../../src/exec/table/table-version.ts";
import { lanesReader } from "../../../src/io/formats/lane-values.ts";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import { decodeNested } from "../../../src/planner/functions/host/nested.ts";
import { laneOf } from "../../../src/planner/types/lane.ts";
import { formatDatum } from "../../../src/planner/types/literals.ts";
import { isNested } from "../../../src/planner/types/nested.ts";
import { BIGINT, type SqlType } from "../../../src/planner/types/types.ts";
import type { ConnectorContext, ConnectorTable } from "../../../src/streaming/connectors/connector.ts";
import type { Sink } from "../../../src/streaming/connectors/sink.ts";
import type { Position, Positions, Source } from "../../../src/streaming/connectors/source.ts";
import { makeRows } from "../../support/result-rows.ts";

const module = loadKernels();

export type Columns = Readonly<Record<string, SqlType>>;

/** Values as text, NULL as null; a weight that is not 1 comes last. */
export type TextRow = readonly (string | null)[];

export class Bench {
  readonly memory: SharedMemory = SharedMemory.create(2 ** 31);
  private readonly kernels = instantiateKernels(module, this.memory.memory);

  constructor() {
    this.memory.startPoisoning();
  }

  table(
    columns: Columns,
    options: Readonly<Record<string, string | number | boolean>> = {},
    primaryKey: readonly string[] = [],
    notNull: readonly string[] = [],
  ): ConnectorTable {
    return {
      name: "t",
      columns: Object.entries(columns).map(([name, type]) => ({ name, type, notNull: notNull.includes(name) })),
      primaryKey,
      options: new Map(Object.entries(options).map(([name, value]) => [name, String(value)])),
    };
  }

  /** @param columns those that are read */
  context(columns: Columns): ConnectorContext {
    const definitions = Object.entries(columns).map(([name, type]) => ({ name, type, nullable: true }));
    return { memory: this.memory, kernels: this.kernels, layout: createTable(definitions, { fixed: true }) };
  }

  /** The rows between two positions, which are released. */
  async read(source: Source, partition: string, from: Position | undefined, to: Position): Promise<TextRow[]> {
    const rows: TextRow[] = [];
    for await (const { rows: version, weights } of source.read(partition, from, to)) {
      if (!version.fixed) throw new Error("the rows have no fixed layout");
      for (const [i, row] of this.texts(version).entries()) {
        const weight = weights?.[i] ?? 1n;
        rows.push(weight === 1n ? row : [...row, String(weight)]);
      }
      releaseVersion(this.memory, version);
    }
    return rows;
  }

  /** All rows of an epoch of every partition, in order of their names. */
  async readEpoch(source: Source, from: Positions, to: Positions): Promise<TextRow[]> {
    const parts: TextRow[][] = [];
    for (const partition of [...to.keys()].sort()) {
      parts.push(await this.read(source, partition, from.get(partition), to.get(partition)!));
    }
    return parts.flat();
  }

  /** What comes until the source has ended or has nothing more to say. */
  async drain(source: Source, limit = 1000, from: Positions = new Map()): Promise<[rows: TextRow[], to: Positions]> {
    const parts: TextRow[][] = [];
    let at = from;
    for (;;) {
      const { to, ended } = await source.advance(at, limit);
      const moved = JSON.stringify([...at]) !== JSON.stringify([...to]);
      parts.push(await this.readEpoch(source, at, to));
      at = to;
      if (ended || !moved) return [parts.flat(), at];
    }
  }

  /** Rows with weights behind their values as an epoch's result. */
  rows(columns: Columns, values: readonly (readonly Datum[])[]): ResultRows {
    const all = [...Object.entries(columns), ["weight", BIGINT] as const];
    return makeRows(
      this.memory,
      all.map(([name, type]) => ({ name, type })),
      values,
    );
  }

  async epoch(sink: Sink, epoch: number, columns: Columns, values: readonly (readonly Datum[])[]): Promise<void> {
    if (values.length > 0) {
      await sink.write(epoch, this.rows(columns, values));
      this.memory.releaseOwner(FIRST_QUERY_OWNER);
    }
    await sink.commit(epoch);
  }

  /** Nothing is held any more. */
  expectEmpty(): void {
    const pages = this.memory.pagesOf(OWNER_TABLES);
    if (pages > 0) throw new Error(`${pages} pages were not given back`);
  }

  texts(version: TableVersion): TextRow[] {
    const { buffer } = this.memory.memory;
    return version.chunks.flatMap(({ rows, columns }) => {
      const readers = columns.map(({ data, validity }, i) => {
        const { type } = version.columns[i]!;
        const plain = isNested(type) ? { kind: "Blob" as const } : type;
        const read = lanesReader(buffer, data, laneOf(type), plain);
        return (row: number): string | null => {
          const valid = validity === 0 || ((this.memory.u8[validity + (row >> 3)]! >> (row & 7)) & 1) === 1;
          if (!valid) return null;
          const value = read(row);
          return formatDatum(isNested(type) ? decodeNested(value as Uint8Array, type) : value, type);
        };
      });
      return Array.from({ length: rows }, (_, row) => readers.map((read) => read(row)));
    });
  }
}
