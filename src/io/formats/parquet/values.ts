import { HeadraceError, unsupported } from "../../../error.ts";
import type { Kernels } from "../../../exec/kernels/kernels.ts";
import type { Extent, ExtentScope } from "../../../exec/memory/allocator.ts";
import { ENCODING, type PhysicalType } from "./metadata.ts";
import type { Leaf } from "./schema.ts";
import { corrupt } from "./thrift-reader.ts";

export type ValueContext = {
  readonly leaf: Leaf;
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly scope: ExtentScope;
  /** Extents of `scope` that string references point into. */
  readonly keep: number[];
};

/** Bytes of one decoded physical value; byte arrays become references. */
export function physicalBytes(physical: PhysicalType): number {
  switch (physical) {
    case "BOOLEAN":
      return 1;
    case "INT32":
    case "FLOAT":
      return 4;
    case "INT64":
    case "DOUBLE":
    case "BYTE_ARRAY":
    case "FIXED_LEN_BYTE_ARRAY":
      return 8;
    case "INT96":
      return 12;
  }
}

export function isDictionaryEncoded(encoding: number): boolean {
  return encoding === ENCODING.plainDictionary || encoding === ENCODING.rleDictionary;
}

/** Decodes `count` > 0 values of `body` to physical values at `target`. Throws `format` or `unsupported`. */
export function decodeValues(
  context: ValueContext,
  encoding: number,
  body: Extent,
  count: number,
  target: number,
): void {
  switch (encoding) {
    case ENCODING.plain:
      return plain(context, body, count, target);
    case ENCODING.rle:
      return rleBooleans(context, body, count, target);
    case ENCODING.deltaBinaryPacked:
      return deltaIntegers(context, body, count, target);
    case ENCODING.deltaLengthByteArray:
      return deltaLengths(context, body, count, target);
    case ENCODING.deltaByteArray:
      return deltaStrings(context, body, count, target);
    case ENCODING.byteStreamSplit:
      return byteStreams(context, body, count, target);
    default:
      throw unsupported(`Parquet encoding ${encoding}`);
  }
}

function misplaced(context: ValueContext, encoding: string): HeadraceError {
  return corrupt(`${encoding} values of type ${context.leaf.physical}`);
}

/** What the string kernels return. */
function checkStrings(result: number): void {
  if (result === -1) throw new HeadraceError("format", "invalid UTF-8");
  if (result !== 1) throw corrupt("strings longer than their page");
}

function wantsUtf8({ lane, type }: Leaf): number {
  return lane === "str" && type.kind !== "Blob" ? 1 : 0;
}

function plain(context: ValueContext, body: Extent, count: number, target: number): void {
  const { leaf, kernels } = context;
  const end = body.address + body.bytes;
  switch (leaf.physical) {
    case "BOOLEAN":
      need(body, Math.ceil(count / 8));
      kernels.unpackBooleans(body.address, count, target);
      return;
    case "INT32":
    case "FLOAT":
    case "INT64":
    case "DOUBLE":
    case "INT96": {
      const bytes = count * physicalBytes(leaf.physical);
      need(body, bytes);
      kernels.copyBytes(target, body.address, bytes);
      return;
    }
    case "BYTE_ARRAY":
      checkStrings(kernels.plainStrings(body.address, end, count, target, wantsUtf8(leaf)));
      return;
    case "FIXED_LEN_BYTE_ARRAY":
      need(body, count * leaf.length);
      checkStrings(kernels.fixedStrings(body.address, leaf.length, count, target, wantsUtf8(leaf)));
      return;
  }
}

function need(body: Extent, bytes: number): void {
  if (bytes > body.bytes) throw corrupt("a page ends before its values");
}

function rleBooleans(context: ValueContext, body: Extent, count: number, target: number): void {
  const { leaf, kernels, memory, scope } = context;
  if (leaf.physical !== "BOOLEAN") throw misplaced(context, "RLE");
  need(body, 4);
  const bytes = new DataView(memory.buffer, body.address, 4).getUint32(0, true);
  need(body, 4 + bytes);
  const dictionary = scope.alloc(2);
  new Uint8Array(memory.buffer, dictionary, 2).set([0, 1]);
  const start = body.address + 4;
  if (kernels.gather8(start, start + bytes, 1, count, dictionary, 2, target) !== 1) throw corrupt("bad booleans");
  scope.release(dictionary);
}

function deltaIntegers(context: ValueContext, { address, bytes }: Extent, count: number, target: number): void {
  const { leaf, kernels } = context;
  if (leaf.physical !== "INT32" && leaf.physical !== "INT64") throw misplaced(context, "DELTA_BINARY_PACKED");
  const decode = leaf.physical === "INT32" ? kernels.deltaDecode32 : kernels.deltaDecode64;
  if (decode(address, address + bytes, count, target) === 0) throw corrupt("bad deltas");
}

