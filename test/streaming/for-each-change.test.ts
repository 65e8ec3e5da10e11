/** Changes given to functions of the program. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Change, type ChangeSink, connect, type Job, type Session } from "headrace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let db: Session;
let folder: string;
beforeEach(async () => {
  db = await connect({ workers: 2 });
  folder = mkdtempSync(join(tmpdir(), "headrace-changes-"));
});
afterEach(async () => {
  await db.close();
  rmSync(folder, { recursive: true, force: true });
});

const NEVER = { rows: 1e9, ms: 1e9 };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it("they are those that a subscription gives, an epoch at a time", async () => {
  const t = db.stream("t", { k: "VARCHAR", v: "INTEGER" });
  const totals = db.sql("SELECT k, sum(v)::BIGINT AS total, k FROM t GROUP BY k");
  const leave = new AbortController();
  const subscribed: Change[] = [];
  const reading = (async () => {
    for await (const change of totals.subscribe({ epoch: NEVER, signal: leave.signal })) subscribed.push(change);
  })().catch(() => undefined);
  const given: Change[] = [];
  let calls = 0;
  const job = await totals.forEachChange(
    async (change) => {
      calls++;
      await pause(5);
      expect(calls).toBe(given.length + 1);
      given.push(change);
    },
    { epoch: NEVER },
  );
  for (const rows of [["a", "b"], ["a"], ["c", "c", "c"], ["b", "a"]]) {
    await t.push(rows.map((k, v) => ({ k, v })));
    await t.flush();
  }
  leave.abort();
  await reading;
  const sorted = (changes: readonly Change[]): unknown =>
    changes.map(({ epoch, ...lists }) => [
      epoch,
      ...Object.values(lists).map((rows) => rows.map((row) => Object.values(row).join()).toSorted()),
    ]);
  expect(sorted(given)).toEqual(sorted(subscribed));
  expect(given.at(-1)).toEqual({
    epoch: 5,
    added: [{ k: "a", total: 1n, k_1: "a" }],
    removed: [{ k: "a", total: 0n, k_1: "a" }],
  });
  expect(await db.sql("SELECT name, table_name, state FROM (SHOW JOBS)").collect({ rows: "array" })).toEqual([
    ["changes", null, "running"],
  ]);
  await db.execute("STOP JOB 'changes'");
  await job.done;
  expect(job.stats().state).toBe("stopped");
});

describe("whoever pushes waits for a function that takes its time, and nothing is lost", () => {
  it.each([
    { what: "many rows", rows: 400_000, text: "", pushes: 6, mostWaiting: 1_400_000 },
    { what: "large rows", rows: 1, text: "x".repeat(2 ** 20), pushes: 100, mostWaiting: 40 },
    { what: "one by one", rows: 1, text: "", pushes: 10_000, mostWaiting: 5_000 },
  ])(
    "$what",
    async ({ rows, text, pushes, mostWaiting }) => {
      const t = db.stream("t", { v: "INTEGER", text: "VARCHAR" });
      const sums: unknown[] = [];
      let release = (): void => undefined;
      const blocked = new Promise<void>((resolve) => (release = resolve));
      const query = db.sql("SELECT count(*) AS n, sum(v) AS s, sum(length(text)) AS l FROM t");
      const job = await query.forEachChange(async ({ added }) => {
        sums.push(...added);
        if (sums.length === 2) await blocked;
      });
      const list = Array.from({ length: rows }, (_, v) => ({ v, text }));
      await t.push(list);
      while (sums.length < 2) await pause(5);
      let pushed = 1;
      const pushing = (async () => {
        for (; pushed < pushes; pushed++) await t.push(list);
      })();
      for (let before = 0; before < pushed; await pause(300)) before = pushed;
      expect(pushed).toBeLessThan(pushes);
      expect(job.stats().waitingRows).toBeLessThanOrEqual(mostWaiting);
      release();
      await pushing;
      await job.flush();
      const [n, all] = [BigInt(rows), BigInt(pushes)];
      expect(sums.at(-1)).toEqual({ n: n * all, s: (n * (n - 1n) * all) / 2n, l: n * all * BigInt(text.length) });
      await job.stop();
    },
    60_000,
  );
});

describe("what a function throws", () => {
  const begin = async (sink: ChangeSink): Promise<Job> => {
    const t = db.stream("t", { k: "VARCHAR", v: "INTEGER" });
    const totals = db.sql("SELECT k, sum(v)::BIGINT AS total FROM t GROUP BY k");
    const job = await totals.forEachChange(sink);
    await t.push({ k: "a", v: 1 });
    return job;
  };
  const full: () => number = () => {
    throw new RangeError("full");
  };

  const sinks: readonly (readonly [string, ChangeSink, string])[] = [
    ["write", { write: () => void full() }, "write of epoch 2 failed: full"],
    ["write, later", { write: async () => void full() }, "write of epoch 2 failed: full"],
    [
      "commit",
      { write: () => undefined, commit: (epoch: number) => void (epoch === 2 && full()) },
      "commit of epoch 2 failed: full",
    ],
  ];
  it.each(sinks)("%s: ends the job", async (_name, sink, message) => {
    let closed = 0;
    const job: Job = await begin({ ...sink, close: () => void closed++ });
    await expect(job.done).rejects.toMatchObject({ code: "function", message });
    await expect(job.done).rejects.toHaveProperty("cause.message", "full");
    expect(job.stats().state).toBe("failed");
    expect(closed).toBe(1);
  });

  const opens: readonly (readonly [string, () => number, string])[] = [
    ["fails", full, 'open of job "changes" failed: full'],
    ["gives no epoch", () => Number.NaN, 'open of job "changes" gave NaN, which is no epoch'],
    [
      "knows of another run",
      () => 3,
      'the sink has what a job "changes" put out in 3 epochs, and this one begins anew',
    ],
  ];
  it.each(opens)("open %s: nothing begins", async (_name, open, message) => {
    await expect(begin({ open, write: () => undefined })).rejects.toThrow(message);
    expect(db.jobs()).toEqual([]);
  });

  it("a job that stops tells the function that holds it up", async () => {
    const stopped: unknown[] = [];
    let called = (): void => undefined;
    const calls = new Promise<void>((resolve) => (called = resolve));
    const job = await begin({
      write: (_change, { signal }) =>
        new Promise<void>((resolve) => {
          called();
          signal.addEventListener("abort", () => {
            stopped.push("told");
            setTimeout(resolve, 20);
          });
        }),
      commit: (epoch) => void stopped.push(epoch),
      close: () => void stopped.push("closed"),
    });
    await calls;
    await job.stop();
    await job.done;
    expect(stopped).toEqual([1, "told", 2, "closed"]);
  });
});

describe("functions that ask their job to wait for them", () => {
  /** What `act` gives in the job's function, and in a timer that this leaves behind. */
  const inside = async (act: (job: Job) => Promise<unknown>): Promise<readonly unknown[]> => {
    const caught = (error: unknown): unknown => (error as Error).message;
    const stream = db.stream("numbers", { n: "INTEGER" });
    let later: Promise<unknown> = Promise.resolve();
    const first = new Promise((resolve) => {
      const write = async (): Promise<void> => {
        const [job] = db.jobs();
        resolve(await act(job!).catch(caught));
        later = new Promise((ready) => setTimeout(ready, 20)).then(() => act(job!)).catch(caught);
      };
      void db
        .table("numbers")
        .forEachChange({ write })
        .then(() => stream.push({ n: 1 }));
    });
    return [await first, await later];
  };

  it("stop() resolves, and the job ends", async () => {
    expect(await inside((job) => job.stop())).toEqual([undefined, undefined]);
  });

  const refused = (what: string): string => `${what} would wait for the function of the job that asks for it`;
  const refusals: readonly (readonly [string, (job: Job) => Promise<unknown>, unknown])[] = [
    ["flush()", (job) => job.flush(), undefined],
    ["a savepoint", (job) => job.stop({ savepoint: true }), "a query without a checkpoint directory has no savepoints"],
    ["close()", () => db.close(), undefined],
  ];
  it.each(refusals)("%s is refused, but to what they leave behind", async (what, act, afterwards) => {
    expect(await inside(act)).toEqual([refused(what), afterwards]);
  });
});

