import { crc32 } from "node:zlib";
import { damaged, newerFormat } from "./damage.ts";

const HEAD = '{"checksum":"';
const DIGITS = 8;

/**
 * JSON that knows when it has been damaged: `{"checksum":"<8 hexadecimal digits>","format":1,"body":...}` and a line feed. The
 * checksum is the CRC-32 of all bytes behind its own closing quote. This frame stays the same in all formats.
 */
export function sealJson(format: number, body: unknown): Buffer {
  const rest = Buffer.from(`","format":${format},"body":${JSON.stringify(body)}}\n`);
  return Buffer.concat([Buffer.from(HEAD + crc32(rest.subarray(1)).toString(16).padStart(DIGITS, "0")), rest]);
}

/** The body. Throws `format` for damage and `unsupported` for formats above `known`. */
export function unsealJson(bytes: Buffer, known: number, path: string): unknown {
  const end = HEAD.length + DIGITS;
  const isFramed = bytes.toString("latin1", 0, HEAD.length) === HEAD && bytes[end] === '"'.charCodeAt(0);
  const checksum = crc32(bytes.subarray(end + 1))
    .toString(16)
    .padStart(DIGITS, "0");
  if (!isFramed || bytes.toString("latin1", HEAD.length, end) !== checksum)
    throw damaged(path, "it does not match its checksum");
  const { format, body } = JSON.parse(bytes.toString("utf8")) as { readonly format: number; readonly body: unknown };
  if (format > known) throw newerFormat(path, format, known);
  return body;
}
