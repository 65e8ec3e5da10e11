import { HeadraceError } from "../../../error.ts";
import type { SharedMemory } from "../../../exec/memory/shared-memory.ts";
import { type ColumnValues, encodeColumns } from "../../../exec/table/encode-columns.ts";
import { Turns } from "../../../exec/table/slices.ts";
import { CHUNK_ROWS, type TableVersion } from "../../../exec/table/table-version.ts";
import type { Connector, ConnectorContext, ConnectorTable } from "../connector.ts";
import { OptionReader } from "../options.ts";
import { sleep } from "../sleep.ts";
import type { Advance, Position, Positions, Source, SourceRows } from "../source.ts";
import { type Field, fieldOf } from "./fields.ts";

type Settings = {
  readonly names: readonly string[];
  readonly fields: readonly Field[];
  /** Infinity: without an end. */
  readonly rows: number;
  /** Infinity: as fast as it can. */
  readonly rowsPerSecond: number;
  readonly partitions: number;
};

/**
 * Made-up rows. Row `n` is a function of the seed and `n` alone; partition `p` of `k` has the rows whose numbers leave the remainder
 * `p` when divided by `k`. Positions are how many rows of the partition were read.
 */
export class DatagenSource implements Source {
  private readonly settings: Settings;
  private readonly memory: SharedMemory;
  private readonly layout: TableVersion;
  private readonly partitions: readonly string[];
  /** How the columns of the layout are made. */
  private readonly fields: Settings["fields"];
  /** When which row was due: set by the first look. */
  private began: { readonly time: number; readonly row: number } | undefined;

  constructor(settings: Settings, { memory, layout }: Pick<ConnectorContext, "memory" | "layout">) {
    this.settings = settings;
    this.memory = memory;
    this.layout = layout;
    this.fields = layout.columns.map(({ name }) => settings.fields[settings.names.indexOf(name)]!);
    const { partitions } = settings;
    this.partitions = Array.from({ length: partitions }, (_, i) => `${i}/${partitions}`);
  }

  /** `limit` counts rows of all partitions. */
  async advance(from: Positions, limit: number): Promise<Advance> {
    const { rows } = this.settings;
    const next = this.nextRow(from);
    const end = Math.max(next, Math.min(next + limit, this.due(next), rows));
    const to = new Map<string, Position>();
    const finished = new Set<string>();
    this.partitions.forEach((name, i) => {
      const position = Math.max(this.count(i, end), rowsOf(from.get(name)));
      to.set(name, position);
      if (position >= this.count(i, rows)) finished.add(name);
    });
    return { to, finished, ended: finished.size === this.partitions.length };
  }

  async *read(partition: string, from: Position | undefined, to: Position): AsyncIterable<SourceRows> {
    const index = this.partitions.indexOf(partition);
    if (index < 0) throw new HeadraceError("io", `datagen has no partition "${partition}"`);
    const { partitions } = this.settings;
    const end = rowsOf(to);
    const turns = new Turns();
    for (let at = rowsOf(from); at < end; at += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, end - at);
      const numbers = { first: at * partitions + index, step: partitions, count };
      const columns: ColumnValues[] = [];
      for (const { values } of this.fields) {
        if (turns.isDue) await turns.take();
        columns.push(values(numbers));
      }
      yield { rows: encodeColumns(this.memory, this.layout, count, columns), weights: undefined };
    }
  }

  async wait(from: Positions, signal: AbortSignal): Promise<void> {
    const next = this.nextRow(from);
    if (next >= this.settings.rows) return sleep(IDLE_MS, signal);
    const { rowsPerSecond } = this.settings;
    if (this.due(next) > next || this.began === undefined) return;
    const { time, row } = this.began;
    await sleep(Math.max(1, time + ((next + 1 - row) / rowsPerSecond) * 1000 - performance.now()), signal);
  }

  async close(): Promise<void> {}

  /** The first row that was not read; throws where positions are of other partitions. */
  private nextRow(from: Positions): number {
    const { partitions } = this.settings;
    for (const name of from.keys()) {
      if (this.partitions.includes(name)) continue;
      throw new HeadraceError(
        "io",
        `datagen cannot go on from partition "${name}": it has ${partitions} partitions now`,
        {
          hint: `the option "partitions" must stay what it was`,
        },
      );
    }
    return Math.min(...this.partitions.map((name, i) => rowsOf(from.get(name)) * partitions + i));
  }

  /** Rows of partition `index` among the first `rows` of all. */
  private count(index: number, rows: number): number {
    return Math.max(0, Math.ceil((rows - index) / this.settings.partitions));
  }

  /** The row before which all rows are due, `next` being the one that was to come when it was first asked. */
  private due(next: number): number {
    const { rowsPerSecond } = this.settings;
    if (rowsPerSecond === Infinity) return Infinity;
    this.began ??= { time: performance.now(), row: next };
    return this.began.row + Math.floor(((performance.now() - this.began.time) / 1000) * rowsPerSecond);
  }
}

const IDLE_MS = 1000;

const rowsOf = (position: Position | undefined): number => (position ?? 0) as number;

function settingsOf(table: ConnectorTable): Settings {
  const options = new OptionReader(table);
  const rowsPerSecond = options.integer("rows-per-second") ?? 0;
  const seed = options.integer("seed") ?? 0;
  const stepMicros = rowsPerSecond === 0 ? 1000 : 1_000_000 / rowsPerSecond;
  const partitions = options.integer("partitions", 1) ?? 1;
  const fields = table.columns.map((column, i) => fieldOf(column, i, options, { seed, stepMicros }));
  return {
    names: table.columns.map(({ name }) => name),
    fields,
    rows: Math.min(options.integer("number-of-rows") ?? Infinity, ...fields.map(({ rows }) => rows)),
    rowsPerSecond: rowsPerSecond === 0 ? Infinity : rowsPerSecond,
    partitions,
  };
}

const FIELD_OPTIONS = ["kind", "min", "max", "length", "start", "end", "step", "null-rate"];

/** Made-up rows, as Flink's connector of this name makes them. */
export const datagen: Connector = {
  name: "datagen",
  options: [
    "rows-per-second",
    "number-of-rows",
    "seed",
    "partitions",
    ...FIELD_OPTIONS.map((option) => `fields.#.${option}`),
  ],
  check: (table) => void settingsOf(table),
  source: async (table, context) => new DatagenSource(settingsOf(table), context),
};

/** Spark's name for it. */
export const rate: Connector = { ...datagen, name: "rate" };
