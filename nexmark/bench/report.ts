import type { QueryReport, RunOptions } from "./run-query.ts";

/** Thousand events per second and core of Apache Flink, as published with the benchmark; it has none for q6 and q23. */
const FLINK: Readonly<Record<string, number>> = {
  ...{ q0: 155, q1: 158, q2: 175, q3: 152, q4: 34, q5: 22, q7: 12, q8: 146, q9: 14, q11: 40, q12: 76, q13: 131 },
  ...{ q14: 161, q15: 72, q16: 19, q17: 117, q18: 54, q19: 44, q20: 19, q21: 98, q22: 130 },
};

/** Events per second and core: with all that passed, and without the generator. */
export function rates({ ms, generatorMs }: QueryReport, { events, workers }: RunOptions): { all: number; own: number } {
  const rate = (time: number): number => (events * 1000) / (time * workers);
  return { all: rate(ms), own: rate(ms - generatorMs) };
}

const COLUMNS: readonly { readonly title: string; readonly width: number }[] = [
  { title: "query", width: 6 },
  { title: "s", width: 8 },
  { title: "CPU s", width: 7 },
  { title: "generator", width: 10 },
  { title: "events/s/core", width: 14 },
  { title: "without gen.", width: 13 },
  { title: "x Flink", width: 8 },
  { title: "p50 ms", width: 8 },
  { title: "p99 ms", width: 8 },
  { title: "epochs", width: 7 },
  { title: "state rows", width: 12 },
  { title: "state MB", width: 9 },
  { title: "files MB", width: 9 },
  { title: "output rows", width: 12 },
  { title: "RSS MB", width: 7 },
];

const row = (cells: readonly string[]): string => cells.map((cell, i) => cell.padStart(COLUMNS[i]!.width)).join(" ");

export const HEADER: string = row(COLUMNS.map(({ title }) => title));

export function reportLine(report: QueryReport, options: RunOptions): string {
  const { all, own } = rates(report, options);
  const flink = FLINK[report.query];
  return row([
    report.query,
    (report.ms / 1000).toFixed(2),
    (report.cpuMs / 1000).toFixed(2),
    (report.generatorMs / 1000).toFixed(2),
    count(all),
    count(own),
    flink === undefined || options.paced ? "" : (own / 1000 / flink).toFixed(1),
    report.latencyMs.p50.toFixed(1),
    report.latencyMs.p99.toFixed(1),
    String(report.epochs),
    count(report.stateRows),
    megabytes(report.stateBytes),
    megabytes(report.spilledBytes),
    count(report.outputRows),
    (report.rssBytes / 1e6).toFixed(0),
  ]);
}

const count = (value: number): string => Math.round(value).toLocaleString("en");
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
