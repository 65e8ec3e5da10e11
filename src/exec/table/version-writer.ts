/** Makes versions of tables out of chunks of an older one and rows of a query. */
import { HeadraceError } from "../../error.ts";
import { type Lane, LANE_BYTES } from "../../planner/types/lane.ts";
import { repOf } from "../../planner/ir/lower/rep.ts";
import type { Rep } from "../../planner/ir/operand.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { type ExtentScope, SLACK } from "../memory/allocator.ts";
import { OWNER_TABLES, PAGE_BYTES, type SharedMemory } from "../memory/shared-memory.ts";
import {
  analyzeChunk,
  analyzeEntries,
  type ChunkAnalysis,
  COLUMN_STATE,
  type ColumnAnalysis,
  internChunk,
  internEntries,
  type Interning,
  readSketch,
  slotBitsFor,
} from "./analyze.ts";
import { type ColumnEncoding, type ColumnTarget, encodeChunk } from "./encode.ts";
import { chooseLane, dictionaryLimit, hasBounds, mayUseDictionary } from "./encoding.ts";
import {
  type ChunkPlan,
  type PieceSource,
  sumStringBytes,
  type Workbench,
  workbench,
  WORKBENCH_BYTES,
} from "./pieces.ts";
import { type Bounds, mergeBounds, mergeSketches } from "./statistics.ts";
import {
  type Chunk,
  type ChunkColumn,
  type ColumnDictionary,
  type ColumnSummary,
  makeVersion,
  type SharedExtent,
  type TableColumn,
  type TableVersion,
  withChunks,
} from "./table-version.ts";

/** Chunks whose values of one column share an extent. */
const CHUNKS_PER_EXTENT = 16;

export type WriteContext = {
  readonly memory: SharedMemory;
  readonly kernels: Kernels;
  /** Memory that goes when the version is made. */
  readonly scratch: ExtentScope;
  /** Takes everything allocated for the new version. */
  readonly extents: SharedExtent[];
  /** The table's name, for messages. */
  readonly name: string;
};

/**
 * Two passes over what is new: one learns bounds and strings, which decide the encodings, the other one encodes. What did not
 * change is shared with the old version, by chunk and column.
 */
export class VersionWriter {
  private readonly memory: SharedMemory;
  private readonly bench: Workbench;
  private readonly old: TableVersion;
  private readonly source: PieceSource;
  private readonly name: string;
  private readonly scratch: ExtentScope;
  private readonly extents: SharedExtent[];
  private readonly plans: readonly ChunkPlan[];
  private readonly made: readonly ChunkPlan[];
  /** Old rows change or go; else there are only rows behind them. */
  private readonly inPlace: boolean;
  /** Rows that move do so in all columns. */
  private readonly moves: boolean;
  private readonly total: number;

  constructor(
    { memory, kernels, scratch, extents, name }: WriteContext,
    source: PieceSource,
    plans: readonly ChunkPlan[],
    inPlace: boolean,
  ) {
    this.memory = memory;
    this.old = source.old;
    this.source = source;
    this.name = name;
    this.scratch = scratch;
    this.extents = extents;
    this.plans = plans;
    this.made = plans.filter(({ kept }) => !kept);
    this.total = plans.reduce((sum, { rows }) => sum + rows, 0);
    this.inPlace = inPlace;
    this.moves = this.total !== this.old.rows;
    this.bench = workbench(kernels, scratch.alloc(WORKBENCH_BYTES));
  }

  *run(): Generator<void, TableVersion> {
    const { old } = this;
    const analyses = yield* this.analyze();
    const columns = old.columns.map((column, ordinal): TableColumn => {
      const analysis = analyses[ordinal];
      if (analysis === undefined || (old.fixed && column.nullable)) return column;
      const { interning } = analysis;
      const summary = this.summarize(analysis, ordinal);
      const lane = old.fixed ? column.lane : laneFor(column, summary, interning);
      const dictionary = interning === undefined ? undefined : this.dictionary(column.dictionary, interning);
      return { ...column, lane, dictionary, summary };
    });
    const chunks = yield* this.encode(columns, analyses);
    return old.fixed ? withChunks(old, chunks, old.spilled) : makeVersion(columns, chunks, old, old.spilled);
  }

