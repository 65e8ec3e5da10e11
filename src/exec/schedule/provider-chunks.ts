/** Rows that JavaScript provides, as chunks in shared memory. */
import { HeadraceError } from "../../error.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { SourceFilter } from "../../planner/catalog/source-filter.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { datumBytes } from "../../planner/functions/host/nested.ts";
import { writeWords } from "../../planner/functions/host/values.ts";
import { type Lane, LANE_BYTES } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { ScanHandle } from "../codegen/env.ts";
import type { TableUse } from "../codegen/program.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { CHUNK_ROWS } from "../table/table-version.ts";
import { orCancelled } from "../worker/or-cancelled.ts";
import type { Morsels } from "./sources.ts";

/** What a scan of a provider asks for; `ordinals`: columns of the schema. */
export type ProviderRequest = {
  readonly ordinals: readonly number[];
  readonly filters: readonly SourceFilter[];
  /** No more rows than this are looked at. */
  readonly limit: number | undefined;
  /** Aborted when nobody looks at further rows. */
  readonly signal: AbortSignal;
};

/** Rows by column, in the order of the request's ordinals. */
export type ProviderBatch = { readonly rows: number; readonly columns: readonly (readonly Datum[])[] };

/** The handle of a source of kind "provider". */
export type ProviderHandle = ScanHandle & {
  readonly scan: (request: ProviderRequest) => AsyncIterator<ProviderBatch>;
};

type Chunk = { readonly address: number; readonly bytes: number; readonly rows: number };

/** A round ends when the provider has kept it waiting for so long, if there is a row. */
const LONGEST_WAIT_MS = 20;
const SLACK = 16;

/**
 * The provider's rows as morsels, at most `most` at a time; those of a round are freed when the next one is asked for, which is
 * being filled meanwhile. Nothing is pulled beyond that. `check` throws when the query was cancelled.
 */
export async function* providerRounds(
  shared: SharedMemory,
  owner: number,
  source: TableSource,
  use: TableUse,
  most: number,
  check: () => void,
): AsyncGenerator<Morsels> {
  const handle = source.handle as ProviderHandle;
  const controller = new AbortController();
  const { ordinals, pushed = [], limit } = use;
  const rows = handle.scan({ ordinals, filters: pushed, limit, signal: controller.signal });
  const columns = ordinals.map((ordinal) => {
    const column = source.schema[ordinal];
    if (column === undefined) throw new RangeError(`column ${ordinal} of ${source.name}`);
    return column;
  });
  let ended = false;
  const pull = async (): Promise<readonly Chunk[]> => {
    const chunks: Chunk[] = [];
    const start = performance.now();
    while (!ended && chunks.length < most && (chunks.length === 0 || performance.now() - start < LONGEST_WAIT_MS)) {
      const next = await orCancelled(rows.next(), check);
      if (next.done === true) ended = true;
      else
        for (let first = 0; first < next.value.rows; first += CHUNK_ROWS)
          chunks.push(writeChunk(shared, owner, source.name, columns, next.value, first));
    }
    return chunks;
  };
  const free = (chunks: readonly Chunk[]): void => {
    for (const { address, bytes } of chunks) shared.release(address, bytes);
  };
  let filling: Promise<readonly Chunk[]> | undefined = pull();
  try {
    for (;;) {
      const chunks: readonly Chunk[] = await filling;
      filling = undefined;
      if (chunks.length === 0) return;
      filling = pull();
      // A failure shows when the rows are asked for.
      filling.catch(() => undefined);
      const entries = chunks.map(({ address, rows: count }) => [address, 0, count] as const);
      yield { entries, rows: chunks.reduce((sum, { rows: count }) => sum + count, 0), files: undefined };
      free(chunks);
    }
  } finally {
    controller.abort();
    ended = true;
    const stopped = rows.return?.();
    stopped?.catch(() => undefined);
    if (filling !== undefined) free(await filling.catch(() => []));
  }
}

type Column = TableSource["schema"][number];

