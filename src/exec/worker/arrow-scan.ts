import { HeadraceError } from "../../error.ts";
import type { ArrowBatch, ArrowDictionary } from "../../io/formats/arrow/arrow-file.ts";
import type { ArrowTable } from "../../io/formats/arrow/arrow-table.ts";
import type { ArrowField } from "../../io/formats/arrow/schema.ts";
import type { LocalFile } from "../../io/stores/file.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import { type ArrowColumn, corrupt, loadColumn, skipField } from "./arrow-buffers.ts";
import { arrowReader } from "./arrow-values.ts";
import { OpenFiles } from "./open-files.ts";
import { ScanMemory } from "./scan-memory.ts";
import { writeDatum } from "../../planner/types/write-datum.ts";
import { writeBlocks } from "./write-blocks.ts";

/** The record batches of a run over Arrow files, in morsel order. */
export type ArrowScan = {
  readonly kind: "arrow";
  readonly files: readonly {
    readonly path: string;
    readonly name: string;
    readonly fields: readonly ArrowField[];
    readonly dictionaries: readonly ArrowDictionary[];
  }[];
  readonly pieces: readonly { readonly file: number; readonly batch: ArrowBatch }[];
  /** Schema ordinals that the code reads, by slot. */
  readonly ordinals: readonly number[];
};

export function arrowScan(
  { files }: ArrowTable,
  ordinals: readonly number[],
  keeps: (file: number) => boolean,
): ArrowScan {
  return {
    kind: "arrow",
    files: files.map(({ path, name, content: { fields, dictionaries } }) => ({ path, name, fields, dictionaries })),
    pieces: files.flatMap(({ content }, file) =>
      keeps(file) ? content.batches.map((batch) => ({ file, batch })) : [],
    ),
    ordinals,
  };
}

/** Values of a column as its descriptor has them. */
type Vector = { readonly data: number; readonly validity: number };

/** The values of a dictionary: as a column, and by index. */
type Dictionary = Vector & { readonly length: number; readonly read: (index: number) => Datum };

/** One thread's reading of an ArrowScan: a record batch at a time. */
export class ArrowMorsels {
  readonly rejects: readonly never[] = [];
  private readonly memory: ScanMemory;
  /** Dictionaries stay for all batches of a file. */
  private readonly kept: ScanMemory;
  private readonly scan: ArrowScan;
  private readonly files: OpenFiles;
  private readonly dictionaries = new Map<string, Dictionary>();

  constructor(shared: SharedMemory, kernels: Kernels, owner: number, scan: ArrowScan) {
    this.memory = new ScanMemory(shared, kernels, owner);
    this.kept = new ScanMemory(shared, kernels, owner);
    this.scan = scan;
    this.files = new OpenFiles(scan.files);
  }

  /** Reads the columns of batch `index` and returns where their descriptors lie. */
  decode(index: number): { readonly descriptors: number; readonly rows: number } {
    const { scan, memory } = this;
    const piece = scan.pieces[index];
    const source = piece && scan.files[piece.file];
    if (piece === undefined || source === undefined) throw new RangeError(`batch ${index}`);
    const { batch } = piece;
    const file = this.files.get(piece.file);
    const descriptors = memory.zeroed(Math.max(16, scan.ordinals.length * 16));
    const slotOf = new Map(scan.ordinals.map((ordinal, slot) => [ordinal, slot]));
    const at = { nodes: 0, buffers: 0, variadic: 0 };
    source.fields.forEach((field, ordinal) => {
      const slot = slotOf.get(ordinal);
      if (slot === undefined) {
        skipField(field, batch, at);
        return;
      }
      const column = loadColumn(field, batch, at, file, memory);
      if (column.length !== batch.rows) throw corrupt(file, field);
      const { data, validity } = this.vector(column, piece.file, file, memory);
      memory.shared.u32[(descriptors >>> 2) + slot * 4] = data;
      memory.shared.u32[(descriptors >>> 2) + slot * 4 + 1] = validity;
    });
    return { descriptors, rows: batch.rows };
  }

  /** Gives the last batch's memory back: what later steps need of it has been copied. */
  release(): void {
    this.memory.release();
  }

