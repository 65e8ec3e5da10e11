import { crc32 } from "node:zlib";
import { corrupt } from "./thrift-reader.ts";

/**
 * Parquet has checksums for pages but none for the footer, where a flipped bit can change a scale or a bound and so
 * the rows of a query. Our writer adds one as key-value metadata: the CRC-32 of the footer's structure, as 8 hexadecimal
 * digits, computed with zeros in their place.
 */
export const FOOTER_CHECKSUM_KEY = "headrace.footer.crc32";

const KEY: Uint8Array = new TextEncoder().encode(FOOTER_CHECKSUM_KEY);
const DIGITS = 8;
export const NO_CHECKSUM: string = "0".repeat(DIGITS);

/** Fills in the checksum of a structure that was written with `NO_CHECKSUM`. */
export function sealFooter(metadata: Uint8Array): void {
  const digits = findDigits(metadata);
  if (digits === undefined) throw new RangeError("a footer without room for its checksum");
  digits.set(new TextEncoder().encode(crc32(metadata).toString(16).padStart(DIGITS, "0")));
}

/** Throws `format` when a footer has a checksum and it does not match. */
export function checkFooter(metadata: Uint8Array): void {
  const digits = findDigits(metadata);
  if (digits === undefined) return;
  const stored = Buffer.from(digits).toString("latin1");
  const zeroed = metadata.slice();
  findDigits(zeroed)?.fill("0".charCodeAt(0));
  if (crc32(zeroed).toString(16).padStart(DIGITS, "0") !== stored)
    throw corrupt("the footer does not match its checksum");
}

/** The value behind the key: one byte of field header and one of length lie between them. */
function findDigits(metadata: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(metadata.buffer, metadata.byteOffset, metadata.byteLength);
  const at = bytes.lastIndexOf(KEY);
  const start = at + KEY.length + 2;
  if (at < 0 || bytes[start - 1] !== DIGITS || start + DIGITS > metadata.length) return undefined;
  return metadata.subarray(start, start + DIGITS);
}
