/** Columns made of JavaScript values, one by one. */
import type { Datum } from "../../planner/expr/expr.ts";
import { datumBytes } from "../../planner/functions/host/nested.ts";
import { LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";
import { writeDatum } from "../../planner/types/write-datum.ts";
import type { LaneColumn } from "./lane-column.ts";

/** The constant that a value stands for; undefined: it is none of the type. */
export type Convert = (value: unknown, type: SqlType) => Datum | undefined;

/** Sets the value of a row; false: it does not fit. */
type Setter = (row: number, value: unknown) => boolean;

const FIRST_TEXT_BYTES = 4096;
/** Strings up to this length are copied without a call. */
const SHORT_TEXT = 24;
const TWO_POW_32 = 2 ** 32;
const MS_PER_DAY = 86_400_000;

/** Fills a column of at most `capacity` rows, and then the next one in its place. */
export class ColumnBuilder {
  private readonly type: SqlType;
  private readonly convert: Convert;
  private readonly capacity: number;
  private readonly laneBytes: number;
  private readonly isText: boolean;
  private readonly data: ArrayBuffer;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly refs: Uint32Array;
  private readonly validity: Uint8Array;
  private text: Buffer = Buffer.allocUnsafeSlow(0);
  private textEnd = 0;
  private nulls = 0;
  /** Sets the value of a row that has none yet; null and undefined are NULL. False: the value is none of the type. */
  readonly set: Setter;

  constructor(type: SqlType, capacity: number, convert: Convert) {
    const lane = laneOf(type);
    this.type = type;
    this.convert = convert;
    this.capacity = capacity;
    this.laneBytes = LANE_BYTES[lane];
    this.isText = lane === "str";
    this.data = new ArrayBuffer(Math.ceil((capacity * this.laneBytes) / 8) * 8);
    this.bytes = new Uint8Array(this.data);
    this.view = new DataView(this.data);
    this.refs = new Uint32Array(this.data, 0, this.data.byteLength >>> 2);
    this.validity = new Uint8Array(Math.ceil(capacity / 8)).fill(255);
    this.set = this.setter();
  }

  /** Bytes of text so far. */
  get textBytes(): number {
    return this.textEnd;
  }

  /** The first `rows` rows. They are good until the next value is set. */
  take(rows: number): LaneColumn {
    const values = {
      rows,
      data: this.bytes.subarray(0, rows * this.laneBytes),
      validity: this.nulls === 0 ? undefined : this.validity.slice(0, Math.ceil(rows / 8)),
      text: this.text.subarray(0, this.textEnd),
    };
    if (this.nulls > 0) this.validity.fill(255);
    this.nulls = 0;
    this.textEnd = 0;
    return values;
  }

  /** The values of a type that are as they are in their lanes, or nearly so. */
  private setter(): Setter {
    const other: Setter = (row, value) => this.setOther(row, value);
    const { data, capacity } = this;
    switch (this.type.kind) {
      case "TinyInt":
        return integers(new Int8Array(data, 0, capacity), -128, 127, other);
      case "SmallInt":
        return integers(new Int16Array(data, 0, capacity), -32_768, 32_767, other);
      case "Integer":
        return integers(new Int32Array(data, 0, capacity), -(2 ** 31), 2 ** 31 - 1, other);
      case "UTinyInt":
        return integers(new Uint8Array(data, 0, capacity), 0, 255, other);
      case "USmallInt":
        return integers(new Uint16Array(data, 0, capacity), 0, 65_535, other);
      case "UInteger":
        return integers(new Uint32Array(data, 0, capacity), 0, 2 ** 32 - 1, other);
      case "BigInt":
        return this.bigints(other);
      case "Double": {
        const target = new Float64Array(data, 0, capacity);
        return (row, value) => {
          if (typeof value !== "number") return other(row, value);
          target[row] = value;
          return true;
        };
      }
      case "Real": {
        const target = new Float32Array(data, 0, capacity);
        return (row, value) => {
          if (typeof value !== "number") return other(row, value);
          target[row] = value;
          return Number.isFinite(target[row]) || !Number.isFinite(value);
        };
      }
      case "Boolean": {
        const target = this.bytes;
        return (row, value) => {
          if (typeof value !== "boolean") return other(row, value);
          target[row] = value ? 1 : 0;
          return true;
        };
      }
      case "Varchar":
        return (row, value) => (typeof value === "string" ? this.setText(row, value) : other(row, value));
      case "Date": {
        const target = new Int32Array(data, 0, capacity);
        return (row, value) => {
          const ms = value instanceof Date ? value.getTime() : Number.NaN;
          if (Number.isNaN(ms)) return other(row, value);
          target[row] = Math.floor(ms / MS_PER_DAY);
          return true;
        };
      }
      case "Timestamp":
        return this.type.unit === "us" ? this.instants(other) : other;
      case "TimestampTz":
        return this.instants(other);
      default:
        return other;
    }
  }

  private bigints(other: Setter): Setter {
    const target = new BigInt64Array(this.data, 0, this.capacity);
    return (row, value) => {
      if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) target[row] = value;
      else if (typeof value === "number" && Number.isSafeInteger(value)) this.setSafe(row, value);
      else return other(row, value);
      return true;
    };
  }

  /** Dates as microseconds. */
  private instants(other: Setter): Setter {
    return (row, value) => {
      const micros = value instanceof Date ? value.getTime() * 1000 : Number.NaN;
      if (!Number.isSafeInteger(micros)) return other(row, value);
      this.setSafe(row, micros);
      return true;
    };
  }

  /** A safe integer into a lane of 64 bits. */
  private setSafe(row: number, value: number): void {
    this.refs[2 * row] = value;
    this.refs[2 * row + 1] = Math.floor(value / TWO_POW_32);
  }

  private setText(row: number, value: string): boolean {
    const { length } = value;
    if (this.textEnd + 3 * length > this.text.length) this.growText(3 * length);
    const { text, textEnd: start } = this;
    let end = start;
    if (length <= SHORT_TEXT) {
      for (let i = 0; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code > 127) break;
        text[end++] = code;
      }
    }
    if (end - start < length) end = start + text.write(value, start);
    return this.setRef(row, start, end);
  }

  private setBytes(row: number, value: Uint8Array): boolean {
    const start = this.textEnd;
    if (start + value.length > this.text.length) this.growText(value.length);
    this.text.set(value, start);
    return this.setRef(row, start, start + value.length);
  }

  private setRef(row: number, start: number, end: number): true {
    this.refs[2 * row] = start;
    this.refs[2 * row + 1] = end - start;
    this.textEnd = end;
    return true;
  }

  private growText(more: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_TEXT_BYTES, 2 * this.text.length, this.textEnd + more));
    this.text.copy(grown, 0, 0, this.textEnd);
    this.text = grown;
  }

  private setOther(row: number, value: unknown): boolean {
    const datum = value === null || value === undefined ? null : this.convert(value, this.type);
    if (datum === undefined) return false;
    if (datum === null) {
      this.nulls++;
      this.validity[row >>> 3]! &= ~(1 << (row & 7));
      this.bytes.fill(0, row * this.laneBytes, (row + 1) * this.laneBytes);
      return true;
    }
    if (!this.isText) {
      writeDatum(this.view, row * this.laneBytes, datum, this.type);
      return true;
    }
    return typeof datum === "string" ? this.setText(row, datum) : this.setBytes(row, datumBytes(datum, this.type));
  }
}

function integers(target: { [i: number]: number }, min: number, max: number, other: Setter): Setter {
  return (row, value) => {
    if (typeof value !== "number" || !(value >= min && value <= max) || !Number.isInteger(value))
      return other(row, value);
    target[row] = value;
    return true;
  };
}
