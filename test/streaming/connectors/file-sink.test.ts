import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import * as types from "../../../src/planner/types/types.ts";
import type { FileSystem } from "../../../src/streaming/checkpoint/file-system.ts";
import { openSink, openSource } from "../../../src/streaming/connectors/connectors.ts";
import { EpochFiles } from "../../../src/streaming/connectors/filesystem/epoch-files.ts";
import { formatOptions } from "../../../src/streaming/connectors/formats/format-options.ts";
import { OptionReader } from "../../../src/streaming/connectors/options.ts";
import type { Sink } from "../../../src/streaming/connectors/sink.ts";
import { SimulatedFiles } from "../checkpoint/simulated-files.ts";
import { Bench, type Columns } from "./support.ts";

let bench: Bench;
let folder: string;
beforeEach(() => {
  bench = new Bench();
  folder = mkdtempSync(join(tmpdir(), "headrace-connectors-"));
});
afterEach(() => {
  bench.expectEmpty();
  rmSync(folder, { recursive: true });
});

const COLUMNS: Columns = { id: types.BIGINT, name: types.VARCHAR, price: types.decimal(9, 2) };
const out = (): string => join(folder, "out");

type Options = Record<string, string | boolean>;

const open = (options: Options, columns = COLUMNS, key: string[] = []): Promise<Sink> =>
  openSink("filesystem", bench.table(columns, { path: out(), ...options }, key), bench.context(columns));

const visible = (): string[] =>
  readdirSync(out())
    .filter((name) => !name.startsWith("."))
    .sort();
const text = (name: string): string => readFileSync(join(out(), name), "utf8");

const ADDED: readonly (readonly Datum[])[] = [
  [1n, "a", 150n, 1n],
  [2n, null, null, 2n],
  [3n, 'say "hi",\nthere', -1n, 1n],
];
const CHANGED: readonly (readonly Datum[])[] = [
  [1n, "a", 150n, -1n],
  [1n, "b", 150n, 1n],
  [2n, null, null, -2n],
];

