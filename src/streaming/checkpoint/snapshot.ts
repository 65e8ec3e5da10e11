import type { Position, Positions } from "../connectors/source.ts";

/** Positions of all sources of a job, by the source's name. */
export type SourcePositions = ReadonlyMap<string, Positions>;

/** What an epoch reads of a partition: what lies behind `from` (undefined: its beginning) up to `to`. */
export type Boundaries = { readonly from: Position | undefined; readonly to: Position };

/** Watermarks, in microseconds since 1970, by source and partition; partitions without one are left out. */
export type Watermarks = ReadonlyMap<string, ReadonlyMap<string, bigint>>;

/** What makes an epoch repeatable, logged before its rows are read. */
export type EpochRecord = {
  /** One more than that of the record before. */
  readonly epoch: number;
  /** By source and partition. Partitions of which nothing is read may be left out. */
  readonly boundaries: ReadonlyMap<string, ReadonlyMap<string, Boundaries>>;
  /** The moment that all of the epoch takes for now, in microseconds since 1970. */
  readonly processingTime: bigint;
  /** Those that hold when the epoch begins. */
  readonly watermarks: Watermarks;
  /** Whatever else the job wants to find again. */
  readonly memo?: Position | undefined;
};

/** How far a job has come, at the end of an epoch. */
export type Snapshot = {
  readonly epoch: number;
  readonly positions: SourcePositions;
  readonly watermarks: Watermarks;
  /** Whatever else the job wants to find again. */
  readonly memo?: Position | undefined;
};

type Json = Position;

export function recordToJson({ epoch, boundaries, processingTime, watermarks, memo }: EpochRecord): Json {
  return {
    epoch,
    boundaries: fromMaps(boundaries, ({ from, to }) => (from === undefined ? { to } : { from, to })),
    processingTime: String(processingTime),
    watermarks: fromMaps(watermarks, String),
    ...(memo === undefined ? {} : { memo }),
  };
}

export function recordFromJson(json: unknown): EpochRecord {
  const record = json as JsonOf<EpochRecord>;
  return {
    epoch: record.epoch as number,
    boundaries: toMaps(record.boundaries, (value) => {
      const { from, to } = value as { readonly from?: Position; readonly to: Position };
      return { from, to };
    }),
    processingTime: BigInt(record.processingTime as string),
    watermarks: toMaps(record.watermarks, (value) => BigInt(value as string)),
    memo: record.memo,
  };
}

export function snapshotToJson({ epoch, positions, watermarks, memo }: Snapshot): { readonly [key: string]: Json } {
  return {
    epoch,
    positions: fromMaps(positions, (position) => position),
    watermarks: fromMaps(watermarks, String),
    ...(memo === undefined ? {} : { memo }),
  };
}

export function snapshotFromJson(json: unknown): Snapshot {
  const snapshot = json as JsonOf<Snapshot>;
  return {
    epoch: snapshot.epoch as number,
    positions: toMaps(snapshot.positions, (position) => position),
    watermarks: toMaps(snapshot.watermarks, (value) => BigInt(value as string)),
    memo: snapshot.memo,
  };
}

type JsonOf<T> = { readonly [K in keyof T]: Json };

/** Lists of pairs: keys of objects would lose their order, and `__proto__`. */
function fromMaps<T>(maps: ReadonlyMap<string, ReadonlyMap<string, T>>, toJson: (value: T) => Json): Json {
  return [...maps].map(([name, map]) => [name, [...map].map(([key, value]) => [key, toJson(value)])]);
}

function toMaps<T>(json: Json | undefined, fromJson: (value: Json) => T): ReadonlyMap<string, ReadonlyMap<string, T>> {
  const pairs = json as readonly (readonly [string, readonly (readonly [string, Json])[]])[];
  return new Map(pairs.map(([name, map]) => [name, new Map(map.map(([key, value]) => [key, fromJson(value)]))]));
}
