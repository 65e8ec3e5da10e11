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
 * All rows in random order, among them some that are taken back and some that come again, cut into epochs; the last one takes back
 * what is left.
 *
 * @param sizes operations of each epoch; the last size is used again as long as there are any
 * @param deletions share of the operations, below a half
 */
export function planEpochs(
  tables: Tables,
  sizes: readonly number[],
  deletions: number,
  random: (below: number) => number,
): Operation[][] {
  const coming = Object.entries(tables).flatMap(([table, { rows }]) =>
    rows.map((row): Operation => ({ table, row, weight: 1 })),
  );
  const present: Operation[] = [];
  const operations: Operation[] = [];
  const takeAny = (from: Operation[]): Operation => {
    const at = random(from.length);
    const taken = from[at]!;
    from[at] = from.at(-1)!;
    from.pop();
    return taken;
  };
  while (coming.length > 0) {
    const goes = present.length > 0 && random(1000) < 1000 * deletions;
    const operation = takeAny(goes ? present : coming);
    operations.push({ ...operation, weight: goes ? -1 : 1 });
    if (!goes) present.push(operation);
    else if (random(4) === 0) coming.push(operation);
  }
  const epochs: Operation[][] = [];
  for (let first = 0; first < operations.length;) {
    const size = sizes[epochs.length] ?? sizes.at(-1)!;
    epochs.push(operations.slice(first, first + size));
    first += size;
  }
  epochs.push(present.map((operation) => ({ ...operation, weight: -1 })));
  return epochs;
}

/** Sizes of so many epochs that have `total` operations together. */
export function randomSizes(epochs: number, total: number, random: (below: number) => number): number[] {
  const cuts = Array.from({ length: epochs - 1 }, () => random(total + 1)).toSorted((a, b) => a - b);
  return [...cuts, total].map((cut, i) => cut - (cuts[i - 1] ?? 0));
}

/** Numbers from 0 to `count`, exclusive, `most` of them by chance, and the last two. */
export function sampled(count: number, most: number, random: (below: number) => number): ReadonlySet<number> {
  if (count <= most) return new Set(Array.from({ length: count }, (_, i) => i));
  const chosen = new Set([count - 2, count - 1]);
  while (chosen.size < most) chosen.add(random(count));
  return chosen;
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
  private isBehind = true;

  private constructor(session: Session, tables: Tables) {
    this.session = session;
    this.tables = tables;
  }

  static async open(tables: Tables, timeZone: string = "UTC"): Promise<Batch> {
    return new Batch(await connect({ workers: 1, temporal: "string", timeZone }), tables);
  }

  take(epoch: readonly Operation[]): void {
    for (const { table, row, weight } of epoch) {
      const known = this.left.get(row);
      if (known === undefined) this.left.set(row, { table, count: weight });
      else known.count += weight;
    }
    this.isBehind = true;
  }

  private async load(): Promise<void> {
    if (!this.isBehind) return;
    this.isBehind = false;
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
    await this.load();
    for (const name of Object.keys(this.tables)) {
      const direction = round % 2 === 0 ? "ASC" : "DESC";
      const rows = `SELECT r.* FROM ${quoted(name)} r ORDER BY md5('${round >> 1}' || r::VARCHAR) ${direction}`;
      await this.session.execute(`CREATE OR REPLACE TABLE ${quoted(name)} AS ${rows}`);
    }
  }

  /** A statement of which the queries need the effects, such as the making of a view. */
  async execute(sql: string): Promise<void> {
    await this.load();
    await this.session.execute(sql);
  }

  async rows(sql: string): Promise<string[]> {
    await this.load();
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