  private *analyze(): Generator<void, readonly (ColumnAnalysis | undefined)[]> {
    const { old, bench, memory, source } = this;
    const states = this.scratch.alloc(COLUMN_STATE.bytes * old.columns.length);
    bench.kernels.fillBytes(states, 0, COLUMN_STATE.bytes * old.columns.length);
    const analyses = old.columns.map((column, ordinal): ColumnAnalysis | undefined => {
      // Of a fixed table nobody asks for statistics.
      memory.u32[(states + COLUMN_STATE.bytes * ordinal + COLUMN_STATE.plain) >>> 2] = old.fixed ? 1 : 0;
      if (!this.moves && source.fields[ordinal] === undefined) return undefined;
      return {
        rep: this.repOf(column, ordinal),
        bounded: hasBounds(column.type),
        state: states + COLUMN_STATE.bytes * ordinal,
        interning: this.startInterning(column),
        nans: 0,
        bounds: undefined,
        chunks: [],
      };
    });
    for (const [ordinal, analysis] of analyses.entries()) {
      const dictionary = old.columns[ordinal]?.dictionary;
      if (analysis === undefined) continue;
      if (dictionary !== undefined) {
        this.seed(analysis, dictionary);
        continue;
      }
      if (analysis.interning === undefined) continue;
      for (const piece of this.plans.flatMap(({ pieces }) => pieces)) {
        if (piece.kind === "chunk" && analysis.interning !== undefined)
          yield* internChunk(memory, bench, source, piece, ordinal, analysis);
      }
    }
    for (const plan of this.made) yield* analyzeChunk(memory, bench, source, plan, analyses);
    return analyses;
  }

  /** The representation in which the column's new values come (see `viewPiece`). */
  private repOf({ type, name }: TableColumn, ordinal: number): Rep {
    if (this.inPlace || this.made.length === 0) return repOf(type);
    const field = this.source.rows.columns[this.source.fields[ordinal] ?? -1]?.field;
    if (field === undefined) throw new RangeError(`no values for column ${name}`);
    return field.rep;
  }

  /**
   * A column that has a dictionary keeps it while it may; whether one that has none should get one is asked again
   * whenever the table has doubled.
   */
  private startInterning({ type, dictionary }: TableColumn): Interning | undefined {
    if (this.old.fixed || !mayUseDictionary(type)) return undefined;
    const doubled = Math.floor(Math.log2(this.total)) > Math.floor(Math.log2(this.old.rows));
    const limit = Math.max(dictionaryLimit(this.total, dictionary !== undefined), dictionary?.size ?? 0);
    if (limit === 0 || (dictionary === undefined && !doubled)) return undefined;
    const slotBits = slotBitsFor(limit);
    const slots = this.scratch.alloc(4 << slotBits);
    this.bench.kernels.fillBytes(slots, 0, 4 << slotBits);
    const firstRow = dictionary === undefined || this.inPlace ? 0 : this.old.rows;
    const codes = this.scratch.alloc(2 * (this.total - firstRow));
    const entries = this.scratch.alloc(limit * 8);
    return { slots, slotBits, entries, size: 0, limit, codes, firstRow };
  }

  /** Entries keep their codes: the old dictionary is a prefix of the new one. */
  private seed(analysis: ColumnAnalysis, { refs, size }: ColumnDictionary): void {
    const codes = this.scratch.alloc(size * 2);
    internEntries(this.memory, this.bench, analysis, refs, size, codes);
    this.scratch.release(codes);
  }

  private summarize(analysis: ColumnAnalysis, ordinal: number): ColumnSummary {
    const { name, nullable, summary, dictionary } = this.old.columns[ordinal] as TableColumn;
    const { interning, nans, chunks } = analysis;
    const kept = this.inPlace ? this.keptValues(ordinal) : this.old.fixed ? this.old.rows : summary.values;
    const values = kept + chunks.reduce((sum, chunk) => sum + chunk.values, 0);
    if (!nullable && values < this.total) {
      const column = this.name === "" ? name : `${this.name}.${name}`;
      throw new HeadraceError("constraint", `NOT NULL constraint failed: ${column}`);
    }
    if (interning !== undefined && interning.size !== dictionary?.size) {
      analyzeEntries(this.memory, this.bench, analysis, interning);
    }
    const keptBytes = summary.values === 0 ? 0 : summary.bytes * (kept / summary.values);
    return {
      values,
      nans: summary.nans + nans,
      bytes: keptBytes + chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
      bounds: mergeBounds(this.keptBounds(summary, ordinal), analysis.bounds),
      sketch:
        interning === undefined && !this.old.fixed
          ? mergeSketches(summary.sketch, readSketch(this.memory, analysis))
          : NO_SKETCH,
    };
  }

