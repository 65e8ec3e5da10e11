/** Many cases of one oracle under one seed. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Case, makeCase, type Oracle } from "./cases.ts";
import { setupStatements } from "./generate/database.ts";
import type { Verdict } from "./messages.ts";
import type { Runner } from "./runner.ts";
import { shrink } from "./shrink.ts";

export type Counts = {
  cases: number;
  same: number;
  bothErrors: number;
  unsupported: number;
  findings: number;
  /** How often what was unsupported or an error on both sides. */
  readonly reasons: Map<string, number>;
};

export type CampaignOptions = {
  readonly oracle: Oracle;
  readonly seed: number;
  readonly from: number;
  readonly cases: number;
  /** Where the scripts of failures go. */
  readonly folder: string | undefined;
  /** Signatures that have been reported. */
  readonly known: Map<string, number>;
  readonly shrinkMs: number;
  readonly report: (text: string) => void;
};

export const CASES_PER_DATABASE = 50;

export async function runCampaign(runner: Runner, options: CampaignOptions): Promise<Counts> {
  const { oracle, seed, from, cases } = options;
  const counts: Counts = { cases: 0, same: 0, bothErrors: 0, unsupported: 0, findings: 0, reasons: new Map() };
  for (let index = from; index < from + cases; index++) {
    const made = makeCase(oracle, seed, index, CASES_PER_DATABASE);
    const verdict = await runner.judge(made);
    counts.cases++;
    if (verdict.kind === "same") counts.same++;
    else if (verdict.kind === "finding") {
      counts.findings++;
      await reportFinding(runner, options, index, made, verdict);
    } else {
      if (verdict.kind === "unsupported") counts.unsupported++;
      else counts.bothErrors++;
      const reason = `${verdict.kind}: ${verdict.detail.replaceAll(/'[^']*'|"[^"]*"|-?\d+(\.\d+)?/g, "?").slice(0, 140)}`;
      counts.reasons.set(reason, (counts.reasons.get(reason) ?? 0) + 1);
    }
  }
  return counts;
}

type FindingVerdict = Extract<Verdict, { kind: "finding" }>;

async function reportFinding(
  runner: Runner,
  { oracle, seed, folder, known, shrinkMs, report }: CampaignOptions,
  index: number,
  failing: Case,
  verdict: FindingVerdict,
): Promise<void> {
  const name = `${oracle}-${seed}-${index}`;
  const seen = verdict.signature === "" ? 0 : (known.get(verdict.signature) ?? 0);
  known.set(verdict.signature, seen + 1);
  if (seen >= 1) return;
  const smallest = await shrink(failing, verdict, (candidate) => runner.judge(candidate), 600, shrinkMs);
  const last = await runner.judge(smallest);
  const script = scriptOf(smallest, name, last.kind === "finding" ? last : verdict);
  report(`\n${script}\n`);
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.sql`), script);
}

/** A script that shows the failure, with the way to it above. */
export function scriptOf(failing: Case, name: string, { what, detail }: FindingVerdict): string {
  const [left, right] = failing.render(failing.tree);
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
    `${left.sql};`,
    ...(left.sql === right.sql ? [comment(`against ${side(right)}`)] : [comment(side(right)), `${right.sql};`]),
    "",
  ].join("\n");
}
