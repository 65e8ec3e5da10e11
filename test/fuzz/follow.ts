/** A query that is kept up to date, against the same query asked anew after every epoch. */
import type { TestResult, TestSession } from "../support/session.ts";
import type { Epoch } from "./generate/epochs.ts";
import type { Verdict } from "./messages.ts";

export type Outcome = { readonly result: TestResult } | { readonly error: unknown };

export const FOLLOWED = "followed";

/**
 * The first verdict that is not "same", after the view is made or after an epoch. Leaves the tables as they were, which `names` are:
 * the session has a copy of each.
 */
export async function follow(
  session: TestSession,
  sql: string,
  epochs: readonly Epoch[],
  names: readonly string[],
  compare: (left: Outcome, right: Outcome) => Verdict,
): Promise<Verdict> {
  try {
    const made = await attempt(session, `CREATE MATERIALIZED VIEW ${FOLLOWED} AS ${sql}`);
    let verdict = compare("error" in made ? made : await rows(session), await attempt(session, sql));
    for (const [number, statements] of epochs.entries()) {
      if (verdict.kind !== "same") break;
      for (const statement of inTransaction(statements)) await session.execute(statement);
      const next = compare(await rows(session), await attempt(session, sql));
      verdict = "detail" in next ? { ...next, detail: `after epoch ${number + 1}: ${next.detail}` } : next;
    }
    return verdict;
  } finally {
    await session.execute(`DROP MATERIALIZED VIEW IF EXISTS ${FOLLOWED}`);
    for (const name of names) await session.execute(`CREATE OR REPLACE TABLE ${name} AS FROM kept_${name}`);
  }
}

/** Makes the copies. */
export async function keepTables(session: TestSession, names: readonly string[]): Promise<void> {
  for (const name of names) await session.execute(`CREATE TABLE kept_${name} AS FROM ${name}`);
}

export const inTransaction = (statements: Epoch): Epoch => ["BEGIN", ...statements, "COMMIT"];

const rows = (session: TestSession): Promise<Outcome> => attempt(session, `FROM ${FOLLOWED}`);

async function attempt(session: TestSession, sql: string): Promise<Outcome> {
  try {
    return { result: (await session.execute(sql)).at(-1)! };
  } catch (error) {
    return { error };
  }
}