  /** How many values are in chunks that stay as they are. */
  private keptValues(ordinal: number): number {
    let values = 0;
    for (const { pieces } of this.plans) {
      for (const piece of pieces)
        if (piece.kind === "chunk") values += (piece.chunk.columns[ordinal] as ChunkColumn).values;
    }
    return values;
  }

  /** Bounds of the values that stay: those of their chunks where all have some, so that bounds shrink again. */
  private keptBounds({ bounds }: ColumnSummary, ordinal: number): Bounds | undefined {
    if (!this.inPlace) return bounds;
    let merged: Bounds | undefined;
    for (const { kept, pieces } of this.plans) {
      const [piece] = pieces;
      if (!kept || piece?.kind !== "chunk") continue;
      const { zone, values } = piece.chunk.columns[ordinal] as ChunkColumn;
      if (zone === undefined && values > 0) return bounds;
      merged = mergeBounds(merged, zone);
    }
    return merged;
  }

  private dictionary(old: ColumnDictionary | undefined, { entries, size }: Interning): ColumnDictionary {
    if (old !== undefined && old.size === size) return old;
    const { kernels, one } = this.bench;
    const refsBytes = Math.max(16, roundUp(size * 8));
    const extent = this.allocate(refsBytes + kernels.sumLengths(entries, 8, size, one, 0));
    kernels.fillBytes(extent.address, 0, refsBytes);
    kernels.copyStrings(entries, 8, size, one, 0, extent.address, extent.address + refsBytes);
    return { refs: extent.address, size, extent };
  }

  private allocate(bytes: number): SharedExtent {
    const size = bytes + SLACK;
    const extent: SharedExtent = { address: this.memory.allocate(size, OWNER_TABLES), bytes: size, references: 0 };
    this.extents.push(extent);
    return extent;
  }

  private *encode(
    columns: readonly TableColumn[],
    analyses: readonly (ColumnAnalysis | undefined)[],
  ): Generator<void, Chunk[]> {
    const encodings = columns.map(({ lane }, ordinal): ColumnEncoding => ({
      lane,
      interning: analyses[ordinal]?.interning,
    }));
    const changed = columns.map(({ lane, dictionary }, i) => {
      const before = this.old.columns[i] as TableColumn;
      return lane !== before.lane || (dictionary === undefined) !== (before.dictionary === undefined);
    });
    const isWritten = ({ kept }: ChunkPlan, ordinal: number): boolean =>
      kept ? changed[ordinal] === true : analyses[ordinal] !== undefined;
    const analysed = new Map(this.made.map((plan, i) => [plan, i]));
    const chunks: Chunk[] = [];
    for (let first = 0; first < this.plans.length; first += CHUNKS_PER_EXTENT) {
      const group = this.plans.slice(first, first + CHUNKS_PER_EXTENT);
      const drafts = columns.map(({ lane }, ordinal): ColumnDraft => {
        const written = group.filter((plan) => isWritten(plan, ordinal));
        const facts = written.map((plan) =>
          this.facts(plan, ordinal, lane, analyses[ordinal]?.chunks[analysed.get(plan) ?? -1]),
        );
        const sizes = facts.map((one) => sizesOf(one, lane));
        const bytes = sizes.reduce((sum, { data, bitmap, strings }) => sum + data + bitmap + strings, 0);
        return { written, facts, sizes, bytes };
      });
      const placed = this.place(drafts);
      for (const plan of group) {
        const [piece] = plan.pieces;
        if (plan.kept && piece?.kind === "chunk" && !changed.includes(true)) {
          chunks.push(piece.chunk);
          continue;
        }
        const targets = placed.map((column) => column.get(plan)?.target);
        yield* encodeChunk(this.bench, this.source, plan, encodings, targets);
        chunks.push({
          rows: plan.rows,
          columns: placed.map((column, i) => column.get(plan)?.column ?? keptColumn(plan, i)),
        });
      }
    }
    return chunks;
  }

