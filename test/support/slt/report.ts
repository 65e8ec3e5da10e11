/** Counts by folder, as a table. */
import { dirname, relative, sep } from "node:path";
import type { Status } from "./run.ts";

export type RecordReport = {
  readonly kind: "statement" | "query" | "plan";
  readonly line: number;
  readonly sql: string;
  readonly status: Status;
  readonly message: string | undefined;
};

export type FileReport = {
  readonly path: string;
  /** Why the file as a whole came to nothing: a crash, a hang, a script that cannot be read. */
  readonly failure: string | undefined;
  readonly records: readonly RecordReport[];
};

export type Counts = { passed: number; failed: number; unsupported: number };

export type FolderCounts = { readonly folder: string; readonly queries: Counts; readonly statements: Counts };

/** By the first folder below `root`. A file that came to nothing counts its `expectedQueries` as failed. */
export function countByFolder(
  root: string,
  reports: readonly (FileReport & { readonly expectedQueries: number })[],
): FolderCounts[] {
  const folders = new Map<string, FolderCounts>();
  for (const { path, failure, records, expectedQueries } of reports) {
    const folder = dirname(relative(root, path)).split(sep)[0]!;
    let counts = folders.get(folder);
    if (counts === undefined) folders.set(folder, (counts = { folder, queries: zero(), statements: zero() }));
    for (const { kind, status } of records) (kind === "query" ? counts.queries : counts.statements)[status]++;
    if (failure !== undefined) counts.queries.failed += expectedQueries;
  }
  return [...folders.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

function zero(): Counts {
  return { passed: 0, failed: 0, unsupported: 0 };
}

export function sumCounts(folders: readonly FolderCounts[]): FolderCounts {
  const total: FolderCounts = { folder: "total", queries: zero(), statements: zero() };
  for (const { queries, statements } of folders) {
    for (const status of ["passed", "failed", "unsupported"] as const) {
      total.queries[status] += queries[status];
      total.statements[status] += statements[status];
    }
  }
  return total;
}

export function formatCounts(folders: readonly FolderCounts[]): string {
  const header = ["folder", "queries", "passed", "failed", "unsupported", "%", "statements", "passed"];
  const rows = [...folders, sumCounts(folders)].map(({ folder, queries, statements }) => {
    const count = queries.passed + queries.failed + queries.unsupported;
    const share = count === 0 ? "" : ((100 * queries.passed) / count).toFixed(1);
    const others = statements.passed + statements.failed + statements.unsupported;
    return [folder, count, queries.passed, queries.failed, queries.unsupported, share, others, statements.passed].map(
      String,
    );
  });
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(header), rule, ...rows.slice(0, -1).map(line), rule, line(rows.at(-1)!)].join("\n");
}
