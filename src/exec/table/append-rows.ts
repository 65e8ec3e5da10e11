/** New versions of tables. */
import { HeadraceError } from "../../error.ts";
import { type Lane, LANE_BYTES } from "../../planner/types/lane.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { type Allocator, ExtentScope, SLACK } from "../memory/allocator.ts";
import { OWNER_TABLES, type SharedMemory } from "../memory/shared-memory.ts";
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
  type Piece,
  planChunks,
  type PieceSource,
  sumStringBytes,
  type Workbench,
  workbench,
  WORKBENCH_BYTES,
} from "./pieces.ts";
import { countRows, type ResultRows } from "./result-rows.ts";
import { type Bounds, mergeBounds, mergeSketches } from "./statistics.ts";
import {
  type Chunk,
  CHUNK_ROWS,
  type ChunkColumn,
  type ColumnDictionary,
  type ColumnSummary,
  makeVersion,
  type SharedExtent,
  type TableColumn,
  type TableVersion,
} from "./table-version.ts";

export type AppendOptions = {
  /** The table's, for messages. */
  readonly name?: string | undefined;
  /** Rows of a new chunk, at most. */
  readonly chunkRows?: number | undefined;
};

/** Chunks whose values of one column share an extent. */
const CHUNKS_PER_EXTENT = 16;

/**
 * The version of the table with `rows` behind those of `old`, which stays valid and shares what did not change with the
 * new one. `rows` has the table's columns in order. Throws `constraint` where NULL meets NOT NULL, and `out_of_memory`;
 * nothing is left allocated then.
 */
export function appendRows(
  memory: SharedMemory,
  kernels: Kernels,
  old: TableVersion,
  rows: ResultRows,
  { name = "", chunkRows = CHUNK_ROWS }: AppendOptions = {},
): TableVersion {
  if (countRows(rows) === 0) return makeVersion(old.columns, old.chunks);
  const allocator: Allocator = {
    memory: memory.memory,
    alloc: (bytes) => memory.allocate(bytes, OWNER_TABLES),
    release: (address, bytes) => memory.release(address, bytes),
  };
  const scratch = new ExtentScope(allocator);
  const extents: SharedExtent[] = [];
  try {
    return new Append(memory, kernels, old, rows, name, chunkRows, scratch, extents).run();
  } catch (error) {
    for (const { address, bytes } of extents) memory.release(address, bytes);
    throw error;
  } finally {
    scratch.releaseAll();
  }
}

class Append {
  private readonly memory: SharedMemory;
  private readonly bench: Workbench;
  private readonly old: TableVersion;
  private readonly source: PieceSource;
  private readonly name: string;
  /** Goes when the append is done. */
  private readonly scratch: ExtentScope;
  /** Everything allocated for the new version. */
  private readonly extents: SharedExtent[];
  private readonly kept: readonly ChunkPlan[];
  private readonly made: readonly ChunkPlan[];
  private readonly total: number;

  constructor(
    memory: SharedMemory,
    kernels: Kernels,
    old: TableVersion,
    rows: ResultRows,
    name: string,
    chunkRows: number,
    scratch: ExtentScope,
    extents: SharedExtent[],
  ) {
    this.memory = memory;
    this.old = old;
    this.source = { old, rows };
    this.name = name;
    this.scratch = scratch;
    this.extents = extents;
    this.bench = workbench(kernels, scratch.alloc(WORKBENCH_BYTES));
    this.total = old.rows + countRows(rows);
    ({ kept: this.kept, made: this.made } = planChunks(old, rows, chunkRows));
  }

