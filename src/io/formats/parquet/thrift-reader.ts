import { HeadraceError } from "../../../error.ts";

/** Thrift's wire types in the compact protocol (apache/thrift, thrift-compact-protocol.md). */
export const WIRE = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

const MAX_DEPTH = 32;

export type ThriftField = { readonly id: number; readonly wire: number };

export function corrupt(what: string): HeadraceError {
  return new HeadraceError("format", `corrupt Parquet file: ${what}`);
}

/**
 * A cursor over the compact protocol. Every read is checked against the end of `bytes` and against the wire type that
 * the field announced; what does not fit throws `format`.
 */
export class ThriftReader {
  position: number;
  readonly #bytes: Uint8Array;
  #depth = 0;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.position = position;
  }

  /** The fields of the outermost struct; the loop must consume each value, by a reading method or by `skip`. */
  *fields(): Generator<ThriftField, void, void> {
    if (++this.#depth > MAX_DEPTH) throw corrupt("structures nested too deeply");
    let id = 0;
    for (;;) {
      const head = this.#byte();
      if (head === 0) break;
      const delta = head >> 4;
      id = delta === 0 ? this.#zigzag() : id + delta;
      yield { id, wire: head & 15 };
    }
    this.#depth--;
  }

  /** The fields of a struct that is a field or an element itself. */
  fieldsOf(wire: number): Generator<ThriftField, void, void> {
    expectWire(wire, WIRE.struct);
    return this.fields();
  }

  listOf<T>(wire: number, element: (wire: number) => T): T[] {
    return Array.from(this.elements(wire), element);
  }

  /** The wire types of a list's elements; the loop must consume each. */
  *elements(wire: number): Generator<number, void, void> {
    expectWire(wire, WIRE.list);
    const { size, type } = this.#listHead();
    for (let i = 0; i < size; i++) yield type;
  }

  boolean(wire: number): boolean {
    if (wire !== WIRE.true && wire !== WIRE.false) throw corrupt("a boolean was expected");
    return wire === WIRE.true;
  }

  /** Inside collections a boolean takes a byte: 1, or 0 and 2 as writers differ. */
  booleanElement(): boolean {
    return this.#byte() === WIRE.true;
  }

  /** Any integer up to 64 bits that a number holds exactly. */
  integer(wire: number): number {
    if (wire === WIRE.byte) return (this.#byte() << 24) >> 24;
    if (wire < WIRE.i16 || wire > WIRE.i64) throw corrupt("an integer was expected");
    return this.#zigzag();
  }

  /** A size, count or offset. */
  natural(wire: number): number {
    const value = this.integer(wire);
    if (value < 0) throw corrupt("a negative size or offset");
    return value;
  }

  /** A copy of the bytes. */
  binary(wire: number): Uint8Array {
    expectWire(wire, WIRE.binary);
    const start = this.#advance(this.#varint());
    return this.#bytes.slice(start, this.position);
  }

  string(wire: number): string {
    return Buffer.from(this.binary(wire)).toString("utf8");
  }

  skip(wire: number): void {
    switch (wire) {
      case WIRE.true:
      case WIRE.false:
        return;
      case WIRE.byte:
        this.#advance(1);
        return;
      case WIRE.i16:
      case WIRE.i32:
      case WIRE.i64:
        while (this.#byte() > 127);
        return;
      case WIRE.double:
        this.#advance(8);
        return;
      case WIRE.binary:
        this.#advance(this.#varint());
        return;
      case WIRE.list:
      case WIRE.set: {
        const { size, type } = this.#listHead();
        for (let i = 0; i < size; i++) this.#skipElement(type);
        return;
      }
      case WIRE.map: {
        const size = this.#varint();
        if (size === 0) return;
        const types = this.#byte();
        for (let i = 0; i < size; i++) {
          this.#skipElement(types >> 4);
          this.#skipElement(types & 15);
        }
        return;
      }
      case WIRE.struct:
        for (const field of this.fields()) this.skip(field.wire);
        return;
      default:
        throw corrupt(`unknown Thrift type ${wire}`);
    }
  }

  #skipElement(wire: number): void {
    if (wire === WIRE.true || wire === WIRE.false) this.#advance(1);
    else if (wire === WIRE.list || wire === WIRE.set || wire === WIRE.map) {
      if (++this.#depth > MAX_DEPTH) throw corrupt("structures nested too deeply");
      this.skip(wire);
      this.#depth--;
    } else this.skip(wire);
  }

  #listHead(): { size: number; type: number } {
    const head = this.#byte();
    const size = head >> 4 === 15 ? this.#varint() : head >> 4;
    // Every element takes a byte at least, so a list cannot claim more than is there.
    if (size > this.#bytes.length - this.position) throw corrupt("a list longer than the file");
    return { size, type: head & 15 };
  }

  #byte(): number {
    const byte = this.#bytes[this.position++];
    if (byte === undefined) throw corrupt("metadata ends early");
    return byte;
  }

  #advance(count: number): number {
    const start = this.position;
    if (count > this.#bytes.length - start) throw corrupt("metadata ends early");
    this.position += count;
    return start;
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) break;
      scale *= 128;
      if (scale > 2 ** 63) throw corrupt("a number longer than 64 bits");
    }
    if (value > Number.MAX_SAFE_INTEGER) throw corrupt("a number out of range");
    return value;
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

function expectWire(wire: number, expected: number): void {
  if (wire !== expected) throw corrupt(`Thrift type ${wire} where ${expected} was expected`);
}
