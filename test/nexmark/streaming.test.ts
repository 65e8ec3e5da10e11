/** The prefix oracle: after every epoch the changes so far add up to the query's result over the events so far. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Session } from "headrace";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsProvider } from "../../nexmark/gen/event-rows.ts";
import {
  countChar,
  QUERY_NAMES,
  queryTexts,
  type QueryTexts,
  sideInput,
  tableDefinitions,
} from "../../nexmark/queries/queries.ts";
import { EVENT_TABLES } from "../../src/streaming/connectors/nexmark/model.ts";

/** Slow enough for windows to follow each other: ten seconds are 500 events. */
const MODEL = { seed: 3, baseTime: Date.UTC(2015, 6, 15), rate: 50 };
/** Epochs of a larger number of events are looked at now and then. */
const MOST_CHECKS = 6;

let directory: string;
/** Over tables that are filled anew for every number of events. */
let batch: Session;
const results = new Map<string, Promise<string[]>>();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "headrace-nexmark-"));
  await writeFile(join(directory, "side-input.csv"), sideInput());
  batch = await connect({ workers: 1, temporal: "string" });
  await defineSideInput(batch);
  defineFunction(batch);
});

afterAll(async () => {
  await batch.close();
  await rm(directory, { recursive: true });
});

const defineFunction = (session: Session): void =>
  session.createFunction("count_char", { args: ["VARCHAR", "VARCHAR"], returns: "BIGINT", fn: countChar });

const defineSideInput = async (session: Session): Promise<void> => {
  const file = join(directory, "side-input.csv");
  await session.execute(`CREATE TABLE side_input AS SELECT key, value::VARCHAR AS value FROM '${file}'`);
};

const textsOf = (name: string): QueryTexts =>
  queryTexts(name, { sideInput: join(directory, "side-input.csv"), output: join(directory, "output") });

/** q12 has its windows by the clock. */
const names = QUERY_NAMES.filter((name) => name !== "q12");

describe.each([
  { rows: 1, events: 60, workers: 1 },
  { rows: 7, events: 700, workers: 2 },
  { rows: 1000, events: 3000, workers: 4 },
  { rows: 10_000, events: 3000, workers: 1 },
])("epochs of $rows of $events events, $workers workers", ({ rows, events, workers }) => {
  it.each(names)(
    "%s",
    async (name) => {
      const epochs = Math.ceil(events / rows);
      const checked = new Set(
        Array.from({ length: MOST_CHECKS }, (_, i) => Math.ceil(((i + 1) * epochs) / MOST_CHECKS)),
      );
      const states = await statesOf(name, { rows, events, workers }, epochs);
      for (const epoch of checked) {
        const seen = Math.min(epoch * rows, events);
        expect(states[epoch], `after ${seen} events`).toEqual(await batchResult(name, seen));
      }
    },
    60_000,
  );
});

it("q12 counts every bid once, in windows of ten seconds", async () => {
  const session = await open({ events: 5000, workers: 2 });
  try {
    const { definitions, select } = textsOf("q12");
    await session.execute(definitions);
    const left = new Map<string, number>();
    for await (const { added, removed } of session.sql(select).subscribe({ epoch: { rows: 700 } })) {
      for (const row of removed) left.delete(JSON.stringify(row, value));
      for (const row of added) left.set(JSON.stringify(row, value), Number(row["bid_count"]));
    }
    expect([...left.values()].reduce((sum, count) => sum + count, 0)).toBe(4600);
    for (const text of left.keys()) {
      const { starttime, endtime } = JSON.parse(text) as { readonly starttime: string; readonly endtime: string };
      expect(Date.parse(endtime) - Date.parse(starttime)).toBe(10_000);
    }
  } finally {
    await session.close();
  }
});

type Run = { readonly rows: number; readonly events: number; readonly workers: number };

async function open({ events, workers }: Pick<Run, "events" | "workers">): Promise<Session> {
  const session = await connect({ workers, temporal: "string" });
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

/** The rows after each epoch, from 1 on. */
async function statesOf(name: string, run: Run, epochs: number): Promise<string[][]> {
  const session = await open(run);
  try {
    const { definitions, select } = textsOf(name);
    // A file is read along with the events; what is there from the beginning is a table.
    await (name === "q13" ? defineSideInput(session) : session.execute(definitions));
    const left = new Map<string, number>();
    const add = (row: object, weight: number): void => {
      const text = rowText(name, Object.values(row));
      const count = (left.get(text) ?? 0) + weight;
      if (count === 0) left.delete(text);
      else left.set(text, count);
    };
    const current = (): string[] => [...left].flatMap(([text, count]) => Array<string>(count).fill(text)).sort();
    const states: string[][] = [[]];
    for await (const { epoch, added, removed } of session.sql(select).subscribe({ epoch: { rows: run.rows } })) {
      while (states.length < epoch) states.push(states.at(-1)!);
      for (const row of added) add(row, 1);
      for (const row of removed) add(row, -1);
      states.push(current());
      // A table may always change.
      if (name === "q13" && states.at(-1)!.length === (await batchResult(name, run.events)).length) break;
    }
    expect(states.length - 1).toBeLessThanOrEqual(epochs);
    while (states.length <= epochs) states.push(states.at(-1)!);
    return states;
  } finally {
    await session.close();
  }
}

function batchResult(name: string, events: number): Promise<string[]> {
  const key = `${name} ${events}`;
  const known = results.get(key);
  if (known !== undefined) return known;
  const made = computeBatch(name, events);
  results.set(key, made);
  return made;
}

async function computeBatch(name: string, events: number): Promise<string[]> {
  for (const table of EVENT_TABLES) await batch.register(table, eventsProvider(table, MODEL, events));
  const rows = await batch.sql(textsOf(name).select).collect({ rows: "array" });
  return rows.map((row) => rowText(name, row)).sort();
}

/** Of q19 what does not depend on the order of equal prices. */
const rowText = (name: string, row: readonly unknown[]): string =>
  JSON.stringify(name === "q19" ? [row[0], row[2], row[7]] : row, value);

/** Averages to eleven digits. */
function value(_: string, item: unknown): unknown {
  if (typeof item === "bigint") return String(item);
  return typeof item === "number" && !Number.isInteger(item) ? Number(item.toPrecision(11)) : item;
}