  run(): TableVersion {
    const { old } = this;
    const analyses = this.analyze();
    const summaries = analyses.map((analysis, ordinal) => this.summarize(analysis, ordinal));
    const encodings = old.columns.map(({ type }, ordinal): ColumnEncoding => {
      const interning = analyses[ordinal]?.interning;
      if (interning !== undefined) return { lane: interning.size > 256 ? "u16" : "u8", interning };
      return { lane: chooseLane(type, summaries[ordinal]?.bounds), interning };
    });
    const columns = old.columns.map((column, ordinal): TableColumn => {
      const { lane, interning } = encodings[ordinal] as ColumnEncoding;
      const summary = summaries[ordinal] as ColumnSummary;
      const dictionary = interning === undefined ? undefined : this.dictionary(column.dictionary, interning);
      return { ...column, lane, dictionary, summary };
    });

    const changed = columns.map(
      (column, i) =>
        column.lane !== old.columns[i]?.lane ||
        (column.dictionary === undefined) !== (old.columns[i]?.dictionary === undefined),
    );
    const chunks = [
      ...(changed.includes(true)
        ? this.encode(this.kept, encodings, (ordinal) => changed[ordinal] === true, [])
        : old.chunks.slice(0, this.kept.length)),
      ...this.encode(this.made, encodings, () => true, analyses),
    ];
    return makeVersion(columns, chunks);
  }

  private analyze(): ColumnAnalysis[] {
    const states = this.scratch.alloc(COLUMN_STATE.bytes * this.old.columns.length);
    this.bench.kernels.fillBytes(states, 0, COLUMN_STATE.bytes * this.old.columns.length);
    const analyses = this.old.columns.map((column, ordinal): ColumnAnalysis => {
      const field = this.source.rows.columns[ordinal]?.field;
      if (field === undefined) throw new RangeError(`no values for column ${column.name}`);
      return {
        rep: field.rep,
        bounded: hasBounds(column.type),
        state: states + COLUMN_STATE.bytes * ordinal,
        interning: this.startInterning(column),
        nans: 0,
        bounds: undefined,
        chunks: [],
      };
    });
    for (const [ordinal, analysis] of analyses.entries()) {
      const dictionary = this.old.columns[ordinal]?.dictionary;
      if (dictionary !== undefined) {
        this.seed(analysis, dictionary);
        continue;
      }
      for (const { pieces } of [...this.kept, ...this.made]) {
        for (const piece of pieces) {
          if (piece.kind === "chunk" && analysis.interning !== undefined) {
            internChunk(this.memory, this.bench, this.source, piece, ordinal, analysis);
          }
        }
      }
    }
    for (const plan of this.made) analyzeChunk(this.memory, this.bench, this.source, plan, analyses);
    return analyses;
  }

