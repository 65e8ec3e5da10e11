/** What the prefix oracle judges: queries by suite, each in epochs of every size and on every number of workers. */
import { QUERY_NAMES } from "../../../nexmark/queries/queries.ts";
import { NexmarkOracle } from "../../nexmark/oracle.ts";
import { corpusScripts, type Group, readGroups, thinned } from "./corpus.ts";
import { CASES, epochsOf, judgeEventTime } from "./event-time.ts";
import { type Config, judge, type Verdict } from "./judge.ts";
import { createRandom, type Operation, planEpochs, randomSizes, sampled, type Tables } from "./oracle.ts";
import { QUERIES, TABLES } from "./query-kinds.ts";
import { readTpchTables, TPCH_QUERIES } from "./tpch.ts";

/** Of epochs: rows, inserts and deletes counted alike, or so many epochs of random sizes. */
export type EpochSize = 1 | 7 | 1000 | "all" | "50 random";

export type Way = {
  readonly size: EpochSize;
  readonly workers: number;
  readonly seed: number;
  readonly config: Config;
};

/** A query, or several over the same tables, in one way. */
export type Judged = {
  readonly name: string;
  readonly verdicts: readonly (Verdict & { readonly query: string })[];
  readonly epochs: number;
  /** Epochs after which results were compared. */
  readonly looks: number;
};

export type Suite = {
  readonly name: string;
  readonly sizes: readonly EpochSize[];
  /** The parts of the suite by name. */
  readonly parts: readonly { readonly name: string; readonly judge: (way: Way) => Promise<Judged> }[];
  readonly close: () => Promise<void>;
};

const SIZES: readonly EpochSize[] = [1, 7, 1000, "all"];
/** Looks at results, where there are more epochs than that. */
const MOST_LOOKS = 20;
const DELETIONS = 0.2;

export async function openSuites(most: number): Promise<readonly Suite[]> {
  return [await tpch(), await nexmark(), kinds(), eventTime(), await corpus(most)];
}

async function tpch(): Promise<Suite> {
  const [few, some] = [await readTpchTables("few"), await readTpchTables("some")];
  const tables: Readonly<Record<EpochSize, Tables>> = { 1: few, 7: few, 1000: some, all: some, "50 random": some };
  const names = TPCH_QUERIES.map((_, i) => `Q${i + 1}`);
  const part = {
    name: "TPC-H",
    judge: (way: Way) =>
      judgeTables("TPC-H", { setup: [], tables: tables[way.size], queries: TPCH_QUERIES }, way, names),
  };
  return { name: "tpch", sizes: [...SIZES, "50 random"], parts: [part], close: nothing };
}

async function nexmark(): Promise<Suite> {
  const oracle = await NexmarkOracle.open();
  const parts = QUERY_NAMES.map((name) => ({
    name,
    judge: async ({ size, workers, seed, config }: Way): Promise<Judged> => {
      const events = size === 1 ? 120 : size === 7 ? 700 : 3500;
      const rows = typeof size === "number" ? size : events;
      const epochs = Math.ceil(events / rows);
      const looks = new Set([...sampled(epochs, MOST_LOOKS, createRandom(seed))].map((epoch) => epoch + 1));
      const { difference, compared } = await oracle.judge(name, { rows, events, workers, looks, config });
      return { name, verdicts: [verdictOf(name, difference, compared)], epochs, looks: looks.size };
    },
  }));
  return { name: "nexmark", sizes: SIZES, parts, close: () => oracle.close() };
}

/** Queries of every kind. */
function kinds(): Suite {
  const part = {
    name: "kinds of queries",
    judge: (way: Way) => {
      const most = way.size === 1 ? 30 : 60;
      return judgeTables(
        "kinds of queries",
        { setup: [], tables: limited(TABLES, most), queries: QUERIES },
        way,
        QUERIES,
      );
    },
  };
  return { name: "kinds", sizes: SIZES, parts: [part], close: nothing };
}

function eventTime(): Suite {
  const parts = CASES.map((one) => ({
    name: one.name,
    judge: async ({ size, workers, seed, config }: Way): Promise<Judged> => {
      const rows = typeof size === "number" ? size : 1_000_000;
      const looks = sampled(epochsOf(rows), MOST_LOOKS, createRandom(seed));
      const difference = await judgeEventTime(one, { size: rows, workers, looks, seed, config });
      return {
        name: one.name,
        verdicts: [verdictOf(one.name, difference, true)],
        epochs: epochsOf(rows),
        looks: looks.size,
      };
    },
  }));
  return { name: "event time", sizes: SIZES, parts, close: nothing };
}

/** @param most queries of a group */
async function corpus(most: number): Promise<Suite> {
  const groups = new Map<string, Promise<readonly Group[]>>();
  const parts = (await corpusScripts()).map((script) => ({
    name: script,
    judge: async (way: Way): Promise<Judged> => {
      const known = groups.get(script) ?? readGroups(script, MOST_ROWS);
      groups.set(script, known);
      const judged: Judged[] = [];
      for (const whole of await known) {
        const group = thinned(whole, most);
        const tables = limited(group.tables, rowsFor(way.size, group.tables));
        judged.push(await judgeTables(script, { ...group, tables }, way, group.queries));
      }
      return {
        name: script,
        verdicts: judged.flatMap(({ verdicts }) => verdicts),
        epochs: judged.reduce((sum, { epochs }) => sum + epochs, 0),
        looks: judged.reduce((sum, { looks }) => sum + looks, 0),
      };
    },
  }));
  return { name: "corpus", sizes: SIZES, parts, close: nothing };
}

/** Of a table of the corpus. */
const MOST_ROWS = 1200;

/** More epochs have fewer rows; joins of large tables would have too many. */
function rowsFor(size: EpochSize, tables: Tables): number {
  if (size === 1) return 6;
  if (size === 7) return 16;
  return Object.keys(tables).length === 1 ? MOST_ROWS : 60;
}

async function judgeTables(
  name: string,
  group: Pick<Group, "setup" | "tables" | "queries">,
  { size, workers, seed, config }: Way,
  queries: readonly string[],
): Promise<Judged> {
  const random = createRandom(seed);
  const operations = planEpochs(group.tables, [Infinity], DELETIONS, random);
  const total = operations.slice(0, -1).reduce((sum, epoch) => sum + epoch.length, 0);
  const sizes = size === "all" ? [Infinity] : size === "50 random" ? randomSizes(50, total, random) : [size];
  const epochs: readonly (readonly Operation[])[] = planEpochs(group.tables, sizes, DELETIONS, createRandom(seed));
  const looks = size === "50 random" ? new Set(epochs.keys()) : sampled(epochs.length, MOST_LOOKS, random);
  const verdicts = await judge(group, epochs, { workers, looks, config });
  return {
    name,
    verdicts: verdicts.map((verdict, i) => ({ ...verdict, query: queries[i]! })),
    epochs: epochs.length,
    looks: looks.size,
  };
}

function limited(tables: Tables, most: number): Tables {
  return Object.fromEntries(
    Object.entries(tables).map(([name, { schema, rows }]) => [name, { schema, rows: rows.slice(0, most) }]),
  );
}

const verdictOf = (query: string, difference: string | undefined, compared: boolean): Judged["verdicts"][number] =>
  difference === undefined
    ? { kind: "agrees", compared, inFiles: false, lookedUp: false, query }
    : { kind: "differs", message: difference, query };

const nothing = (): Promise<void> => Promise.resolve();
