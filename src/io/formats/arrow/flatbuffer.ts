/** Reading FlatBuffers: tables of optional fields, found by their number. All places are checked by the DataView (RangeError). */
export class FlatTable {
  private readonly view: DataView;
  private readonly at: number;
  private readonly vtable: number;
  private readonly vtableBytes: number;

  constructor(view: DataView, at: number) {
    this.view = view;
    this.at = at;
    this.vtable = at - view.getInt32(at, true);
    this.vtableBytes = view.getUint16(this.vtable, true);
  }

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return new FlatTable(view, view.getUint32(0, true));
  }

  i8(field: number, otherwise = 0): number {
    const at = this.place(field);
    return at === 0 ? otherwise : this.view.getInt8(at);
  }

  i16(field: number, otherwise = 0): number {
    const at = this.place(field);
    return at === 0 ? otherwise : this.view.getInt16(at, true);
  }

  i32(field: number, otherwise = 0): number {
    const at = this.place(field);
    return at === 0 ? otherwise : this.view.getInt32(at, true);
  }

  /** As a number: sizes and counts. */
  i64(field: number): number {
    const at = this.place(field);
    return at === 0 ? 0 : Number(this.view.getBigInt64(at, true));
  }

  bool(field: number): boolean {
    return this.i8(field) !== 0;
  }

  text(field: number): string | undefined {
    const at = this.target(field);
    if (at === 0) return undefined;
    const length = this.view.getUint32(at, true);
    // Also checks that the text lies inside.
    this.view.getUint8(at + 4 + length);
    return Buffer.from(this.view.buffer, this.view.byteOffset + at + 4, length).toString("utf8");
  }

  table(field: number): FlatTable | undefined {
    const at = this.target(field);
    return at === 0 ? undefined : new FlatTable(this.view, at);
  }

  tables(field: number): readonly FlatTable[] {
    return this.items(field, 4).map((at) => new FlatTable(this.view, at + this.view.getUint32(at, true)));
  }

  /** What `read` makes of each struct of `bytes` bytes. */
  structs<T>(field: number, bytes: number, read: (view: DataView, at: number) => T): readonly T[] {
    return this.items(field, bytes).map((at) => read(this.view, at));
  }

  private items(field: number, bytes: number): readonly number[] {
    const at = this.target(field);
    if (at === 0) return [];
    const count = this.view.getUint32(at, true);
    if (count > 0) this.view.getUint8(at + 4 + count * bytes - 1);
    return Array.from({ length: count }, (_, i) => at + 4 + i * bytes);
  }

  /** Where a field lies; 0: it is not there. */
  private place(field: number): number {
    const entry = 4 + field * 2;
    if (entry >= this.vtableBytes) return 0;
    const offset = this.view.getUint16(this.vtable + entry, true);
    return offset === 0 ? 0 : this.at + offset;
  }

  private target(field: number): number {
    const at = this.place(field);
    return at === 0 ? 0 : at + this.view.getUint32(at, true);
  }
}
