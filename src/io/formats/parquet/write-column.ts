import { crc32 } from "node:zlib";
import { HeadraceError } from "../../../error.ts";
import type { Kernels } from "../../../exec/kernels/kernels.ts";
import type { ExtentScope } from "../../../exec/memory/allocator.ts";
import { LANE_BYTES } from "../../../planner/types/lane.ts";
import { compress } from "../../codecs/compress.ts";
import type { DecodeContext } from "./decode-column.ts";
import { ENCODING } from "./metadata.ts";
import { ThriftWriter } from "./thrift-writer.ts";
import { encodeBloomFilter } from "./bloom-filter.ts";
import { boundsOf, checkHugeInt, type Dense, type EncodedBounds, shortenBounds } from "./write-bounds.ts";
import type { EncodedColumn, EncodedPage, Levels, PlacedColumn, WriteOptions } from "./write-row-group.ts";
import { type WriteField, writeType, type WriteType } from "./write-schema.ts";

const PAGE_BYTES = 1 << 20;
/** Dictionaries beyond this many entries or bytes cost readers more than they save. */
const MOST_ENTRIES = 1 << 16;
const MOST_DICTIONARY_BYTES = 1 << 20;
const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;
const ENCODING_IDS = {
  plain: ENCODING.plain,
  delta: ENCODING.deltaBinaryPacked,
  dictionary: ENCODING.rleDictionary,
} as const;
/** Longer bounds of strings are left out of the statistics of a column, and cut in those of its pages. */
const MOST_BOUND_BYTES = 256;
const MOST_PAGE_BOUND_BYTES = 64;
/** The same for all columns, so that rows that are skipped lie in whole pages of each. */
const MOST_PAGE_ROWS = 20_480;

type ColumnParts = {
  readonly parts: readonly Uint8Array[];
  readonly description: Omit<EncodedColumn, "offset" | "entries">;
};

/**
 * Encodes one column: a dictionary page or deltas when they pay, data pages (v1), statistics. Scratch stays with `scope`. `levels`:
 * of the leaf of a nested column, whose `rows` are the values that are not NULL; they make one data page.
 */
export function encodeColumn(
  field: WriteField,
  column: PlacedColumn,
  rows: number,
  context: DecodeContext,
  scope: ExtentScope,
  options: WriteOptions,
  levels?: Levels,
): ColumnParts {
  return new ColumnEncoder(field, rows, context, scope, options, levels).run(column);
}

type Dictionary = { readonly values: Dense; readonly indices: number; readonly bits: number };

type Encoding =
  | { readonly kind: "plain" }
  | { readonly kind: "delta" }
  | { readonly kind: "dictionary"; readonly dictionary: Dictionary };

type Page = {
  readonly type: number;
  readonly fields: (header: ThriftWriter) => void;
  readonly plain: Uint8Array;
  readonly compressed: Uint8Array;
};

type DataPage = Page & { readonly index: Omit<EncodedPage, "offset" | "bytes"> };

class ColumnEncoder {
  readonly #field: WriteField;
  readonly #type: WriteType;
  readonly #rows: number;
  readonly #context: DecodeContext;
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: Kernels;
  readonly #scope: ExtentScope;
  readonly #options: WriteOptions;

  readonly #nested: Levels | undefined;

  constructor(
    field: WriteField,
    rows: number,
    context: DecodeContext,
    scope: ExtentScope,
    options: WriteOptions,
    levels: Levels | undefined,
  ) {
    this.#nested = levels;
    this.#field = field;
    this.#type = writeType(field.type);
    this.#rows = rows;
    this.#context = context;
    this.#memory = context.allocator.memory;
    this.#kernels = context.kernels;
    this.#scope = scope;
    this.#options = options;
  }

