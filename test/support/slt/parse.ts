import { SltSyntaxError } from "./records.ts";
import type {
  Condition,
  ControlRecord,
  Lines,
  PlanRecord,
  QueryRecord,
  SltRecord,
  SortMode,
  StatementRecord,
} from "./records.ts";

/** Reads a script. Blank lines end a record; lines that begin with `#` between records are comments. */
export function parseSlt(text: string): SltRecord[] {
  const cursor: Cursor = { lines: text.split(/\r?\n/), at: 0 };
  return parseUntil(cursor, false);
}

type Cursor = { readonly lines: readonly string[]; at: number };

function parseUntil(cursor: Cursor, inLoop: boolean): SltRecord[] {
  const records: SltRecord[] = [];
  let conditions: Condition[] = [];
  while (cursor.at < cursor.lines.length) {
    const header = cursor.lines[cursor.at]!;
    if (header.trim() === "" || header.startsWith("#")) {
      cursor.at++;
      continue;
    }
    const [word = "", ...args] = header.trim().split(/\s+/);
    if (word === "endloop") {
      if (!inLoop) throw new SltSyntaxError(cursor.at + 1, "endloop without a loop");
      cursor.at++;
      return records;
    }
    if (word === "onlyif" || word === "skipif") {
      conditions.push({ kind: word, test: args.join("") });
      cursor.at++;
      continue;
    }
    const record = parseRecord(cursor, word, args, conditions);
    if (record !== undefined) records.push(record);
    conditions = [];
  }
  if (inLoop) throw new SltSyntaxError(cursor.at, "a loop lacks its endloop");
  return records;
}

function parseRecord(cursor: Cursor, word: string, args: string[], conditions: Condition[]): SltRecord | undefined {
  const line = cursor.at + 1;
  cursor.at++;
  const control = (action: ControlRecord["action"]): ControlRecord => ({ kind: "control", line, conditions, action });
  switch (word) {
    case "statement":
      return parseStatement(cursor, line, args, conditions);
    case "query":
      return parseQuery(cursor, line, args, conditions);
    case "plan":
      return parsePlan(cursor, line, args, conditions);
    case "loop":
    case "concurrentloop": {
      const [variable = "i", from = "0", to = "0"] = args;
      const count = Math.max(0, Number(to) - Number(from));
      const values = Array.from({ length: count }, (_, i) => [String(Number(from) + i)]);
      return { kind: "loop", line, conditions, variables: [variable], values, body: parseUntil(cursor, true) };
    }
    case "foreach":
    case "concurrentforeach": {
      const variables = (args[0] ?? "").split(",");
      const values = foreachValues(args.slice(1)).map((value) => (variables.length > 1 ? value.split(",") : [value]));
      return { kind: "loop", line, conditions, variables, values, body: parseUntil(cursor, true) };
    }
    case "halt":
      return control({ name: "halt" });
    case "hash-threshold":
      return control({ name: "hash-threshold", values: Number(args[0] ?? 0) });
    case "mode":
      return args[0] === "skip" || args[0] === "unskip" ? control({ name: "skip", on: args[0] === "skip" }) : undefined;
    case "require":
      return HARMLESS_REQUIREMENTS.has(args[0] ?? "")
        ? undefined
        : control({ name: "unsupported", what: `require ${args.join(" ")}` });
    case "load":
    case "sleep":
    case "set": {
      const [what, variable = "", ...value] = args;
      return what === "variable" ? control({ name: "set", variable, value: value.join(" ") }) : undefined;
    }
    case "include":
      return control({ name: "include", path: args[0] ?? "" });
    case "tags":
    case "reconnect":
      return undefined;
    case "restart":
    case "unzip":
    case "require-env":
    case "test-env":
      return control({ name: "unsupported", what: word });
    default:
      throw new SltSyntaxError(line, `unknown record "${word}"`);
  }
}

/** Requirements of DuckDB's scripts that say nothing about what the engine can do. */
const HARMLESS_REQUIREMENTS = new Set([
  "skip_reload",
  "no_alternative_verify",
  "noalternativeverify",
  "vector_size",
  "notwindows",
  "64bit",
  "core_functions",
  "parquet",
  "json",
  "icu",
  "noforcestorage",
  "no_block_verification",
]);

const INTEGRAL = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"];
const UNSIGNED = ["UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"];
const NUMERIC = [...INTEGRAL, ...UNSIGNED, "FLOAT", "DOUBLE"];

/** The type families that DuckDB's scripts abbreviate. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  "<signed>": INTEGRAL,
  "<unsigned>": UNSIGNED,
  "<integral>": [...INTEGRAL, ...UNSIGNED],
  "<numeric>": NUMERIC,
  "<alltypes>": [...NUMERIC, "BOOLEAN", "INTERVAL", "VARCHAR"],
};

/** `!value` takes a value out again. */
function foreachValues(words: readonly string[]): string[] {
  const values = words
    .filter((word) => !word.startsWith("!"))
    .flatMap((word) => FAMILIES[word.toLowerCase()] ?? [word]);
  const removed = new Set(words.filter((word) => word.startsWith("!")).map((word) => word.slice(1).toUpperCase()));
  return values.filter((value) => !removed.has(value.toUpperCase()));
}

function parseStatement(cursor: Cursor, line: number, args: string[], conditions: Condition[]): StatementRecord {
  const expect = args[0];
  if (expect !== "ok" && expect !== "error" && expect !== "maybe") {
    throw new SltSyntaxError(line, `statement ${expect ?? ""}: expected ok, error or maybe`);
  }
  const { sql, expected, expectation } = parseBody(cursor);
  return { kind: "statement", line, conditions, sql, expect, message: (expected ?? []).join("\n"), expectation };
}

function parseQuery(cursor: Cursor, line: number, args: string[], conditions: Condition[]): QueryRecord {
  const [types = "", ...rest] = args;
  const sort = rest.find((word): word is SortMode => SORT_MODES.has(word)) ?? "nosort";
  const label = rest.find((word) => !SORT_MODES.has(word));
  return { kind: "query", line, conditions, types, sort, label, ...parseBody(cursor) };
}

const SORT_MODES: ReadonlySet<string> = new Set(["nosort", "rowsort", "valuesort"]);

function parsePlan(cursor: Cursor, line: number, args: string[], conditions: Condition[]): PlanRecord {
  const list = (name: string): string[] =>
    args.filter((arg) => arg.startsWith(`${name}=`)).flatMap((arg) => arg.slice(name.length + 1).split(","));
  const stage = args.find((arg) => !arg.includes("=")) ?? "rules";
  const rules = list("expect");
  return { kind: "plan", line, conditions, stage, rules, absentRules: list("expect-not"), ...parseBody(cursor) };
}

/** SQL up to `----` or a blank line, then the expectation up to a blank line. */
function parseBody(cursor: Cursor): { sql: string; expected: readonly string[] | undefined; expectation: Lines } {
  const { lines } = cursor;
  const from = cursor.at;
  while (cursor.at < lines.length && lines[cursor.at]!.trim() !== "" && lines[cursor.at] !== "----") cursor.at++;
  const sql = lines.slice(from, cursor.at).join("\n");
  const start = cursor.at;
  if (lines[cursor.at] !== "----") return { sql, expected: undefined, expectation: { start, end: start } };
  cursor.at++;
  const first = cursor.at;
  while (cursor.at < lines.length && lines[cursor.at] !== "") cursor.at++;
  return { sql, expected: lines.slice(first, cursor.at), expectation: { start, end: cursor.at } };
}