  close(): void {
    this.release();
    this.kept.release();
    this.files.close();
  }

  private vector(column: ArrowColumn, fileIndex: number, file: LocalFile, memory: ScanMemory): Vector {
    const { field, length } = column;
    if (length === 0) return { data: memory.zeroed(16), validity: 0 };
    if (field.dictionary !== undefined) {
      const dictionary = this.dictionary(fileIndex, field, file);
      return gather(column, dictionary, LANE_BYTES[laneOf(field.type)], memory, file);
    }
    const quick = quickVector(column, memory, file);
    if (quick !== undefined) {
      clearNulls(quick, column, LANE_BYTES[laneOf(field.type)], memory);
      return quick;
    }
    return this.slowVector(column, fileIndex, file, memory);
  }

  /** Value by value. */
  private slowVector(column: ArrowColumn, fileIndex: number, file: LocalFile, memory: ScanMemory): Vector {
    const { field, length } = column;
    const { type } = field;
    const width = LANE_BYTES[laneOf(type)];
    const read = arrowReader(column, {
      memory,
      file,
      dictionary: (id) => this.dictionaryById(fileIndex, id, file),
    });
    const data = memory.zeroed(length * width);
    const validity = memory.zeroed(Math.ceil(length / 8) + 8);
    const { u8 } = memory.shared;
    const present = (row: number): Datum => {
      const value = read(row);
      if (value !== null) u8[validity + (row >> 3)] = (u8[validity + (row >> 3)] as number) | (1 << (row & 7));
      return value;
    };
    if (laneOf(type) === "str") writeBlocks(memory, type, data, length, (i) => i, present);
    else
      for (let row = 0; row < length; row++) {
        const value = present(row);
        if (value !== null) writeDatum(memory.shared.view, data + row * width, value, type);
      }
    return { data, validity };
  }

  private dictionaryById(fileIndex: number, id: number, file: LocalFile): (index: number) => Datum {
    const field = findField(this.scan.files[fileIndex]?.fields ?? [], id);
    if (field === undefined)
      throw new HeadraceError("format", `"${file.path}": corrupt Arrow data: dictionary ${id} is used nowhere`);
    return this.dictionary(fileIndex, field, file).read;
  }

  /** The values that the field's indices refer to; deltas go behind each other. */
  private dictionary(fileIndex: number, field: ArrowField, file: LocalFile): Dictionary {
    const id = field.dictionary?.id ?? 0;
    const key = `${fileIndex} ${id}`;
    const known = this.dictionaries.get(key);
    if (known !== undefined) return known;
    const batches = this.scan.files[fileIndex]?.dictionaries.filter((each) => each.id === id) ?? [];
    if (batches.length === 0)
      throw new HeadraceError("format", `"${file.path}": column "${field.name}" lacks its dictionary`);
    const { kept: memory } = this;
    const plain: ArrowField = { ...field, dictionary: undefined };
    const columns = batches.map(({ batch }) =>
      loadColumn(plain, batch, { nodes: 0, buffers: 0, variadic: 0 }, file, memory),
    );
    const length = columns.reduce((sum, column) => sum + column.length, 0);
    const width = LANE_BYTES[laneOf(field.type)];
    const data = memory.zeroed(length * width);
    const validity = memory.zeroed(Math.ceil(length / 8) + 8);
    const { u8 } = memory.shared;
    const readers: (() => Datum)[] = [];
    let first = 0;
    for (const column of columns) {
      const part = this.vector(column, fileIndex, file, memory);
      memory.kernels.copyBytes(data + first * width, part.data, column.length * width);
      for (let i = 0; i < column.length; i++) {
        const valid = part.validity === 0 || (((u8[part.validity + (i >> 3)] as number) >> (i & 7)) & 1) === 1;
        const at = first + i;
        if (valid) u8[validity + (at >> 3)] = (u8[validity + (at >> 3)] as number) | (1 << (at & 7));
      }
      const read = arrowReader(column, {
        memory,
        file,
        dictionary: (other) => this.dictionaryById(fileIndex, other, file),
      });
      for (let i = 0; i < column.length; i++) readers.push(() => read(i));
      first += column.length;
    }
    const read = (index: number): Datum => {
      const value = readers[index];
      if (value === undefined) throw corrupt(file, field);
      return value();
    };
    const dictionary = { data, validity, length, read };
    this.dictionaries.set(key, dictionary);
    return dictionary;
  }
}

