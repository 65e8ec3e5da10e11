/** The records of seeds that are done: one JSON line each, in a file that only grows. */
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Oracle } from "./cases.ts";
import type { Counts } from "./seed.ts";

/** What a record was made with: hashes of the built engine and of the generator, and the commit for people. */
export type Version = { readonly engine: string; readonly generator: string; readonly commit: string };

export type SeedRecord = Counts & {
  readonly oracle: Oracle;
  readonly seed: number;
  /** How many cases were asked for; `cases` says how many there were. */
  readonly queries: number;
  readonly version: Version;
  readonly seconds: number;
};

/** Whether a record says something about this code. */
export const isOf = ({ version }: SeedRecord, { engine, generator }: Version): boolean =>
  version.engine === engine && version.generator === generator;

/** None where there is no such file. A last line that was cut off is left out. */
export async function readRecords(file: string): Promise<SeedRecord[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  return text.split("\n").flatMap((line): SeedRecord[] => {
    try {
      return [JSON.parse(line) as SeedRecord];
    } catch {
      return [];
    }
  });
}

/** The line begins anew, so that one that was cut off before costs itself only. */
export async function appendRecord(file: string, record: SeedRecord): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, `\n${JSON.stringify(record)}\n`);
}

/** Records added up, for each oracle, and the findings below. */
export function resultTable(records: readonly SeedRecord[]): string {
  const oracles = [...new Set(records.map(({ oracle }) => oracle))];
  const rows = oracles.map((oracle) => {
    const own = records.filter((record) => record.oracle === oracle);
    const sum = (count: (record: SeedRecord) => number): number => own.reduce((total, one) => total + count(one), 0);
    const cases = sum((record) => record.cases);
    const unsupported = sum((record) => record.unsupported);
    return [
      oracle,
      String(own.length),
      String(cases),
      String(sum(({ same }) => same)),
      String(sum(({ bothErrors }) => bothErrors)),
      `${cases === 0 ? 0 : ((100 * unsupported) / cases).toFixed(2)} %`,
      String(sum(({ findings }) => Object.values(findings).reduce((total, count) => total + count, 0))),
      String(sum(({ seconds }) => seconds)),
      [...new Set(own.map(({ version }) => version.commit))].join(" "),
    ];
  });
  const lines = [
    ["oracle", "seeds", "cases", "same", "both errors", "unsupported", "findings", "s", "commit"],
    ...rows,
  ];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const table = lines.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
  );
  const found = totals(records.map(({ findings }) => findings));
  return [...table, ...found.map(([signature, count]) => `${String(count).padStart(6)} ${signature}`), ""].join("\n");
}

/** What was unsupported or an error on both sides, the most frequent first. */
export function reasonsTable(records: readonly SeedRecord[]): string {
  const all = records.flatMap(({ reasons }) => Object.entries(reasons));
  return totals(all.map(([reason, { count }]) => ({ [reason]: count })))
    .map(([reason, count]) => {
      const { example } = all.find(([other]) => other === reason)![1];
      return `${String(count).padStart(6)} ${reason} (${example})\n`;
    })
    .join("");
}

function totals(counts: readonly Readonly<Record<string, number>>[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const [name, count] of counts.flatMap(Object.entries<number>)) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums].sort((a, b) => b[1] - a[1]);
}
