import type { Kernels } from "../../../exec/kernels/kernels.ts";
import { describeFailure, isRaw, parseJsonRecords } from "../../../exec/worker/json-parse.ts";
import type { ScanMemory } from "../../../exec/worker/scan-memory.ts";
import { readNested, readScalar } from "../../../io/formats/json/read-value.ts";
import type { Datum } from "../../../planner/expr/expr.ts";
import { parseInstant } from "../../../planner/types/date-time.ts";
import type { SqlType } from "../../../planner/types/types.ts";
import { lineRanges, scanLines } from "./lines.ts";
import type { ByteRange, ParsedRecords, RecordColumn, RecordReader } from "./record-reader.ts";
import { convertColumns } from "./text-values.ts";

/** JSON objects, one a line. Keys are matched with columns as they are spelled; others are left out, missing ones are NULL. */
export class JsonRecords implements RecordReader {
  private readonly columns: readonly RecordColumn[];
  private readonly kernels: Kernels;

  constructor(columns: readonly RecordColumn[], kernels: Kernels) {
    this.columns = columns;
    this.kernels = kernels;
  }

  scan(address: number, end: number, most: number): { readonly records: number; readonly bytes: number } {
    return scanLines(this.kernels, address, end, most);
  }

  parse(memory: ScanMemory, text: number, bytes: number): ParsedRecords {
    const { refs, records, rejects } = parseObjects(memory, text, bytes, this.columns);
    const { columns, bad } = convertColumns(memory, this.columns, refs, records, {
      nullText: "",
      json: true,
      parse: ({ type }) => (isRaw(type) ? (value) => readNested(value, type, STRICT) : (value) => scalar(value, type)),
    });
    return { rows: records, columns, weights: undefined, recordOf: undefined, bad, rejects };
  }

  ranges(text: Uint8Array): ByteRange[] {
    return lineRanges(text);
  }
}

/** References to the values of keys, by key; lines that are malformed are left out and told. */
export function parseObjects(
  memory: ScanMemory,
  text: number,
  bytes: number,
  keys: readonly { readonly name: string; readonly type: SqlType }[],
): Pick<ParsedRecords, "rejects"> & { readonly refs: readonly number[]; readonly records: number } {
  const { refs, records, rejects } = parseJsonRecords(memory, text, bytes, {
    keys,
    ordinals: keys.map((_, i) => i),
    capacity: memory.kernels.csvCountLines(text, text + bytes) + 1,
    format: "lines",
    records: true,
    strictKeys: false,
    badLines: "collect",
    first: true,
    last: true,
  });
  return {
    refs,
    records,
    rejects: rejects.map((failure) => ({
      at: failure.start,
      message: describeFailure(memory, text, bytes, failure),
    })),
  };
}

const STRICT = { lenient: false, strictKeys: false };

/** A TIMESTAMP with an offset is taken at UTC, whatever its unit. */
function scalar(text: string, type: SqlType): Datum | undefined {
  if (type.kind !== "Timestamp" || (type.unit !== "ms" && type.unit !== "s")) return readScalar(text, type);
  const micros = parseInstant(text, undefined);
  if (micros === undefined) return undefined;
  const factor = type.unit === "ms" ? 1000n : 1_000_000n;
  return (micros + (micros < 0n ? -factor : factor) / 2n) / factor;
}
