import { crc32 } from "node:zlib";
import type { RandomAccess } from "../../stores/file.ts";

/**
 * A flipped bit in a page index or a Bloom filter would lose rows, and the format has no checksums for them. Our writer keeps the
 * CRC-32 of both indexes and of the filter in the metadata of the column chunk: hexadecimal, `-` for what is not there.
 */
export const INDEX_CHECKSUMS_KEY = "headrace.crc32";

export type IndexPart = "columnIndex" | "offsetIndex" | "bloomFilter";
const PARTS: readonly IndexPart[] = ["columnIndex", "offsetIndex", "bloomFilter"];

export function writeChecksums(parts: { readonly [P in IndexPart]: Uint8Array | undefined }): string {
  return PARTS.map((part) => {
    const bytes = parts[part];
    return bytes === undefined ? "-" : crc32(bytes).toString(16);
  }).join(" ");
}

/** What is known of a part; undefined for files of others. */
export function checksumOf(part: IndexPart, keyValue: ReadonlyMap<string, string>): number | undefined {
  const text = keyValue.get(INDEX_CHECKSUMS_KEY)?.split(" ")[PARTS.indexOf(part)];
  return text === undefined || !/^[0-9a-f]{1,8}$/.test(text) ? undefined : Number.parseInt(text, 16);
}

/** A structure beside the column chunks that makes reading faster: where it is damaged, it is not used. */
export type IndexPlace = {
  readonly offset: number;
  readonly bytes: number;
  readonly crc32: number | undefined;
};

/** The bytes of a structure; undefined when they do not match their checksum. Throws `io`. */
export function readIndexPart(file: RandomAccess, place: IndexPlace): Uint8Array | undefined {
  const bytes = new Uint8Array(place.bytes);
  file.readAt(bytes, place.offset);
  return place.crc32 === undefined || place.crc32 === crc32(bytes) ? bytes : undefined;
}
