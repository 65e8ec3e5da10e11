/** Runs cases as the parent sends them. A crash or a hang of the engine ends this process only. */
import { HeadraceError } from "../../src/error.ts";
import { connectOracle } from "../support/oracle.ts";
import type { TestSession } from "../support/session.ts";
import type { EngineConfig, Execution } from "./cases.ts";
import { difference } from "./compare.ts";
import { engineUrl } from "./engine.ts";
import { follow, keepTables, type Outcome } from "./follow.ts";
import type { Answer, Request, Verdict } from "./messages.ts";

const headrace = (await import(engineUrl.href)) as { connect(options: object): Promise<TestSession> };

const sessions = new Map<string, TestSession>();
let prepared = "";

process.on("message", (request: Request) => {
  void judge(request).then((verdict) => send({ kind: "verdict", verdict }));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");

const send = (answer: Answer): void => void process.send?.(answer);

async function judge({ setup, tables, executions, ordered }: Request): Promise<Verdict> {
  const key = setup.join(";");
  if (key !== prepared) await closeAll();
  prepared = key;
  const [{ epochs, config, sql }, second] = executions;
  if (epochs !== undefined) {
    send({ kind: "running", engine: "headrace" });
    const session = await sessionFor(config, setup, false, tables);
    return follow(session, sql, epochs, tables, (left, right) => compare(left, right, false, second));
  }
  const against = executions[1].engine;
  const left = await run(executions[0], setup);
  const verdict = compare(left, await run(executions[1], setup), ordered, executions[1]);
  if (verdict.kind !== "finding" || against !== "duckdb") return verdict;
  // Its optimizer has bugs too.
  const plain = compare(left, await run(executions[1], setup, true), ordered, executions[1]);
  return plain.kind === "finding" ? verdict : { kind: "same", detail: "as DuckDB without its optimizer" };
}

function compare(left: Outcome, right: Outcome, ordered: boolean, { engine: against, sql }: Execution): Verdict {
  const internal = [left, right].find((outcome) => "error" in outcome && isInternal(outcome.error));
  if (internal !== undefined && "error" in internal) return errorFinding("internal error", internal.error);
  const missing = [left, right].find((outcome) => "error" in outcome && codeOf(outcome.error) === "unsupported");
  if (missing !== undefined && "error" in missing) return { kind: "unsupported", detail: messageOf(missing.error) };
  const limit = [left, right].find((outcome) => "error" in outcome && isOracleLimit(messageOf(outcome.error), sql));
  if (limit !== undefined && "error" in limit) return { kind: "both errors", detail: messageOf(limit.error) };
  if ("error" in left && "error" in right)
    return { kind: "both errors", detail: `${messageOf(left.error)} | ${messageOf(right.error)}` };
  if ("error" in left) return errorFinding("error", left.error);
  if ("error" in right) return errorFinding(against === "duckdb" ? "missing error" : "error", right.error);
  const found = difference(left.result, right.result, ordered, against === "duckdb");
  if (found === undefined) return { kind: "same", detail: String(left.result.rows?.length ?? 0) };
  const types = found.startsWith("types:");
  return {
    kind: "finding",
    what: types ? "wrong types" : "wrong result",
    detail: found,
    signature: types ? found : "",
  };
}

/**
 * Whether DuckDB lacks something itself. Its lambdas do not find the columns of outer queries, and its columns that it knows to
 * be NULL become INTEGER, which functions of other types do not take. Its remainder of the least integer and -1 overflows.
 */
function isOracleLimit(message: string, sql: string): boolean {
  return (
    ORACLE_LIMITS.test(message) ||
    (sql.includes(" -> ") && message.startsWith("Binder Error: Referenced table")) ||
    (sql.includes(" % ") && /^Out of Range Error: Overflow in division of .* \/ -1$/.test(message)) ||
    (sql.includes("CAST(NULL AS ") && /^Binder Error: No function matches .*INTEGER/.test(message))
  );
}

const ORACLE_LIMITS =
  /^(Not implemented Error|Invalid type Error: .*Invalid type for BETWEEN|Binder Error: (Join condition for non-inner LATERAL JOIN|window expression is not supported here|ORDER BY non-integer literal)|INTERNAL Error)/;

/** `plain`: without the oracle's optimizer. */
async function run({ engine, config, sql }: Execution, setup: readonly string[], plain = false): Promise<Outcome> {
  send({ kind: "running", engine });
  try {
    const session = await sessionFor(engine === "duckdb" ? undefined : config, setup, plain);
    const result = (await session.execute(sql)).at(-1)!;
    if (process.env["HEADRACE_FUZZ_VERIFY"] === "1" && engine === "headrace") await verify(session, setup);
    return { result };
  } catch (error) {
    return { error };
  }
}

const contents = new WeakMap<TestSession, string>();

/** Queries leave tables as they are: for finding which one does not. */
async function verify(session: TestSession, setup: readonly string[]): Promise<void> {
  const names = new Set(
    setup.map((statement) => /^CREATE TABLE (\w+)/.exec(statement)?.[1]).filter((name) => name !== undefined),
  );
  const parts: string[] = [];
  for (const name of names) {
    const { rows } = (await session.execute(`SELECT * FROM ${name}`)).at(-1)!;
    parts.push(JSON.stringify(rows, (_, cell: unknown) => (typeof cell === "bigint" ? `${cell}n` : cell)));
  }
  const before = contents.get(session);
  contents.set(session, parts.join("\n"));
  if (before !== undefined && before !== parts.join("\n")) throw new Error("a query changed the tables");
}

async function sessionFor(
  config: EngineConfig | undefined,
  setup: readonly string[],
  plain: boolean,
  kept: readonly string[] = [],
): Promise<TestSession> {
  const key = JSON.stringify(config ?? { plain });
  const known = sessions.get(key);
  if (known !== undefined) return known;
  const session =
    config === undefined ? await connectOracle() : await headrace.connect({ temporal: "string", ...config });
  try {
    if (plain) await session.execute("PRAGMA disable_optimizer");
    for (const statement of setup) await session.execute(statement);
    await keepTables(session, kept);
  } catch (error) {
    await session.close();
    throw error;
  }
  sessions.set(key, session);
  return session;
}

async function closeAll(): Promise<void> {
  for (const session of sessions.values()) await session.close();
  sessions.clear();
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function isInternal(error: unknown): boolean {
  if (error instanceof HeadraceError) return error.code === "internal"; // of the oracle
  const code = codeOf(error);
  return code === "internal" || code === "out_of_memory" || code === "" || code.startsWith("ERR_");
}

function errorFinding(what: "internal error" | "error" | "missing error", error: unknown): Verdict {
  const message = messageOf(error);
  const place =
    what === "internal error" && error instanceof Error ? (error.stack ?? "").split("\n").slice(1, 5).join("\n") : "";
  const signature = `${what}: ${message.replaceAll(/'[^']*'|"[^"]*"|-?\d+(\.\d+)?/g, "?").slice(0, 120)}`;
  return { kind: "finding", what, detail: `${message}${place === "" ? "" : `\n${place}`}`, signature };
}
