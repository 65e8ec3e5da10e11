/** Bytes on their way from a source to a file that workers can read: decompressed, as UTF-8. */
import { open, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { TextDecoder } from "node:util";
import { createGunzip } from "node:zlib";
import { HeadraceError } from "../../error.ts";
import type { Kernels } from "../../exec/kernels/kernels.ts";
import type { Allocator } from "../../exec/memory/allocator.ts";
import { decompressZstd } from "../codecs/zstd-stream.ts";
import { ioError } from "./file.ts";

export type Compression = "none" | "gzip" | "zstd";
export type Encoding = "utf-8" | "utf-16" | "latin-1";

type Bytes = AsyncIterable<Uint8Array>;
type Engine = { readonly kernels: Kernels; readonly allocator: Allocator };

/** The bytes without their compression. Throws `format` for damaged data. */
export function decompressed(input: Bytes, compression: Compression, name: string, engine: Engine): Bytes {
  switch (compression) {
    case "none":
      return input;
    case "gzip":
      return gunzip(input, name);
    case "zstd":
      return decompressZstd(input, name, engine.kernels, engine.allocator);
  }
}

async function* gunzip(input: Bytes, name: string): AsyncGenerator<Uint8Array> {
  const source = Readable.from(input, { objectMode: false });
  const inflate = createGunzip();
  // An error of the source is the one to show, not that of the stream behind it.
  let failure: Error | undefined;
  source.on("error", (error) => {
    failure = error;
    inflate.destroy(error);
  });
  source.pipe(inflate);
  try {
    for await (const chunk of inflate) yield chunk as Uint8Array;
  } catch (error) {
    if (failure !== undefined) throw failure;
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const what = code === "Z_BUF_ERROR" ? "the gzip data ends too early" : "corrupt gzip data";
    throw code.startsWith("Z_") ? new HeadraceError("format", `"${name}": ${what}`, { cause: error }) : error;
  } finally {
    source.destroy();
    inflate.destroy();
  }
}

/** The encoding that a byte order mark names. */
export function encodingOf(head: Uint8Array): Encoding {
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return utf16 ? "utf-16" : "utf-8";
}

/** The bytes as UTF-8; `encoding` undefined: as a byte order mark says. Throws `format` with the place of a broken character. */
export async function* asUtf8(input: Bytes, encoding: Encoding | undefined, name: string): AsyncGenerator<Uint8Array> {
  let settled = encoding;
  let decoder: TextDecoder | undefined;
  let seen = 0;
  for await (const chunk of input) {
    settled ??= encodingOf(chunk);
    if (settled === "utf-8") {
      yield chunk;
      continue;
    }
    if (settled === "latin-1") {
      yield Buffer.from(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString("latin1"), "utf8");
      continue;
    }
    decoder ??= new TextDecoder(chunk[0] === 0xfe && chunk[1] === 0xff ? "utf-16be" : "utf-16le", { fatal: true });
    yield Buffer.from(decode(decoder, chunk, true, name, seen), "utf8");
    seen += chunk.length;
  }
  if (decoder !== undefined) decode(decoder, new Uint8Array(), false, name, seen);
}

function decode(decoder: TextDecoder, chunk: Uint8Array, stream: boolean, name: string, seen: number): string {
  try {
    return decoder.decode(chunk, { stream });
  } catch (cause) {
    throw new HeadraceError(
      "format",
      `"${name}": a broken UTF-16 character in bytes ${seen} to ${seen + chunk.length}`,
      {
        cause,
      },
    );
  }
}

/** Writes all bytes to a new file. A failure leaves none. Throws `io`, `cancelled`. */
export async function spoolBytes(input: Bytes, path: string, signal: AbortSignal | undefined): Promise<void> {
  const file = await open(path, "wx").catch((cause: unknown) => {
    throw ioError("write", path, cause);
  });
  let done = false;
  try {
    for await (const chunk of input) {
      if (signal?.aborted === true)
        throw new HeadraceError("cancelled", "the query was cancelled", { cause: signal.reason });
      for (let written = 0; written < chunk.length;) {
        const { bytesWritten } = await file.write(chunk, written).catch((cause: unknown) => {
          throw ioError("write", path, cause);
        });
        written += bytesWritten;
      }
    }
    done = true;
  } finally {
    await file.close();
    if (!done) await rm(path, { force: true });
  }
}
