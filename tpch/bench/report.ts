/** A benchmark as a table: medians per engine (of the first also the part that is planning), then the ratio of the first engine's to each peer's fastest variant. */
import type { QueryReport } from "./benchmark.ts";
import { geometricMean, median } from "./statistics.ts";

export type Ratios = {
  readonly peer: string;
  /** The first engine's median over the peer's, by query; undefined where one of them could not run it. */
  readonly byQuery: readonly (number | undefined)[];
  readonly geometricMean: number | undefined;
};

export function ratiosOf(reports: readonly QueryReport[]): Ratios[] {
  const own = reports[0]?.engines[0]?.peer;
  const peers = [...new Set(reports[0]?.engines.map(({ peer }) => peer))].filter((peer) => peer !== own);
  return peers.map((peer) => {
    const byQuery = reports.map((report) => ratio(fastest(report, own!), fastest(report, peer)));
    const known = byQuery.filter((value) => value !== undefined);
    return { peer, byQuery, geometricMean: known.length === 0 ? undefined : geometricMean(known) };
  });
}

/** The smallest median among the variants of a peer. */
function fastest(report: QueryReport, peer: string): number | undefined {
  const medians = report.engines.filter((e) => e.peer === peer && e.samples.length > 0).map((e) => median(e.samples));
  return medians.length === 0 ? undefined : Math.min(...medians);
}

function ratio(own: number | undefined, peer: number | undefined): number | undefined {
  return own === undefined || peer === undefined ? undefined : own / peer;
}

/** `verdict` is the last column: the check of the first engine's answer. */
export function formatReport(reports: readonly QueryReport[], verdict: (report: QueryReport) => string): string {
  const engines = reports[0]?.engines.map(({ engine }) => engine) ?? [];
  const ratios = ratiosOf(reports);
  const [own, ...peers] = engines.map((engine) => `${engine} ms`);
  const header = ["query", own ?? "", "planning", ...peers, ...ratios.map(({ peer }) => `/ ${peer}`), ""];
  const withPlanning = (cells: readonly string[], planning: string): string[] => cells.toSpliced(1, 0, planning);
  const plannings = reports.map(({ engines: all }) => all[0]!.planning);
  const rows = reports.map((report, r) => [
    `Q${report.query}`,
    ...withPlanning(
      report.engines.map(({ samples, difference }) => milliseconds(samples) + (difference === undefined ? "" : " !")),
      milliseconds(plannings[r]!),
    ),
    ...ratios.map(({ byQuery }) => twoDigits(byQuery[r])),
    verdict(report),
  ]);
  const geometric = [
    "geomean",
    ...withPlanning(
      engines.map((_, e) => meanOfMedians(reports.map(({ engines: all }) => all[e]!.samples))),
      meanOfMedians(plannings),
    ),
    ...ratios.map(({ geometricMean: mean }) => twoDigits(mean)),
    "",
  ];
  const total = [
    "total",
    ...withPlanning(
      engines.map((_, e) => sumOfMedians(reports.map(({ engines: all }) => all[e]!.samples))),
      sumOfMedians(plannings),
    ),
    ...ratios.map(() => ""),
    "",
  ];
  return layOut([header, ...rows, geometric, total], 1, rows.length + 1);
}

/** Every reason why an engine has no time or another result, one a line. */
export function formatProblems(reports: readonly QueryReport[]): string[] {
  return reports.flatMap(({ query, engines }) =>
    engines.flatMap(({ engine, failure, difference }) => {
      if (failure !== undefined) return [`Q${query}: ${engine} cannot run it: ${failure.split("\n")[0]}`];
      return difference === undefined
        ? []
        : [`Q${query}: ${engine} has another result than ${engines[0]!.engine}: ${difference}`];
    }),
  );
}

function meanOfMedians(queries: readonly (readonly number[])[]): string {
  const medians = queries.filter((samples) => samples.length > 0).map(median);
  return medians.length === 0 ? "" : geometricMean(medians).toFixed(1);
}

function sumOfMedians(queries: readonly (readonly number[])[]): string {
  const medians = queries.filter((samples) => samples.length > 0).map(median);
  return medians.reduce((sum, value) => sum + value, 0).toFixed(1);
}

function milliseconds(samples: readonly number[]): string {
  return samples.length === 0 ? "n/a" : median(samples).toFixed(1);
}

function twoDigits(value: number | undefined): string {
  return value === undefined ? "n/a" : value.toFixed(2);
}

/** Columns to the right but the first and the last; rules below the header and above the summary. */
function layOut(rows: readonly (readonly string[])[], ...rulesAt: number[]): string {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  const last = widths.length - 1;
  const lines = rows.map((row) =>
    row
      .map((cell, c) => (c === 0 || c === last ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!)))
      .join("  ")
      .trimEnd(),
  );
  const rule = "-".repeat(Math.max(...lines.map((line) => line.length)));
  return lines.flatMap((line, i) => (rulesAt.includes(i) ? [rule, line] : [line])).join("\n");
}
