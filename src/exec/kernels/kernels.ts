import { readFileSync } from "node:fs";

/**
 * The runtime kernels, compiled from `assembly/` by `scripts/build-kernels.mjs`. Addresses and sizes are u32 numbers;
 * an address that a kernel returns comes back signed (`>>> 0`). What each does is documented at its source. Every range
 * that is read or written must be followed by `SLACK` bytes of the same extent.
 */
export type Kernels = {
  // bytes.ts: several times faster on shared memory than the methods of typed arrays
  readonly copyBytes: (target: number, source: number, length: number) => void;
  readonly fillBytes: (target: number, byte: number, length: number) => void;
  // bloom.ts
  readonly bloomInsert: (values: number, width: number, count: number, filter: number, blocks: number) => void;
  readonly bloomInsertStrings: (refs: number, count: number, filter: number, blocks: number) => void;
  readonly bloomContains: (value: number, bytes: number, filter: number, blocks: number) => number;
  // json-nested.ts
  readonly jsonCountParts: (refs: number, rows: number) => number;
  readonly jsonReadNested: (
    refs: number,
    rows: number,
    nodes: number,
    count: number,
    status: number,
    saved: number,
    context: number,
  ) => void;
  readonly jsonPackNested: (rows: number, status: number, root: number, data: number, target: number) => void;
  // format.ts
  readonly formatRows: (
    columns: number,
    width: number,
    first: number,
    count: number,
    layout: number,
    target: number,
    limit: number,
  ) => number;
  // xxhash.ts
  readonly xxHashBegin: (state: number) => void;
  readonly xxHashAdd: (state: number, address: number, bytes: number) => void;
  readonly xxHashEnd: (state: number) => number;
  // snappy.ts
  readonly snappyDecompress: (source: number, sourceEnd: number, target: number, targetEnd: number) => number;
  readonly snappyCompress: (source: number, sourceEnd: number, target: number, table: number) => number;
  // lz4.ts
  readonly lz4Decompress: (source: number, sourceEnd: number, target: number, targetEnd: number) => number;
  readonly lz4Compress: (source: number, sourceEnd: number, target: number, table: number) => number;
  readonly lz4Block: (source: number, sourceEnd: number, history: number, target: number, targetEnd: number) => number;
  // zstd.ts
  readonly zstdDecompress: (
    source: number,
    sourceEnd: number,
    target: number,
    targetEnd: number,
    scratch: number,
  ) => number;
  readonly zstdBegin: (scratch: number) => void;
  readonly zstdBlock: (
    source: number,
    end: number,
    frame: number,
    target: number,
    targetEnd: number,
    scratch: number,
  ) => number;
  // hybrid.ts
  readonly gather8: Gather;
  readonly gather16: Gather;
  readonly gather32: Gather;
  readonly gather64: Gather;
  readonly gather128: Gather;
  readonly levelsToBitmap: LevelsToBitmap;
  readonly packedLevelsToBitmap: LevelsToBitmap;
  readonly setBits: (bitmap: number, offset: number, count: number, value: number) => void;
  readonly spread8: Spread;
  readonly spread16: Spread;
  readonly spread32: Spread;
  readonly spread64: Spread;
  readonly spread128: Spread;
  readonly unpackBooleans: (source: number, count: number, target: number) => void;
  // delta.ts
  readonly deltaDecode32: DeltaDecode;
  readonly deltaDecode64: DeltaDecode;
  readonly deltaStringBytes: (prefixes: number, suffixes: number, count: number) => number;
  readonly deltaStrings: (
    prefixes: number,
    suffixes: number,
    count: number,
    source: number,
    end: number,
    bytes: number,
    refs: number,
    utf8: number,
  ) => number;
  readonly byteStreamJoin: (source: number, count: number, width: number, target: number) => void;
  // strings.ts
  readonly plainStrings: (source: number, end: number, count: number, refs: number, utf8: number) => number;
  readonly adjacentStrings: (
    lengths: number,
    source: number,
    end: number,
    count: number,
    refs: number,
    utf8: number,
  ) => number;
  readonly fixedStrings: (source: number, width: number, count: number, refs: number, utf8: number) => number;
  // convert.ts
  readonly narrowTo8: Narrow;
  readonly narrowTo16: Narrow;
  readonly widen32: (source: number, count: number, factor: number, target: number) => void;
  readonly multiply64: (source: number, count: number, factor: number, target: number) => number;
  readonly divide64: (source: number, count: number, divisor: number, target: number) => void;
  readonly roundedDivide64: (source: number, count: number, divisor: number, target: number) => void;
  readonly int96ToMicros: Convert;
  readonly bigEndianTo64: Convert;
  readonly bigEndianTo128: Convert;
  readonly halfToFloat: (refs: number, count: number, target: number) => void;
  readonly toInterval: (refs: number, count: number, target: number) => void;
  // encode.ts
  readonly refsFromOffsets: (bytes: number, bytesEnd: number, offsets: number, count: number, refs: number) => number;
  readonly countOnes: (bitmap: number, offset: number, count: number) => number;
  readonly compact8: Compact;
  readonly compact32: Compact;
  readonly compact64: Compact;
  readonly compact128: Compact;
  readonly widenTo32: (source: number, bytes: number, signed: number, count: number, target: number) => void;
  readonly narrow64To32: Convert;
  readonly toBigEndian128: (source: number, count: number, target: number) => void;
  readonly packBooleans: (source: number, count: number, target: number) => void;
  readonly boundsU8: Convert;
  readonly boundsI32: Convert;
  readonly boundsU32: Convert;
  readonly boundsI64: Convert;
  readonly boundsU64: Convert;
  readonly boundsF32: Convert;
  readonly boundsF64: Convert;
  readonly boundsBigEndian: (values: number, count: number, signed: number, target: number) => void;
  readonly boundsStrings: (refs: number, count: number, target: number) => void;
  readonly number32: NumberDistinct;
  readonly number64: NumberDistinct;
  readonly numberStrings: NumberDistinct;
  readonly hybridEncode: (indices: number, count: number, width: number, target: number) => number;
  readonly deltaEncode32: (values: number, count: number, target: number) => number;
  readonly deltaEncode64: (values: number, count: number, target: number) => number;
  readonly plainStringsBytes: (refs: number, count: number) => number;
  readonly plainStringsEncode: (refs: number, count: number, target: number) => number;
  // text.ts, called by generated code
  readonly textFind: (text: number, length: number, needle: number, needleLength: number) => number;
  readonly textLike: (text: number, length: number, pattern: number, patternLength: number, escape: number) => number;
  readonly textCount: (text: number, length: number) => number;
  readonly textOffset: (text: number, length: number, characters: number) => number;
  readonly textMapCase: (source: number, length: number, target: number, first: number) => number;
  readonly textTrim: (text: number, length: number, low: bigint, high: bigint, sides: number) => bigint;
  readonly textReverse: (text: number, length: number, target: number) => void;
  readonly textOccurrences: (
    text: number,
    length: number,
    needle: number,
    needleLength: number,
    limit: number,
  ) => number;
  readonly textReplace: (
    text: number,
    length: number,
    needle: number,
    needleLength: number,
    by: number,
    byLength: number,
    target: number,
  ) => number;
  readonly textHash: (text: number, length: number) => bigint;
  // regexp.ts, called by generated code
  readonly regexpFind: (program: number, text: number, length: number, from: number, registers: number) => number;
  readonly regexpReplace: (
    program: number,
    text: number,
    length: number,
    registers: number,
    template: number,
    pieces: number,
    all: number,
    target: number,
    capacity: number,
  ) => bigint;
  readonly regexpGroups: (
    program: number,
    text: number,
    length: number,
    registers: number,
    first: number,
    last: number,
    slots: number,
    capacity: number,
  ) => number;
  readonly regexpSplit: (
    program: number,
    text: number,
    length: number,
    registers: number,
    slots: number,
    capacity: number,
  ) => number;
  // table.ts
  readonly analyzeI32: Analyze;
  readonly analyzeI64: Analyze;
  readonly analyzeI128: Analyze;
  readonly analyzeF32: Analyze;
  readonly analyzeF64: Analyze;
  readonly analyzeStrings: Analyze;
  readonly internStrings: (
    values: number,
    stride: number,
    count: number,
    valid: number,
    validStride: number,
    state: number,
    slots: number,
    slotBits: number,
    dictionary: number,
    entries: number,
    limit: number,
    codes: number,
  ) => number;
  readonly gatherRefs: (
    values: number,
    stride: number,
    count: number,
    valid: number,
    validStride: number,
    codeBytes: number,
    dictionary: number,
    target: number,
  ) => void;
  readonly sumLengths: (values: number, stride: number, count: number, valid: number, validStride: number) => number;
  readonly copyStrings: (
    values: number,
    stride: number,
    count: number,
    valid: number,
    validStride: number,
    refs: number,
    bytes: number,
  ) => number;
  readonly gatherFixed: (
    values: number,
    stride: number,
    count: number,
    valid: number,
    validStride: number,
    bytes: number,
    signed: number,
    target: number,
    targetBytes: number,
  ) => void;
  readonly packValidity: (valid: number, validStride: number, count: number, bitmap: number, offset: number) => void;
  readonly unpackValidity: (bitmap: number, offset: number, count: number, target: number) => void;
  readonly pickRows: (
    data: number,
    bytes: number,
    signed: number,
    bitmap: number,
    picks: number,
    first: number,
    count: number,
    target: number,
    targetBytes: number,
    valid: number,
  ) => void;
  readonly overlayRows: (
    rows: number,
    count: number,
    offset: number,
    validOffset: number,
    bytes: number,
    dictionary: number,
    target: number,
    targetBytes: number,
    valid: number,
  ) => void;
  // csv.ts
  readonly csvBoundary: (
    at: number,
    end: number,
    target: number,
    delimiter: number,
    quote: number,
    escape: number,
    state: number,
  ) => number;
  readonly csvCountLines: (at: number, end: number) => number;
  readonly csvParse: (at: number, end: number, config: number) => number;
  readonly csvIntegers: (
    refs: number,
    count: number,
    width: number,
    scale: number,
    exact: number,
    min: bigint,
    max: bigint,
    target: number,
    validity: number,
    slow: number,
  ) => number;
  readonly csvDoubles: CsvConvert;
  readonly csvDates: CsvConvert;
  readonly csvTimestamps: (
    refs: number,
    count: number,
    zulu: number,
    target: number,
    validity: number,
    slow: number,
  ) => number;
  readonly csvBooleans: CsvConvert;
  readonly csvStrings: (refs: number, count: number, validity: number, slow: number) => number;
  // json.ts
  readonly jsonBoundary: (at: number, end: number, target: number, state: number) => number;
  readonly jsonKeyHash: (at: number, length: number) => number;
  readonly jsonParse: (at: number, end: number, config: number) => number;
};

