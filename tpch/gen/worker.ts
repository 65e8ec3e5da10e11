/** A generator worker: fills its share of the text pool, then turns row ranges into bytes of the output format. */
import { parentPort } from "node:worker_threads";
import { generateChunk, type GeneratedChunk } from "./chunk.ts";
import { writeDelimited } from "./format/delimited.ts";
import { createEncoderContext, encodeChunk } from "./format/parquet.ts";
import type { EncodedRange } from "./format/table-file.ts";
import type { OutputFormat, RowRange } from "./plan.ts";
import { fillTextPool } from "./text-pool.ts";

export type WorkerRequest =
  | { readonly kind: "fill"; readonly pool: SharedArrayBuffer; readonly segments: readonly number[] }
  | {
      readonly kind: "encode";
      readonly pool: SharedArrayBuffer;
      readonly scaleFactor: number;
      readonly format: OutputFormat;
      readonly range: RowRange;
    };

/** One response per request, in their order. */
export type WorkerResponse =
  | { readonly kind: "filled" }
  | { readonly kind: "encoded"; readonly range: EncodedRange }
  | { readonly kind: "failed"; readonly error: unknown };

function answer(request: WorkerRequest): WorkerResponse {
  switch (request.kind) {
    case "fill":
      fillTextPool(request.pool, request.segments);
      return { kind: "filled" };
    case "encode": {
      const { table, first, count } = request.range;
      const chunk = generateChunk(table, request.scaleFactor, first, count, request.pool);
      return { kind: "encoded", range: encode(chunk, request.format) };
    }
    default:
      return request satisfies never;
  }
}

/** Made when the first row group needs it. */
const encoderContext = once(createEncoderContext);

function encode(chunk: GeneratedChunk, format: OutputFormat): EncodedRange {
  if (format === "parquet") return encodeChunk(chunk, encoderContext());
  return { rows: chunk.rows, bytes: writeDelimited(chunk, format), columns: [] };
}

function once<T>(create: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= create());
}

const port = parentPort;
port?.on("message", (request: WorkerRequest) => {
  let response: WorkerResponse;
  try {
    response = answer(request);
  } catch (error) {
    response = { kind: "failed", error };
  }
  port.postMessage(response, response.kind === "encoded" ? [response.range.bytes.buffer] : []);
});