/** Descriptors of the columns first, then values, validity and the bytes of strings. */
function writeChunk(
  shared: SharedMemory,
  owner: number,
  table: string,
  columns: readonly Column[],
  batch: ProviderBatch,
  first: number,
): Chunk {
  const rows = Math.min(CHUNK_ROWS, batch.rows - first);
  const values = batch.columns.map((column) => (rows === batch.rows ? column : column.slice(first, first + rows)));
  const texts = columns.map(({ lane, type }, i) => (lane === "str" ? encoded(values[i] ?? [], type) : undefined));
  const bitmapBytes = align(Math.ceil(rows / 8));
  let bytes = align(columns.length * 16);
  const places = columns.map(({ lane }, i) => {
    const data = bytes;
    const validity = data + align(rows * LANE_BYTES[lane]);
    const text = validity + bitmapBytes;
    bytes = align(text + (texts[i]?.reduce((sum, item) => sum + (item?.length ?? 0), 0) ?? 0));
    return { data, validity, text };
  });
  bytes += SLACK;
  const address = shared.allocate(bytes, owner);
  columns.forEach(({ name, lane, type, nullable }, i) => {
    const place = places[i] as (typeof places)[number];
    const column = values[i] ?? [];
    const hasNull = writeValidity(shared, address + place.validity, column);
    if (hasNull && !nullable) {
      shared.release(address, bytes);
      throw new HeadraceError(
        "constraint",
        `the table ${table} provides NULL in its column "${name}", which is NOT NULL`,
      );
    }
    const text = texts[i];
    if (text !== undefined) writeTexts(shared, address + place.data, address + place.text, text);
    else writeNumbers(shared, address + place.data, lane, type, column);
    const at = (address >>> 2) + i * 4;
    shared.u32[at] = address + place.data;
    shared.u32[at + 1] = hasNull ? address + place.validity : 0;
  });
  return { address, bytes, rows };
}

const align = (bytes: number): number => Math.ceil(bytes / 16) * 16;

function encoded(values: readonly Datum[], type: SqlType): readonly (Uint8Array | undefined)[] {
  return values.map((value) => {
    if (value === null) return undefined;
    return typeof value === "string" ? Buffer.from(value, "utf8") : datumBytes(value, type);
  });
}

/** Whether there is a NULL. */
function writeValidity({ u8 }: SharedMemory, address: number, values: readonly Datum[]): boolean {
  let hasNull = false;
  for (let byte = 0; byte * 8 < values.length; byte++) {
    let bits = 0;
    for (let i = byte * 8; i < Math.min(values.length, byte * 8 + 8); i++) {
      if (values[i] === null) hasNull = true;
      else bits |= 1 << (i & 7);
    }
    u8[address + byte] = bits;
  }
  return hasNull;
}

function writeTexts(
  { u8, u32 }: SharedMemory,
  refs: number,
  bytes: number,
  texts: readonly (Uint8Array | undefined)[],
): void {
  let next = bytes;
  texts.forEach((text, i) => {
    const at = (refs >>> 2) + 2 * i;
    u32[at] = text === undefined ? 0 : next;
    u32[at + 1] = text?.length ?? 0;
    if (text === undefined) return;
    u8.set(text, next);
    next += text.length;
  });
}

/** 0 where a value is NULL. */
function writeNumbers(
  shared: SharedMemory,
  address: number,
  lane: Lane,
  type: SqlType,
  values: readonly Datum[],
): void {
  const { buffer } = shared.memory;
  const count = values.length;
  const fill = (target: { [i: number]: number }): void => {
    for (let i = 0; i < count; i++) target[i] = Number(values[i] ?? 0);
  };
  switch (lane) {
    case "bool":
    case "u8":
      return fill(new Uint8Array(buffer, address, count));
    case "i8":
      return fill(new Int8Array(buffer, address, count));
    case "i16":
      return fill(new Int16Array(buffer, address, count));
    case "u16":
      return fill(new Uint16Array(buffer, address, count));
    case "i32":
      return fill(new Int32Array(buffer, address, count));
    case "u32":
      return fill(new Uint32Array(buffer, address, count));
    case "f32":
      return fill(new Float32Array(buffer, address, count));
    case "f64":
      return fill(new Float64Array(buffer, address, count));
    case "i64":
    case "u64": {
      const target = new BigInt64Array(buffer, address, count);
      for (let i = 0; i < count; i++) target[i] = BigInt.asIntN(64, BigInt((values[i] ?? 0n) as bigint | number));
      return;
    }
    case "i128":
    case "interval": {
      new Uint8Array(buffer, address, count * 16).fill(0);
      for (let i = 0; i < count; i++) {
        const value = values[i];
        if (value === null || value === undefined) continue;
        writeWords(new DataView(buffer, address + i * 16, 16), value as bigint, type);
      }
      return;
    }
    case "str":
      throw new TypeError("strings are written by writeTexts");
  }
}
