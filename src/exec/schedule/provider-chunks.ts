/** Rows that JavaScript provides, as chunks in shared memory. */
import { HeadraceError } from "../../error.ts";
import type { TableSource } from "../../planner/catalog/catalog.ts";
import type { SourceFilter } from "../../planner/catalog/source-filter.ts";
import { LANE_BYTES } from "../../planner/types/lane.ts";
import type { ScanHandle } from "../codegen/env.ts";
import type { TableUse } from "../codegen/program.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { type LaneColumn, sliceColumn, validityBytes, writeColumn } from "../table/lane-column.ts";
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

/** Rows by column, in the order of the request's ordinals; good until the next batch is asked for. */
export type ProviderBatch = { readonly rows: number; readonly columns: readonly LaneColumn[] };

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
  let bytes = align(columns.length * 16);
  const places = columns.map(({ name, lane, nullable }, i) => {
    const slice = sliceColumn(batch.columns[i] as LaneColumn, lane, first, rows);
    const nullBytes = validityBytes(slice);
    if (nullBytes > 0 && !nullable)
      throw new HeadraceError(
        "constraint",
        `the table ${table} provides NULL in its column "${name}", which is NOT NULL`,
      );
    const data = bytes;
    const validity = align(data + rows * LANE_BYTES[lane]);
    const text = align(validity + nullBytes);
    bytes = align(text + slice.textBytes);
    return { slice, lane, data, validity: nullBytes === 0 ? undefined : validity, text };
  });
  bytes += SLACK;
  const address = shared.allocate(bytes, owner);
  places.forEach(({ slice, lane, data, validity, text }, i) => {
    const place = {
      data: address + data,
      validity: validity === undefined ? 0 : address + validity,
      text: address + text,
    };
    writeColumn(shared, slice, lane, place);
    const at = (address >>> 2) + i * 4;
    shared.u32[at] = place.data;
    shared.u32[at + 1] = place.validity;
  });
  return { address, bytes, rows };
}

const align = (bytes: number): number => Math.ceil(bytes / 16) * 16;
