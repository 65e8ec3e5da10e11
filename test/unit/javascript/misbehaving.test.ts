/** Functions that throw what is no error, end or fill their thread, or leave errors behind: of every kind, and whatever runs beside. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type HeadraceError, type Session } from "../../../src/index.ts";

let db: Session;
const rows = (sql: string, timeout?: number): Promise<unknown[][]> => db.sql(sql).collect({ rows: "array", timeout });
const errorOf = (query: Promise<unknown>): Promise<HeadraceError> =>
  query.then(
    () => expect.fail("it ended well"),
    (error: unknown) => error as HeadraceError,
  );

// One session for all: it stays usable whatever happens.
beforeAll(async () => {
  db = await connect({ workers: 2, config: { inlineRows: 0 } });
  await db.execute("CREATE TABLE t AS SELECT i::INTEGER AS i FROM range(20000) r(i)");
});
afterAll(() => db.close());

type Body = (i: number) => unknown;

/** Ways to have a function of (i) called by its text in the workers, or here where it refers to `here`. */
const KINDS: Readonly<Record<string, (body: string) => Promise<unknown>>> = {
  scalar: (body) => {
    db.createFunction("f", { args: ["INTEGER"], returns: "INTEGER", fn: made(body) });
    return rows("SELECT sum(f(i)) FROM t", 20_000);
  },
  "in a lambda": (body) => {
    db.createFunction("f", { args: ["INTEGER"], returns: "INTEGER", fn: made(body) });
    return rows("SELECT sum(list_transform([i], x -> f(x))[1]) FROM t", 20_000);
  },
  vectorized: (body) => {
    const fn = made(`({ values }) => Array.from(values, ${body})`);
    db.createFunction("f", { args: ["INTEGER"], returns: "INTEGER", vectorized: true, fn });
    return rows("SELECT sum(f(i)) FROM t", 20_000);
  },
  async: (body) => {
    db.createFunction("f", {
      args: ["INTEGER"],
      returns: "INTEGER",
      async: true,
      fn: made(`async (i) => (${body})(i)`),
    });
    return rows("SELECT sum(f(i)) FROM t", 20_000);
  },
  aggregate: (body) => {
    const [init, step] = [made("() => 0"), made(`(s, i) => s + (${body})(i)`)];
    db.createAggregate("f", {
      args: ["INTEGER"],
      returns: "DOUBLE",
      init,
      step,
      merge: made("(a, b) => a + b"),
    } as never);
    return rows("SELECT f(i) FROM t", 20_000);
  },
  mapBatches: (body) => {
    const fn = made(`({ columns }) => ({ i: Array.from(columns.i.values, ${body}) })`);
    return db
      .table("t")
      .mapBatches(fn as never, { schema: { i: "INTEGER" } })
      .count({ timeout: 20_000 });
  },
  flatMap: (body) => {
    const fn = made(`({ i }) => [{ i: (${body})(i) }]`);
    return db
      .table("t")
      .flatMap(fn as never, { schema: { i: "INTEGER" } })
      .count({ timeout: 20_000 });
  },
  mapReduce: (body) => {
    const [map, reduce] = [made(`({ i }) => [[0, (${body})(i)]]`), made("(key, values) => ({ n: values.length })")];
    const types = { key: "INTEGER", value: "INTEGER", schema: { n: "INTEGER" } };
    return db
      .table("t")
      .mapReduce({ map, reduce, ...types } as never)
      .count({ timeout: 20_000 });
  },
};

function made(text: string): (...args: never[]) => unknown {
  // eslint-disable-next-line typescript/no-implied-eval -- one text for every kind of function
  return new Function("here", `return ${text}`)({}) as Body;
}

const WEIRD: Readonly<Record<string, string>> = {
  "what has no text": "(i) => { if (i === 777) throw Object.create(null); return i; }",
  null: "(i) => { if (i === 777) throw null; return i; }",
  "an object that throws when it is looked at":
    "(i) => { const trap = () => { throw new Error('trap'); }; if (i === 777) throw new Proxy({}, { get: trap, getPrototypeOf: trap, ownKeys: trap }); return i; }",
};