function findField(fields: readonly ArrowField[], id: number): ArrowField | undefined {
  for (const field of fields) {
    const found = field.dictionary?.id === id ? field : findField(field.children, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Columns that lie as ours do, or that a kernel translates; undefined: others. */
function quickVector(column: ArrowColumn, memory: ScanMemory, file: LocalFile): Vector | undefined {
  const { field, data, offsets, length, validity } = column;
  const { layout, type } = field;
  const { kernels } = memory;
  switch (layout.kind) {
    case "int":
      return layout.factor === 1 && layout.bytes === LANE_BYTES[laneOf(type)]
        ? { data: data.address, validity }
        : undefined;
    case "float":
      return layout.bytes === LANE_BYTES[laneOf(type)] ? { data: data.address, validity } : undefined;
    case "bool": {
      const target = memory.alloc(length + 16);
      kernels.unpackBooleans(data.address, length, target);
      return { data: target, validity };
    }
    case "bytes": {
      if (layout.offsetBytes !== 4 || type.kind === "Json") return undefined;
      const refs = memory.alloc(length * 8);
      // Empty strings need a place, too.
      const start = data.bytes === 0 ? memory.alloc(0) : data.address;
      const fine = kernels.refsFromOffsets(start, start + data.bytes, offsets.address, length, refs) === 1;
      if (!fine) throw corrupt(file, field);
      clearNulls({ data: refs, validity }, column, 8, memory);
      if (type.kind === "Varchar" && !isUtf8(refs, length, memory))
        throw new HeadraceError("format", `"${file.path}": column "${field.name}" has bytes that are no UTF-8`);
      return { data: refs, validity };
    }
    default:
      return undefined;
  }
}

function isUtf8(refs: number, length: number, memory: ScanMemory): boolean {
  const seen = memory.zeroed(Math.ceil(length / 8) + 8);
  return memory.kernels.csvStrings(refs, length, seen, memory.alloc(length * 4)) === 0;
}

/** Values of NULLs are zero. */
function clearNulls({ data }: Vector, { validity, length }: ArrowColumn, width: number, memory: ScanMemory): void {
  if (validity === 0) return;
  const { u8 } = memory.shared;
  for (let row = 0; row < length; row++) {
    if ((((u8[validity + (row >> 3)] as number) >> (row & 7)) & 1) === 0)
      u8.fill(0, data + row * width, data + (row + 1) * width);
  }
}

/** The values that a column's indices refer to. */
function gather(
  column: ArrowColumn,
  dictionary: Dictionary,
  width: number,
  memory: ScanMemory,
  file: LocalFile,
): Vector {
  const { field, length } = column;
  const { u8, u32 } = memory.shared;
  const isSet = (bitmap: number, i: number): boolean => (((u8[bitmap + (i >> 3)] as number) >> (i & 7)) & 1) === 1;
  const data = memory.zeroed(length * width);
  const validity = memory.zeroed(Math.ceil(length / 8) + 8);
  const index = {
    ...column,
    validity: 0,
    field: { ...field, dictionary: undefined, layout: field.dictionary?.index ?? field.layout },
  };
  const read = arrowReader(index, {
    memory,
    file,
    dictionary: () => {
      throw corrupt(file, field);
    },
  });
  for (let row = 0; row < length; row++) {
    if (column.validity !== 0 && !isSet(column.validity, row)) continue;
    const at = Number(read(row));
    if (!(at >= 0 && at < dictionary.length)) throw corrupt(file, field);
    if (!isSet(dictionary.validity, at)) continue;
    u8[validity + (row >> 3)] = (u8[validity + (row >> 3)] as number) | (1 << (row & 7));
    const [from, to] = [dictionary.data + at * width, data + row * width];
    if (width === 8) {
      u32[to >>> 2] = u32[from >>> 2] as number;
      u32[(to >>> 2) + 1] = u32[(from >>> 2) + 1] as number;
    } else u8.copyWithin(to, from, from + width);
  }
  return { data, validity };
}
