import type { ResultColumn } from "../codegen/program.ts";
import type { ResultRows } from "./result-rows.ts";
import type { Datum } from "../../planner/expr/expr.ts";
import { decodeNested } from "../../planner/functions/host/nested.ts";
import {
  bigintReader,
  bytesReader,
  floatReader,
  intervalReader,
  numberReader,
  orNull,
  type Reader,
  stringReader,
} from "./row-fields.ts";

/** Reads a column's values in the Datum convention of its type. */
export function datumReader(rows: ResultRows, { type, field }: ResultColumn): Reader<Datum> {
  const { memory } = rows;
  const nullable = <T extends Datum>(read: Reader<T>): Reader<Datum> => orNull(memory, field, read);
  switch (type.kind) {
    case "Null":
      return () => null;
    case "Boolean": {
      const read = numberReader(memory, field);
      return nullable((row) => read(row) !== 0);
    }
    case "TinyInt":
    case "SmallInt":
    case "Integer":
    case "UTinyInt":
    case "USmallInt":
    case "UInteger":
    case "Date":
    case "Enum":
      return nullable(numberReader(memory, field));
    case "BigInt":
    case "HugeInt":
    case "UBigInt":
    case "Decimal":
    case "Time":
    case "TimeNs":
    case "TimeTz":
    case "Timestamp":
    case "TimestampTz":
      return nullable(bigintReader(memory, field));
    case "UHugeInt":
    case "Uuid": {
      const read = bigintReader(memory, field);
      return nullable((row) => BigInt.asUintN(128, read(row)));
    }
    case "Real":
    case "Double":
      return nullable(floatReader(memory, field));
    case "Varchar":
    case "Bit":
    case "Json":
      return nullable(stringReader(rows, field));
    case "Blob":
    case "Bignum": {
      const read = bytesReader(rows, field);
      return nullable((row) => read(row).slice());
    }
    case "Interval":
      return nullable(intervalReader(memory, field));
    case "List":
    case "Array":
    case "Struct":
    case "Map":
    case "Union": {
      const read = bytesReader(rows, field);
      return nullable((row) => decodeNested(read(row), type));
    }
  }
}
