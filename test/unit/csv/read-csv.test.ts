import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Session } from "../../../src/index.ts";

let db: Session;
let folder: string;

beforeAll(async () => {
  db = await connect({ workers: 2, temporal: "string" });
  folder = mkdtempSync(join(tmpdir(), "headrace-csv-"));
});

afterAll(async () => {
  await db.close();
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const rows = (sql: string): Promise<unknown[][]> => db.sql(sql).collect({ rows: "array" });
const types = async (path: string): Promise<string[]> =>
  (await db.table(path).schema()).map(({ name, type }) => `${name} ${type}`);

describe("a CSV file", () => {
  it("has types, quotes, NULLs and line feeds inside fields", async () => {
    const path = file(
      "people.csv",
      'id,name,price,day,at,ok\r\n1,"Smith, John",1.5,2024-01-02,2024-01-02 03:04:05,true\r\n2,"say ""hi""\nthere",,2024-02-29,2024-01-02T03:04:05.5,false\r\n3,"",1e3,,,\r\n',
    );
    expect(await types(path)).toEqual([
      "id BIGINT",
      "name VARCHAR",
      "price DOUBLE",
      "day DATE",
      "at TIMESTAMP",
      "ok BOOLEAN",
    ]);
    expect(await rows(`SELECT * FROM '${path}'`)).toEqual([
      [1n, "Smith, John", 1.5, "2024-01-02", "2024-01-02 03:04:05", true],
      [2n, 'say "hi"\nthere', null, "2024-02-29", "2024-01-02 03:04:05.5", false],
      [3n, "", 1000, null, null, null],
    ]);
  });

  it.each([
    ["semicolons", "a;b\n1;x\n2;y\n"],
    ["tabs", "a\tb\n1\tx\n2\ty"],
    ["bars with one behind the last field", "a|b|\n1|x|\n2|y|\n"],
    ["a byte order mark", "\uFEFFa,b\n1,x\n2,y\n"],
    ["empty lines", "a,b\n\n1,x\n\n2,y\n\n"],
  ])("may have %s", async (name, content) => {
    const path = file(`${name.replaceAll(" ", "-")}.csv`, content);
    expect(await rows(`SELECT a, b FROM '${path}' ORDER BY a`)).toEqual([
      [1n, "x"],
      [2n, "y"],
    ]);
  });

  it("is read as told", async () => {
    const path = file("told.csv", "# comment\n1,007,N/A\n2,008,x\n");
    expect(
      await rows(
        `SELECT * FROM read_csv('${path}', skip = 1, header = false, names = ['k', 'code', 's'], types = {'code': 'VARCHAR', 'k': 'DECIMAL(5,2)'}, nullstr = 'N/A')`,
      ),
    ).toEqual([
      ["1.00", "007", null],
      ["2.00", "008", "x"],
    ]);
    expect(
      await rows(
        `SELECT count(*) FROM read_csv('${path}', columns = {'a': 'VARCHAR', 'b': 'VARCHAR', 'c': 'VARCHAR'}, null_padding = true)`,
      ),
    ).toEqual([[3n]]);
  });

  it("keeps records whole, wherever it is cut for the workers", async () => {
    let seed = 7;
    const draw = (n: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    const words = [
      'a "quoted" word',
      "comma, inside",
      "line\nfeed",
      "crlf\r\nfeed",
      '""',
      'five" pipe',
      "plain",
      "ünï",
      "",
    ];
    const lines: string[] = ["id,text,other"];
    const texts: string[] = [];
    for (let i = 0; i < 200_000; i++) {
      const text = words[draw(words.length)] as string;
      texts.push(text);
      // A quote in the middle of a field opens nothing.
      const bare = text === 'five" pipe' || (text !== "" && !/[",\n\r]/.test(text) && draw(2) === 0);
      lines.push(`${i},${bare ? text : `"${text.replaceAll('"', '""')}"`},${"x".repeat(draw(30))}`);
    }
    const path = file("large.csv", `${lines.join("\n")}\n`);
    const [counted] = await rows(`SELECT count(*), sum(id), sum(length(text)), min(id), max(id) FROM '${path}'`);
    const total = texts.reduce((sum, text) => sum + [...text].length, 0);
    expect(counted).toEqual([200_000n, 19_999_900_000n, BigInt(total), 0n, 199_999n]);
    const found = await rows(`SELECT text FROM '${path}' ORDER BY id`);
    expect(found.every(([text], i) => text === texts[i])).toBe(true);
  });

  it("gives line and value of what is wrong", async () => {
    const good = Array.from({ length: 3000 }, (_, i) => `${i},${i}\n`).join("");
    const wrong = file("wrong-type.csv", `a,b\n${good}3000,many\n`);
    await expect(rows(`SELECT sum(b) FROM '${wrong}'`)).rejects.toMatchObject({
      code: "format",
      message: expect.stringContaining('line 3002: "many" in column "b" is no BIGINT') as string,
    });
    const ragged = file("ragged.csv", `a,b\n${good}1,2,3\n`);
    await expect(rows(`SELECT count(*) FROM '${ragged}'`)).rejects.toThrow(
      "line 3002: the record has more fields, the file has 2 columns",
    );
    expect(await rows(`SELECT count(*) FROM read_csv('${ragged}', ignore_errors = true)`)).toEqual([[3000n]]);
    const open = file("open.csv", `a,b\n${good}1,"never ends\n`);
    await expect(rows(`SELECT count(*) FROM '${open}'`)).rejects.toThrow("a quoted field does not end");
    const latin = file("latin1.csv", Buffer.from("a,b\n1,gr\u00fcn\n2,x\n", "latin1"));
    await expect(rows(`SELECT b FROM '${latin}'`)).rejects.toThrow("no UTF-8");
    await expect(rows("SELECT * FROM 'nowhere.csv'")).rejects.toMatchObject({ code: "io" });
    await expect(rows(`SELECT * FROM '${file("empty.csv", "")}'`)).rejects.toThrow("is empty");
    await expect(rows(`SELECT * FROM read_csv('${wrong}', colour = 'red')`)).rejects.toThrow("the option colour");
  });
});
