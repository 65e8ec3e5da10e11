import type {
  Data,
  DataType,
  Decimal,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Int,
  Interval,
  Time,
  Timestamp,
} from "apache-arrow";
import { HeadraceError } from "../../error.ts";
import { compressLz4Frame } from "../../io/codecs/lz4-frame.ts";
import { ArrowFileWriter, type ArrowWriteBatch, type ArrowWriteField } from "../../io/formats/arrow/arrow-writer.ts";
import type { FlatField } from "../../io/formats/arrow/flatbuffer-writer.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import { arrowBatches, arrowFields } from "../results/arrow.ts";
import type { RunContext } from "../context.ts";
import type { CopyOptions } from "./copy-options.ts";
import { type OpenWriter, runtimeAllocator } from "./rows-writer.ts";

export function arrowWriter(
  ctx: RunContext,
  columns: QueryPlan["columns"],
  { stream, compression }: CopyOptions["arrow"],
): OpenWriter {
  const { instances } = ctx.runtime;
  const allocator = runtimeAllocator(ctx);
  const compress = (buffer: Uint8Array): Uint8Array => compressLz4Frame(buffer, instances.kernels, allocator);
  const codec = compression === "none" ? undefined : { kind: compression, compress };
  return async (path) => {
    const fields = await arrowFields(columns);
    const writer = await ArrowFileWriter.create(path, fields.map(writeField), stream, codec);
    return {
      append: async (rows) => {
        for await (const batch of arrowBatches(rows, ctx.signal)) await writer.append(batchOf(batch.data));
      },
      finish: () => writer.finish(),
      abort: () => writer.abort(),
    };
  };
}

function writeField({ name, nullable, type, metadata }: Field): ArrowWriteField {
  const children = (type.children as readonly Field[] | null | undefined) ?? [];
  return { name, nullable, kind: type.typeId, type: typeTable(type), children: children.map(writeField), metadata };
}

/** The fields of a type's table in Schema.fbs. */
function typeTable(type: DataType): readonly FlatField[] {
  const kind: number = type.typeId;
  switch (kind) {
    case 2: {
      const { bitWidth, isSigned } = type as Int;
      return [
        { slot: 0, kind: "i32", value: bitWidth },
        { slot: 1, kind: "i8", value: isSigned ? 1 : 0 },
      ];
    }
    case 3:
      return [{ slot: 0, kind: "i16", value: (type as DataType & { precision: number }).precision }];
    case 7: {
      const { precision, scale, bitWidth } = type as Decimal;
      return [
        { slot: 0, kind: "i32", value: precision },
        { slot: 1, kind: "i32", value: scale },
        { slot: 2, kind: "i32", value: bitWidth },
      ];
    }
    case 8:
      // Days are 0, but what a missing field means is milliseconds.
      return [{ slot: 0, kind: "i16", value: (type as DataType & { unit: number }).unit, always: true }];
    case 9: {
      const { unit, bitWidth } = type as Time;
      return [
        { slot: 0, kind: "i16", value: unit, always: true },
        { slot: 1, kind: "i32", value: bitWidth },
      ];
    }
    case 10: {
      const { unit, timezone } = type as Timestamp;
      const zone =
        timezone === null || timezone === undefined ? [] : [{ slot: 1, kind: "text", value: timezone } as const];
      return [{ slot: 0, kind: "i16", value: unit }, ...zone];
    }
    case 11:
      return [{ slot: 0, kind: "i16", value: (type as Interval).unit }];
    case 15:
      return [{ slot: 0, kind: "i32", value: (type as FixedSizeBinary).byteWidth }];
    case 16:
      return [{ slot: 0, kind: "i32", value: (type as FixedSizeList).listSize }];
    case 1:
    case 4:
    case 5:
    case 6:
    case 12:
    case 13:
    case 17:
      return [];
    default:
      throw new HeadraceError("unsupported", `writing the Arrow type ${type.toString()} is not supported yet`);
  }
}

function batchOf({ length, children }: Data): ArrowWriteBatch {
  const nodes: ArrowWriteBatch["nodes"][number][] = [];
  const buffers: Uint8Array[] = [];
  for (const child of children) flatten(child, nodes, buffers);
  return { rows: length, nodes, buffers };
}

/** A column's nodes and buffers, its own before those of its children. */
function flatten(data: Data, nodes: ArrowWriteBatch["nodes"][number][], buffers: Uint8Array[]): void {
  const { length, nullCount } = data;
  const kind: number = data.type.typeId;
  nodes.push({ length, nulls: kind === 1 ? length : nullCount });
  if (kind === 1) return;
  buffers.push(nullCount === 0 ? new Uint8Array() : bytesOf(data.nullBitmap));
  const hasOffsets = [4, 5, 12, 17].includes(kind);
  if (hasOffsets) buffers.push(bytesOf(data.valueOffsets));
  if (![12, 13, 16, 17].includes(kind)) buffers.push(bytesOf(data.values));
  for (const child of data.children) flatten(child, nodes, buffers);
}

function bytesOf(array: ArrayBufferView | null | undefined): Uint8Array {
  return array ? new Uint8Array(array.buffer, array.byteOffset, array.byteLength) : new Uint8Array();
}
