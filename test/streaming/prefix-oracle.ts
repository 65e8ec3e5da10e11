/**
 * The prefix oracle: after every epoch a continuous query's result must be what the query gives over the rows so far. Rows come and
 * go in random order; at the end all are gone.
 */
import { connect, type Session, type Stream } from "headrace";

export type Operation = { readonly table: string; readonly row: object; readonly weight: 1 | -1 };

export type Tables = {
  readonly [name: string]: { readonly schema: { readonly [column: string]: string }; readonly rows: readonly object[] };
};

/** Numbers below a bound, the same for the same seed. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

/**
 * All rows in random order, cut into epochs, some of them taken back in later epochs, the rest in the last one.
 *
 * @param sizes operations of each epoch before deletions; the last size is used again as long as there are rows
 */
export function planEpochs(
  tables: Tables,
  sizes: readonly number[],
  deletions: number,
  random: (below: number) => number,
): Operation[][] {
  const operations = Object.entries(tables).flatMap(([table, { rows }]) =>
    rows.map((row): Operation => ({ table, row, weight: 1 })),
  );
  for (let i = operations.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [operations[i], operations[j]] = [operations[j]!, operations[i]!];
  }
  const present: Operation[] = [];
  const epochs: Operation[][] = [];
  for (let first = 0; first < operations.length;) {
    const size = sizes[epochs.length] ?? sizes.at(-1)!;
    const epoch = operations.slice(first, first + size);
    first += size;
    for (let gone = Math.round(present.length * deletions); gone > 0; gone--) {
      const [operation] = present.splice(random(present.length), 1);
      epoch.push({ ...operation!, weight: -1 });
    }
    for (const operation of epoch) if (operation.weight === 1) present.push(operation);
    epochs.push(epoch);
  }
  epochs.push(present.map((operation) => ({ ...operation, weight: -1 })));
  return epochs;
}

/** Pushes an epoch's rows; queries do not see them before `flush`. */
export async function pushEpoch(streams: ReadonlyMap<string, Stream>, epoch: readonly Operation[]): Promise<void> {
  for (const [name, stream] of streams) {
    const rows = (weight: number): Record<string, unknown>[] =>
      epoch
        .filter((operation) => operation.table === name && operation.weight === weight)
        .map(({ row }) => row as Record<string, unknown>);
    await stream.push(rows(1));
    await stream.remove(rows(-1));
  }
}

/** A session whose tables are what is left of the rows pushed so far. */
export class Batch {
  private readonly session: Session;
  private readonly tables: Tables;
  private readonly left = new Map<object, { readonly table: string; count: number }>();
  private round = 0;

  private constructor(session: Session, tables: Tables) {
    this.session = session;
    this.tables = tables;
  }

  static async open(tables: Tables, timeZone: string = "UTC"): Promise<Batch> {
    return new Batch(await connect({ workers: 1, temporal: "string", timeZone }), tables);
  }

  async take(epoch: readonly Operation[]): Promise<void> {
    for (const { table, row, weight } of epoch) {
      const known = this.left.get(row);
      if (known === undefined) this.left.set(row, { table, count: weight });
      else known.count += weight;
    }
    this.round++;
    for (const [name, { schema }] of Object.entries(this.tables)) {
      const rows = [...this.left].flatMap(([row, { table, count }]) =>
        table === name ? Array<object>(count).fill(row) : [],
      );
      // A view over a stream: the fastest way for row objects into a table.
      const stream = this.session.stream(`rows of ${name} ${this.round}`, schema);
      const view = await this.session.sql(`SELECT * FROM "${stream.name}"`).materialize(`view of ${name}`);
      await stream.push(rows as Record<string, unknown>[]);
      await view.flush();
      await this.session.execute(`CREATE OR REPLACE TABLE ${quoted(name)} AS SELECT * FROM "view of ${name}"`);
      await view.stop();
    }
  }

  /** The same rows in another order, for each `round` another one; that of an odd one is the reverse of the one before. */
  async shuffle(round: number): Promise<void> {
    for (const name of Object.keys(this.tables)) {
      const direction = round % 2 === 0 ? "ASC" : "DESC";
      const rows = `SELECT r.* FROM ${quoted(name)} r ORDER BY md5('${round >> 1}' || r::VARCHAR) ${direction}`;
      await this.session.execute(`CREATE OR REPLACE TABLE ${quoted(name)} AS ${rows}`);
    }
  }

  /** A statement of which the queries need the effects, such as the making of a view. */
  async execute(sql: string): Promise<void> {
    await this.session.execute(sql);
  }

  rows(sql: string): Promise<string[]> {
    return rowsOf(this.session, sql);
  }

  close(): Promise<void> {
    return this.session.close();
  }
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Rows as sorted texts; numbers that are not exact to eleven digits. */
export async function rowsOf(session: Session, sql: string): Promise<string[]> {
  const rows = await session.sql(sql).collect({ rows: "array" });
  return rows
    .map((row) =>
      JSON.stringify(row, (_, value: unknown) => {
        if (typeof value === "bigint") return `${value}n`;
        if (value instanceof Map) return [...value];
        return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(11)) : value;
      }),
    )
    .sort();
}
