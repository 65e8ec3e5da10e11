import { HeadraceError, unsupported } from "../../../error.ts";
import type { Kernels } from "../../../exec/kernels/kernels.ts";
import { type Allocator, type Extent, ExtentScope } from "../../../exec/memory/allocator.ts";
import type { ColumnVector } from "../../../exec/memory/column-vector.ts";
import { LANE_BYTES } from "../../../planner/types/lane.ts";
import { decompress } from "../../codecs/decompress.ts";
import type { RandomAccess } from "../../stores/file.ts";
import { ENCODING } from "./metadata.ts";
import { type Page, readPages } from "./pages.ts";
import { type ColumnChunk, inFile } from "./parquet-file.ts";
import { readLevels } from "./levels.ts";
import type { Leaf, NestedNode } from "./schema.ts";
import { corrupt } from "./thrift-reader.ts";
import { convertValues, decodeValues, isDictionaryEncoded, physicalBytes, type ValueContext } from "./values.ts";

/** Where decoding and encoding work: a thread's allocator and its kernels, instantiated on the allocator's memory. */
export type DecodeContext = { readonly allocator: Allocator; readonly kernels: Kernels };

export type DecodeOptions = {
  /** Leave columns encoded that are dictionary-encoded as a whole; others come as usual. */
  readonly codes?: boolean;
  /** Decode only these pages. */
  readonly pages?: PageRun | undefined;
};

/** Data pages of a column chunk that follow each other. */
export type PageRun = {
  /** Rows before the first of them that the vector begins with: their values are undefined. */
  readonly lead: number;
  readonly rows: number;
  /** What to read of the file: the dictionary page where there is one, and the pages. */
  readonly places: readonly { readonly offset: number; readonly bytes: number }[];
};

/**
 * Reads and decodes one column of one row group. The caller releases the vector's extents.
 * Throws `io`, `format`, `unsupported` or `out_of_memory`, with nothing left allocated.
 */
export function decodeColumn(
  file: RandomAccess,
  chunk: ColumnChunk,
  leaf: Leaf,
  context: DecodeContext,
  options: DecodeOptions = {},
): ColumnVector {
  const scope = new ExtentScope(context.allocator);
  try {
    return new ColumnDecoder(chunk, leaf, context, scope).run(file, options);
  } catch (error) {
    throw inFile(inColumn(error, leaf.name), file.path);
  } finally {
    scope.releaseAll();
  }
}

/** The entries of a nested column's leaf: levels of all, values of those that are not NULL. */
export type LeafEntries = {
  readonly count: number;
  readonly definitions: Uint8Array;
  readonly repetitions: Uint8Array;
  /** Address of the values, which are as many as entries with the definition level `present`. */
  readonly data: number;
  readonly extents: readonly Extent[];
};

/** Reads and decodes the leaf of a nested column; as `decodeColumn`. */
export function decodeLeaf(
  file: RandomAccess,
  chunk: ColumnChunk,
  { leaf, present, repetition }: Extract<NestedNode, { readonly kind: "leaf" }>,
  context: DecodeContext,
): LeafEntries {
  const scope = new ExtentScope(context.allocator);
  try {
    return new ColumnDecoder(chunk, leaf, context, scope).runLevels(file, present, repetition);
  } catch (error) {
    throw inFile(inColumn(error, leaf.name), file.path);
  } finally {
    scope.releaseAll();
  }
}

/** As many entries are taken for damage. */
const MOST_ENTRIES = 2 ** 28;

function inColumn(error: unknown, name: string): unknown {
  if (!(error instanceof HeadraceError) || error.code !== "format") return error;
  return new HeadraceError("format", `${error.message} in column "${name}"`, { cause: error });
}

class ColumnDecoder {
  readonly #chunk: ColumnChunk;
  readonly #leaf: Leaf;
  readonly #values: ValueContext;
  readonly #scope: ExtentScope;
  readonly #memory: WebAssembly.Memory;
  readonly #kernels: Kernels;
  /** Address of the chunk's bytes. */
  #input = 0;
  /** Buffers for decompressed pages: those that string references point into stay, the others are overwritten. */
  #kept: Extent = { address: 0, bytes: 0 };
  #scratch = 0;
  /** Physical values on their way to the lane, when that takes a conversion. */
  #physical = 0;
  /** What indices are gathered from: the dictionary's values, or 0, 1, 2, ... when codes are wanted. */
  #dictionary = 0;
  #entries = 0;
  /** Bytes of a value in the result. */
  #width: number;

