/** Runs the records of a script in a session. */
import { HeadraceError } from "../../../src/error.ts";
import type { TestResult, TestSession } from "../session.ts";
import { queryDifference, queryValues, regexVerdict } from "./compare.ts";
import type { QueryValues } from "./compare.ts";
import type { Condition, ControlRecord, PlanRecord, QueryRecord, SltRecord, StatementRecord } from "./records.ts";

export type RunOptions = {
  /** The names that `onlyif` and `skipif` know this engine by. */
  readonly engines: ReadonlySet<string>;
  /** Relative difference that floats may have. */
  readonly tolerance: number;
  /** Whether an expected error must also have the expected message. */
  readonly checkMessages: boolean;
  /** Whether `plan` records run: only an engine in its default configuration prints the plans of the scripts. */
  readonly checkPlans: boolean;
  /** Replaces `__TEST_DIR__`, `{TEST_DIR}` and the like. */
  readonly variables: Variables;
  /** The records that `include` brings in; undefined: none are known. */
  readonly include?: (path: string, variables: Variables, session: TestSession) => Promise<Included>;
};

export type Variables = ReadonlyMap<string, string>;
export type Included = readonly SltRecord[] | undefined;

export type Status = "passed" | "failed" | "unsupported";

/** What became of one record, once for each turn of its loops. `record` has its loop variables replaced. */
export type Outcome = {
  readonly record: StatementRecord | QueryRecord | PlanRecord;
  readonly status: Status;
  readonly message: string | undefined;
  /** What the expectation would be if the engine is right. */
  readonly actual: readonly string[] | undefined;
  readonly inLoop: boolean;
};

type State = {
  readonly session: TestSession;
  readonly options: RunOptions;
  readonly outcomes: Outcome[];
  readonly labels: Map<string, QueryValues>;
  hashThreshold: number;
  skipping: boolean;
  /** Why all that follows is unsupported. */
  blocked: string | undefined;
  halted: boolean;
};

export async function runSlt(
  records: readonly SltRecord[],
  session: TestSession,
  options: RunOptions,
): Promise<readonly Outcome[]> {
  const state: State = {
    session,
    options,
    outcomes: [],
    labels: new Map(),
    hashThreshold: 0,
    skipping: false,
    blocked: undefined,
    halted: false,
  };
  await runAll(records, state, new Map(options.variables), false);
  return state.outcomes;
}

async function runAll(
  records: readonly SltRecord[],
  state: State,
  variables: Map<string, string>,
  inLoop: boolean,
): Promise<void> {
  for (const record of records) {
    if (state.halted) return;
    if (!record.conditions.every((condition) => holds(condition, state.options.engines, variables))) continue;
    switch (record.kind) {
      case "control":
        if (record.action.name === "include") await include(record.action.path, state, variables, inLoop);
        else applyControl(record.action, state, variables);
        break;
      case "loop":
        for (const values of record.values) {
          const scope = new Map(variables);
          for (const [i, name] of record.variables.entries()) scope.set(name, values[i] ?? "");
          await runAll(record.body, state, scope, true);
        }
        break;
      case "statement":
      case "query":
      case "plan":
        if (state.skipping || (record.kind === "plan" && !state.options.checkPlans)) break;
        await runOne(substituteRecord(record, variables), state, inLoop);
    }
  }
}

async function include(path: string, state: State, variables: Map<string, string>, inLoop: boolean): Promise<void> {
  if (state.skipping || state.blocked !== undefined) return;
  const records = await state.options.include?.(path, variables, state.session);
  if (records === undefined) state.blocked = `include ${path}`;
  else await runAll(records, state, variables, inLoop);
}

function applyControl(
  action: Exclude<ControlRecord["action"], { name: "include" }>,
  state: State,
  variables: Map<string, string>,
): void {
  switch (action.name) {
    case "halt":
      state.halted = true;
      break;
    case "skip":
      state.skipping = action.on;
      break;
    case "hash-threshold":
      state.hashThreshold = action.values;
      break;
    case "set":
      variables.set(action.variable, action.value);
      break;
    case "unsupported":
      state.blocked ??= action.what;
  }
}

function holds({ kind, test }: Condition, engines: ReadonlySet<string>, variables: Variables): boolean {
  const comparison = /^(\w+)(=|!=|<>)(.*)$/.exec(test);
  const matches =
    comparison === null
      ? engines.has(test)
      : (variables.get(comparison[1]!) === comparison[3]) === (comparison[2] === "=");
  return kind === "onlyif" ? matches : !matches;
}

function substituteRecord<R extends StatementRecord | QueryRecord | PlanRecord>(record: R, variables: Variables): R {
  if (variables.size === 0) return record;
  const text = (value: string): string => substitute(value, variables);
  if (record.kind === "statement") return { ...record, sql: text(record.sql), message: text(record.message) };
  return { ...record, sql: text(record.sql), expected: record.expected?.map(text) };
}

function substitute(text: string, variables: Variables): string {
  let replaced = text;
  for (const [name, value] of variables) {
    replaced = replaced
      .replaceAll(`\${${name}}`, value)
      .replaceAll(`{${name}}`, value)
      .replaceAll(`__${name}__`, value);
  }
  return replaced;
}

