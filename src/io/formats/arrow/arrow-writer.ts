import { AtomicFile } from "../../stores/atomic-file.ts";
import { type FlatField, writeFlatBuffer } from "./flatbuffer-writer.ts";

/** A field of the schema. `kind` and `type`: its number and table in the union `Type` of Schema.fbs. */
export type ArrowWriteField = {
  readonly name: string;
  readonly nullable: boolean;
  readonly kind: number;
  readonly type: readonly FlatField[];
  readonly children: readonly ArrowWriteField[];
  readonly metadata: ReadonlyMap<string, string>;
};

/** A record batch: nodes and buffers of all fields, parents before their children. */
export type ArrowWriteBatch = {
  readonly rows: number;
  readonly nodes: readonly { readonly length: number; readonly nulls: number }[];
  readonly buffers: readonly Uint8Array[];
};

/** Compresses the buffers of record batches, each by itself. */
export type BodyCodec = { readonly kind: "lz4"; readonly compress: (buffer: Uint8Array) => Uint8Array };

/** Enum CompressionType of Message.fbs. */
const CODECS = { lz4: 0 } as const;

const MAGIC = Buffer.from("ARROW1\0\0", "latin1");
/** MetadataVersion V5. */
const VERSION = 4;
const HEADER = { schema: 1, batch: 3 } as const;
/** Buffers begin at multiples of it. */
const ALIGNMENT = 64;

type Block = { readonly offset: number; readonly metadata: number; readonly body: number };

/** Writes record batches to an Arrow IPC file or stream, which appears when `finish` returns; `abort` leaves nothing. */
export class ArrowFileWriter {
  private readonly file: AtomicFile;
  private readonly schema: readonly FlatField[];
  private readonly stream: boolean;
  private readonly codec: BodyCodec | undefined;
  private readonly blocks: Block[] = [];

  private constructor(file: AtomicFile, schema: readonly FlatField[], stream: boolean, codec: BodyCodec | undefined) {
    this.file = file;
    this.schema = schema;
    this.stream = stream;
    this.codec = codec;
  }

  /** Throws `io`. */
  static async create(
    path: string,
    fields: readonly ArrowWriteField[],
    stream: boolean,
    codec?: BodyCodec,
  ): Promise<ArrowFileWriter> {
    const schema: FlatField[] = [{ slot: 1, kind: "tables", value: fields.map(fieldTable) }];
    const writer = new ArrowFileWriter(await AtomicFile.create(path), schema, stream, codec);
    try {
      if (!stream) await writer.file.write(MAGIC);
      await writer.message(HEADER.schema, schema, []);
    } catch (error) {
      await writer.abort();
      throw error;
    }
    return writer;
  }

  /** Call again only after the promise resolved. */
  async append({ rows, nodes, buffers: plain }: ArrowWriteBatch): Promise<void> {
    const { codec } = this;
    const buffers = codec === undefined ? plain : plain.map((buffer) => compressed(buffer, codec));
    const places: bigint[] = [];
    let at = 0;
    for (const buffer of buffers) {
      places.push(BigInt(at), BigInt(buffer.length));
      at += padded(buffer.length);
    }
    const words = (values: readonly bigint[]): Uint8Array => new Uint8Array(BigInt64Array.from(values).buffer);
    const counts = nodes.flatMap(({ length, nulls }) => [BigInt(length), BigInt(nulls)]);
    const batch: readonly FlatField[] = [
      { slot: 0, kind: "i64", value: BigInt(rows) },
      { slot: 1, kind: "structs", bytes: 16, value: words(counts) },
      { slot: 2, kind: "structs", bytes: 16, value: words(places) },
      // BodyCompression: the method is BUFFER, 0.
      ...(codec === undefined
        ? []
        : [
            {
              slot: 3,
              kind: "table",
              value: [{ slot: 0, kind: "i8", value: CODECS[codec.kind], always: true }],
            } as const,
          ]),
    ];
    this.blocks.push(await this.message(HEADER.batch, batch, buffers));
  }

  async finish(): Promise<void> {
    await this.file.write(new Uint8Array(new Uint32Array([0xffffffff, 0]).buffer));
    if (!this.stream) await this.file.write(this.footer());
    await this.file.finish();
  }

  abort(): Promise<void> {
    return this.file.abort();
  }

  private async message(kind: number, header: readonly FlatField[], buffers: readonly Uint8Array[]): Promise<Block> {
    const body = buffers.reduce((sum, { length }) => sum + padded(length), 0);
    const flat = writeFlatBuffer([
      { slot: 0, kind: "i16", value: VERSION },
      { slot: 1, kind: "i8", value: kind },
      { slot: 2, kind: "table", value: header },
      { slot: 3, kind: "i64", value: BigInt(body) },
    ]);
    const { size: offset } = this.file;
    // The body begins at a multiple of the alignment.
    const metadata = padded(offset + 8 + flat.length) - offset;
    const head = Buffer.alloc(metadata);
    head.writeUInt32LE(0xffffffff, 0);
    head.writeInt32LE(metadata - 8, 4);
    head.set(flat, 8);
    await this.file.write(head);
    for (const buffer of buffers) {
      await this.file.write(buffer);
      await this.file.write(new Uint8Array(padded(buffer.length) - buffer.length));
    }
    return { offset, metadata, body };
  }

  private footer(): Uint8Array {
    const blocks = Buffer.alloc(this.blocks.length * 24);
    this.blocks.forEach(({ offset, metadata, body }, i) => {
      blocks.writeBigInt64LE(BigInt(offset), i * 24);
      blocks.writeInt32LE(metadata, i * 24 + 8);
      blocks.writeBigInt64LE(BigInt(body), i * 24 + 16);
    });
    const footer = writeFlatBuffer([
      { slot: 0, kind: "i16", value: VERSION },
      { slot: 1, kind: "table", value: this.schema },
      { slot: 2, kind: "structs", bytes: 24, value: new Uint8Array() },
      { slot: 3, kind: "structs", bytes: 24, value: blocks },
    ]);
    const end = Buffer.alloc(4);
    end.writeInt32LE(footer.length);
    return Buffer.concat([footer, end, MAGIC.subarray(0, 6)]);
  }
}

/** A buffer behind the length that it has when decompressed; -1: it is not compressed. */
function compressed(buffer: Uint8Array, { compress }: BodyCodec): Uint8Array {
  if (buffer.length === 0) return buffer;
  const smaller = compress(buffer);
  const stored = smaller.length >= buffer.length;
  const head = Buffer.alloc(8);
  head.writeBigInt64LE(stored ? -1n : BigInt(buffer.length));
  return Buffer.concat([head, stored ? buffer : smaller]);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function fieldTable({ name, nullable, kind, type, children, metadata }: ArrowWriteField): readonly FlatField[] {
  const pairs = [...metadata].map(([key, value]): readonly FlatField[] => [
    { slot: 0, kind: "text", value: key },
    { slot: 1, kind: "text", value },
  ]);
  return [
    { slot: 0, kind: "text", value: name },
    { slot: 1, kind: "i8", value: nullable ? 1 : 0 },
    { slot: 2, kind: "i8", value: kind },
    { slot: 3, kind: "table", value: type },
    { slot: 5, kind: "tables", value: children.map(fieldTable) },
    ...(pairs.length === 0 ? [] : [{ slot: 6, kind: "tables", value: pairs } as const]),
  ];
}
