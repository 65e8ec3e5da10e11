/** Queries over the same tables under the prefix oracle: what becomes of each of them. */
import { connect, type Session, type Stream } from "headrace";
import type { Group } from "./corpus.ts";
import { Batch, type Operation, pushEpoch, quoted, rowsOf } from "./oracle.ts";

export type Verdict =
  /** `compared`: some of the results that were compared had rows. `inFiles`: some of the state was in files; `lookedUp`: was
   *  found by its keys. */
  | { readonly kind: "agrees"; readonly compared: boolean; readonly inFiles: boolean; readonly lookedUp: boolean }
  | { readonly kind: "refused"; readonly reason: string }
  /** Nothing to compare: the query itself fails, or the order of the rows tells its result. */
  | { readonly kind: "left out"; readonly reason: "fails" | "order of rows" }
  | { readonly kind: "differs"; readonly message: string };

type View = Awaited<ReturnType<ReturnType<Session["sql"]>["materialize"]>>;

type Follower = {
  readonly sql: string;
  readonly name: string;
  readonly view: View;
  /** Rows of the state before the first row. */
  readonly emptyState: number;
  compared: boolean;
  inFiles: boolean;
  lookedUp: boolean;
  verdict: Verdict | undefined;
};

/** How many orders of the rows must give the same result before a view's other one is held against it. */
const ORDERS = 6;

export type Options = {
  readonly workers: number;
  /** Epochs after which results are compared; undefined: all. */
  readonly looks?: ReadonlySet<number> | undefined;
  readonly config?: Config | undefined;
};

/** Of `connect`. */
export type Config = Readonly<Record<string, unknown>>;

/** Whatever the states have goes to files at once. */
export const IN_FILES: Config = { spill: { threshold: 0, room: 2 ** 16, smallBytes: 1 }, compactedRows: 8 };

/** All that keys can find in states is looked up, however few rows there are. */
export const LOOKED_UP: Config = { lookups: "always" };

/** Verdicts in the order of the group's queries. The epochs end without rows. */
export async function judge(
  group: Pick<Group, "setup" | "tables" | "queries">,
  epochs: readonly (readonly Operation[])[],
  { workers, looks, config }: Options,
): Promise<readonly Verdict[]> {
  const live = await connect({ workers, temporal: "string", ...(config && { config }) });
  const batch = await Batch.open(group.tables);
  try {
    const streams = new Map<string, Stream>();
    for (const [name, { schema }] of Object.entries(group.tables))
      streams.set(name, live.stream(name, schema, { changes: true }));
    for (const sql of group.setup) await Promise.allSettled([live.execute(sql), batch.execute(sql)]);
    const verdicts: (Verdict | Follower)[] = [];
    for (const [i, sql] of group.queries.entries()) verdicts.push(await follow(live, batch, sql, `followed ${i}`));
    const followers = verdicts.filter((one): one is Follower => "view" in one);
    for (const [number, operations] of epochs.entries()) {
      await pushEpoch(streams, operations);
      await flushAll(batch, followers, operations);
      await compareAll(live, batch, followers, looks?.has(number) !== false);
    }
    for (const follower of followers) follower.verdict ??= await stateVerdict(follower);
    return verdicts.map((one) => ("view" in one ? one.verdict! : one));
  } finally {
    await live.close();
    await batch.close();
  }
}

async function follow(live: Session, batch: Batch, sql: string, name: string): Promise<Verdict | Follower> {
  const empty = await attempt(batch.rows(sql));
  // What fails without rows is no query, or one that wants some.
  if (empty instanceof Error) return { kind: "left out", reason: "fails" };
  const view = await attempt(live.sql(sql).materialize(name, { epoch: { rows: 1e9, ms: 1e9 } }));
  if (view instanceof Error) {
    if ((view as { code?: unknown }).code === "unsupported") return { kind: "refused", reason: view.message };
    return { kind: "differs", message: `the view cannot be made: ${view.message}` };
  }
  await attempt(view.compact());
  const emptyState = view.stats().stateRows;
  return { sql, name, view, emptyState, compared: false, inFiles: false, lookedUp: false, verdict: undefined };
}

