import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import * as types from "../../../src/planner/types/types.ts";
import { BlackholeSink } from "../../../src/streaming/connectors/blackhole.ts";
import { PrintSink } from "../../../src/streaming/connectors/print.ts";
import type { Sink } from "../../../src/streaming/connectors/sink.ts";
import { Bench } from "./support.ts";

const columns = { id: types.BIGINT, name: types.VARCHAR, price: types.decimal(5, 2) };

it("prints changes as Flink does", async () => {
  const bench = new Bench();
  const stream = new PassThrough();
  const sink: Sink = new PrintSink(bench.table(columns), { stream });
  expect(await sink.open("job")).toBe(0);
  await bench.epoch(sink, 1, columns, [
    [1n, "a", 150n, 1n],
    [2n, null, null, 2n],
  ]);
  await bench.epoch(sink, 2, columns, []);
  await bench.epoch(sink, 3, columns, [
    [1n, "a", 150n, -1n],
    [1n, "b", 150n, 1n],
  ]);
  expect(String(stream.read())).toBe(
    "+I[1, a, 1.50]\n+I[2, null, null]\n+I[2, null, null]\n-D[1, a, 1.50]\n+I[1, b, 1.50]\n",
  );
});

it("tells updates by the primary key, and nothing before the commit", async () => {
  const bench = new Bench();
  const stream = new PassThrough();
  const sink = new PrintSink(bench.table(columns, {}, ["ID"]), { stream, identifier: "out" });
  await sink.write(
    1,
    bench.rows(columns, [
      [1n, "a", 1n, 1n],
      [1n, "b", 1n, -1n],
      [2n, "c", 1n, -1n],
      [3n, "d", 1n, 1n],
    ]),
  );
  expect(stream.read()).toBe(null);
  await sink.commit();
  expect(String(stream.read())).toBe(
    "out> -U[1, b, 0.01]\nout> +U[1, a, 0.01]\nout> -D[2, c, 0.01]\nout> +I[3, d, 0.01]\n",
  );
});

it("blackhole counts", async () => {
  const bench = new Bench();
  const sink = new BlackholeSink();
  await bench.epoch(sink, 1, columns, [[1n, "a", 1n, 1n]]);
  await bench.epoch(sink, 2, columns, [[1n, "a", 1n, -1n]]);
  expect(sink.rows).toBe(2);
});
