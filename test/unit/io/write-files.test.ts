import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, fileBench } from "../../support/files.ts";

let bench: FileBench;
beforeAll(async () => {
  bench = await fileBench();
});
afterAll(() => bench.close());

const files = (name: string): readonly string[] =>
  readdirSync(bench.path(name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(bench.path(name).length + 1))
    .sort();

const EVERYTHING = `SELECT 1.50::DECIMAL(5,2) d, 123456789012345678901234.5678::DECIMAL(38,4) wide, 9007199254740993 b,
  170141183460469231731687303715884105727::HUGEINT h, 0.1::DOUBLE f, 1e300::DOUBLE g, 'nan'::DOUBLE n, 1.5::REAL r,
  true ok, NULL nothing, 'a "b"' || chr(10) t, DATE '2024-01-01' day, TIMESTAMP '2024-01-01 02:03:04.5' ts,
  TIME '01:02:03' clock, INTERVAL 1 DAY i, [1, NULL] l, {'a': DATE '2024-01-01', 'b c': []::INT[]} s, MAP {'k': 1.5} m`;

describe("JSON files", () => {
  it("have all digits", async () => {
    const path = bench.path("everything.ndjson");
    await bench.db.execute(`COPY (${EVERYTHING}) TO '${path}'`);
    expect(readFileSync(path, "utf8")).toBe(
      '{"d":1.50,"wide":123456789012345678901234.5678,"b":9007199254740993,"h":170141183460469231731687303715884105727,' +
        '"f":0.1,"g":1e+300,"n":"nan","r":1.5,"ok":true,"nothing":null,"t":"a \\"b\\"\\n","day":"2024-01-01",' +
        '"ts":"2024-01-01 02:03:04.5","clock":"01:02:03","i":"1 day","l":[1,null],"s":{"a":"2024-01-01","b c":[]},' +
        '"m":{"k":1.5}}\n',
    );
    const types =
      "d: 'DECIMAL(5,2)', wide: 'DECIMAL(38,4)', h: 'HUGEINT', n: 'DOUBLE', i: 'INTERVAL', m: 'MAP(VARCHAR, DOUBLE)'";
    const back = await bench.rows(`SELECT * FROM read_json('${path}', columns = {${types}})`);
    expect(back).toEqual(await bench.rows(`SELECT d, wide, h, n, i, MAP {'k': 1.5::DOUBLE} FROM (${EVERYTHING})`));
  });

  it("are arrays where they are to be", async () => {
    const frame = bench.db.sql("SELECT i AS a FROM range(3) t(i)");
    expect(await frame.write.json(bench.path("array.json"))).toBe(3);
    expect(readFileSync(bench.path("array.json"), "utf8")).toBe('[\n\t{"a":0},\n\t{"a":1},\n\t{"a":2}\n]\n');
    expect(await bench.db.sql("SELECT i AS a FROM range(3) t(i) WHERE i > 5").write.json(bench.path("none.json"))).toBe(
      0,
    );
    expect(readFileSync(bench.path("none.json"), "utf8")).toBe("[\n]\n");
    expect(await bench.duck(`SELECT sum(a)::INT FROM '${bench.path("array.json")}'`)).toEqual([[3]]);
    await frame.write.ndjson(bench.path("lines.ndjson.gz"), { compression: "gzip" });
    expect(gunzipSync(readFileSync(bench.path("lines.ndjson.gz"))).toString()).toBe('{"a":0}\n{"a":1}\n{"a":2}\n');
  });
});

describe("files that are read as options say", () => {
  it("from JavaScript", async () => {
    const csv = bench.file("said.csv", "x;y\n1;'a;b'\n2;-\n");
    const frame = bench.db.read.csv(csv, { delimiter: ";", quote: "'", nullText: "-", types: { x: "DECIMAL(3,1)" } });
    expect(await frame.collect({ rows: "array" })).toEqual([
      ["1.0", "a;b"],
      ["2.0", null],
    ]);
    const json = bench.file("said.json", '{"a":{"b":1}}\n');
    expect(await bench.db.read.ndjson(json, { columns: { a: "JSON" }, filename: "f" }).collect()).toEqual([
      { a: '{"b":1}', f: json },
    ]);
    expect(await bench.db.read.json([json, json], { maximumDepth: 1 }).count()).toBe(2);
  });

  it("by COPY into a table, as its types", async () => {
    await bench.db.execute("CREATE TABLE codes (code VARCHAR, n DECIMAL(4,1), tags VARCHAR[])");
    const csv = bench.file("codes.csv", "code;n;tags\n007;1.25;[a, b]\n");
    const json = bench.file("codes.json", '[{"tags":["c"],"code":"008"}]');
    await bench.db.execute(`COPY codes FROM '${csv}' (DELIMITER ';'); COPY codes FROM '${json}' (FORMAT json)`);
    expect(await bench.rows("FROM codes")).toEqual([
      ["007", "1.3", ["a", "b"]],
      ["008", null, ["c"]],
    ]);
  });
});

describe("partitions", () => {
  const rows = "SELECT i % 3 AS a, CASE WHEN i % 2 = 0 THEN 'x/y =%' END AS b, i AS v FROM range(600) t(i)";

  it.each(["parquet", "csv", "json"])("of %s files come back", async (format) => {
    const folder = bench.path(`parts-${format}`);
    await bench.db.execute(`COPY (${rows}) TO '${folder}' (FORMAT ${format}, PARTITION_BY (a, b))`);
    const names = ["__HIVE_DEFAULT_PARTITION__", "x%2Fy%20%3D%25"];
    expect(files(`parts-${format}`)).toEqual(
      [0, 1, 2].flatMap((a) => names.map((b) => `a=${a}/b=${b}/data_0.${format}`)),
    );
    const all = `FROM '${folder}/**/*.${format}'`;
    const sql = (from: string): string => `SELECT a, b, count(*), sum(v)::BIGINT ${from} GROUP BY ALL ORDER BY ALL`;
    expect(await bench.rows(sql(all))).toEqual(await bench.duck(sql(all)));
    expect(await bench.types(all)).toEqual(["v BIGINT", "a BIGINT", "b VARCHAR"]);
  });

  it("are read only where filters need them", async () => {
    const folder = bench.path("pruned");
    await bench.db.sql(rows).write.csv(folder, { partitionBy: ["a"] });
    // What is not read may be anything.
    writeFileSync(join(folder, "a=1/data_0.csv"), "b,v\n1,2,3,4\n");
    const all = `FROM '${folder}/*/*.csv'`;
    expect(await bench.rows(`SELECT count(*) ${all} WHERE a = 2`)).toEqual([["200"]]);
    expect(await bench.rows(`SELECT count(*) ${all} WHERE a < 1 AND v >= 0`)).toEqual([["200"]]);
    await expect(bench.rows(`SELECT count(v) ${all} WHERE a = 1`)).rejects.toMatchObject({ code: "format" });
    const typed = `FROM read_csv('${folder}/*/*.csv', hive_types = {a: 'VARCHAR'}, filename = true)`;
    expect(await bench.rows(`SELECT DISTINCT a, filename ${typed} WHERE a = '2'`)).toEqual([
      ["2", join(folder, "a=2/data_0.csv")],
    ]);
    expect(await bench.types(`FROM read_csv('${folder}/*/*.csv', hive_partitioning = false)`)).not.toContain(
      "a BIGINT",
    );
  });

  it("appear whole or not at all", async () => {
    const folder = bench.path("whole");
    const write = (sql: string, options = ""): Promise<unknown> =>
      bench.db.execute(`COPY (${sql}) TO '${folder}' (FORMAT json, PARTITION_BY a ${options})`);
    await expect(
      write("SELECT i % 3 AS a, CASE WHEN i = 5 THEN error('no') ELSE 1 END AS v FROM range(9) t(i)"),
    ).rejects.toThrow("no");
    expect(readdirSync(bench.folder).filter((name) => name.startsWith("whole"))).toEqual([]);
    await write("SELECT 1 AS a, 1 AS v");
    await expect(write("SELECT 2 AS a, 1 AS v")).rejects.toMatchObject({ code: "io", hint: /OVERWRITE/ });
    await write("SELECT 2 AS a, 1 AS v", ", OVERWRITE_OR_IGNORE");
    expect(files("whole")).toEqual(["a=1/data_0.json", "a=2/data_0.json"]);
    await write("SELECT 3 AS a, 1 AS v", ", OVERWRITE true");
    expect(files("whole")).toEqual(["a=3/data_0.json"]);
    expect(readdirSync(bench.folder).filter((name) => name.includes(".tmp"))).toEqual([]);
    await expect(write("SELECT 1 AS a")).rejects.toMatchObject({ code: "bind" });
    bench.file("plain", "");
    await expect(
      bench.db.execute(`COPY (SELECT 1 AS a, 2 AS b) TO '${bench.path("plain")}' (FORMAT csv, PARTITION_BY a)`),
    ).rejects.toMatchObject({ code: "io", message: /it is a file/ });
  });
});

describe("writing that cannot succeed", () => {
  it.each(["parquet", "csv", "json", "arrow"])("leaves no %s file", async (format) => {
    const copy = (path: string, sql = "SELECT 1 AS a"): Promise<unknown> =>
      bench.db.execute(`COPY (${sql}) TO '${path}' (FORMAT ${format})`);
    await expect(copy(bench.path("nowhere/x"))).rejects.toMatchObject({
      code: "io",
      message: `cannot write "${bench.path("nowhere/x")}": no such file`,
    });
    mkdirSync(bench.path(`folder-${format}`));
    await expect(copy(bench.path(`folder-${format}`))).rejects.toMatchObject({ code: "io" });
    const path = bench.file(`kept.${format}`, "old");
    await expect(copy(path, "SELECT error('stop') FROM range(100000)")).rejects.toThrow("stop");
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(bench.folder).filter((name) => name.includes(".tmp"))).toEqual([]);
  });

  it("replaces what a link points to, and no devices", async () => {
    const target = bench.file("target.csv", "old");
    symlinkSync(target, bench.path("link.csv"));
    await bench.db.execute(`COPY (SELECT 1 AS a) TO '${bench.path("link.csv")}'`);
    expect(lstatSync(bench.path("link.csv")).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, "utf8")).toBe("a\n1\n");
    symlinkSync("/dev/null", bench.path("null.csv"));
    await bench.db.execute(`COPY (SELECT 1 AS a) TO '${bench.path("null.csv")}'`);
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
    const below = `COPY (SELECT 1 AS a) TO '${target}/x.csv'`;
    await expect(bench.db.execute(below)).rejects.toMatchObject({ code: "io", message: /cannot write/ });
    await expect(bench.rows(`FROM '${target}/x.csv'`)).rejects.toMatchObject({ code: "io", message: /no such file/ });
    expect(await bench.rows("SELECT 1 AS a")).toEqual([[1]]);
  });

  it.skipIf(process.platform !== "linux" || !existsSync("/dev/full"))("says that a device is full", async () => {
    symlinkSync("/dev/full", bench.path("device"));
    for (const format of ["csv", "parquet", "json", "arrow"])
      await expect(
        bench.db.execute(`COPY (SELECT 1 AS a) TO '${bench.path("device")}' (FORMAT ${format})`),
      ).rejects.toMatchObject({
        code: "io",
        message: /no space left on the device/,
      });
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
  });

  it.skipIf(process.platform !== "linux")("says that the disk is full", () => {
    // The file size limit stands for the disk: writes beyond it fail, and the shell has the process ignore the signal.
    const path = bench.path("full.csv");
    const script = `import { connect } from ${JSON.stringify(new URL("../../../dist/src/index.js", import.meta.url).href)};
      const db = await connect({ workers: 1 });
      for (const format of ["csv", "parquet", "json", "arrow"]) {
        const path = ${JSON.stringify(path)} + "." + format;
        await db.execute("COPY (SELECT i, md5(i::VARCHAR) AS h FROM range(30000) t(i)) TO '" + path + "' (FORMAT " + format + ")").then(
          () => console.log("written"), (error) => console.log(error.code, error.message.includes("cannot write"))); }
      await db.close();`;
    const command = `trap '' XFSZ; ulimit -f 64; exec "$0" "$1"`;
    const args = ["-c", command, process.execPath, bench.file("writer.mjs", script)];
    const output = execFileSync("bash", args, { encoding: "utf8" });
    expect(output).toBe("io true\n".repeat(4));
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(bench.folder).filter((name) => name.startsWith("full"))).toEqual([]);
  });
});
