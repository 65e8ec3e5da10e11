/** Digests, hexadecimal, Base64. */
import { hostCell, hostNumber, stringArgs } from "../../ir/lower/host-call.ts";
import { asI64, toRep } from "../../ir/lower/rep.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BIGINT, BLOB, DOUBLE, type SqlType, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { ScalarFunction } from "../function.ts";
import { overload, overloads, type Overload } from "../overload.ts";

type Spec = {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly doc: string;
  readonly example: readonly [string, string];
  readonly overloads: readonly Overload[];
  readonly failure?: string;
};

const text = overload([VARCHAR], VARCHAR);
const blobText = overload([BLOB], VARCHAR);

/** A host function of texts, whose results are text or BLOB. */
const ofText = ({ name, aliases = [], doc, example, overloads: candidates, failure }: Spec): ScalarFunction =>
  scalar({
    name,
    aliases,
    category: "string",
    doc,
    examples: [example],
    resolve: overloads(...candidates),
    canFail: failure !== undefined,
    lower: (ctx, args) => {
      const site = failure === undefined ? [] : [ctx.site("type", failure)];
      return hostCell(ctx, name, "str", [...site, ...args.flatMap((arg) => stringArgs(arg.lo))]);
    },
  });

/** hex and bin: of text its bytes, of integers their digits in two's complement. */
const digits = (
  name: string,
  aliases: readonly string[],
  base: 2 | 16,
  doc: string,
  example: readonly [string, string],
): ScalarFunction =>
  scalar({
    name,
    aliases,
    category: "string",
    doc,
    examples: [example],
    resolve: overloads(overload([BIGINT], VARCHAR), text, blobText),
    lower: (ctx, [value], { args }) => {
      const arg = value as Operand;
      const isText = (args[0] as SqlType).kind !== "BigInt";
      if (isText) return hostCell(ctx, `bytes_base_${base}`, "str", stringArgs(arg.lo));
      return hostCell(ctx, `integer_base_${base}`, "str", [asI64(ctx.b, arg)]);
    },
  });

const distance = (
  name: string,
  aliases: readonly string[],
  doc: string,
  example: readonly [string, string],
  failure?: string,
): ScalarFunction =>
  scalar({
    name,
    aliases,
    category: "string",
    doc,
    examples: [example],
    resolve: overloads(overload([VARCHAR, VARCHAR], name === "jaccard" ? DOUBLE : BIGINT)),
    canFail: failure !== undefined,
    lower: (ctx, args, { returns }) => {
      const site = failure === undefined ? [] : [ctx.site("type", failure)];
      const words = [...site, ...args.flatMap((arg) => stringArgs(arg.lo))];
      if (returns.kind === "Double") return operand("f64", ctx.b.let(hostNumber(name, "f64", ...words)));
      const count = operand("i32", ctx.b.let(hostNumber(name, "i32", ...words)), {
        range: { min: 0n, max: 2n ** 31n - 1n },
      });
      return toRep(ctx.b, count, "i64");
    },
  });

export const ENCODING_FUNCTIONS: readonly ScalarFunction[] = [
  ofText({
    name: "md5",
    doc: "The MD5 digest in hexadecimal.",
    example: ["md5('abc')", "900150983cd24fb0d6963f7d28e17f72"],
    overloads: [text, blobText],
  }),
  ofText({
    name: "sha1",
    doc: "The SHA-1 digest in hexadecimal.",
    example: ["sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    overloads: [text, blobText],
  }),
  ofText({
    name: "sha256",
    doc: "The SHA-256 digest in hexadecimal.",
    example: ["sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    overloads: [text, blobText],
  }),
  digits("hex", ["to_hex"], 16, "Hexadecimal digits.", ["hex('abc')", "616263"]),
  digits("bin", ["to_binary"], 2, "Binary digits.", ["bin(5)", "101"]),
  ofText({
    name: "unhex",
    aliases: ["from_hex"],
    doc: "The bytes of hexadecimal digits.",
    example: ["unhex('2A')", "*"],
    overloads: [overload([VARCHAR], BLOB)],
    failure: "invalid hexadecimal digits",
  }),
  ofText({
    name: "to_base64",
    aliases: ["base64"],
    doc: "A BLOB in Base64.",
    example: ["to_base64('abc'::BLOB)", "YWJj"],
    overloads: [blobText],
  }),
  ofText({
    name: "from_base64",
    doc: "The BLOB in Base64 text.",
    example: ["from_base64('YWJj')", "abc"],
    overloads: [overload([VARCHAR], BLOB)],
    failure: "invalid Base64",
  }),
  scalar({
    name: "encode",
    category: "string",
    doc: "The UTF-8 bytes of a text.",
    examples: [["encode('ä')", "\\xC3\\xA4"]],
    resolve: overloads(overload([VARCHAR], BLOB)),
    lower: (_ctx, [value]) => value as Operand,
  }),
  ofText({
    name: "decode",
    doc: "The text that UTF-8 bytes stand for.",
    example: ["decode('abc'::BLOB)", "abc"],
    overloads: [blobText],
    failure: "invalid UTF-8",
  }),
  ofText({
    name: "url_encode",
    doc: "The text escaped for a URL.",
    example: ["url_encode('a b')", "a%20b"],
    overloads: [text],
  }),
  ofText({
    name: "url_decode",
    doc: "The text behind URL escapes.",
    example: ["url_decode('a%20b')", "a b"],
    overloads: [text],
    failure: "invalid URL escapes",
  }),
  distance("levenshtein", ["editdist3"], "The number of edits of single bytes between two texts in UTF-8.", [
    "levenshtein('kitten', 'sitting')",
    "3",
  ]),
  distance(
    "hamming",
    ["mismatches"],
    "The number of bytes in which two texts of one length differ.",
    ["hamming('abc', 'abd')", "1"],
    "hamming wants texts of one length",
  ),
];
