/** Values by a format, sizes in units, numbers in a base, bars. */
import { BIGINT, BLOB, DOUBLE, INTEGER, type SqlType, VARCHAR } from "../../types/types.ts";
import type { ScalarFunction } from "../function.ts";
import { hostScalar } from "../nested/host-function.ts";
import { overload, overloads, type Resolve } from "../overload.ts";

/** A format and values of any type. */
const formatted: Resolve = (types) =>
  types[0]?.kind === "Varchar" || types[0]?.kind === "Null"
    ? {
        args: types.map((type, i): SqlType =>
          i === 0 || type.kind === "Null" || type.kind === "Json" ? VARCHAR : type,
        ),
        returns: VARCHAR,
      }
    : undefined;

const readableSize = (
  name: string,
  aliases: readonly string[],
  op: string,
  doc: string,
  result: string,
): ScalarFunction =>
  hostScalar({
    name,
    aliases,
    op,
    category: "string",
    doc,
    examples: [[`${name}(16_000)`, result]],
    resolve: overloads(overload([BIGINT], VARCHAR)),
    canFail: false,
  });

export const FORMATTING_FUNCTIONS: readonly ScalarFunction[] = [
  hostScalar({
    name: "format",
    category: "string",
    doc: "The text with `{}` replaced by the values in turn, `{1}` by one of them, `{:>10,.2f}` by one written so.",
    examples: [
      ["format('{} of {}', 3, 'x')", "3 of x"],
      ["format('{1}{0}', 'a', 'b')", "ba"],
      ["format('{:,} {:.1f} {:x}', 1234567, 2.25, 255)", "1,234,567 2.3 ff"],
      ["format('{:>5}|{:^5}|', 'a', 'b')", "    a|  b  |"],
    ],
    resolve: formatted,
  }),
  hostScalar({
    name: "printf",
    category: "string",
    doc: "The text with C's conversions (`%d`, `%5.2f`, `%s`; `%,d` groups digits) replaced by the values in turn.",
    examples: [
      ["printf('%d %05d %x', 1, 42, 255)", "1 00042 ff"],
      ["printf('%5.2f|%-4s|', 3.14159, 'ab')", " 3.14|ab  |"],
    ],
    resolve: formatted,
  }),
  hostScalar({
    name: "overlay",
    category: "string",
    doc: "The text with so many characters from a position on (as many as the new part has) replaced.",
    examples: [
      ["overlay('abcdef' PLACING 'XX' FROM 3)", "abXXef"],
      ["overlay('abcdef', 'XX', 3, 1)", "abXXdef"],
    ],
    resolve: overloads(
      overload([VARCHAR, VARCHAR, BIGINT], VARCHAR),
      overload([VARCHAR, VARCHAR, BIGINT, BIGINT], VARCHAR),
    ),
    canFail: false,
  }),
  hostScalar({
    name: "bar",
    category: "string",
    doc: "A bar as long as the value's share of the way from `min` to `max`, in a field of `width` (80) characters.",
    examples: [["bar(5, 0, 20, 10)", "██▌       "]],
    resolve: overloads(
      overload([DOUBLE, DOUBLE, DOUBLE], VARCHAR),
      overload([DOUBLE, DOUBLE, DOUBLE, DOUBLE], VARCHAR),
    ),
  }),
  readableSize(
    "format_bytes",
    ["formatreadablesize", "pg_size_pretty"],
    "format_bytes",
    "A number of bytes in KiB, MiB, ...",
    "15.6 KiB",
  ),
  readableSize("formatreadabledecimalsize", [], "format_decimal_bytes", "A number of bytes in kB, MB, ...", "16.0 kB"),
  hostScalar({
    name: "parse_formatted_bytes",
    category: "string",
    doc: "The number of bytes that a size such as `16 kB` or `2 MiB` stands for.",
    examples: [["parse_formatted_bytes('16 kB')", "16000"]],
    resolve: overloads(overload([VARCHAR], { kind: "UBigInt" })),
  }),
  hostScalar({
    name: "to_base",
    category: "string",
    doc: "The digits of a number in a base from 2 to 36, at least as many as asked for.",
    examples: [
      ["to_base(255, 16)", "FF"],
      ["to_base(5, 2, 8)", "00000101"],
    ],
    resolve: overloads(overload([BIGINT, INTEGER], VARCHAR), overload([BIGINT, INTEGER, INTEGER], VARCHAR)),
  }),
  hostScalar({
    name: "from_binary",
    aliases: ["unbin"],
    category: "string",
    doc: "The bytes of binary digits.",
    examples: [["from_binary('0110')", "\\x06"]],
    resolve: overloads(overload([VARCHAR], BLOB)),
  }),
];