  run(column: PlacedColumn): ColumnParts {
    const values = this.#dense(column);
    const nullCount = this.#rows - values.count;
    if (nullCount > 0 && !this.#field.nullable) {
      throw new HeadraceError("type", `column "${this.#field.name}" is NOT NULL but has ${nullCount} NULLs`);
    }
    const plain = this.#plainBytes(values, 0, values.count);
    const found = this.#options.dictionary === false ? undefined : this.#buildDictionary(values, plain);
    const distinct = found?.values;
    const encoding = this.#chooseEncoding(values, plain, found);
    const dictionary = encoding.kind === "dictionary" ? encoding.dictionary.values : undefined;
    const bounds = boundsOf(distinct ?? values, this.#type, this.#context, this.#scope);
    checkHugeInt(this.#field, bounds);
    const { min, max } = bounds === undefined || tooLong(bounds) ? { min: undefined, max: undefined } : bounds;
    const pages =
      this.#nested === undefined
        ? this.#dataPages(values, encoding, nullCount === 0 ? 0 : column.validity)
        : [this.#nestedPage(values, encoding, this.#nested)];
    const id = ENCODING_IDS[encoding.kind];
    return this.#assemble(dictionary && this.#dictionaryPage(dictionary), pages, {
      encodings: dictionary === undefined ? [id, ENCODING.rle] : [ENCODING.plain, id, ENCODING.rle],
      nullCount: nullCount + (this.#nested === undefined ? 0 : this.#nested.entries - values.count),
      distinctCount: distinct?.count,
      min,
      max,
      bloomFilter: this.#bloomFilter(distinct ?? values),
    });
  }

  #view(address: number, bytes: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, bytes);
  }

  /** Lanes to physical values without NULLs. */
  #dense({ lane, data, validity }: PlacedColumn): Dense {
    const kernels = this.#kernels;
    let address = data;
    let count = this.#rows;
    const laneBytes = LANE_BYTES[lane];
    if (validity !== 0) {
      address = this.#scope.alloc(count * laneBytes);
      count = this.#compact(data, laneBytes, validity, address);
    }
    const { physical } = this.#type;
    const width = physical === "INT32" ? 4 : physical === "INT64" ? 8 : laneBytes;
    if (lane === "i128") {
      const target = this.#scope.alloc(count * width);
      kernels.toBigEndian128(address, count, target);
      address = target;
    } else if (width !== laneBytes) {
      const target = this.#scope.alloc(count * width);
      if (laneBytes < 4) {
        kernels.widenTo32(address, laneBytes, lane.startsWith("i") ? 1 : 0, count, target);
      } else if (laneBytes === 4) {
        kernels.widen32(address, count, 1, target);
      } else if (kernels.narrow64To32(address, count, target) !== 1) {
        throw new HeadraceError("overflow", `a value of column "${this.#field.name}" is out of the range of its type`);
      }
      address = target;
    }
    return { address, count, width };
  }

  #compact(data: number, width: number, validity: number, target: number): number {
    const { compact8, compact32, compact64, compact128 } = this.#kernels;
    if (width === 2) {
      // Rare: by way of 32 bits and back would cost a kernel more than this loop.
      const view = new DataView(this.#memory.buffer);
      let count = 0;
      for (let i = 0; i < this.#rows; i++) {
        if (((view.getUint8(validity + (i >> 3)) >> (i & 7)) & 1) === 0) continue;
        view.setUint16(target + count++ * 2, view.getUint16(data + i * 2, true), true);
      }
      return count;
    }
    const kernel = width === 1 ? compact8 : width === 4 ? compact32 : width === 8 ? compact64 : compact128;
    return kernel(data, this.#rows, validity, target);
  }

  #chooseEncoding(values: Dense, plain: number, dictionary: Dictionary | undefined): Encoding {
    const best = dictionary === undefined ? plain : this.#dictionaryBytes(dictionary, values.count);
    // Deltas take longer to decode than plain values or dictionary indices, so they must save something.
    if (this.#options.delta !== false && this.#deltaBytes(values) < best * 0.75) return { kind: "delta" };
    return dictionary === undefined ? { kind: "plain" } : { kind: "dictionary", dictionary };
  }

  #dictionaryBytes(dictionary: Dictionary, count: number): number {
    return this.#plainBytes(dictionary.values, 0, dictionary.values.count) + (count * dictionary.bits) / 8;
  }

  /** Size of all values as one page of deltas; Infinity for types that have no such encoding. */
  #deltaBytes({ address, count, width }: Dense): number {
    const { physical } = this.#type;
    if ((physical !== "INT32" && physical !== "INT64") || count < 128) return Infinity;
    const target = this.#scope.alloc(mostDeltaBytes(count, width));
    const bytes = (this.#encodeDelta(address, count, width, target) - target) >>> 0;
    this.#scope.release(target);
    return bytes;
  }