  constructor(chunk: ColumnChunk, leaf: Leaf, { allocator, kernels }: DecodeContext, scope: ExtentScope) {
    this.#chunk = chunk;
    this.#leaf = leaf;
    this.#scope = scope;
    this.#memory = allocator.memory;
    this.#kernels = kernels;
    this.#values = { leaf, kernels, scope, memory: allocator.memory, keep: [] };
    this.#width = LANE_BYTES[leaf.lane];
  }

  run(file: RandomAccess, { codes: codesWanted = false, pages: run }: DecodeOptions): ColumnVector {
    const { codec, uncompressedBytes } = this.#chunk;
    const { lead, rows, places } = run ?? { lead: 0, rows: this.#chunk.rows, places: [this.#chunk] };
    const { lane, optional } = this.#leaf;
    const scope = this.#scope;
    const pages = readPages(this.#read(file, places), rows, codec, uncompressedBytes);
    const all = pages.dictionary === undefined ? pages.data : [pages.dictionary, ...pages.data];
    this.#allocateBuffers(all);
    if (pages.dictionary !== undefined) this.#decodeDictionary(pages.dictionary);
    const codes =
      codesWanted && this.#dictionary !== 0 && pages.data.every((page) => isDictionaryEncoded(page.encoding));
    const dictionary = codes ? { data: this.#dictionary, count: this.#entries } : undefined;
    if (codes) this.#gatherCodes();

    const width = this.#width;
    const data = scope.alloc((lead + rows) * width);
    let validity = optional ? scope.alloc(Math.ceil((lead + rows) / 8)) : 0;
    let row = lead;
    let present = 0;
    for (const page of pages.data) {
      present += this.#decodePage(page, data + row * width, validity, row);
      row += page.values;
    }

    const nullCount = rows - present;
    if (nullCount === 0 && validity !== 0) {
      scope.release(validity);
      validity = 0;
    }
    const owned = [data, validity, dictionary?.data ?? 0].filter((address) => address !== 0);
    const extents = [...owned, ...this.#referenced(all)].map((address) => scope.keep(address));
    return { lane, data, validity, count: lead + rows, nullCount, extents, dictionary };
  }

  runLevels(file: RandomAccess, present: number, repetition: number): LeafEntries {
    const { rows: count, codec, uncompressedBytes } = this.#chunk;
    const scope = this.#scope;
    if (count > MOST_ENTRIES) throw corrupt(`${count} entries in one row group`);
    const pages = readPages(this.#read(file, [this.#chunk]), count, codec, uncompressedBytes);
    const all = pages.dictionary === undefined ? pages.data : [pages.dictionary, ...pages.data];
    this.#allocateBuffers(all);
    if (pages.dictionary !== undefined) this.#decodeDictionary(pages.dictionary);
    const data = scope.alloc(count * this.#width);
    const definitions = new Uint8Array(count);
    const repetitions = new Uint8Array(count);
    let entry = 0;
    let values = 0;
    for (const page of pages.data) {
      const defs = definitions.subarray(entry, entry + page.values);
      const reps = repetitions.subarray(entry, entry + page.values);
      const body = this.#pageLevels(page, present, repetition, defs, reps);
      let filled = 0;
      for (const level of defs) if (level === present) filled++;
      const target = data + values * this.#width;
      if (filled > 0 && isDictionaryEncoded(page.encoding)) this.#gather(body, filled, target);
      else if (filled > 0) this.#decodeTo(target, page.encoding, body, filled);
      values += filled;
      entry += page.values;
    }
    const extents = [data, ...this.#referenced(all)].map((address) => scope.keep(address));
    return { count, definitions, repetitions, data, extents };
  }

  /** Brings the parts of the chunk that are wanted into memory, side by side. */
  #read(file: RandomAccess, places: PageRun["places"]): Uint8Array {
    const total = places.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#input = this.#scope.alloc(total);
    let at = 0;
    for (const { offset, bytes } of places) {
      file.readAt(this.#bytes(this.#input + at, bytes), offset);
      at += bytes;
    }
    return this.#bytes(this.#input, total);
  }

  /** Reads the levels of a data page; returns where its values are. */
  #pageLevels(page: Page, present: number, repetition: number, defs: Uint8Array, reps: Uint8Array): Extent {
    if (page.kind === "dataV2") {
      const at = this.#input + page.offset;
      const { repetitionBytes, definitionBytes } = page;
      if (repetitionBytes + definitionBytes > page.compressedBytes) throw corrupt("levels are longer than their page");
      if (repetition > 0) readLevels(this.#bytes(at, repetitionBytes), repetition, reps);
      if (present > 0) readLevels(this.#bytes(at + repetitionBytes, definitionBytes), present, defs);
      return this.#body(page, repetitionBytes + definitionBytes);
    }
    let body = this.#body(page, 0);
    const take = (most: number, levels: Uint8Array): void => {
      if (most === 0) return;
      const size = body.bytes < 4 ? Infinity : new DataView(this.#memory.buffer, body.address, 4).getUint32(0, true);
      if (size > body.bytes - 4) throw corrupt("levels are longer than their page");
      readLevels(this.#bytes(body.address + 4, size), most, levels);
      body = { address: body.address + 4 + size, bytes: body.bytes - 4 - size };
    };
    if (page.definitionEncoding !== ENCODING.rle) throw unsupported("bit-packed Parquet levels of nested columns");
    take(repetition, reps);
    take(present, defs);
    return body;
  }

  #bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length);
  }

  /** True when references in the result point into this page's body. */
  #isReferenced(page: Page): boolean {
    if (this.#leaf.lane !== "str") return false;
    return (
      page.kind === "dictionary" || page.encoding === ENCODING.plain || page.encoding === ENCODING.deltaLengthByteArray
    );
  }

  #isCompressed(page: Page): boolean {
    return this.#chunk.codec !== "none" && page.compressed;
  }

  #allocateBuffers(pages: readonly Page[]): void {
    let kept = 0;
    let scratch = 0;
    let values = 0;
    for (const page of pages) {
      values = Math.max(values, page.values);
      if (!this.#isCompressed(page)) continue;
      if (this.#isReferenced(page)) kept += page.uncompressedBytes;
      else scratch = Math.max(scratch, page.uncompressedBytes);
    }
    if (kept > 0) this.#kept = { address: this.#scope.alloc(kept), bytes: 0 };
    if (scratch > 0) this.#scratch = this.#scope.alloc(scratch);
    if (this.#leaf.conversion.kind === "none") return;
    this.#physical = this.#scope.alloc(values * physicalBytes(this.#leaf.physical));
  }

  /** The extents that the result's references need: pages' bytes, and strings rebuilt from deltas. */
  #referenced(pages: readonly Page[]): number[] {
    const addresses = this.#values.keep.slice();
    if (this.#kept.address !== 0) addresses.push(this.#kept.address);
    if (pages.some((page) => this.#isReferenced(page) && !this.#isCompressed(page))) addresses.push(this.#input);
    return addresses;
  }

  /** The page's bytes behind its first `skip` ones, decompressed. */
  #body(page: Page, skip: number): Extent {
    const source = { address: this.#input + page.offset + skip, bytes: page.compressedBytes - skip };
    const bytes = page.uncompressedBytes - skip;
    if (!this.#isCompressed(page)) {
      if (bytes !== source.bytes) throw corrupt("an uncompressed page with two sizes");
      return source;
    }
    // A page of NULLs may have nothing to decompress.
    if (bytes === 0) return { address: source.address, bytes: 0 };
    let target = { address: this.#scratch, bytes };
    if (this.#isReferenced(page)) {
      target = { address: this.#kept.address + this.#kept.bytes, bytes };
      this.#kept = { address: this.#kept.address, bytes: this.#kept.bytes + bytes };
    }
    decompress(this.#chunk.codec, source, target, this.#memory, this.#kernels, this.#scope);
    return target;
  }

  #decodeDictionary(page: Page): void {
    if (page.encoding !== ENCODING.plain && page.encoding !== ENCODING.plainDictionary) {
      throw corrupt(`dictionary encoding ${page.encoding}`);
    }
    const body = this.#body(page, 0);
    this.#dictionary = this.#scope.alloc(page.values * LANE_BYTES[this.#leaf.lane]);
    this.#entries = page.values;
    this.#decodeTo(this.#dictionary, ENCODING.plain, body, page.values);
  }

  /** Makes the gathering of indices yield the indices themselves. */
  #gatherCodes(): void {
    const identity = this.#scope.alloc(this.#entries * 4);
    const codes = new Uint32Array(this.#memory.buffer, identity, this.#entries);
    for (let code = 0; code < codes.length; code++) codes[code] = code;
    this.#dictionary = identity;
    this.#width = 4;
  }

  /** Decodes `count` values, none of them NULL, to lanes at `target`. */
  #decodeTo(target: number, encoding: number, body: Extent, count: number): void {
    if (this.#leaf.conversion.kind === "none") {
      decodeValues(this.#values, encoding, body, count, target);
      return;
    }
    decodeValues(this.#values, encoding, body, count, this.#physical);
    convertValues(this.#values, this.#physical, count, target);
  }

  /** Decodes a data page to `target`; its first value is the chunk's `row`th. Returns how many are not NULL. */
  #decodePage(page: Page, target: number, validity: number, row: number): number {
    if (page.values === 0) return 0;
    if (page.repetitionBytes !== 0) throw corrupt("repetition levels where nothing repeats");
    let present = page.values;
    let body: Extent;
    if (page.kind === "dataV2") {
      const levels = this.#input + page.offset;
      if (validity !== 0) {
        present = this.#levels(
          ENCODING.rle,
          { address: levels, bytes: page.definitionBytes },
          page.values,
          validity,
          row,
        );
      }
      body = this.#body(page, page.definitionBytes);
    } else {
      body = this.#body(page, 0);
      if (validity !== 0) {
        const levels = this.#levelsOfV1(page, body);
        present = this.#levels(page.definitionEncoding, levels, page.values, validity, row);
        const end = body.address + body.bytes;
        body = { address: levels.address + levels.bytes, bytes: end - levels.address - levels.bytes };
      }
    }
    if (present === 0) {
      this.#kernels.fillBytes(target, 0, page.values * this.#width);
      return 0;
    }
    if (isDictionaryEncoded(page.encoding)) this.#gather(body, present, target);
    else this.#decodeTo(target, page.encoding, body, present);
    if (present < page.values) this.#spread(target, page.values, present, validity, row);
    return present;
  }

  #levelsOfV1(page: Page, body: Extent): Extent {
    if (page.definitionEncoding === ENCODING.bitPacked) {
      const bytes = Math.ceil(page.values / 8);
      if (bytes > body.bytes) throw corrupt("levels are longer than their page");
      return { address: body.address, bytes };
    }
    if (body.bytes < 4) throw corrupt("a page ends before its levels");
    const bytes = new DataView(this.#memory.buffer, body.address, 4).getUint32(0, true);
    if (bytes > body.bytes - 4) throw corrupt("levels are longer than their page");
    return { address: body.address + 4, bytes };
  }

  /** Appends a page's definition levels to the validity bitmap; returns the number of ones. */
  #levels(encoding: number, { address, bytes }: Extent, values: number, validity: number, row: number): number {
    if (bytes === 0) {
      this.#kernels.setBits(validity, row, values, 1);
      return values;
    }
    let ones: number;
    if (encoding === ENCODING.rle) ones = this.#kernels.levelsToBitmap(address, address + bytes, values, validity, row);
    else if (encoding === ENCODING.bitPacked) {
      ones = this.#kernels.packedLevelsToBitmap(address, address + bytes, values, validity, row);
    } else throw unsupported(`Parquet encoding ${encoding} of levels`);
    if (ones < 0) throw corrupt("bad definition levels");
    return ones;
  }

  #gather({ address, bytes }: Extent, count: number, target: number): void {
    if (this.#dictionary === 0) throw corrupt("dictionary indices without a dictionary");
    const width = bytes === 0 ? undefined : this.#bytes(address, 1)[0];
    if (width === undefined) throw corrupt("a page ends before its values");
    const kernel = gatherKernel(this.#kernels, this.#width);
    if (kernel(address + 1, address + bytes, width, count, this.#dictionary, this.#entries, target) !== 1) {
      throw corrupt("bad dictionary indices");
    }
  }

  #spread(target: number, count: number, present: number, validity: number, row: number): void {
    spreadKernel(this.#kernels, this.#width)(target, count, present, validity, row);
  }
}

function gatherKernel(kernels: Kernels, bytes: number): Kernels["gather8"] {
  switch (bytes) {
    case 1:
      return kernels.gather8;
    case 2:
      return kernels.gather16;
    case 4:
      return kernels.gather32;
    case 8:
      return kernels.gather64;
    default:
      return kernels.gather128;
  }
}

function spreadKernel(kernels: Kernels, bytes: number): Kernels["spread8"] {
  switch (bytes) {
    case 1:
      return kernels.spread8;
    case 2:
      return kernels.spread16;
    case 4:
      return kernels.spread32;
    case 8:
      return kernels.spread64;
    default:
      return kernels.spread128;
  }
}