describe("files of epochs", () => {
  it.each<[options: Options, key: string[], first: string, second: string]>([
    [
      { format: "csv", changelog: "retract", "csv.header": false, "csv.field-delimiter": ";" },
      [],
      '1;a;1.50;1\n2;;;2\n3;"say ""hi"",\nthere";-0.01;1\n',
      "1;a;1.50;-1\n1;b;1.50;1\n2;;;-2\n",
    ],
    [
      { format: "csv", changelog: "upsert", "csv.null-literal": "-" },
      ["id"],
      'id,name,price,op\n1,a,1.50,u\n3,"say ""hi"",\nthere",-0.01,u\n',
      "id,name,price,op\n1,b,1.50,u\n",
    ],
    [
      { format: "debezium-json" },
      ["ID"],
      '{"before":null,"after":{"id":1,"name":"a","price":1.50},"op":"c"}\n{"before":null,"after":{"id":3,"name":"say \\"hi\\",\\nthere","price":-0.01},"op":"c"}\n',
      '{"before":{"id":1,"name":"a","price":1.50},"after":{"id":1,"name":"b","price":1.50},"op":"u"}\n',
    ],
  ])("%j", async (options, key, first, second) => {
    const rows = (all: readonly (readonly Datum[])[]): readonly (readonly Datum[])[] =>
      all.filter(([id]) => key.length === 0 || id !== 2n);
    const sink = await open(options, COLUMNS, key);
    expect(await sink.open("job 1")).toBe(0);
    await sink.write(1, bench.rows(COLUMNS, rows(ADDED)));
    expect(visible()).toEqual([]);
    await sink.commit(1);
    const ending = String(options["format"]) === "csv" ? "csv" : "ndjson";
    const name = `part-job%201-0000000001.${ending}`;
    expect(visible()).toEqual([name]);
    expect(text(name)).toBe(first);
    await bench.epoch(sink, 2, COLUMNS, rows(CHANGED));
    expect(text(`part-job%201-0000000002.${ending}`)).toBe(second);
  });

  it.each([
    ["csv", 'id,name,price\n1,a,1.50\n2,,\n2,,\n3,"say ""hi"",\nthere",-0.01\n'],
    [
      "ndjson",
      '{"id":1,"name":"a","price":1.50}\n{"id":2,"name":null,"price":null}\n{"id":2,"name":null,"price":null}\n{"id":3,"name":"say \\"hi\\",\\nthere","price":-0.01}\n',
    ],
  ])("of rows that stay, in %s", async (format, first) => {
    const sink = await open({ format });
    await sink.open("j");
    await bench.epoch(sink, 1, COLUMNS, ADDED);
    expect(text(`part-j-0000000001.${format}`)).toBe(first);
    await expect(sink.write(2, bench.rows(COLUMNS, CHANGED))).rejects.toMatchObject({
      code: "unsupported",
      message: '"t" only takes rows that stay, and (1, a, 1.50) was taken back',
    });
  });

  it.each<Options>([
    { format: "csv", changelog: "retract" },
    { format: "debezium-json" },
    { format: "parquet", changelog: "retract" },
  ])("%j are read as they were written", async (options) => {
    const sink = await open(options);
    await sink.open("j");
    await bench.epoch(sink, 1, COLUMNS, ADDED);
    await bench.epoch(sink, 2, COLUMNS, CHANGED);
    const table = bench.table(COLUMNS, { path: out(), "scan.bounded": true, ...options });
    const [read] = await bench.drain(await openSource("filesystem", table, bench.context(COLUMNS)));
    const total = new Map<string, bigint>();
    for (const [id, name, price, weight] of read) {
      const row = JSON.stringify([id, name, price]);
      total.set(row, (total.get(row) ?? 0n) + BigInt(weight ?? 1));
    }
    expect(read.length).toBeGreaterThan(5);
    expect([...total].filter(([, weight]) => weight !== 0n)).toEqual([
      ['["3","say \\"hi\\",\\nthere","-0.01"]', 1n],
      ['["1","b","1.50"]', 1n],
    ]);
  });

  it("in Parquet are what DuckDB reads", async () => {
    const columns: Columns = {
      ...COLUMNS,
      ts: types.TIMESTAMP,
      ok: types.BOOLEAN,
      l: types.listOf(types.INTEGER),
      u: types.UUID,
    };
    const sink = await open({ format: "parquet" }, columns);
    await sink.open("j");
    const rows = Array.from({ length: 70_000 }, (_, i) => [
      ...[BigInt(i), i % 7 === 0 ? null : `name ${i % 100}`, BigInt(i)],
      ...[BigInt(i) * 1_000_000n, i % 2 === 0, [i, null], BigInt(i), 1n],
    ]);
    await bench.epoch(sink, 1, columns, rows);
    const file = join(out(), "part-j-0000000001.parquet");
    const duck = await (await DuckDBInstance.create(":memory:")).connect();
    const found = await duck.runAndReadAll(
      `SELECT count(*), sum(id), count(name), sum(price)::VARCHAR, max(ts)::VARCHAR, count_if(ok), sum(l[1]), count(l[2]), max(u)::VARCHAR FROM '${file}'`,
    );
    expect(found.getRowsJson()).toEqual([
      [
        "70000",
        "2449965000",
        "60000",
        "24499650.00",
        "1970-01-01 19:26:39",
        "35000",
        "2449965000",
        "0",
        "00000000-0000-0000-0000-00000001116f",
      ],
    ]);
    const bytes = readFileSync(file);
    rmSync(out(), { recursive: true });
    await sink.open("j");
    await bench.epoch(sink, 1, columns, rows);
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it("upserts say the last row of each key", async () => {
    const sink = await open({ format: "ndjson", changelog: "upsert", "changelog.column": "change" }, COLUMNS, ["name"]);
    await sink.open("j");
    await bench.epoch(sink, 1, COLUMNS, [
      [1n, "a", 1n, -1n],
      [2n, "a", 2n, 1n],
      [3n, "b", 3n, -1n],
      [4n, "c", 4n, 1n],
    ]);
    expect(text("part-j-0000000001.ndjson")).toBe(
      '{"id":2,"name":"a","price":0.02,"change":"u"}\n{"id":null,"name":"b","price":null,"change":"d"}\n{"id":4,"name":"c","price":0.04,"change":"u"}\n',
    );
    await expect(
      sink.write(
        2,
        bench.rows(COLUMNS, [
          [1n, "a", 1n, 1n],
          [2n, "a", 2n, 1n],
        ]),
      ),
    ).rejects.toMatchObject({ code: "constraint", message: 'two rows for the primary key (a) of "t"' });
  });

  it("are removed where they were not committed, and nothing else", async () => {
    const first = await open({ format: "csv" });
    await first.open("j");
    await bench.epoch(first, 1, COLUMNS, ADDED);
    await bench.epoch(first, 2, COLUMNS, []);
    await bench.epoch(first, 3, COLUMNS, []);
    await first.write(4, bench.rows(COLUMNS, ADDED));
    writeFileSync(join(out(), ".part-other-0000000004.csv.tmp"), "x");
    writeFileSync(join(out(), ".part-j-k-0000000004.csv.tmp"), "x");
    writeFileSync(join(out(), "part-j-k-0000000009.csv"), "x");
    const second = await open({ format: "csv" });
    expect(await second.open("j")).toBe(3);
    expect(existsSync(join(out(), ".part-j-0000000004.csv.tmp"))).toBe(false);
    expect(existsSync(join(out(), ".part-other-0000000004.csv.tmp"))).toBe(true);
    expect(await second.open("j-k")).toBe(9);
    expect(existsSync(join(out(), ".part-j-k-0000000004.csv.tmp"))).toBe(false);
    expect(await second.open("new")).toBe(0);
    writeFileSync(join(out(), ".committed-j"), "{");
    await expect(second.open("j")).rejects.toThrow("does not say which epoch was committed: it is damaged");
  });

  it("are refused where they cannot be", async () => {
    await expect(open({ format: "csv", changelog: "upsert" })).rejects.toMatchObject({ code: "bind" });
    await expect(open({ format: "csv", "csv.quote-character": "" })).rejects.toMatchObject({ code: "bind" });
    await expect(open({ format: "parquet", changelog: "debezium-json" })).rejects.toMatchObject({
      code: "unsupported",
    });
    await expect(open({ format: "debezium-json", "debezium-json.schema-include": true })).rejects.toMatchObject({
      code: "unsupported",
    });
    writeFileSync(out(), "");
    await expect((await open({ format: "csv" })).open("j")).rejects.toMatchObject({ code: "io" });
  });
});

describe("after a crash at any step", () => {
  const options = { path: "/out", format: "csv", "csv.header": false };
  const EPOCHS: readonly (readonly (readonly Datum[])[])[] = [
    [],
    [[1n, "a", 1n, 1n]],
    [],
    [
      [2n, "b", 2n, 1n],
      [3n, "c", 3n, 1n],
    ],
    [],
  ];
  const WANTED = [
    ["/out/part-j-0000000002.csv", "1,a,0.01\n"],
    ["/out/part-j-0000000004.csv", "2,b,0.02\n3,c,0.03\n"],
  ];

  function sinkOn(files: FileSystem): Sink {
    const table = bench.table(COLUMNS, options);
    const format = formatOptions(table, new OptionReader(table), undefined);
    return new EpochFiles(files, "/out", table, format, bench.context(COLUMNS));
  }

  const results = (files: SimulatedFiles): string[][] =>
    [...files.contents()]
      .filter(([path]) => path.includes("/part-"))
      .map(([path, bytes]) => [path, bytes.toString()])
      .sort(([a], [b]) => (a! < b! ? -1 : 1));

  /** Runs the epochs that the sink does not have; returns the last one whose commit returned. */
  async function run(files: FileSystem): Promise<[known: number, committed: number]> {
    const sink = sinkOn(files);
    let committed = 0;
    let known = 0;
    try {
      known = await sink.open("j");
      for (const [i, rows] of EPOCHS.entries()) {
        if (i + 1 <= known) continue;
        await bench.epoch(sink, i + 1, COLUMNS, rows);
        committed = i + 1;
      }
    } catch (error) {
      if ((error as { code?: string }).code !== "io") throw error;
    }
    return [known, committed];
  }

  it.each(["killed", "without power"])("every epoch is there once, whole: %s", async (how) => {
    const whole = new SimulatedFiles();
    expect(await run(whole)).toEqual([0, 5]);
    expect(results(whole)).toEqual(WANTED);
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let step = 1; step <= whole.steps; step++) {
      const files = new SimulatedFiles();
      files.fault = { step, code: "EIO", dies: true };
      const [, committed] = await run(files);
      const after = how === "killed" ? files.afterKill() : files.afterPowerLoss(random);
      // No epoch is there in part.
      for (const result of results(after)) expect(WANTED).toContainEqual(result);
      const [known] = await run(after);
      expect(known).toBeGreaterThanOrEqual(committed);
      expect(results(after)).toEqual(WANTED);
      expect([...after.contents().keys()].filter((path) => path.endsWith(".tmp"))).toEqual([]);
    }
  });
});