  #encodeDelta(address: number, count: number, width: number, target: number): number {
    const encode = width === 4 ? this.#kernels.deltaEncode32 : this.#kernels.deltaEncode64;
    return encode(address, count, target) >>> 0;
  }

  /** Undefined when the values would not become smaller than their `plain` bytes. */
  #buildDictionary(values: Dense, plain: number): Dictionary | undefined {
    const { count, width } = values;
    const isString = this.#type.physical === "BYTE_ARRAY";
    if (count < 8 || (width !== 4 && width !== 8)) return undefined;
    const limit = Math.min(MOST_ENTRIES, Math.ceil(count / 2));
    const slotBits = Math.ceil(Math.log2(limit * 2));
    const scope = this.#scope;
    const slots = scope.alloc(4 << slotBits);
    const address = scope.alloc(limit * width);
    const indices = scope.alloc(count * 4);
    const { number32, number64, numberStrings } = this.#kernels;
    const number = isString ? numberStrings : width === 4 ? number32 : number64;
    const entries = number(values.address, count, slots, slotBits, address, limit, indices);
    scope.release(slots);
    const bits = Math.max(1, Math.ceil(Math.log2(entries)));
    const dictionary = { values: { address, count: entries, width }, indices, bits };
    if (
      entries > 0 &&
      this.#plainBytes(dictionary.values, 0, entries) <= MOST_DICTIONARY_BYTES &&
      this.#dictionaryBytes(dictionary, count) < plain
    ) {
      return dictionary;
    }
    scope.release(address);
    scope.release(indices);
    return undefined;
  }

  /** Of a page; those of strings need not be exact. */
  #pageBounds(values: Dense): EncodedBounds | undefined {
    const bounds = boundsOf(values, this.#type, this.#context, this.#scope);
    if (bounds === undefined || this.#type.order !== "bytes") return bounds;
    return shortenBounds(bounds, MOST_PAGE_BOUND_BYTES, this.#field.type.kind !== "Blob");
  }

  #bloomFilter(values: Dense): Uint8Array | undefined {
    const { bloomFilters } = this.#options;
    if (this.#nested !== undefined || bloomFilters?.columns.includes(this.#field.name) !== true) return undefined;
    const strings = this.#type.physical === "BYTE_ARRAY";
    return encodeBloomFilter({ ...values, strings }, bloomFilters.falsePositiveRatio, this.#context);
  }

  /** Bytes of `count` values from the `first`th on in PLAIN encoding. */
  #plainBytes({ address, width }: Dense, first: number, count: number): number {
    if (this.#type.physical === "BYTE_ARRAY") return this.#kernels.plainStringsBytes(address + first * width, count);
    return this.#type.physical === "BOOLEAN" ? Math.ceil(count / 8) : count * width;
  }

  /** Encodes to `target`, which must hold `plainBytes`. */
  #encodePlain({ address, width }: Dense, first: number, count: number, target: number): void {
    const from = address + first * width;
    if (this.#type.physical === "BYTE_ARRAY") this.#kernels.plainStringsEncode(from, count, target);
    else if (this.#type.physical === "BOOLEAN") this.#kernels.packBooleans(from, count, target);
    else this.#kernels.copyBytes(target, from, count * width);
  }

  #dictionaryPage(values: Dense): Page {
    const bytes = this.#plainBytes(values, 0, values.count);
    const address = this.#scope.alloc(bytes);
    this.#encodePlain(values, 0, values.count, address);
    const page = this.#page(address, bytes, DICTIONARY_PAGE, (header) =>
      header.struct(7, (fields) => fields.integer(1, values.count).integer(2, ENCODING.plain)),
    );
    this.#scope.release(address);
    return page;
  }

  #dataPages(values: Dense, encoding: Encoding, validity: number): readonly DataPage[] {
    const pages: DataPage[] = [];
    const rowsPerPage = this.#rowsPerPage(values, encoding);
    let first = 0;
    for (let row = 0; row < this.#rows; row += rowsPerPage) {
      const rows = Math.min(rowsPerPage, this.#rows - row);
      const count = validity === 0 ? rows : this.#kernels.countOnes(validity, row, rows);
      const levels = this.#field.nullable ? this.#levels(validity, row, rows) : undefined;
      const levelBytes = levels === undefined ? 0 : 4 + levels.length;
      const address = this.#scope.alloc(levelBytes + this.#mostBytes(values, encoding, first, count));
      if (levels !== undefined) {
        new DataView(this.#memory.buffer, address, 4).setUint32(0, levels.length, true);
        this.#view(address + 4, levels.length).set(levels);
      }
      const end = this.#encodeValues(values, encoding, first, count, address + levelBytes);
      const id = ENCODING_IDS[encoding.kind];
      const page = this.#page(address, end - address, DATA_PAGE, (header) =>
        header.struct(5, (fields) =>
          fields.integer(1, rows).integer(2, id).integer(3, ENCODING.rle).integer(4, ENCODING.rle),
        ),
      );
      const bounds = this.#pageBounds({ ...values, address: values.address + first * values.width, count });
      pages.push({ ...page, index: { firstRow: row, nullCount: rows - count, isNull: count === 0, bounds } });
      this.#scope.release(address);
      first += count;
    }
    return pages;
  }

  #nestedPage(values: Dense, encoding: Encoding, { bytes, entries }: Levels): DataPage {
    const address = this.#scope.alloc(bytes.length + this.#mostBytes(values, encoding, 0, values.count));
    this.#view(address, bytes.length).set(bytes);
    const end = this.#encodeValues(values, encoding, 0, values.count, address + bytes.length);
    const id = ENCODING_IDS[encoding.kind];
    const page = this.#page(address, end - address, DATA_PAGE, (header) =>
      header.struct(5, (fields) =>
        fields.integer(1, entries).integer(2, id).integer(3, ENCODING.rle).integer(4, ENCODING.rle),
      ),
    );
    this.#scope.release(address);
    const { count } = values;
    const bounds = this.#pageBounds(values);
    return { ...page, index: { firstRow: 0, nullCount: entries - count, isNull: count === 0, bounds } };
  }

  /** What `encodeValues` may write. */
  #mostBytes(values: Dense, encoding: Encoding, first: number, count: number): number {
    switch (encoding.kind) {
      case "plain":
        return this.#plainBytes(values, first, count);
      case "delta":
        return mostDeltaBytes(count, values.width);
      case "dictionary":
        return 1 + (Math.ceil(count / 8) + 1) * (encoding.dictionary.bits + 8);
    }
  }

  /** Encodes `count` values from the `first`th on; returns the address behind them. */
  #encodeValues(values: Dense, encoding: Encoding, first: number, count: number, target: number): number {
    switch (encoding.kind) {
      case "plain":
        this.#encodePlain(values, first, count, target);
        return target + this.#plainBytes(values, first, count);
      case "delta":
        return this.#encodeDelta(values.address + first * values.width, count, values.width, target);
      case "dictionary": {
        const { bits, indices } = encoding.dictionary;
        this.#view(target, 1)[0] = bits;
        return this.#kernels.hybridEncode(indices + first * 4, count, bits, target + 1) >>> 0;
      }
    }
  }

  /** A multiple of 8, so that every page's levels begin at a byte of the bitmap. */
  #rowsPerPage(values: Dense, encoding: Encoding): number {
    const total =
      encoding.kind === "dictionary"
        ? (values.count * encoding.dictionary.bits) / 8
        : this.#plainBytes(values, 0, values.count);
    const pages = Math.ceil((total + this.#rows / 8) / (this.#options.pageBytes ?? PAGE_BYTES));
    const even = Math.ceil(this.#rows / Math.max(1, pages) / 8) * 8;
    return Math.max(8, Math.min(MOST_PAGE_ROWS, even));
  }

  /** Definition levels as one run: repeated when nothing is NULL, otherwise the bitmap itself. */
  #levels(validity: number, row: number, rows: number): Uint8Array {
    if (validity === 0) return Uint8Array.of(...varint(rows * 2), 1);
    const groups = Math.ceil(rows / 8);
    const head = varint(groups * 2 + 1);
    const levels = new Uint8Array(head.length + groups);
    levels.set(head);
    levels.set(this.#view(validity + row / 8, groups), head.length);
    return levels;
  }

  #page(address: number, bytes: number, type: number, fields: (header: ThriftWriter) => void): Page {
    const plain = this.#view(address, bytes).slice();
    const codec = this.#options.codec ?? "snappy";
    const compressed =
      codec === "none" ? plain : compress(codec, address, bytes, this.#memory, this.#kernels, this.#scope);
    return { type, fields, plain, compressed };
  }

  /** Puts the pages behind their headers, compressed if that saves a tenth: otherwise it only costs readers time. */
  #assemble(
    dictionary: Page | undefined,
    data: readonly DataPage[],
    facts: Omit<ColumnParts["description"], "bytes" | "uncompressedBytes" | "dictionaryBytes" | "codec" | "pages">,
  ): ColumnParts {
    const all: readonly Page[] = dictionary === undefined ? data : [dictionary, ...data];
    const saved = all.reduce((sum, { plain, compressed }) => sum + plain.length - compressed.length, 0);
    const pays = saved * 10 >= all.reduce((sum, { plain }) => sum + plain.length, 0);
    const codec = pays ? (this.#options.codec ?? "snappy") : "none";
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let uncompressedBytes = 0;
    const put = ({ type, fields, plain, compressed }: Page): { readonly offset: number; readonly bytes: number } => {
      const body = pays ? compressed : plain;
      const header = new ThriftWriter().integer(1, type).integer(2, plain.length).integer(3, body.length);
      if (this.#options.checksums !== false) header.integer(4, crc32(body) | 0);
      fields(header);
      const head = header.finish();
      parts.push(head, body);
      const place = { offset: bytes, bytes: head.length + body.length };
      bytes += place.bytes;
      uncompressedBytes += head.length + plain.length;
      return place;
    };
    const dictionaryBytes = dictionary === undefined ? 0 : put(dictionary).bytes;
    const pages = data.map((page): EncodedPage => ({ ...page.index, ...put(page) }));
    return { parts, description: { bytes, uncompressedBytes, dictionaryBytes, codec, pages, ...facts } };
  }
}

function tooLong({ min, max }: EncodedBounds): boolean {
  return min.length > MOST_BOUND_BYTES || max.length > MOST_BOUND_BYTES;
}

function mostDeltaBytes(count: number, width: number): number {
  return (Math.floor(count / 128) + 1) * (128 * width + 16) + 48;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  bytes.push(value);
  return bytes;
}
