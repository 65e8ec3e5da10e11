/** The buffers of an Arrow column, brought into memory and checked against its length. */
import { HeadraceError } from "../../error.ts";
import { decompressLz4Frame } from "../../io/codecs/lz4-frame.ts";
import type { ArrowBatch, ArrowBuffer } from "../../io/formats/arrow/arrow-file.ts";
import type { ArrowField, ArrowLayout } from "../../io/formats/arrow/schema.ts";
import type { LocalFile } from "../../io/stores/file.ts";
import { ZSTD_SCRATCH } from "../kernels/kernels.ts";
import type { ScanMemory } from "./scan-memory.ts";

type Part = { readonly address: number; readonly bytes: number };

export type ArrowColumn = {
  readonly field: ArrowField;
  readonly length: number;
  /** Address of a bitmap; 0: no NULLs. */
  readonly validity: number;
  /** Fixed values, or bytes that offsets refer to. */
  readonly data: Part;
  readonly offsets: Part;
  /** Further buffers of view columns. */
  readonly views: readonly Part[];
  readonly children: readonly ArrowColumn[];
};

/** How many entries of a batch belong to something. */
type Span = { nodes: number; buffers: number; variadic: number };

const NONE: Part = { address: 0, bytes: 0 };

/** Moves `at` behind a field. */
export function skipField(field: ArrowField, batch: ArrowBatch, at: Span): void {
  at.nodes++;
  if (field.dictionary !== undefined) {
    at.buffers += 2;
    return;
  }
  at.buffers += bufferCount(field.layout, batch.variadic[at.variadic] ?? 0);
  if (field.layout.kind === "view") at.variadic++;
  for (const child of field.children) skipField(child, batch, at);
}

function bufferCount(layout: ArrowLayout, variadic: number): number {
  switch (layout.kind) {
    case "null":
      return 0;
    case "struct":
    case "fixedList":
      return 1;
    case "bytes":
      return 3;
    case "view":
      return 2 + variadic;
    default:
      return 2;
  }
}

/** Reads the buffers of a field, of which the first has number `at`, and moves `at` behind it. Throws `io`, `format`. */
export function loadColumn(
  field: ArrowField,
  batch: ArrowBatch,
  at: Span,
  file: LocalFile,
  memory: ScanMemory,
): ArrowColumn {
  const node = batch.nodes[at.nodes++];
  if (node === undefined || node.length < 0 || node.length > 2 ** 31) throw corrupt(file, field);
  const { length } = node;
  const next = (): Part => loadBuffer(batch, batch.buffers[at.buffers++], field, file, memory);
  const layout = field.dictionary?.index ?? field.layout;
  const need = (part: Part, bytes: number): Part => {
    if (part.bytes < bytes) throw corrupt(file, field);
    return part;
  };
  const variadic = layout.kind === "view" ? (batch.variadic[at.variadic++] ?? 0) : 0;
  if (variadic < 0 || variadic > batch.buffers.length) throw corrupt(file, field);
  const bitmap = layout.kind === "null" ? NONE : next();
  const validity = node.nulls === 0 || bitmap.bytes === 0 ? 0 : need(bitmap, Math.ceil(length / 8)).address;
  const base = { field, length, validity, data: NONE, offsets: NONE, views: [], children: [] };
  const children = (): readonly ArrowColumn[] =>
    field.dictionary === undefined ? field.children.map((child) => loadColumn(child, batch, at, file, memory)) : [];
  switch (layout.kind) {
    case "null":
      return base;
    case "bool":
      return { ...base, data: need(next(), Math.ceil(length / 8)) };
    case "int":
    case "float":
    case "decimal":
    case "fixed":
      return { ...base, data: need(next(), length * layout.bytes) };
    case "interval":
      return { ...base, data: need(next(), length * INTERVAL_BYTES[layout.unit]) };
    case "bytes": {
      // Without rows the offsets may be missing.
      const offsets = need(next(), length === 0 ? 0 : (length + 1) * layout.offsetBytes);
      return { ...base, offsets, data: next() };
    }
    case "view": {
      const data = need(next(), length * 16);
      return { ...base, data, views: Array.from({ length: variadic }, next) };
    }
    case "list":
    case "map": {
      const offsetBytes = layout.kind === "list" ? layout.offsetBytes : 4;
      const offsets = need(next(), length === 0 ? 0 : (length + 1) * offsetBytes);
      return { ...base, offsets, children: children() };
    }
    case "fixedList": {
      const inner = children();
      if ((inner[0]?.length ?? 0) < length * layout.length) throw corrupt(file, field);
      return { ...base, children: inner };
    }
    case "struct": {
      const inner = children();
      if (inner.some((child) => child.length < length)) throw corrupt(file, field);
      return { ...base, children: inner };
    }
  }
}

export const INTERVAL_BYTES = { months: 4, days: 8, nanos: 16, duration: 8 } as const;

export function corrupt(file: { readonly path: string }, field: ArrowField): HeadraceError {
  return new HeadraceError("format", `"${file.path}": corrupt Arrow data in column "${field.name}"`);
}

function loadBuffer(
  batch: ArrowBatch,
  buffer: ArrowBuffer | undefined,
  field: ArrowField,
  file: LocalFile,
  memory: ScanMemory,
): Part {
  if (buffer === undefined) throw corrupt(file, field);
  if (buffer.bytes === 0) return NONE;
  const { kernels, shared } = memory;
  const address = memory.alloc(buffer.bytes);
  file.readAt(memory.view(address, buffer.bytes), buffer.offset);
  if (batch.compression === "none") return { address, bytes: buffer.bytes };
  if (buffer.bytes < 8) throw corrupt(file, field);
  const bytes = Number(shared.view.getBigInt64(address, true));
  const from = address + 8;
  const end = address + buffer.bytes;
  // Too small to gain anything: stored as they are.
  if (bytes === -1) return { address: from, bytes: buffer.bytes - 8 };
  // No codec makes more than about a thousand bytes of one.
  if (bytes < 0 || bytes > 2 ** 31 || bytes > buffer.bytes * 65_536) throw corrupt(file, field);
  const target = memory.alloc(bytes);
  const fine =
    batch.compression === "zstd"
      ? kernels.zstdDecompress(from, end, target, target + bytes, memory.alloc(ZSTD_SCRATCH)) === bytes
      : decompressLz4Frame(shared.view, kernels, from, end, target, target + bytes);
  if (!fine) throw corrupt(file, field);
  return { address: target, bytes };
}
