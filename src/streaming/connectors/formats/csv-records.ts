import { HeadraceError } from "../../../error.ts";
import type { Kernels } from "../../../exec/kernels/kernels.ts";
import { SLACK } from "../../../exec/memory/allocator.ts";
import type { SharedMemory } from "../../../exec/memory/shared-memory.ts";
import { parseCsv } from "../../../exec/worker/csv-parse.ts";
import { SCAN_OWNER } from "../../../exec/worker/csv-scan.ts";
import type { ScanMemory } from "../../../exec/worker/scan-memory.ts";
import { parseDatum } from "../../../planner/types/literals.ts";
import { scanLines } from "./lines.ts";
import type { ByteRange, ParsedRecords, RecordColumn, RecordReader } from "./record-reader.ts";
import { convertColumns } from "./text-values.ts";

export type CsvSyntax = {
  /** One byte each; 0: there is none. */
  readonly delimiter: number;
  readonly quote: number;
  readonly escape: number;
  readonly header: boolean;
  readonly nullText: string;
};

/** Delimited records, whose fields may have line feeds within quotes. */
export class CsvRecords implements RecordReader {
  private readonly columns: readonly RecordColumn[];
  private readonly syntax: CsvSyntax;
  /** By field of the file: its column, -1 for those that the table does not have. */
  private readonly slots: readonly number[];
  private readonly memory: SharedMemory;
  private readonly kernels: Kernels;

  /** @param header names of the fields in the file; undefined: they are the columns in their order */
  constructor(
    columns: readonly RecordColumn[],
    syntax: CsvSyntax,
    header: readonly string[] | undefined,
    { memory, kernels }: { readonly memory: SharedMemory; readonly kernels: Kernels },
  ) {
    this.columns = columns;
    this.syntax = syntax;
    const names = header?.map((name) => name.trim().toLowerCase());
    this.slots =
      names?.map((name) => columns.findIndex((column) => column.name.toLowerCase() === name)) ??
      columns.map((_, i) => i);
    const missing = columns.find((_, i) => !this.slots.includes(i));
    if (missing !== undefined) {
      throw new HeadraceError("format", `there is no field "${missing.name}" in the header "${header?.join() ?? ""}"`, {
        hint: "csv.header = false takes the fields in the order of the columns",
      });
    }
    if (new Set(this.slots.filter((slot) => slot >= 0)).size < columns.length) {
      throw new HeadraceError("format", `a field comes twice in the header "${header?.join() ?? ""}"`);
    }
    this.memory = memory;
    this.kernels = kernels;
  }

  scan(address: number, end: number, most: number): { readonly records: number; readonly bytes: number } {
    const { delimiter, quote, escape } = this.syntax;
    if (quote === 0) return scanLines(this.kernels, address, end, most);
    const state = this.memory.allocate(8 + SLACK, SCAN_OWNER);
    try {
      let records = 0;
      let at = address;
      while (records < most && at < end) {
        this.memory.view.setUint32(state, 0, true);
        this.memory.view.setUint32(state + 4, LF, true);
        const next = this.kernels.csvBoundary(at, end, at, delimiter, quote, escape, state) >>> 0;
        if (next > end) break;
        at = next;
        records++;
      }
      return { records, bytes: at - address };
    } finally {
      this.memory.release(state, 8 + SLACK);
    }
  }

  parse(memory: ScanMemory, text: number, bytes: number): ParsedRecords {
    const { syntax, slots } = this;
    const parsed = parseCsv(memory, text, bytes, {
      ...syntax,
      ...{ fields: slots.length, slots, badRecords: "collect", nullPadding: false, strict: true },
    });
    const { nullText } = syntax;
    const { columns, bad } = convertColumns(memory, this.columns, parsed.refs, parsed.records, {
      nullText,
      json: false,
      parse:
        ({ type }) =>
        (value) =>
          parseDatum(value, type),
    });
    const rejects = parsed.rejects.map(({ start, message }) => ({ at: start, message }));
    return { rows: parsed.records, columns, weights: undefined, recordOf: undefined, bad, rejects };
  }

  ranges(text: Uint8Array): ByteRange[] {
    const bytes = text.length + SLACK;
    const address = this.memory.allocate(bytes, SCAN_OWNER);
    try {
      this.memory.u8.set(text, address);
      const ranges: ByteRange[] = [];
      for (let start = 0; start < text.length;) {
        const whole = this.scan(address + start, address + text.length, 1).bytes;
        const next = whole === 0 ? text.length : start + whole;
        let end = text[next - 1] === LF ? next - 1 : next;
        if (end > start && text[end - 1] === CR) end--;
        if (end > start || (this.slots.length === 1 && whole > 0)) ranges.push({ start, end });
        start = next;
      }
      return ranges;
    } finally {
      this.memory.release(address, bytes);
    }
  }
}

const LF = 10;
const CR = 13;
