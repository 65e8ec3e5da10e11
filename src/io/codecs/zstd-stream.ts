/** Zstandard data (RFC 8878) that comes in pieces and need not fit into memory: what is kept is the window. */
import { HeadraceError } from "../../error.ts";
import { type Kernels, XX_HASH_STATE, ZSTD_SCRATCH } from "../../exec/kernels/kernels.ts";
import { type Allocator, ExtentScope } from "../../exec/memory/allocator.ts";

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const MOST_BLOCK = 128 * 1024;
/** As much as the reference decoder takes without being asked. */
const MOST_WINDOW = 2 ** 27;
/** Room behind the window, so that it moves seldom. */
const ROOM = 4 * 2 ** 20;

/** The decompressed bytes of all frames. Each piece is a copy. Throws `format`, `unsupported`. */
export async function* decompressZstd(
  input: AsyncIterable<Uint8Array>,
  name: string,
  kernels: Kernels,
  allocator: Allocator,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteQueue(input);
  const scope = new ExtentScope(allocator);
  const corrupt = (): HeadraceError => new HeadraceError("format", `"${name}": corrupt zstd data`);
  try {
    const scratch = scope.alloc(ZSTD_SCRATCH);
    const source = scope.alloc(MOST_BLOCK);
    const hash = scope.alloc(XX_HASH_STATE);
    let frames = 0;
    while (await bytes.fill(4)) {
      const magic = bytes.take(4).readUInt32LE();
      if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
        if (!(await bytes.fill(4))) throw corrupt();
        await bytes.skip(bytes.take(4).readUInt32LE());
        continue;
      }
      if (magic !== MAGIC) throw frames === 0 ? new HeadraceError("format", `"${name}" is not zstd data`) : corrupt();
      frames++;
      const header = await readHeader(bytes, corrupt);
      const window = Math.min(Math.max(header.window, MOST_BLOCK), MOST_WINDOW);
      if (header.window > MOST_WINDOW)
        throw new HeadraceError("unsupported", `"${name}": the zstd window is larger than 128 MiB`);
      const size = window + ROOM;
      const target = scope.alloc(size);
      const memory = new Uint8Array(allocator.memory.buffer);
      kernels.zstdBegin(scratch);
      kernels.xxHashBegin(hash);
      let made = 0;
      let begin = target;
      let end = target;
      for (let last = false; !last;) {
        if (!(await bytes.fill(3))) throw corrupt();
        const block = bytes.take(3).readUIntLE(0, 3);
        last = (block & 1) === 1;
        const type = (block >> 1) & 3;
        const length = block >> 3;
        const stored = type === 1 ? 1 : length;
        if (length > MOST_BLOCK || type === 3 || !(await bytes.fill(stored))) throw corrupt();
        if (target + size - end < MOST_BLOCK) {
          // The window moves to the front.
          const keep = Math.min(window, end - target);
          memory.copyWithin(target, end - keep, end);
          begin = target;
          end = target + keep;
        }
        const data = bytes.take(stored);
        const from = end;
        if (type === 0) memory.set(data, end);
        else if (type === 1) kernels.fillBytes(end, data[0] as number, length);
        if (type === 2) {
          memory.set(data, source);
          end = kernels.zstdBlock(source, source + stored, begin, end, target + size, scratch) >>> 0;
          if (end === 0) throw corrupt();
        } else end += length;
        made += end - from;
        if (header.checksum) kernels.xxHashAdd(hash, from, end - from);
        if (end > from) yield memory.slice(from, end);
      }
      if (header.content !== undefined && header.content !== made) throw corrupt();
      if (header.checksum) {
        if (!(await bytes.fill(4))) throw corrupt();
        if (bytes.take(4).readUInt32LE() !== kernels.xxHashEnd(hash) >>> 0)
          throw new HeadraceError("format", `"${name}": the zstd data does not match its checksum`);
      }
      scope.release(target);
    }
    if (bytes.length > 0) throw corrupt();
  } finally {
    scope.releaseAll();
  }
}

type FrameHeader = {
  readonly window: number;
  /** Bytes that the frame makes, where it says. */
  readonly content: number | undefined;
  readonly checksum: boolean;
};

async function readHeader(bytes: ByteQueue, corrupt: () => HeadraceError): Promise<FrameHeader> {
  if (!(await bytes.fill(1))) throw corrupt();
  const descriptor = bytes.take(1).readUInt8();
  const single = ((descriptor >> 5) & 1) === 1;
  if ((descriptor & 8) !== 0) throw corrupt();
  if ((descriptor & 3) !== 0) throw new HeadraceError("unsupported", "zstd data with a dictionary");
  const flag = descriptor >> 6;
  const sizeBytes = flag === 0 ? (single ? 1 : 0) : 2 ** flag;
  if (!(await bytes.fill((single ? 0 : 1) + sizeBytes))) throw corrupt();
  let window = 0;
  if (!single) {
    const byte = bytes.take(1).readUInt8();
    const base = 2 ** (10 + (byte >> 3));
    window = base + (base / 8) * (byte & 7);
  }
  const field = bytes.take(sizeBytes);
  const content = sizeBytes === 0 ? undefined : contentSize(field);
  if (single) window = content ?? 0;
  return { window, content, checksum: (descriptor & 4) !== 0 };
}

function contentSize(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE());
  // Two bytes count from 256 on.
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

/** Bytes that come in pieces. */
class ByteQueue {
  private readonly input: AsyncIterator<Uint8Array>;
  private held: Buffer = Buffer.alloc(0);

  constructor(input: AsyncIterable<Uint8Array>) {
    this.input = input[Symbol.asyncIterator]();
  }

  get length(): number {
    return this.held.length;
  }

  /** Waits until `count` bytes are there; false: there are fewer. */
  async fill(count: number): Promise<boolean> {
    if (this.held.length >= count) return true;
    const parts = [this.held];
    let length = this.held.length;
    while (length < count) {
      const next = await this.input.next();
      if (next.done === true) break;
      parts.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.length));
      length += next.value.length;
    }
    this.held = Buffer.concat(parts);
    return length >= count;
  }

  take(count: number): Buffer {
    const taken = this.held.subarray(0, count);
    this.held = this.held.subarray(count);
    return taken;
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      if (!(await this.fill(1))) return;
      left -= this.take(Math.min(left, this.held.length)).length;
    }
  }
}
