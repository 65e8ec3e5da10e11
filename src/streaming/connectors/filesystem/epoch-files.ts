import { HeadraceError } from "../../../error.ts";
import { countRows, type ResultRows } from "../../../exec/table/result-rows.ts";
import { formatRows } from "../../../exec/table/row-text.ts";
import { type FileSystem, isSystemError, readWhole, removeIfThere, writeWhole } from "../../checkpoint/file-system.ts";
import { areAdded, decodeChanges, keyOrdinals, updatesOf, withoutWeight } from "../changes.ts";
import type { ConnectorContext, ConnectorTable } from "../connector.ts";
import { appendedRows, changelogColumns, upsertRows, weightedRows } from "../formats/changelog-rows.ts";
import type { FormatOptions } from "../formats/format-options.ts";
import { csvEncoder, csvText, debeziumLine, ndjsonEncoder, ndjsonText } from "../formats/text-encoder.ts";
import type { Row } from "../changes.ts";
import type { Sink } from "../sink.ts";
import { allocatorOf, linesOf, writeParquet, writeText } from "./epoch-writers.ts";

const EPOCH_DIGITS = 10;

/**
 * A folder with a file for every epoch that has rows, `part-<job>-<epoch>`. A file is written under a hidden name, and gets its own
 * at the commit. What was committed last is also in a file of the job, for epochs without rows.
 */
export class EpochFiles implements Sink {
  readonly ordered = true;
  readonly appendOnly: boolean;
  private readonly files: FileSystem;
  private readonly path: string;
  private readonly table: ConnectorTable;
  private readonly format: FormatOptions;
  private readonly context: Pick<ConnectorContext, "memory" | "kernels">;
  private readonly key: readonly number[];
  private job = "";
  /** The epoch that was written and is not committed. */
  private written: number | undefined;

  constructor(
    files: FileSystem,
    path: string,
    table: ConnectorTable,
    format: FormatOptions,
    context: Pick<ConnectorContext, "memory" | "kernels">,
  ) {
    this.files = files;
    this.path = path.length > 1 ? path.replace(/\/+$/, "") : path;
    this.table = table;
    this.format = format;
    this.appendOnly = format.changelog === "append";
    this.context = context;
    this.key = keyOrdinals(table.columns, table.primaryKey);
  }

  async open(job: string): Promise<number> {
    this.job = encodeURIComponent(job);
    this.written = undefined;
    const { files, path } = this;
    await files.makeDirectory(path);
    let last = await this.readMark();
    const final = `part-${this.job}-`;
    for (const name of await files.list(path)) {
      if (this.isTemporary(name)) await removeIfThere(files, `${path}/${name}`);
      const rest = name.startsWith(final) ? name.slice(final.length) : "";
      const [, digits] = /^(\d+)\.\w+$/.exec(rest) ?? [];
      if (digits !== undefined) last = Math.max(last, Number(digits));
    }
    return last;
  }

  async write(epoch: number, rows: ResultRows): Promise<void> {
    const { files, format, table } = this;
    const path = this.temporary(epoch);
    await removeIfThere(files, path);
    if (format.changelog === "append" && format.format !== "parquet" && countRows(rows) > 0 && areAdded(rows)) {
      const { header, layout } = format.format === "csv" ? csvText(table.columns, format) : ndjsonText(table.columns);
      const { memory, kernels } = this.context;
      const text = formatRows(kernels, allocatorOf(memory), withoutWeight(rows), layout, undefined);
      await writeText(files, path, header, text);
      this.written = epoch;
      return;
    }
    const changes = await decodeChanges(rows);
    if (changes.length === 0) return;
    if (format.changelog === "debezium-json") {
      const updates = updatesOf(changes, table.columns, this.key);
      await writeText(files, path, undefined, linesOf(updates, debeziumLine(table.columns)));
    } else {
      const columns = changelogColumns(table, format);
      const made = this.rowsOf(format.changelog, changes);
      if (format.format === "parquet") await writeParquet(files, path, columns, made, this.context);
      else {
        const { header, line } = format.format === "csv" ? csvEncoder(columns, format) : ndjsonEncoder(columns);
        await writeText(files, path, header, linesOf(made, line));
      }
    }
    this.written = epoch;
  }

  async commit(epoch: number): Promise<void> {
    const { files, path } = this;
    if (this.written === epoch) {
      await files.rename(this.temporary(epoch), `${path}/${this.name(epoch)}`);
      this.written = undefined;
      // The rows come first: a mark without them would say that they are there.
      await files.syncDirectory(path);
    }
    const next = `${this.markPath}.tmp`;
    await removeIfThere(files, next);
    await writeWhole(files, next, Buffer.from(JSON.stringify({ epoch })));
    await files.rename(next, this.markPath);
    await files.syncDirectory(path);
  }

  async close(): Promise<void> {}

  private rowsOf(
    changelog: Exclude<FormatOptions["changelog"], "debezium-json">,
    changes: Awaited<ReturnType<typeof decodeChanges>>,
  ): Row[] {
    switch (changelog) {
      case "append":
        return appendedRows(changes, this.table);
      case "retract":
        return weightedRows(changes);
      case "upsert":
        return upsertRows(changes, this.table, this.key);
    }
  }

  private name(epoch: number): string {
    return `part-${this.job}-${String(epoch).padStart(EPOCH_DIGITS, "0")}.${this.format.format}`;
  }

  private temporary(epoch: number): string {
    return `${this.path}/.${this.name(epoch)}.tmp`;
  }

  /** Whether it is what an epoch of this job has left. */
  private isTemporary(name: string): boolean {
    const own = `.part-${this.job}-`;
    return (
      (name.startsWith(own) && /^\d+\..*tmp$/.test(name.slice(own.length))) ||
      `${this.path}/${name}` === `${this.markPath}.tmp`
    );
  }

  private get markPath(): string {
    return `${this.path}/.committed-${this.job}`;
  }

  /** The last epoch that is marked as committed. */
  private async readMark(): Promise<number> {
    let bytes: Buffer;
    try {
      bytes = await readWhole(this.files, this.markPath);
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return 0;
      throw error;
    }
    const [, epoch] = /^\{"epoch":(\d+)\}$/.exec(bytes.toString("utf8")) ?? [];
    if (epoch !== undefined) return Number(epoch);
    throw new HeadraceError("io", `"${this.markPath}" does not say which epoch was committed: it is damaged`);
  }
}