  /**
   * A column that has a dictionary keeps it while it may; whether one that has none should get one is asked again
   * whenever the table has doubled.
   */
  private startInterning({ type, dictionary }: TableColumn): Interning | undefined {
    if (!mayUseDictionary(type)) return undefined;
    const doubled = Math.floor(Math.log2(this.total)) > Math.floor(Math.log2(this.old.rows));
    const limit = dictionaryLimit(this.total, dictionary !== undefined);
    if (limit === 0 || (dictionary === undefined && !doubled)) return undefined;
    const slotBits = slotBitsFor(limit);
    const slots = this.scratch.alloc(4 << slotBits);
    this.bench.kernels.fillBytes(slots, 0, 4 << slotBits);
    const firstRow = dictionary === undefined ? 0 : this.old.rows;
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
    const values = summary.values + chunks.reduce((sum, chunk) => sum + chunk.values, 0);
    if (!nullable && values < this.total) {
      const column = this.name === "" ? name : `${this.name}.${name}`;
      throw new HeadraceError("constraint", `NOT NULL constraint failed: ${column}`);
    }
    if (interning !== undefined && interning.size !== dictionary?.size) {
      analyzeEntries(this.memory, this.bench, analysis, interning);
    }
    return {
      values,
      nans: summary.nans + nans,
      bytes: summary.bytes + chunks.reduce((sum, chunk) => sum + chunk.bytes, 0),
      bounds: mergeBounds(summary.bounds, analysis.bounds),
      sketch: interning === undefined ? mergeSketches(summary.sketch, readSketch(this.memory, analysis)) : NO_SKETCH,
    };
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

  /** Makes the columns for which `wanted` holds; the others are those of the one chunk that a plan then consists of. */
  private encode(
    plans: readonly ChunkPlan[],
    encodings: readonly ColumnEncoding[],
    wanted: (ordinal: number) => boolean,
    analyses: readonly ColumnAnalysis[],
  ): Chunk[] {
    const chunks: Chunk[] = [];
    for (let first = 0; first < plans.length; first += CHUNKS_PER_EXTENT) {
      const group = plans.slice(first, first + CHUNKS_PER_EXTENT);
      const columns = encodings.map(({ lane }, ordinal): PlacedColumn[] => {
        if (!wanted(ordinal)) return group.map(({ pieces }) => keptColumn(pieces, ordinal));
        const facts = group.map((plan, i) => this.facts(plan, ordinal, lane, analyses[ordinal]?.chunks[first + i]));
        return this.place(facts, lane);
      });
      for (const [i, plan] of group.entries()) {
        const targets = columns.map((column) => column[i]?.target);
        encodeChunk(this.bench, this.source, plan, encodings, targets);
        chunks.push({ rows: plan.rows, columns: columns.map((column) => (column[i] as PlacedColumn).column) });
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
    let oldRows = 0;
    let nullable = false;
    let bytes = analysis?.bytes ?? 0;
    let zone = analysis?.zone;
    for (const piece of pieces) {
      if (piece.kind === "rows") continue;
      const column = piece.chunk.columns[ordinal] as ChunkColumn;
      oldRows += piece.rows;
      nullable ||= column.validity !== 0;
      zone = mergeBounds(zone, column.zone);
      if (lane === "str") bytes += sumStringBytes(this.bench, this.source, ordinal, piece);
    }
    if (analysis !== undefined) nullable ||= analysis.values < rows - oldRows;
    return { rows, nullable, bytes: lane === "str" ? bytes : 0, zone: zone?.kind === "bytes" ? undefined : zone };
  }

  /** Room in one extent for a column of several chunks. */
  private place(facts: readonly ChunkFacts[], lane: Lane): PlacedColumn[] {
    const sizes = facts.map(({ rows, nullable, bytes }) => ({
      data: roundUp(rows * LANE_BYTES[lane]),
      bitmap: nullable ? roundUp(Math.ceil(rows / 8)) : 0,
      strings: bytes === 0 ? 0 : roundUp(bytes + SLACK),
    }));
    const extent = this.allocate(sizes.reduce((sum, { data, bitmap, strings }) => sum + data + bitmap + strings, 0));
    let address = extent.address;
    return sizes.map(({ data, bitmap, strings }, i) => {
      const validity = bitmap === 0 ? 0 : address + data;
      if (bitmap !== 0) this.bench.kernels.fillBytes(validity, 0, bitmap);
      const target: ColumnTarget = { data: address, validity, stringBytes: address + data + bitmap };
      address += data + bitmap + strings;
      return { target, column: { data: target.data, validity, zone: facts[i]?.zone, extent } };
    });
  }
}

type ChunkFacts = {
  readonly rows: number;
  readonly nullable: boolean;
  /** Bytes of strings kept as such. */
  readonly bytes: number;
  readonly zone: Bounds | undefined;
};

/** `target`: undefined when the column is taken over. */
type PlacedColumn = { readonly target: ColumnTarget | undefined; readonly column: ChunkColumn };

const NO_SKETCH = new Uint8Array(0);

function keptColumn(pieces: readonly Piece[], ordinal: number): PlacedColumn {
  const piece = pieces[0];
  const column = piece?.kind === "chunk" ? piece.chunk.columns[ordinal] : undefined;
  if (column === undefined) throw new RangeError(`no column ${ordinal}`);
  return { target: undefined, column };
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}