describe("with checkpoints", () => {
  /** Counts the ticks by their remainder, until `enough` epochs came. */
  const run = async (sink: ChangeSink, enough: number): Promise<Job> => {
    const ticks = db.sql("SELECT n % 3 AS k, count(*) AS n FROM ticks GROUP BY k");
    let reached = (): void => undefined;
    const job = await ticks.forEachChange(sink, {
      name: "counts",
      epoch: { rows: 10 },
      checkpoint: { directory: join(folder, "state"), epochs: 4 },
      onEpoch: ({ epoch }) => {
        if (epoch >= enough) reached();
      },
    });
    await Promise.race([new Promise<void>((resolve) => (reached = resolve)), job.done]);
    return job;
  };
  const table = `CREATE TABLE ticks (n BIGINT)
    WITH ('connector' = 'datagen', 'number-of-rows' = '1000', 'rows-per-second' = '2000', 'fields.n.kind' = 'sequence')`;

  it("a job goes on behind what it has given, and gives no epoch twice to who says what it has", async () => {
    await db.execute(table);
    const given = new Map<number, Change>();
    let committed = 0;
    const sink: ChangeSink = {
      open: (job) => {
        expect(job).toBe("counts");
        return committed;
      },
      write: (change) => {
        if (change.epoch <= committed) throw new Error(`epoch ${change.epoch} came again`);
        given.set(change.epoch, change);
      },
      commit: (epoch) => {
        if (epoch === 30) throw new Error("lost");
        committed = epoch;
      },
    };
    await (await run(sink, 10)).stop();
    expect(committed).toBeGreaterThanOrEqual(10);
    // It fails behind its last checkpoint, which is at epoch 28 or before.
    await expect(run(sink, Number.POSITIVE_INFINITY)).rejects.toThrow("commit of epoch 30 failed: lost");
    expect(committed).toBe(29);
    await (
      await run({ ...sink, commit: (epoch) => void (committed = epoch) }, Number.POSITIVE_INFINITY)
    ).done;
    const counts = new Map<string, unknown>();
    for (const [, { added, removed }] of [...given].toSorted(([a], [b]) => a - b)) {
      for (const { k, n } of removed) {
        expect(counts.get(String(k))).toBe(n);
        counts.delete(String(k));
      }
      for (const { k, n } of added) counts.set(String(k), n);
    }
    expect(Object.fromEntries(counts)).toEqual({ 0: 334n, 1: 333n, 2: 333n });
  }, 60_000);

  it("a plain function gets the epochs since the last checkpoint again, the same ones", async () => {
    await db.execute(table);
    const given = new Map<number, Change>();
    const again: number[] = [];
    const take = (change: Change): void => {
      const known = given.get(change.epoch);
      if (known !== undefined) again.push(change.epoch);
      expect(known ?? change).toEqual(change);
      given.set(change.epoch, change);
      if (change.epoch === 30 && known === undefined) throw new Error("lost");
    };
    await expect(run({ write: take }, Number.POSITIVE_INFINITY)).rejects.toThrow("lost");
    await run({ write: take }, Number.POSITIVE_INFINITY);
    expect(again).toContain(30);
    expect(again[0]).toBeGreaterThan(20);
    expect(again).toEqual(Array.from({ length: 31 - again[0]! }, (_, i) => again[0]! + i));
  }, 60_000);
});