async function runOne(record: Outcome["record"], state: State, inLoop: boolean): Promise<void> {
  const verdict: Verdict =
    state.blocked === undefined ? await judge(record, state) : { status: "unsupported", message: state.blocked };
  state.outcomes.push({ record, message: undefined, actual: undefined, inLoop, ...verdict });
}

type Verdict = {
  readonly status: Status;
  readonly message?: string | undefined;
  readonly actual?: readonly string[] | undefined;
};

async function judge(record: Outcome["record"], state: State): Promise<Verdict> {
  switch (record.kind) {
    case "statement":
      return judgeStatement(record, state);
    case "query":
      return judgeQuery(record, state);
    case "plan":
      return judgePlan(record, state);
  }
}

async function judgeStatement(record: StatementRecord, { session, options }: State): Promise<Verdict> {
  const error = await session.execute(record.sql).then(() => undefined, errorOf);
  if (error?.code === "unsupported" && record.expect !== "maybe" && !options.checkMessages) return failure(error);
  switch (record.expect) {
    case "maybe":
      return { status: "passed" };
    case "ok":
      return error === undefined ? { status: "passed" } : failure(error);
    case "error": {
      if (error === undefined) return { status: "failed", message: "expected an error, got none" };
      if (error.code === "internal") return failure(error);
      const met = !options.checkMessages || messageMatches(record.message, error.message);
      const message = met ? undefined : `expected the error ${record.message}, got ${error.message}`;
      return { status: met ? "passed" : "failed", message, actual: [error.message] };
    }
  }
}

function messageMatches(expected: string, message: string): boolean {
  return regexVerdict(expected, message) ?? message.toLowerCase().includes(expected.toLowerCase());
}

async function judgeQuery(record: QueryRecord, state: State): Promise<Verdict> {
  const result = await lastResult(state.session, record.sql);
  if (result instanceof Error) return failure(result);
  const actual = queryValues(record, result);
  const difference =
    queryDifference(record, result, actual, state.options.tolerance) ?? labelDifference(record, actual, state.labels);
  return {
    status: difference === undefined ? "passed" : "failed",
    message: difference,
    actual: expectationOf(record, actual, state.hashThreshold),
  };
}

function labelDifference(
  { label }: QueryRecord,
  actual: QueryValues,
  labels: Map<string, QueryValues>,
): string | undefined {
  if (label === undefined) return undefined;
  const first = labels.get(label);
  if (first === undefined) labels.set(label, actual);
  return first === undefined || first.hash === actual.hash
    ? undefined
    : `differs from the first result labelled ${label}`;
}

/** The expectation that this result would be, hashed when the script's was or when it is long. */
function expectationOf(record: QueryRecord, { rows, values, hash }: QueryValues, hashThreshold: number): string[] {
  const wasHashed = record.expected?.length === 1 && / values hashing to /.test(record.expected[0]!);
  if (wasHashed || (hashThreshold > 0 && values.length > hashThreshold))
    return [`${values.length} values hashing to ${hash}`];
  if (record.sort === "valuesort") return values;
  const width = rows[0]?.length ?? 1;
  return Array.from({ length: rows.length }, (_, r) => values.slice(r * width, (r + 1) * width).join("\t"));
}

async function judgePlan(record: PlanRecord, { session }: State): Promise<Verdict> {
  const result = await lastResult(session, `EXPLAIN (${record.stage.toUpperCase()}) ${record.sql}`);
  if (result instanceof Error) return failure(result);
  const actual = (result.rows ?? [])
    .flatMap((row) => String(row.at(-1)).split("\n"))
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
  const verdict = (message: string): Verdict => ({ status: "failed", message, actual });
  const applied = (rule: string): boolean => actual.some((line) => line.split(/\s/)[0] === rule);
  const missing = record.rules.find((rule) => !applied(rule));
  if (missing !== undefined) return verdict(`the rule ${missing} was not applied:\n${actual.join("\n")}`);
  const present = record.absentRules.find(applied);
  if (present !== undefined) return verdict(`the rule ${present} was applied:\n${actual.join("\n")}`);
  const expected = record.expected?.map((line) => line.trimEnd());
  if (expected === undefined || expected.join("\n") === actual.join("\n")) return { status: "passed", actual };
  return verdict(`expected the plan\n${expected.join("\n")}\ngot\n${actual.join("\n")}`);
}

async function lastResult(session: TestSession, sql: string): Promise<TestResult | HeadraceError> {
  return session.execute(sql).then((results) => rowsOf(results.at(-1)), errorOf);
}

/** DML read by a `query` record gives the number of its rows. */
function rowsOf(result: TestResult | undefined): TestResult {
  if (result?.kind !== "ok" || result.rowCount === undefined) return result ?? { kind: "ok" };
  return { kind: "rows", columns: [{ name: "Count", type: "BIGINT" }], rows: [[BigInt(result.rowCount)]] };
}

/** Anything but a `HeadraceError` is a defect of the engine. */
function errorOf(error: unknown): HeadraceError {
  if (error instanceof Error && error.name === "HeadraceError") return error as HeadraceError;
  return new HeadraceError("internal", error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function failure(error: HeadraceError): Verdict {
  return {
    status: error.code === "unsupported" ? "unsupported" : "failed",
    message: `${error.code} error: ${error.message}`,
    actual: undefined,
  };
}
