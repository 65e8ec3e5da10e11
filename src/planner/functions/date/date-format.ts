import { and, get, i32, i64, num } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { civilFromDays } from "../../ir/lower/civil.ts";
import { asI64, makeString } from "../../ir/lower/rep.ts";
import { allocateText } from "../../ir/lower/text.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { DATE, type SqlType, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from "../../types/types.ts";
import { scalar } from "../define.ts";
import type { LowerContext, ScalarFunction, Signature } from "../function.ts";
import { javaPattern, type PatternPart } from "../host/java-date-format.ts";
import { callNested } from "../nested/host-function.ts";
import { overload, overloads } from "../overload.ts";
import { dateToTimestamp, dayOfTimestamp, MICROS_PER_DAY } from "./arithmetic.ts";
import { finiteFlag, finiteOrZero } from "./infinity.ts";
import { localOf } from "./zone.ts";

const TIMESTAMP_NS: SqlType = { kind: "Timestamp", unit: "ns" };

/** Digits of the fields that generated code writes. */
const DIGITS: Readonly<Record<string, 2 | 3 | 4>> = { Y: 4, m: 2, d: 2, H: 2, M: 2, S: 2, g: 3 };

/** With a constant pattern of fields of fixed width, years 0 to 9999 are written by generated code. */
export const dateFormat: ScalarFunction = scalar({
  name: "date_format",
  category: "date",
  doc:
    "A date or timestamp as text by a pattern of Java's SimpleDateFormat, as in Flink: yyyy year, MM MMM MMMM month, dd day, " +
    "HH hh hour, mm minute, ss second, SSS millisecond, a AM or PM, E EEEE weekday, 'text'. With `%` see strftime.",
  examples: [
    ["date_format(TIMESTAMP '2020-02-03 04:05:06.789', 'yyyy-MM-dd HH:mm:ss.SSS')", "2020-02-03 04:05:06.789"],
    ["date_format(TIMESTAMP '2020-02-03 16:05:06', 'EEE, d MMM yy, h:mm a')", "Mon, 3 Feb 20, 4:05 PM"],
    ["date_format(DATE '2020-02-03', 'yyyy''Q1''')", "2020Q1"],
  ],
  resolve: overloads(...[DATE, TIMESTAMP, TIMESTAMP_NS, TIMESTAMPTZ].map((type) => overload([type, VARCHAR], VARCHAR))),
  canFail: true,
  lower: (ctx, args, signature) => {
    const pattern = ctx.literal(1);
    const parts = typeof pattern === "string" ? javaPattern(pattern) : undefined;
    const type = signature.args[0];
    const isFixed = parts?.every((part) => part.kind === "text" || part.letter in DIGITS) === true;
    if (parts === undefined || !isFixed || (type?.kind === "Timestamp" && type.unit === "ns"))
      return callNested(ctx, "date_format", args, signature);
    return writeInline(ctx, args, signature, parts);
  },
});

function writeInline(
  ctx: LowerContext,
  args: readonly Operand[],
  signature: Signature,
  parts: readonly PatternPart[],
): Operand {
  const { b } = ctx;
  const value = args[0] as Operand;
  const type = signature.args[0];
  const finite = finiteFlag(ctx, value) ?? i32(1);
  const known = finiteOrZero(ctx, value);
  const moment = type?.kind === "Date" ? dateToTimestamp(ctx, known) : localOf(ctx, known, type);
  const micros = b.let(asI64(b, moment));
  const days = dayOfTimestamp(ctx, operand("i64", micros)).lo;
  const [year, month, day] = b.callMulti(civilFromDays(ctx), days) as [Ir, Ir, Ir];
  const result = b.bind(i64(0));
  b.if(
    and(finite, num("i32.le_u", year, i32(9999))),
    () => {
      const inDay = num("i64.sub", micros, num("i64.mul", num("i64.extend_i32_s", days), i64(MICROS_PER_DAY)));
      const millis = b.let(num("i32.wrap_i64", num("i64.div_u", inDay, i64(1000))));
      const of = (divisor: number, modulus: number): Ir =>
        num("i32.rem_u", num("i32.div_u", millis, i32(divisor)), i32(modulus));
      const fields: Readonly<Record<string, Ir>> = {
        Y: year,
        m: month,
        d: day,
        H: num("i32.div_u", millis, i32(3_600_000)),
        M: of(60_000, 60),
        S: of(1000, 60),
        g: of(1, 1000),
      };
      const pieces = parts.map((part) => (part.kind === "text" ? Buffer.from(part.text) : part.letter));
      const sizes = pieces.map((piece) => (typeof piece === "string" ? DIGITS[piece]! : piece.length));
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      const target = allocateText(ctx, i32(bytes));
      let offset = 0;
      pieces.forEach((piece, i) => {
        if (typeof piece === "string") putDigits(ctx, target, offset, fields[piece]!, sizes[i]!);
        else piece.forEach((byte, k) => b.store("i32.store8", target, i32(byte), offset + k));
        offset += sizes[i]!;
      });
      b.set(result, makeString(target, i32(bytes)));
    },
    () => b.set(result, callNested(ctx, "date_format", args, signature).lo),
  );
  return operand("str", get(result), { stable: true });
}

function putDigits({ b }: LowerContext, target: Ir, offset: number, value: Ir, digits: number): void {
  let rest = b.let(value);
  for (let i = digits - 1; i >= 0; i--) {
    const tens = i === 0 ? undefined : b.let(num("i32.div_u", rest, i32(10)));
    const digit = tens === undefined ? rest : num("i32.sub", rest, num("i32.mul", tens, i32(10)));
    b.store("i32.store8", target, num("i32.add", digit, i32(48)), offset + i);
    rest = tens ?? rest;
  }
}
