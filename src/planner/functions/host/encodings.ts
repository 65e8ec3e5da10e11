import { createHash } from "node:crypto";
import { formatDatum } from "../../types/literals.ts";
import { BLOB } from "../../types/types.ts";
import { withValue } from "./fail-with.ts";
import { bytesCell, type HostFunction, readBytes, readText, textCell } from "./host.ts";

const digest =
  (algorithm: "md5" | "sha1" | "sha256"): HostFunction =>
  (rt, address: number, length: number) =>
    textCell(
      rt,
      createHash(algorithm)
        .update(readBytes(rt, address, length))
        .digest("hex"),
    );

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex").toUpperCase();
const bitsOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");

/** Wagner and Fischer's table, one row at a time. */
function editDistance(a: Uint8Array, b: Uint8Array): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

const hamming: HostFunction = (rt, site: number, a: number, al: number, b: number, bl: number) => {
  if (al !== bl || al === 0)
    return rt.fail(site, `hamming wants texts of one length: "${readText(rt, a, al)}", "${readText(rt, b, bl)}"`);
  const [x, y] = [readBytes(rt, a, al), readBytes(rt, b, bl)];
  return x.reduce((count, byte, i) => count + (byte === y[i] ? 0 : 1), 0);
};

const decode: HostFunction = (rt, site: number, address: number, length: number) => {
  try {
    return textCell(
      rt,
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readBytes(rt, address, length)),
    );
  } catch {
    return rt.fail(site, withValue("invalid UTF-8", formatDatum(readBytes(rt, address, length), BLOB)));
  }
};

const urlDecode: HostFunction = (rt, site: number, address: number, length: number) => {
  const text = readText(rt, address, length);
  try {
    return textCell(rt, decodeURIComponent(text));
  } catch {
    return rt.fail(site, withValue("invalid URL escapes", text));
  }
};

/** What encodeURIComponent leaves although it is not unreserved (RFC 3986). */
const urlEncode: HostFunction = (rt, address: number, length: number) =>
  textCell(
    rt,
    encodeURIComponent(readText(rt, address, length)).replace(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    ),
  );

export const ENCODING_HOST_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  md5: digest("md5"),
  sha1: digest("sha1"),
  sha256: digest("sha256"),
  bytes_base_16: (rt, address: number, length: number) => textCell(rt, hexOf(readBytes(rt, address, length))),
  bytes_base_2: (rt, address: number, length: number) => textCell(rt, bitsOf(readBytes(rt, address, length))),
  integer_base_16: (rt, value: bigint) => textCell(rt, BigInt.asUintN(64, value).toString(16).toUpperCase()),
  integer_base_2: (rt, value: bigint) => textCell(rt, BigInt.asUintN(64, value).toString(2)),
  unhex: (rt, site: number, address: number, length: number) => {
    const text = readText(rt, address, length);
    if (!/^[0-9a-f]*$/i.test(text)) return rt.fail(site, withValue("invalid hexadecimal digits", text));
    return bytesCell(rt, Buffer.from(text.length % 2 === 0 ? text : `0${text}`, "hex"));
  },
  to_base64: (rt, address: number, length: number) =>
    textCell(rt, Buffer.from(readBytes(rt, address, length)).toString("base64")),
  from_base64: (rt, site: number, address: number, length: number) => {
    const text = readText(rt, address, length);
    if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
      return rt.fail(site, withValue("invalid Base64", text));
    }
    return bytesCell(rt, Buffer.from(text, "base64"));
  },
  decode,
  url_encode: urlEncode,
  url_decode: urlDecode,
  levenshtein: (rt, a: number, al: number, b: number, bl: number) =>
    editDistance(readBytes(rt, a, al), readBytes(rt, b, bl)),
  hamming,
};
