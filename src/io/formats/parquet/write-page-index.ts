/** The page index (parquet-format, PageIndex.md) of a column chunk that was encoded. */
import { ThriftWriter } from "./thrift-writer.ts";
import type { EncodedPage } from "./write-row-group.ts";
import type { WriteType } from "./write-schema.ts";

const BOUNDARY_ORDER = { unordered: 0, ascending: 1, descending: 2 } as const;

/** Undefined when a page that is not of NULLs has no bounds: the structure cannot say so. */
export function encodeColumnIndex(pages: readonly EncodedPage[], type: WriteType): Uint8Array | undefined {
  if (pages.some(({ isNull, bounds }) => !isNull && bounds === undefined)) return undefined;
  const nothing = new Uint8Array();
  return new ThriftWriter()
    .booleans(
      1,
      pages.map(({ isNull }) => isNull),
    )
    .binaries(
      2,
      pages.map(({ bounds }) => bounds?.min ?? nothing),
    )
    .binaries(
      3,
      pages.map(({ bounds }) => bounds?.max ?? nothing),
    )
    .integer(4, BOUNDARY_ORDER[orderOf(pages, type)])
    .longs(
      5,
      pages.map(({ nullCount }) => nullCount),
    )
    .finish();
}

/** `start`: where the chunk lies in the file. */
export function encodeOffsetIndex(pages: readonly EncodedPage[], start: number): Uint8Array {
  const writer = new ThriftWriter();
  return writer
    .structs(1, pages, (place, { offset, bytes, firstRow }) =>
      place
        .long(1, start + offset)
        .integer(2, bytes)
        .long(3, firstRow),
    )
    .finish();
}

/** How both bounds change from page to page. */
function orderOf(pages: readonly EncodedPage[], type: WriteType): keyof typeof BOUNDARY_ORDER {
  const bounds = pages.flatMap((page) => page.bounds ?? []);
  const follows = (sign: 1 | -1): boolean =>
    bounds.every((next, i) => {
      const last = bounds[i - 1];
      if (last === undefined) return true;
      return sign * compare(last.min, next.min, type) <= 0 && sign * compare(last.max, next.max, type) <= 0;
    });
  return follows(1) ? "ascending" : follows(-1) ? "descending" : "unordered";
}

/** Sign of a - b in the order of the type's statistics. */
function compare(a: Uint8Array, b: Uint8Array, type: WriteType): number {
  if (type.order === "bytes") return Buffer.compare(a, b);
  const [x, y] = [number(a, type), number(b, type)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function number(bytes: Uint8Array, { physical, order }: WriteType): number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (physical) {
    case "BOOLEAN":
      return view.getUint8(0);
    case "INT32":
      return order === "signed" ? view.getInt32(0, true) : view.getUint32(0, true);
    case "INT64":
      return order === "signed" ? view.getBigInt64(0, true) : view.getBigUint64(0, true);
    case "FLOAT":
      return view.getFloat32(0, true);
    case "DOUBLE":
      return view.getFloat64(0, true);
    default: {
      const high = order === "signed" ? view.getBigInt64(0) : view.getBigUint64(0);
      return (high << 64n) | view.getBigUint64(8);
    }
  }
}