/** Lengths as i32 at a new address of the scope, and where they ended. */
function lengths(context: ValueContext, start: number, end: number, count: number): { at: number; next: number } {
  const at = context.scope.alloc(count * 4);
  const next = context.kernels.deltaDecode32(start, end, count, at) >>> 0;
  if (next === 0) throw corrupt("bad lengths");
  return { at, next };
}

function deltaLengths(context: ValueContext, body: Extent, count: number, target: number): void {
  const { leaf, kernels, scope } = context;
  if (leaf.physical !== "BYTE_ARRAY") throw misplaced(context, "DELTA_LENGTH_BYTE_ARRAY");
  const end = body.address + body.bytes;
  const { at, next } = lengths(context, body.address, end, count);
  checkStrings(kernels.adjacentStrings(at, next, end, count, target, wantsUtf8(leaf)));
  scope.release(at);
}

function deltaStrings(context: ValueContext, body: Extent, count: number, target: number): void {
  const { leaf, kernels, scope, keep } = context;
  if (leaf.physical !== "BYTE_ARRAY" && leaf.physical !== "FIXED_LEN_BYTE_ARRAY") {
    throw misplaced(context, "DELTA_BYTE_ARRAY");
  }
  const end = body.address + body.bytes;
  const prefixes = lengths(context, body.address, end, count);
  const suffixes = lengths(context, prefixes.next, end, count);
  const total = kernels.deltaStringBytes(prefixes.at, suffixes.at, count);
  if (total < 0) throw corrupt("bad lengths");
  if (total > 2 ** 30) throw unsupported("a page of more than 1 GiB of strings");
  const bytes = scope.alloc(total);
  // References that a conversion consumes leave the bytes to the scope.
  if (leaf.lane === "str") keep.push(bytes);
  const utf8 = wantsUtf8(leaf);
  checkStrings(kernels.deltaStrings(prefixes.at, suffixes.at, count, suffixes.next, end, bytes, target, utf8));
  scope.release(prefixes.at);
  scope.release(suffixes.at);
}

function byteStreams(context: ValueContext, body: Extent, count: number, target: number): void {
  const { leaf, kernels, scope, keep } = context;
  if (leaf.physical === "BOOLEAN" || leaf.physical === "BYTE_ARRAY" || leaf.physical === "INT96") {
    throw misplaced(context, "BYTE_STREAM_SPLIT");
  }
  const fixed = leaf.physical === "FIXED_LEN_BYTE_ARRAY";
  const width = fixed ? leaf.length : physicalBytes(leaf.physical);
  need(body, count * width);
  if (!fixed) {
    // The distance between streams is the page's number of values, also when the body has bytes to spare.
    kernels.byteStreamJoin(body.address, count, width, target);
    return;
  }
  const bytes = scope.alloc(count * width);
  if (leaf.lane === "str") keep.push(bytes);
  kernels.byteStreamJoin(body.address, count, width, bytes);
  checkStrings(kernels.fixedStrings(bytes, width, count, target, wantsUtf8(leaf)));
}

/** Turns `count` physical values at `source` into lanes at `target`. Throws `format` when one does not fit. */
export function convertValues(context: ValueContext, source: number, count: number, target: number): void {
  const { leaf, kernels } = context;
  const { conversion } = leaf;
  let fits = 1;
  switch (conversion.kind) {
    case "none":
      kernels.copyBytes(target, source, count * physicalBytes(leaf.physical));
      break;
    case "narrow": {
      const narrow = conversion.bits === 8 ? kernels.narrowTo8 : kernels.narrowTo16;
      fits = narrow(source, count, target, conversion.signed ? 1 : 0);
      break;
    }
    case "widen":
      kernels.widen32(source, count, conversion.factor, target);
      break;
    case "multiply":
      fits = kernels.multiply64(source, count, conversion.factor, target);
      break;
    case "divide":
      kernels.divide64(source, count, conversion.divisor, target);
      break;
    case "int96":
      fits = kernels.int96ToMicros(source, count, target);
      break;
    case "bigEndian":
      fits = (conversion.bits === 64 ? kernels.bigEndianTo64 : kernels.bigEndianTo128)(source, count, target);
      break;
    case "half":
      kernels.halfToFloat(source, count, target);
      break;
    case "interval":
      kernels.toInterval(source, count, target);
      break;
  }
  if (fits !== 1) throw new HeadraceError("format", `a value out of the range of its type`);
}
