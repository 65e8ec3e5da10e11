/** CSV files that are not what they should be. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FileBench, fileBench } from "../../support/files.ts";

let bench: FileBench;
beforeAll(async () => {
  bench = await fileBench();
});
afterAll(() => bench.close());

const good = Array.from({ length: 3000 }, (_, i) => `${i},x${i}\n`).join("");

describe("bad records", () => {
  const text = `a,b\n${good}many,y\n1\n1,2,3\n4,"q" z\n5,"ok"\n`;

  it("are errors with their line", async () => {
    const fail = async (name: string, last: string, message: string): Promise<void> => {
      const path = bench.file(`${name}.csv`, `a,b\n${good}${last}\n5,ok\n`);
      await expect(bench.rows(`SELECT sum(a), max(b) FROM '${path}'`)).rejects.toMatchObject({
        code: "format",
        message: `"${path}" line 3002: ${message}`,
      });
    };
    await fail("type", "many,y", '"many" in column "a" is no BIGINT');
    await fail("fraction", "1.5,y", '"1.5" in column "a" is no BIGINT');
    await fail("short", "1", "the record has 1 fields, the file has 2 columns");
    await fail("long", "1,2,3", "the record has more fields, the file has 2 columns");
    await fail("quote", '4,"q" z', "something stands between a closing quote and the delimiter");
    await fail("open", '4,"q', "a quoted field does not end");
  });

  it("are skipped, or told", async () => {
    const path = bench.file("bad.csv", text);
    const sum = (3000 * 2999) / 2 + 5;
    const skipped = bench.db.read.csv(path, { badRows: "skip" });
    expect(await bench.db.sql`SELECT count(*) AS n, sum(a) AS s FROM ${skipped}`.collect()).toEqual([
      { n: 3001n, s: BigInt(sum) },
    ]);
    const collected = bench.db.read.csv(path, { badRows: "collect" });
    expect(await bench.db.sql`SELECT count(a) AS n, max(b) AS m FROM ${collected}`.collect()).toEqual([
      { n: 3001n, m: "x999" },
    ]);
    const rejects = "SELECT line, column_name, csv_line, error_message FROM reject_errors()";
    expect(await bench.rows(rejects)).toEqual([
      ["3002", "a", "many", '"many" in column "a" is no BIGINT'],
      ["3003", null, "1", "the record has 1 fields, the file has 2 columns"],
      ["3004", null, "1,2,3", "the record has more fields, the file has 2 columns"],
      ["3005", null, '4,"q" z', "something stands between a closing quote and the delimiter"],
    ]);
    const other = bench.file("other.csv", "a\n1\nx\n");
    await bench.rows(`SELECT sum(a) FROM read_csv('${other}', store_rejects = true, columns = {a: 'INTEGER'})`);
    expect(await bench.rows("SELECT file_path, line FROM reject_errors()")).toEqual([[other, "3"]]);
    await bench.rows(`SELECT count(*) FROM read_csv('${path}', ignore_errors = true)`);
    expect(await bench.rows(`SELECT count(*) FROM reject_errors()`)).toEqual([["1"]]);
  });

  it("may be taken as they are", async () => {
    const path = bench.file("loose.csv", 'a,b\n1,"q" z\n2\n');
    const options = "strict_mode = false, null_padding = true";
    expect(await bench.rows(`FROM read_csv('${path}', ${options})`)).toEqual([
      ["1", "q z"],
      ["2", null],
    ]);
  });
});

describe("encodings", () => {
  const text = "name,n\ngrün,1\n😀,2\n";
  const utf16 = (swap: boolean): Buffer => {
    const bytes = Buffer.from(`\uFEFF${text}`, "utf16le");
    return swap ? bytes.swap16() : bytes;
  };
  const rows = [
    ["grün", "1"],
    ["😀", "2"],
  ];

  it("are found out by a mark, or said", async () => {
    expect(await bench.rows(`FROM '${bench.file("le.csv", utf16(false))}'`)).toEqual(rows);
    expect(await bench.rows(`FROM '${bench.file("be.csv", utf16(true))}'`)).toEqual(rows);
    expect(await bench.rows(`FROM '${bench.file("bom.csv", `\uFEFF${text}`)}'`)).toEqual(rows);
    const plain = bench.file("plain16.csv", Buffer.from(text, "utf16le"));
    expect(await bench.rows(`FROM read_csv('${plain}', encoding = 'utf-16')`)).toEqual(rows);
    const latin = bench.file("latin.csv", Buffer.from("name,n\ngr\u00fcn,1\n", "latin1"));
    expect(await bench.rows(`FROM read_csv('${latin}', encoding = 'latin-1')`)).toEqual([["grün", "1"]]);
    await expect(bench.rows(`SELECT max(name) FROM '${latin}'`)).rejects.toThrow("line 2: ");
    await expect(bench.rows(`FROM read_csv('${latin}', encoding = 'ebcdic')`)).rejects.toMatchObject({
      code: "unsupported",
    });
    const broken = bench.file("broken16.csv", Buffer.concat([utf16(false), Buffer.of(0x00, 0xd8, 0x41, 0x00)]));
    await expect(bench.rows(`FROM '${broken}'`)).rejects.toMatchObject({ code: "format", message: /broken UTF-16/ });
  });

  it("and compressions go together; damaged ones are errors", async () => {
    expect(await bench.rows(`FROM '${bench.file("le.csv.gz", gzipSync(utf16(false)))}'`)).toEqual(rows);
    const zipped = gzipSync(`a\n${good}`);
    const cut = bench.file("cut.csv.gz", zipped.subarray(0, zipped.length - 10));
    await expect(bench.rows(`FROM '${cut}'`)).rejects.toMatchObject({ code: "format", message: /ends too early/ });
    const none = bench.file("none.csv.gz", text);
    await expect(bench.rows(`FROM '${none}'`)).rejects.toMatchObject({ code: "format", message: /corrupt gzip/ });
    await expect(bench.rows(`FROM '${bench.file("none.csv.zst", text)}'`)).rejects.toMatchObject({ code: "format" });
    const hidden = bench.file("hidden.data", gzipSync("a\n1\n"));
    expect(await bench.rows(`FROM read_csv('${hidden}', compression = 'gzip')`)).toEqual([["1"]]);
    expect(
      await bench.rows(`FROM '${bench.file("two.csv.gz", Buffer.concat([gzipSync("a\n1\n"), gzipSync("2\n")]))}'`),
    ).toEqual([["1"], ["2"]]);
  });
});

describe("times with an offset", () => {
  it("are instants, and none of them becomes a wall time in silence", async () => {
    const path = bench.file("instants.csv", "a\n2024-01-02T03:04:05Z\n2024-01-02 03:04:05.5+02:30\n");
    expect(await bench.types(`FROM '${path}'`)).toEqual(["a TIMESTAMP WITH TIME ZONE"]);
    expect(await bench.rows(`FROM '${path}'`)).toEqual([["2024-01-02 03:04:05+00"], ["2024-01-02 00:34:05.5+00"]]);
    const mixed = bench.file("mixed.csv", "a\n2024-01-02T03:04:05Z\n2024-01-02 03:04:05\n");
    expect(await bench.types(`FROM '${mixed}'`)).toEqual(["a VARCHAR"]);
    const late = bench.file("late.csv", `a\n${"2024-01-02 03:04:05\n".repeat(3000)}2024-01-02 03:04:05+02\n`);
    await expect(bench.rows(`SELECT max(a) FROM '${late}'`)).rejects.toThrow("line 3002: ");
    const sql = `SELECT max(a) FROM read_csv('${late}', types = {a: 'TIMESTAMPTZ'})`;
    expect(await bench.rows(sql)).toEqual([["2024-01-02 03:04:05+00"]]);
  });
});

describe("odd files", () => {
  it("have NULs, line ends of both kinds, and no last one", async () => {
    const path = bench.file("odd.csv", 'a,b\r\n1,"x\0y"\n2,"line\r\nfeed"\r\n3,z');
    expect(await bench.rows(`FROM '${path}'`)).toEqual([
      ["1", "x\0y"],
      ["2", "line\r\nfeed"],
      ["3", "z"],
    ]);
  });

  it("have very many columns", async () => {
    const width = 20_000;
    const names = Array.from({ length: width }, (_, i) => `c${i}`).join(",");
    const path = bench.file("wide.csv", `${names}\n${Array.from({ length: width }, (_, i) => i).join(",")}\n`);
    expect(await bench.rows(`SELECT c0 + c19999 FROM '${path}'`)).toEqual([["19999"]]);
    const million = bench.file("million.csv", `${"x,".repeat(1_000_000)}x\n`);
    const started = performance.now();
    await bench.rows(`SELECT count(*) FROM read_csv('${million}', header = false)`).then(
      (rows) => expect(rows).toEqual([["1"]]),
      (error: unknown) => expect(error).toMatchObject({ name: "HeadraceError" }),
    );
    expect(performance.now() - started).toBeLessThan(60_000);
  }, 120_000);
});