describe.each(Object.entries(KINDS))("a function, %s,", (_, run) => {
  it.each(Object.entries(WEIRD))("may throw %s", async (_what, body) => {
    for (const place of [
      body,
      body.replace("=>", "=> here &&").replace("&& {", "&& (() => {").replace(/\}$/, "})()"),
    ]) {
      const error = await errorOf(run(place));
      expect(error.code).toBe("function");
      expect(error.message).toMatch(/^the (function|aggregate) /);
    }
    expect(await rows("SELECT sum(i) FROM t")).toEqual([[199_990_000n]]);
  });

  it("may not end the process from a worker", async () => {
    const error = await errorOf(run("(i) => (i === 777 ? process.exit(3) : i)"));
    expect(error.code).toBe("function");
    expect(error.message).toContain("process.exit(3) was called in a worker thread");
  });

  it("may leave a promise behind that fails: a warning", async () => {
    const warned = once(process, "warning");
    await run("(i) => { if (i === 777) Promise.reject(new Error('lost')); return i; }");
    const [warning] = (await warned) as [Error & { code?: string }];
    expect(warning.code).toBe("HEADRACE_STRAY_ERROR");
    expect(warning.message).toBe("nobody caught an error that a JavaScript function left behind: lost");
    expect(await rows("SELECT sum(i) FROM t")).toEqual([[199_990_000n]]);
  });
});

it("a timer that a function leaves behind fails no query", async () => {
  const warned = once(process, "warning");
  db.createFunction("later", {
    args: ["INTEGER"],
    returns: "INTEGER",
    fn: (i: number) => {
      if (i === 777)
        setTimeout(() => {
          throw new Error("later");
        }, 1);
      return i;
    },
  });
  expect(await rows("SELECT sum(later(i)) FROM t")).toEqual([[199_990_000n]]);
  expect(await rows("SELECT count(*) FROM t a JOIN t b ON a.i = b.i")).toEqual([[20_000n]]);
  expect(((await warned) as [Error])[0].message).toContain("later");
});

it("a function that its query's end cannot stop takes no other query with it", async () => {
  db.createFunction("spin", {
    args: ["INTEGER"],
    returns: "INTEGER",
    fn: (i: number) => {
      let turns = i;
      while (turns > 10) turns = i;
      return turns;
    },
  });
  const stuck = errorOf(rows("SELECT sum(spin(i)) FROM t", 200));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const others = Array.from({ length: 3 }, () => rows("SELECT count(*), sum(a.i) FROM t a JOIN t b ON a.i = b.i"));
  expect((await stuck).code).toBe("cancelled");
  for (const other of others) expect(await other).toEqual([[20_000n, 199_990_000n]]);
});

it("a function may take all memory of its thread", async () => {
  const program = `
    import { connect } from ${JSON.stringify(new URL("../../../src/index.ts", import.meta.url).href)};
    const db = await connect({ workers: 2 });
    db.createFunction("hog", { args: ["INTEGER"], returns: "INTEGER", fn: (i) => {
      for (const kept = []; i === 77; ) kept.push(Array.from({ length: 100_000 }, (_, k) => k + 0.5));
      return i;
    } });
    const sum = (sql) => db.sql(sql).collect({ rows: "array" });
    const message = await sum("SELECT sum(hog(i::INTEGER)) FROM range(100) r(i)").catch((error) => error.message);
    console.log(message, await sum("SELECT sum(i) FROM range(100) r(i)"));
    await db.close();`;
  const args = ["--max-old-space-size=100", "--import", "tsx", "--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toBe("the function hog failed: it took all memory of its worker thread [ [ 4950n ] ]\n");
}, 60_000);

it("an aggregate's state may be null", async () => {
  const parts = {
    init: () => null,
    step: (state: number | null, i: number) => (i % 1000 === 0 ? null : (state ?? 0) + 1),
    merge: (a: number | null, b: number | null) => (b === null ? a : (a ?? 0) + b),
  };
  db.createAggregate("since_reset", { args: ["INTEGER"], returns: "INTEGER", init: parts.init, step: parts.step });
  expect(await rows("SELECT since_reset(i ORDER BY i) FROM t WHERE i < 1500")).toEqual([[499]]);
  expect(await rows("SELECT since_reset(i ORDER BY i) FROM t WHERE i <= 3000")).toEqual([[null]]);
  db.createAggregate("none", { args: ["INTEGER"], returns: "INTEGER", ...parts, step: () => null });
  expect(await rows("SELECT none(i) FROM t")).toEqual([[null]]);
});