type Analyze = (
  values: number,
  stride: number,
  count: number,
  valid: number,
  validStride: number,
  state: number,
) => void;

type Compact = (values: number, count: number, bitmap: number, target: number) => number;
type NumberDistinct = (
  values: number,
  count: number,
  slots: number,
  slotBits: number,
  dictionary: number,
  limit: number,
  indices: number,
) => number;
type Gather = (
  source: number,
  end: number,
  width: number,
  count: number,
  dictionary: number,
  entries: number,
  target: number,
) => number;
type LevelsToBitmap = (source: number, end: number, count: number, bitmap: number, offset: number) => number;
type Spread = (values: number, count: number, present: number, bitmap: number, offset: number) => void;
type DeltaDecode = (source: number, end: number, count: number, target: number) => number;
type Narrow = (source: number, count: number, target: number, signed: number) => number;
type Convert = (source: number, count: number, target: number) => number;

/** Size of the state of `xxHashAdd`. */
export const XX_HASH_STATE: number = 80;
/** Size of the scratch memory of `zstdDecompress`. */
export const ZSTD_SCRATCH: number = 16 * 1024 + 128 * 1024;

/** Compiles the kernels; once per process, the Module is posted to the workers. */
export function loadKernels(): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL("./kernels.wasm", import.meta.url)));
}

/** `memory` must be shared with a maximum of 65536 pages. */
export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
}
type CsvConvert = (refs: number, count: number, target: number, validity: number, slow: number) => number;
