/** The Nexmark queries under the prefix oracle: the changes after every epoch add up to the query's result over the events so far. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { eventsProvider } from "../../nexmark/gen/event-rows.ts";
import { countChar, queryTexts, type QueryTexts, sideInput, tableDefinitions } from "../../nexmark/queries/queries.ts";
import type { Config } from "../streaming/prefix/judge.ts";
import { EVENT_TABLES } from "../../src/streaming/connectors/nexmark/model.ts";

/** Slow enough for windows to follow each other: ten seconds are 500 events. */
const MODEL = { seed: 3, baseTime: Date.UTC(2015, 6, 15), rate: 50 };

export type Run = {
  /** Of an epoch. */
  readonly rows: number;
  readonly events: number;
  readonly workers: number;
  /** Numbers of epochs, from 1, after which results are compared. */
  readonly looks: ReadonlySet<number>;
  readonly config?: Config;
};

export type Outcome = {
  /** Undefined: the results are the same. */
  readonly difference: string | undefined;
  /** Some results had rows. */
  readonly compared: boolean;
};

export class NexmarkOracle {
  private readonly directory: string;
  /** Over tables that are filled anew for every number of events. */
  private readonly batch: Session;
  private readonly results = new Map<string, Promise<string[]>>();
  private computing: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, batch: Session) {
    this.directory = directory;
    this.batch = batch;
  }

  static async open(): Promise<NexmarkOracle> {
    const directory = await mkdtemp(join(tmpdir(), "headrace-nexmark-"));
    await writeFile(join(directory, "side-input.csv"), sideInput());
    const oracle = new NexmarkOracle(directory, await connect({ workers: 1, temporal: "string" }));
    await oracle.defineSideInput(oracle.batch);
    defineFunction(oracle.batch);
    return oracle;
  }

  async close(): Promise<void> {
    await this.batch.close();
    await rm(this.directory, { recursive: true });
  }

  async judge(name: string, run: Run): Promise<Outcome> {
    const { states, windows } = await this.follow(name, run);
    if (windows.some((ms) => ms !== 10_000)) return { difference: "a window is not of ten seconds", compared: true };
    let compared = false;
    for (const epoch of [...run.looks].toSorted((a, b) => a - b)) {
      const events = Math.min(epoch * run.rows, run.events);
      const expected = await this.batchResult(name, events);
      compared ||= expected.length > 0;
      if (states[epoch]?.join("\n") === expected.join("\n")) continue;
      return {
        difference: `after ${events} events ${states[epoch]?.length} rows, not the ${expected.length} of the query`,
        compared,
      };
    }
    return { difference: undefined, compared };
  }

  /** The rows after each epoch, from 1 on, and the lengths of q12's windows. */
  private async follow(
    name: string,
    run: Run,
  ): Promise<{ readonly states: readonly string[][]; readonly windows: readonly number[] }> {
    const epochs = Math.ceil(run.events / run.rows);
    const session = await this.openSession(run);
    try {
      const { definitions, select } = this.textsOf(name);
      // A file is read along with the events; what is there from the beginning is a table.
      await (name === "q13" ? this.defineSideInput(session) : session.execute(definitions));
      const left = new Map<string, { readonly row: readonly unknown[]; count: number }>();
      const add = (row: object, weight: number): void => {
        const text = rowText(name, Object.values(row));
        const known = left.get(text);
        if (known === undefined) left.set(text, { row: Object.values(row), count: weight });
        else known.count += weight;
        if (left.get(text)!.count === 0) left.delete(text);
      };
      const current = (): string[] =>
        name === "q12"
          ? bidsOfBidders([...left.values()].map(({ row }) => row))
          : [...left].flatMap(([text, { count }]) => Array<string>(count).fill(text)).sort();
      const states: string[][] = [[]];
      for await (const { epoch, added, removed } of session.sql(select).subscribe({ epoch: { rows: run.rows } })) {
        while (states.length < epoch) states.push(states.at(-1)!);
        for (const row of added) add(row, 1);
        for (const row of removed) add(row, -1);
        states.push(current());
        // A table may always change.
        if (name === "q13" && states.at(-1)!.length === (await this.batchResult(name, run.events)).length) break;
      }
      while (states.length <= epochs) states.push(states.at(-1)!);
      const windows = name === "q12" ? [...left.values()].map(({ row }) => windowLength(row)) : [];
      return { states, windows };
    } finally {
      await session.close();
    }
  }

  private async openSession({ events, workers, config }: Run): Promise<Session> {
    const session = await connect({ workers, temporal: "string", ...(config && { config }) });
    await session.execute(
      tableDefinitions({
        "events.num": String(events),
        "first-event.rate": String(MODEL.rate),
        seed: String(MODEL.seed),
        "base-time": new Date(MODEL.baseTime).toISOString(),
      }),
    );
    defineFunction(session);
    return session;
  }

  private textsOf(name: string): QueryTexts {
    return queryTexts(name, {
      sideInput: join(this.directory, "side-input.csv"),
      output: join(this.directory, "output"),
    });
  }

  private async defineSideInput(session: Session): Promise<void> {
    const file = join(this.directory, "side-input.csv");
    await session.execute(`CREATE TABLE side_input AS SELECT key, value::VARCHAR AS value FROM '${file}'`);
  }

  private batchResult(name: string, events: number): Promise<string[]> {
    const key = `${name} ${events}`;
    const known = this.results.get(key);
    if (known !== undefined) return known;
    // One after the other: all read the same tables.
    const made = this.computing.then(() => this.computeBatch(name, events));
    this.computing = made.catch(() => undefined);
    this.results.set(key, made);
    return made;
  }

  private async computeBatch(name: string, events: number): Promise<string[]> {
    for (const table of EVENT_TABLES) await this.batch.register(table, eventsProvider(table, MODEL, events));
    // q12 has its windows by the clock: they tell of every bid once.
    const sql = name === "q12" ? "SELECT bidder, count(*) FROM bid GROUP BY bidder" : this.textsOf(name).select;
    const rows = await this.batch.sql(sql).collect({ rows: "array" });
    return rows.map((row) => rowText(name === "q12" ? "" : name, row)).sort();
  }
}

const defineFunction = (session: Session): void =>
  session.createFunction("count_char", { args: ["VARCHAR", "VARCHAR"], returns: "BIGINT", fn: countChar });

/** Of rows of q12: bidder, count, begin and end of the window. */
function bidsOfBidders(rows: readonly (readonly unknown[])[]): string[] {
  const bids = new Map<unknown, bigint>();
  for (const [bidder, count] of rows) bids.set(bidder, (bids.get(bidder) ?? 0n) + (count as bigint));
  return [...bids].map((row) => rowText("", row)).sort();
}

const windowLength = ([, , start, end]: readonly unknown[]): number =>
  Date.parse(String(end)) - Date.parse(String(start));

/** Of q19 what does not depend on the order of equal prices. */
const rowText = (name: string, row: readonly unknown[]): string =>
  JSON.stringify(name === "q19" ? [row[0], row[2], row[7]] : row, value);

/** Averages to eleven digits. */
function value(_: string, item: unknown): unknown {
  if (typeof item === "bigint") return String(item);
  return typeof item === "number" && !Number.isInteger(item) ? Number(item.toPrecision(11)) : item;
}
