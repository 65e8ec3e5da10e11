/** Many cases of one oracle under one seed. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Case, makeCase, type Oracle } from "./cases.ts";
import { FOLLOWED, inTransaction } from "./follow.ts";
import { setupStatements } from "./generate/database.ts";
import type { Epoch } from "./generate/epochs.ts";
import type { Verdict } from "./messages.ts";
import type { Runner } from "./runner.ts";
import { shrink } from "./shrink.ts";

export type Counts = {
  readonly cases: number;
  readonly same: number;
  readonly bothErrors: number;
  readonly unsupported: number;
  /** How often each was met, by signature; results that are wrong count one by one. */
  readonly findings: Readonly<Record<string, number>>;
  /** What was unsupported or an error on both sides: how often, and the first case. */
  readonly reasons: Readonly<Record<string, Reason>>;
};

export type Reason = { readonly count: number; readonly example: string };

export type SeedOptions = {
  readonly oracle: Oracle;
  readonly seed: number;
  readonly from: number;
  readonly cases: number;
  /** Where the scripts of failures go. */
  readonly folder: string | undefined;
  /** Signatures that have been reported: they are counted only. */
  readonly known: Set<string>;
  readonly shrinkMs: number;
  readonly report: (text: string) => void;
  readonly onCase?: () => void;
};

export const CASES_PER_DATABASE = 50;

export async function runSeed(runner: Runner, options: SeedOptions): Promise<Counts> {
  const { oracle, seed, from, cases, known, onCase } = options;
  const counts = { same: 0, bothErrors: 0, unsupported: 0 };
  const findings: Record<string, number> = {};
  const reasons: Record<string, Reason> = {};
  for (let index = from; index < from + cases; index++) {
    const name = `${oracle}-${seed}-${index}`;
    const made = makeCase(oracle, seed, index, CASES_PER_DATABASE);
    const verdict = await runner.judge(made);
    if (verdict.kind === "same") counts.same++;
    else if (verdict.kind === "finding") {
      const signature = verdict.signature === "" ? `${verdict.what}: ${name}` : verdict.signature;
      findings[signature] = (findings[signature] ?? 0) + 1;
      if (!known.has(signature)) await reportFinding(runner, options, name, made, verdict);
      known.add(signature);
    } else {
      counts[verdict.kind === "unsupported" ? "unsupported" : "bothErrors"]++;
      const reason = `${verdict.kind}: ${verdict.detail.replaceAll(/'[^']*'|"[^"]*"|-?\d+(\.\d+)?/g, "?").slice(0, 140)}`;
      reasons[reason] = { example: name, ...reasons[reason], count: (reasons[reason]?.count ?? 0) + 1 };
    }
    onCase?.();
  }
  return { cases, ...counts, findings, reasons };
}

async function reportFinding(
  runner: Runner,
  { folder, shrinkMs, report }: SeedOptions,
  name: string,
  failing: Case,
  verdict: Extract<Verdict, { kind: "finding" }>,
): Promise<void> {
  const smallest = await shrink(failing, verdict, (candidate) => runner.judge(candidate), 600, shrinkMs);
  const last = await runner.judge(smallest);
  const script = scriptOf(smallest, name, last.kind === "finding" ? last : verdict);
  report(`\n${script}\n`);
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.sql`), script);
}

/** A script that shows the failure, with the way to it above. */
export function scriptOf(failing: Case, name: string, { what, detail }: Extract<Verdict, { kind: "finding" }>): string {
  const [left, right] = failing.render(failing.tree, failing.tables);
  const comment = (text: string): string =>
    text
      .split("\n")
      .map((line) => `-- ${line}`)
      .join("\n");
  const side = ({ engine, config }: typeof left): string => (engine === "duckdb" ? "DuckDB" : JSON.stringify(config));
  return [
    comment(`${what} (${name}): ${detail}`),
    ...setupStatements(failing.tables).map((statement) => `${statement};`),
    comment(side(left)),
    ...(left.epochs === undefined ? [`${left.sql};`] : followed(left.sql, left.epochs)),
    ...(left.sql === right.sql && left.epochs === undefined
      ? [comment(`against ${side(right)}`)]
      : [comment(side(right)), `${right.sql};`]),
    "",
  ].join("\n");
}

/** Either query may be asked after each epoch. */
function followed(sql: string, epochs: readonly Epoch[]): string[] {
  const all = epochs.flatMap((statements) => [...inTransaction(statements), `FROM ${FOLLOWED}`]);
  return [`CREATE MATERIALIZED VIEW ${FOLLOWED} AS ${sql}`, ...all].map((statement) => `${statement};`);
}
