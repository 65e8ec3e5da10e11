import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HeadraceError } from "../../../error.ts";
import { releaseVersion } from "../../../exec/table/table-version.ts";
import { BadRecords, type BadRecordPolicy } from "../bad-records.ts";
import type { ConnectorContext, ConnectorTable } from "../connector.ts";
import { DeadLetters } from "../dead-letters.ts";
import { type DecodedRecords, decodeRecords } from "../formats/decode-records.ts";
import type { RecordReader } from "../formats/record-reader.ts";
import type { Advance, Position, Positions, Source, SourceRows } from "../source.ts";
import { bodyLines } from "./body-lines.ts";
import type { Journal } from "../../journal.ts";
import { JournalPartition } from "../../journal-partition.ts";

export type HttpOptions = {
  readonly host: string;
  readonly port: number;
  /** Of the address that takes bodies. */
  readonly path: string;
  /** Unread bytes of the journal beyond which bodies are turned away. */
  readonly maxBacklog: number;
  readonly maxBody: number;
  readonly badRecords: BadRecordPolicy;
  readonly reader: RecordReader;
  /** When it is closed. */
  readonly onClose: () => Promise<void>;
};

/** What a request gets. */
type Answer = { readonly status: number; readonly body: object; readonly headers?: Readonly<Record<string, string>> };

const PARTITION = "journal";
const PIECE_BYTES = 2 * 2 ** 20;

/**
 * Takes rows by POST: JSON objects, one a line or in an array. A body is in the journal, on disk, before it is answered by 200; it is
 * taken whole or, where records are bad and that is an error, not at all. Its one partition is the journal, its positions are offsets
 * in that.
 */
export class HttpSource implements Source {
  private readonly options: HttpOptions;
  private readonly journal: Journal;
  private readonly partition: JournalPartition;
  private readonly table: ConnectorTable;
  private readonly context: ConnectorContext;
  private readonly server: Server;
  private readonly badRecords: BadRecords;
  private letters: Promise<DeadLetters> | undefined;
  /** Up to where the job has read. */
  private consumed: number;

  private constructor(options: HttpOptions, journal: Journal, table: ConnectorTable, context: ConnectorContext) {
    this.options = options;
    this.table = table;
    this.journal = journal;
    this.partition = new JournalPartition(journal, PARTITION);
    this.context = context;
    this.consumed = journal.start;
    this.badRecords = new BadRecords(options.badRecords);
    this.server = createServer((request, response) => {
      this.answer(request).then(
        (answer) => send(response, answer),
        (error: unknown) => send(response, failure(error)),
      );
    });
  }

  /** Listens. Throws `io`. */
  static async open(
    options: HttpOptions,
    journal: Journal,
    table: ConnectorTable,
    context: ConnectorContext,
  ): Promise<HttpSource> {
    const source = new HttpSource(options, journal, table, context);
    const { host, port } = options;
    await new Promise<void>((resolve, reject) => {
      source.server.once("error", (cause: NodeJS.ErrnoException) => {
        const reason = cause.code === "EADDRINUSE" ? "the address is in use" : cause.message;
        reject(new HeadraceError("io", `cannot listen on ${host}:${port}: ${reason}`, { cause }));
      });
      source.server.listen(port, host, resolve);
    });
    return source;
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** `limit` counts rows; it goes by whole bodies. */
  async advance(from: Positions, limit: number): Promise<Advance> {
    const start = this.partition.startOf(from);
    this.consumed = start;
    return this.partition.advanced(from, await this.journal.advance(start, limit));
  }

  async *read(_partition: string, from: Position | undefined, to: Position): AsyncIterable<SourceRows> {
    const { journal, partition, table, context, options } = this;
    for await (const entries of journal.read(partition.startAt(from), partition.startAt(to), PIECE_BYTES)) {
      const text = Buffer.concat(entries.map(({ body }) => body));
      const { rows, weights, bad } = decodeRecords(table, context, options.reader, text.length, (target) =>
        target.set(text),
      );
      try {
        // They were rows when they came; the table was another one.
        const placed = bad.map((record) => ({ ...record, position: entries[0]!.offset + record.start }));
        await this.badRecords.take(PARTITION, placed, ({ position }) => `the journal behind ${position}`);
      } catch (error) {
        releaseVersion(context.memory, rows);
        throw error;
      }
      if (rows.rows > 0) yield { rows, weights };
    }
  }

  wait(from: Positions, signal: AbortSignal): Promise<void> {
    return this.partition.wait(from, signal);
  }

  release(positions: Positions): Promise<void> {
    return this.partition.release(positions);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
    await this.journal.close();
    await this.badRecords.close();
    await (await this.letters)?.close();
    await this.options.onClose();
  }

  private async answer(request: IncomingMessage): Promise<Answer> {
    const { path, maxBacklog, maxBody } = this.options;
    if (request.url?.split("?")[0] !== path) return refuse(404, `rows are taken at ${path}`);
    if (request.method !== "POST") return refuse(405, "rows are taken by POST", { allow: "POST" });
    const encoding = request.headers["content-encoding"] ?? "identity";
    if (encoding !== "identity") return refuse(415, `the content encoding ${encoding} is not supported`);
    if (this.journal.end - this.consumed > maxBacklog)
      return refuse(503, "too much waits to be read", { "retry-after": "1" });
    const body = await readBody(request, maxBody);
    if (body === undefined) return refuse(413, `a body has ${maxBody} bytes at most`, { connection: "close" });
    return this.take(body);
  }

  private async take(body: Buffer): Promise<Answer> {
    const { reader, badRecords } = this.options;
    const lines = bodyLines(body);
    if (lines === undefined) return refuse(400, "the body begins as a JSON array and is none");
    const decoded = decodeRecords(this.table, this.context, reader, lines.length, (target) => target.set(lines));
    releaseVersion(this.context.memory, decoded.rows);
    const { bad } = decoded;
    const [first] = bad;
    if (first !== undefined && badRecords.kind === "fail") {
      const record = 1 + reader.ranges(lines).findIndex(({ start }) => start === first.start);
      return { status: 400, body: { error: `record ${record}: ${first.message}`, record, text: first.text } };
    }
    if (badRecords.kind === "dead-letter" && bad.length > 0) {
      this.letters ??= DeadLetters.open(badRecords.path);
      const placed = bad.map((record) => ({ ...record, position: this.journal.end + record.start }));
      await (await this.letters).add(`http://${this.options.host}:${this.port}${this.options.path}`, placed);
    }
    const rows = decoded.rows.rows;
    if (rows > 0) {
      await this.journal.append(first === undefined ? lines : withoutBad(lines, decoded), rows);
      this.partition.wake();
    }
    return { status: 200, body: bad.length === 0 ? { rows } : { rows, skipped: bad.length } };
  }
}

function withoutBad(lines: Buffer, { bad }: DecodedRecords): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end } of bad) {
    parts.push(lines.subarray(at, start));
    at = end;
  }
  return Buffer.concat([...parts, lines.subarray(at)]);
}

/** Undefined: it is too large. */
function readBody(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > most) return Promise.resolve(undefined);
  const parts: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    request.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes <= most) parts.push(part);
      else resolve(undefined);
    });
    request.once("end", () => resolve(Buffer.concat(parts)));
    request.once("error", reject);
    request.once("close", () => reject(new Error("the client went away")));
  });
}

function refuse(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: { error }, headers };
}

function failure(error: unknown): Answer {
  return refuse(500, error instanceof HeadraceError ? error.message : "internal error");
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}
