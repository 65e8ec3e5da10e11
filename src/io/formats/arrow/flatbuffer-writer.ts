/** Writing FlatBuffers from the front: tables before what they refer to. */

/** A field of a table, with its number. Zeros are left out: they are what a missing field means. */
export type FlatField =
  | { readonly slot: number; readonly kind: "i8" | "i16" | "i32"; readonly value: number; readonly always?: boolean }
  | { readonly slot: number; readonly kind: "i64"; readonly value: bigint }
  | { readonly slot: number; readonly kind: "text"; readonly value: string }
  | { readonly slot: number; readonly kind: "table"; readonly value: readonly FlatField[] }
  | { readonly slot: number; readonly kind: "tables"; readonly value: readonly (readonly FlatField[])[] }
  /** Structs of `bytes` bytes, aligned to 8. */
  | { readonly slot: number; readonly kind: "structs"; readonly bytes: number; readonly value: Uint8Array };

const BYTES = { i8: 1, i16: 2, i32: 4, i64: 8, text: 4, table: 4, tables: 4, structs: 4 } as const;

/** The bytes of a buffer whose root is a table of these fields; their number is a multiple of 8. */
export function writeFlatBuffer(root: readonly FlatField[]): Uint8Array {
  const writer = new FlatWriter();
  writer.pad(8);
  const at = writer.table(root);
  writer.patch(0, at);
  return writer.finish();
}

class FlatWriter {
  private bytes: Uint8Array = new Uint8Array(1024);
  private view: DataView = new DataView(this.bytes.buffer);
  private size = 4;

  finish(): Uint8Array {
    this.pad(8);
    return this.bytes.slice(0, this.size);
  }

  pad(alignment: number): void {
    this.reserve(Math.ceil(this.size / alignment) * alignment - this.size);
  }

  /** The offset at `place` refers to `target`. */
  patch(place: number, target: number): void {
    this.view.setUint32(place, target - place, true);
  }

  /** Where the table lies. */
  table(all: readonly FlatField[]): number {
    const fields = all.filter((field) => !isZero(field)).toSorted((a, b) => BYTES[b.kind] - BYTES[a.kind]);
    const slots = Math.max(0, ...fields.map(({ slot }) => slot + 1));
    const vtable = this.reserve(4 + slots * 2 + (slots % 2) * 2);
    this.pad(8);
    const start = this.reserve(4);
    const places = fields.map((field) => {
      this.pad(BYTES[field.kind]);
      return this.reserve(BYTES[field.kind]);
    });
    this.view.setInt32(start, start - vtable, true);
    this.view.setUint16(vtable, 4 + slots * 2, true);
    this.view.setUint16(vtable + 2, this.size - start, true);
    fields.forEach((field, i) => {
      const place = places[i] as number;
      this.view.setUint16(vtable + 4 + field.slot * 2, place - start, true);
      this.field(field, place);
    });
    return start;
  }

  private field(field: FlatField, place: number): void {
    switch (field.kind) {
      case "i8":
        return this.view.setInt8(place, field.value);
      case "i16":
        return this.view.setInt16(place, field.value, true);
      case "i32":
        return this.view.setInt32(place, field.value, true);
      case "i64":
        return this.view.setBigInt64(place, field.value, true);
      case "text": {
        const text = new TextEncoder().encode(field.value);
        this.pad(4);
        const at = this.reserve(4 + text.length + 1);
        this.view.setUint32(at, text.length, true);
        this.bytes.set(text, at + 4);
        return this.patch(place, at);
      }
      case "table":
        return this.patch(place, this.table(field.value));
      case "tables": {
        this.pad(4);
        const at = this.reserve(4 + field.value.length * 4);
        this.view.setUint32(at, field.value.length, true);
        this.patch(place, at);
        field.value.forEach((item, i) => this.patch(at + 4 + i * 4, this.table(item)));
        return undefined;
      }
      case "structs": {
        // The structs, not their count, are aligned.
        this.pad(8);
        this.reserve(4);
        const at = this.reserve(4 + field.value.length);
        this.view.setUint32(at, field.value.length / field.bytes, true);
        this.bytes.set(field.value, at + 4);
        return this.patch(place, at);
      }
    }
  }

  /** Zeroed bytes at the end. */
  private reserve(bytes: number): number {
    const at = this.size;
    this.size += bytes;
    if (this.size > this.bytes.length) {
      const grown = new Uint8Array(this.size * 2);
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return at;
  }
}

function isZero(field: FlatField): boolean {
  switch (field.kind) {
    case "i8":
    case "i16":
    case "i32":
      return field.value === 0 && field.always !== true;
    case "i64":
      return field.value === 0n;
    default:
      return false;
  }
}
