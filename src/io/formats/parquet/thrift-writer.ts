import { WIRE } from "./thrift-reader.ts";

/** Builds structures in Thrift's compact protocol. Fields must be written in ascending order of their ids. */
export class ThriftWriter {
  #bytes = new Uint8Array(256);
  #length = 0;
  #lastId = 0;

  finish(): Uint8Array {
    this.#put(0);
    return this.#bytes.slice(0, this.#length);
  }

  integer(id: number, value: number, wire: 3 | 5 | 6 = WIRE.i32): this {
    this.#head(id, wire);
    if (wire === WIRE.byte) this.#put(value & 255);
    else this.#zigzag(value);
    return this;
  }

  long(id: number, value: number): this {
    return this.integer(id, value, WIRE.i64);
  }

  boolean(id: number, value: boolean): this {
    this.#head(id, value ? WIRE.true : WIRE.false);
    return this;
  }

  binary(id: number, value: Uint8Array): this {
    this.#head(id, WIRE.binary);
    this.#binary(value);
    return this;
  }

  string(id: number, value: string): this {
    return this.binary(id, Buffer.from(value, "utf8"));
  }

  struct(id: number, fields: (writer: this) => void): this {
    this.#head(id, WIRE.struct);
    this.#nested(fields);
    return this;
  }

  structs<T>(id: number, elements: readonly T[], fields: (writer: this, element: T) => void): this {
    this.#listHead(id, WIRE.struct, elements.length);
    for (const element of elements) this.#nested((writer) => fields(writer, element));
    return this;
  }

  integers(id: number, elements: readonly number[]): this {
    this.#listHead(id, WIRE.i32, elements.length);
    for (const element of elements) this.#zigzag(element);
    return this;
  }

  longs(id: number, elements: readonly number[]): this {
    this.#listHead(id, WIRE.i64, elements.length);
    for (const element of elements) this.#zigzag(element);
    return this;
  }

  booleans(id: number, elements: readonly boolean[]): this {
    this.#listHead(id, WIRE.true, elements.length);
    for (const element of elements) this.#put(element ? WIRE.true : WIRE.false);
    return this;
  }

  binaries(id: number, elements: readonly Uint8Array[]): this {
    this.#listHead(id, WIRE.binary, elements.length);
    for (const element of elements) this.#binary(element);
    return this;
  }

  strings(id: number, elements: readonly string[]): this {
    return this.binaries(
      id,
      elements.map((element) => Buffer.from(element, "utf8")),
    );
  }

  #nested(fields: (writer: this) => void): void {
    const outer = this.#lastId;
    this.#lastId = 0;
    fields(this);
    this.#put(0);
    this.#lastId = outer;
  }

  #head(id: number, wire: number): void {
    const delta = id - this.#lastId;
    if (delta > 0 && delta < 16) this.#put((delta << 4) | wire);
    else {
      this.#put(wire);
      this.#zigzag(id);
    }
    this.#lastId = id;
  }

  #listHead(id: number, wire: number, size: number): void {
    this.#head(id, WIRE.list);
    if (size < 15) this.#put((size << 4) | wire);
    else {
      this.#put(0xf0 | wire);
      this.#varint(size);
    }
  }

  #binary(value: Uint8Array): void {
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  #zigzag(value: number): void {
    this.#varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  /** Numbers beyond 32 bits too, hence no bit operations on the whole. */
  #varint(value: number): void {
    while (value > 127) {
      this.#put((value % 128) | 128);
      value = Math.floor(value / 128);
    }
    this.#put(value);
  }

  #put(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
