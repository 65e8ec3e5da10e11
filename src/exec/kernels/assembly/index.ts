/** Everything that `kernels.wasm` exports; `../kernels.ts` has the same names with their types. */

export { bloomContains, bloomInsert, bloomInsertStrings } from "./bloom";
export { copyBytes, fillBytes } from "./bytes";
export { formatRows } from "./format";
export { jsonCountParts, jsonPackNested, jsonReadNested } from "./json-nested";
export { regexpFind, regexpGroups, regexpReplace, regexpSplit } from "./regexp";
export { snappyCompress, snappyDecompress } from "./snappy";
export { xxHashAdd, xxHashBegin, xxHashEnd } from "./xxhash";
export { zstdBegin, zstdBlock, zstdDecompress } from "./zstd";
export { lz4Block, lz4Compress, lz4Decompress } from "./lz4";
export {
  gather8,
  gather16,
  gather32,
  gather64,
  gather128,
  levelsToBitmap,
  packedLevelsToBitmap,
  setBits,
  spread8,
  spread16,
  spread32,
  spread64,
  spread128,
  unpackBooleans,
} from "./hybrid";
export { byteStreamJoin, deltaDecode32, deltaDecode64, deltaStringBytes, deltaStrings } from "./delta";
export { adjacentStrings, fixedStrings, plainStrings } from "./strings";
export {
  bigEndianTo64,
  bigEndianTo128,
  divide64,
  roundedDivide64,
  halfToFloat,
  int96ToMicros,
  multiply64,
  narrowTo8,
  narrowTo16,
  toInterval,
  widen32,
} from "./convert";
export {
  boundsBigEndian,
  boundsF32,
  boundsF64,
  boundsI32,
  boundsI64,
  boundsStrings,
  boundsU32,
  boundsU64,
  boundsU8,
  compact128,
  compact32,
  compact64,
  compact8,
  countOnes,
  deltaEncode32,
  deltaEncode64,
  hybridEncode,
  narrow64To32,
  number32,
  number64,
  numberStrings,
  packBooleans,
  plainStringsBytes,
  plainStringsEncode,
  refsFromOffsets,
  toBigEndian128,
  widenTo32,
} from "./encode";
export {
  textCount,
  textFind,
  textHash,
  textLike,
  textMapCase,
  textOccurrences,
  textOffset,
  textReplace,
  textReverse,
  textTrim,
} from "./text";
export {
  analyzeF32,
  analyzeF64,
  analyzeI128,
  analyzeI32,
  analyzeI64,
  analyzeStrings,
  copyStrings,
  gatherFixed,
  gatherRefs,
  internStrings,
  overlayRows,
  packValidity,
  pickRows,
  sumLengths,
  unpackValidity,
} from "./table";
export {
  csvBoundary,
  csvCountLines,
  csvBooleans,
  csvDates,
  csvDoubles,
  csvIntegers,
  csvParse,
  csvStrings,
  csvTimestamps,
} from "./csv";
export { jsonBoundary, jsonKeyHash, jsonParse } from "./json";