  /** What the pieces and the analysis of the new rows tell about a chunk to be made. */
  private facts(
    { rows, pieces }: ChunkPlan,
    ordinal: number,
    lane: Lane,
    analysis: ChunkAnalysis | undefined,
  ): ChunkFacts {
    let values = analysis?.values ?? 0;
    let bytes = analysis?.bytes ?? 0;
    let zone = analysis?.zone;
    for (const piece of pieces) {
      if (piece.kind !== "chunk") continue;
      const column = piece.chunk.columns[ordinal] as ChunkColumn;
      values += column.values;
      zone = mergeBounds(zone, column.zone);
      if (lane === "str") bytes += sumStringBytes(this.bench, this.source, ordinal, piece);
    }
    return { rows, values, bytes: lane === "str" ? bytes : 0, zone: zone?.kind === "bytes" ? undefined : zone };
  }

  /** Room for the columns of several chunks, each in one extent: an extent has whole pages, so small columns share one. */
  private place(drafts: readonly ColumnDraft[]): readonly ReadonlyMap<ChunkPlan, PlacedColumn>[] {
    const placed: ReadonlyMap<ChunkPlan, PlacedColumn>[] = [];
    for (let first = 0; first < drafts.length;) {
      let [end, bytes] = [first + 1, drafts[first]!.bytes];
      while (end < drafts.length && bytes + drafts[end]!.bytes + SLACK <= PAGE_BYTES) bytes += drafts[end++]!.bytes;
      const together = drafts.slice(first, end);
      const extent = together.some(({ written }) => written.length > 0) ? this.allocate(bytes) : undefined;
      let address = extent?.address ?? 0;
      for (const draft of together) {
        placed.push(extent === undefined ? new Map() : this.placeColumn(draft, extent, address));
        address += draft.bytes;
      }
      first = end;
    }
    return placed;
  }

  private placeColumn(
    { written, facts, sizes }: ColumnDraft,
    extent: SharedExtent,
    start: number,
  ): ReadonlyMap<ChunkPlan, PlacedColumn> {
    let address = start;
    return new Map(
      written.map((plan, i) => {
        const { data, bitmap, strings } = sizes[i]!;
        const { zone, values } = facts[i]!;
        const validity = bitmap === 0 ? 0 : address + data;
        if (bitmap !== 0) this.bench.kernels.fillBytes(validity, 0, bitmap);
        const target: ColumnTarget = { data: address, validity, stringBytes: address + data + bitmap };
        address += data + bitmap + strings;
        return [plan, { target, column: { data: target.data, validity, zone, values, extent } }];
      }),
    );
  }
}

function laneFor({ type }: TableColumn, { bounds }: ColumnSummary, interning: Interning | undefined): Lane {
  if (interning === undefined) return chooseLane(type, bounds);
  return interning.size > 256 ? "u16" : "u8";
}

type ChunkFacts = {
  readonly rows: number;
  readonly values: number;
  /** Bytes of strings kept as such. */
  readonly bytes: number;
  readonly zone: Bounds | undefined;
};

/** Bytes of a column in a chunk. */
type ChunkSizes = { readonly data: number; readonly bitmap: number; readonly strings: number };

/** A column of several chunks. */
type ColumnDraft = {
  /** The chunks that it is written for. */
  readonly written: readonly ChunkPlan[];
  /** Of each of them. */
  readonly facts: readonly ChunkFacts[];
  readonly sizes: readonly ChunkSizes[];
  /** Of all. */
  readonly bytes: number;
};

function sizesOf({ rows, values, bytes }: ChunkFacts, lane: Lane): ChunkSizes {
  return {
    data: roundUp(rows * LANE_BYTES[lane]),
    bitmap: values < rows ? roundUp(Math.ceil(rows / 8)) : 0,
    strings: bytes === 0 ? 0 : roundUp(bytes + SLACK),
  };
}

type PlacedColumn = { readonly target: ColumnTarget; readonly column: ChunkColumn };

const NO_SKETCH = new Uint8Array(0);

/** A column that is taken over from the one chunk that the plan consists of. */
function keptColumn({ pieces }: ChunkPlan, ordinal: number): ChunkColumn {
  const [piece] = pieces;
  const column = piece === undefined || piece.kind === "rows" ? undefined : piece.chunk.columns[ordinal];
  if (column === undefined) throw new RangeError(`no column ${ordinal}`);
  return column;
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