/** Computes the epoch, here and there. Who fails must have met rows for which the query fails, even if they went in the same epoch. */
async function flushAll(batch: Batch, followers: readonly Follower[], operations: readonly Operation[]): Promise<void> {
  batch.take(operations.filter(({ weight }) => weight === 1));
  for (const follower of followers) {
    if (follower.verdict !== undefined) continue;
    const failure = await attempt(follower.view.flush());
    const { spilledBytes, indexBytes } = follower.view.stats();
    follower.inFiles ||= spilledBytes > 0;
    follower.lookedUp ||= indexBytes > 0;
    if (!(failure instanceof Error)) continue;
    const expected = await attempt(batch.rows(follower.sql));
    follower.verdict =
      expected instanceof Error
        ? { kind: "left out", reason: "fails" }
        : { kind: "differs", message: `only the view fails: ${failure.message}` };
  }
  batch.take(operations.filter(({ weight }) => weight === -1));
}

async function compareAll(live: Session, batch: Batch, followers: readonly Follower[], looks: boolean): Promise<void> {
  const doubtful: { readonly follower: Follower; readonly actual: string[] | Error; readonly expected: string[] }[] =
    [];
  for (const follower of followers) {
    if (!looks || follower.verdict !== undefined) continue;
    const expected = await attempt(batch.rows(follower.sql));
    const actual = await attempt(rowsOf(live, `SELECT * FROM ${quoted(follower.name)}`));
    if (expected instanceof Error)
      follower.verdict = { kind: "differs", message: `only the query fails: ${expected.message}` };
    else if (isSame(actual, expected)) follower.compared ||= expected.length > 0;
    else doubtful.push({ follower, actual, expected });
  }
  for (let round = 0; round < ORDERS && doubtful.some(({ follower: { verdict } }) => verdict === undefined); round++) {
    await batch.shuffle(round);
    for (const { follower, expected } of doubtful) {
      const other = await attempt(batch.rows(follower.sql));
      if (!isSame(other, expected)) follower.verdict ??= { kind: "left out", reason: "order of rows" };
    }
  }
  for (const { follower, actual, expected } of doubtful)
    follower.verdict ??= { kind: "differs", message: difference(actual, expected) };
  // What has failed would refuse the next rows.
  for (const { view, verdict } of followers) if (verdict !== undefined) await view.stop();
}

function isSame(actual: readonly string[] | Error, expected: readonly string[]): boolean {
  return !(actual instanceof Error) && actual.join("\n") === expected.join("\n");
}

function difference(actual: readonly string[] | Error, expected: readonly string[]): string {
  if (actual instanceof Error) return `only the view fails: ${actual.message}`;
  const [less, more] = [without(expected, actual), without(actual, expected)];
  return `it lacks ${less.slice(0, 3).join(" ")} and has ${more.slice(0, 3).join(" ")} (${expected.length} rows)`;
}

function without(rows: readonly string[], others: readonly string[]): string[] {
  const left = [...rows];
  for (const row of others) if (left.includes(row)) left.splice(left.indexOf(row), 1);
  return left;
}

/** Without rows nothing is kept but what was there before the first one. */
async function stateVerdict({ view, emptyState, compared, inFiles, lookedUp }: Follower): Promise<Verdict> {
  await view.compact();
  const { stateRows } = view.stats();
  if (stateRows === emptyState) return { kind: "agrees", compared, inFiles, lookedUp };
  return { kind: "differs", message: `at the end ${stateRows} rows of state are left, at the beginning ${emptyState}` };
}

const attempt = <T>(result: Promise<T>): Promise<T | Error> => result.catch((error: unknown) => error as Error);
