import { createReadStream, existsSync, readSync, openSync, closeSync, statSync } from "node:fs";
import { HeadraceError, type Span } from "../error.ts";
import type { Kernels } from "../exec/kernels/kernels.ts";
import type { Allocator } from "../exec/memory/allocator.ts";
import type { RejectList } from "../exec/schedule/reject-list.ts";
import type { SourceFile } from "../io/formats/file-source.ts";
import { footerRange, TAIL } from "../io/formats/parquet/parquet-file.ts";
import { asUtf8, type Compression, decompressed, type Encoding, encodingOf, spoolBytes } from "../io/stores/decode.ts";
import { expandGlob, isGlob } from "../io/stores/glob.ts";
import { fetchWhole, type HttpOptions, isHttp, RemoteFile, type Validator } from "../io/stores/http.ts";
import { LocalFile } from "../io/stores/file.ts";
import { Spool } from "../io/stores/spool.ts";
import { fileKey, type FileReference } from "../planner/bind/table-names.ts";
import type { CatalogEntry, TableSource } from "../planner/catalog/catalog.ts";
import { BIGINT, VARCHAR } from "../planner/types/types.ts";
import { runAtOnce, runInSlices, Turns } from "../exec/table/slices.ts";
import { openFiles } from "./open-files.ts";

/** Names, sizes and times of files, as text; equal stamps mean equal contents. */
type Opened = { readonly file: FileReference; readonly stamp: string; readonly source: TableSource };

const MOST_OPENED = 256;
/** Files that are looked at in one turn of the event loop. */
const MOST_LOOKED_AT = 16;

/** Tables of files as they are for one statement, by `fileKey`. */
export type ReadyFiles = Map<string, TableSource>;

/** A file that workers cannot read where it lies. */
type Request = {
  readonly path: string;
  /** Parts are enough. */
  readonly parts: boolean;
  readonly compression: Compression;
  /** undefined: as a byte order mark says. */
  readonly encoding: Encoding | undefined;
};

/** Thrown where a statement names files that must be opened before it can be bound. */
export class FilesNeeded extends Error {
  readonly file: FileReference;
  readonly span: Span | undefined;

  constructor(file: FileReference, span: Span | undefined) {
    super("files must be opened");
    this.file = file;
    this.span = span;
  }
}

/** What was made of a request before, and of what. */
type Kept = {
  readonly file: SourceFile;
  readonly stamp: string;
  readonly remote?: RemoteFile | undefined;
  readonly validator?: Validator | undefined;
};

/** Files as tables. What was read of a file's structure is kept as long as its size and time of change stay the same. */
export class FileTables {
  private readonly spool: Spool;
  private readonly http: () => HttpOptions;
  private readonly engine: { readonly kernels: Kernels; readonly allocator: Allocator };
  private readonly rejected: RejectList;
  private readonly opened = new Map<string, Opened>();
  private readonly kept = new Map<string, Kept>();

  constructor(
    tempDirectory: string | undefined,
    http: () => HttpOptions,
    engine: { readonly kernels: Kernels; readonly allocator: Allocator },
    rejected: RejectList,
  ) {
    this.rejected = rejected;
    this.spool = new Spool(tempDirectory);
    this.http = http;
    this.engine = engine;
  }

  /**
   * The table of a reference, at this moment. Throws `FilesNeeded` for what is not open yet, or takes long to look at; without `ready`,
   * only for what must be fetched or translated, and otherwise `io`, `format`, `bind`, `unsupported`, with the span.
   */
  open(file: FileReference, span: Span | undefined, ready: ReadyFiles | undefined): TableSource {
    const source = ready?.get(fileKey(file)) ?? this.unchanged(file);
    if (source !== undefined) return source;
    if (ready !== undefined) throw new FilesNeeded(file, span);
    return withSpan(span, () => {
      const paths = runAtOnce(pathsOf(file));
      if (paths.some((path) => requestOf(path, file) !== undefined)) throw new FilesNeeded(file, span);
      return runAtOnce(
        this.opening(
          file,
          paths,
          paths.map((path) => ({ path, name: path })),
        ),
      );
    });
  }

  /** Whether it is known that a file, by its key, still is the table that it was. */
  isCurrent(key: string, source: TableSource, ready: ReadyFiles | undefined): boolean {
    const known = this.opened.get(key);
    if (known === undefined || known.source !== source) return false;
    return (ready?.get(key) ?? this.unchanged(known.file)) === source;
  }

  /** Opens files. Throws `io`, `format`, `bind`, `unsupported`, `cancelled`, with the span. */
  async prepare({ file, span }: FilesNeeded, ready: ReadyFiles, signal: AbortSignal | undefined): Promise<void> {
    try {
      ready.set(fileKey(file), await this.table(file, signal));
    } catch (error) {
      throw located(error, span);
    }
  }

  /** The table of a reference, at this moment. Throws `io`, `format`, `bind`, `unsupported`, `cancelled`. */
  async table(file: FileReference, signal: AbortSignal | undefined): Promise<TableSource> {
    const paths = await runInSlices(pathsOf(file), signal);
    const turns = new Turns(signal);
    const sources: SourceFile[] = [];
    for (const path of paths) {
      const request = requestOf(path, file);
      sources.push(request === undefined ? { path, name: path } : await this.make(request, signal));
      if (turns.isDue) await turns.take();
    }
    return runInSlices(this.opening(file, paths, sources), signal, turns);
  }

  /** Records that the latest query to collect such left out. */
  rejects(): CatalogEntry {
    return {
      kind: "rows",
      name: "reject_errors",
      columns: [
        { name: "file_path", type: VARCHAR },
        { name: "line", type: BIGINT },
        { name: "column_name", type: VARCHAR },
        { name: "csv_line", type: VARCHAR },
        { name: "error_message", type: VARCHAR },
      ],
      rows: this.rejected.all().map(({ file, line, column, text, message }) => {
        return [file, BigInt(line), column ?? null, text, message];
      }),
    };
  }

  close(): void {
    this.kept.clear();
    this.opened.clear();
    this.spool.close();
  }

  /** What was opened before, if little tells that it still is the same. */
  private unchanged(file: FileReference): TableSource | undefined {
    const known = this.opened.get(fileKey(file));
    const { paths } = file;
    if (known === undefined || paths.length > MOST_LOOKED_AT || paths.some((path) => isHttp(path) || isGlob(path)))
      return undefined;
    if (paths.some((path) => requestOf(path, file) !== undefined)) return undefined;
    return paths.map(fileStamp).join("\n") === known.stamp ? known.source : undefined;
  }

  /** `sources`: of the paths. */
  private *opening(
    file: FileReference,
    paths: readonly string[],
    sources: readonly SourceFile[],
  ): Generator<void, TableSource> {
    const stamps: string[] = [];
    for (const [i, { path }] of sources.entries()) {
      stamps.push(path === paths[i] ? fileStamp(path) : path);
      yield;
    }
    const stamp = stamps.join("\n");
    const key = fileKey(file);
    const known = this.opened.get(key);
    if (known?.stamp === stamp) return known.source;
    const source = yield* openFiles(file, sources);
    if (this.opened.size >= MOST_OPENED) this.opened.clear();
    this.opened.set(key, { file, stamp, source });
    return source;
  }

  private async make(request: Request, signal: AbortSignal | undefined): Promise<SourceFile> {
    const key = requestKey(request);
    const known = this.kept.get(key);
    const made = isHttp(request.path)
      ? await this.fetched(request, known, signal)
      : await this.translated(request, known, signal);
    if (made !== known) {
      this.kept.set(key, made);
      if (known !== undefined) this.spool.remove(known.file.path);
    }
    return made.file;
  }

  private async translated(request: Request, known: Kept | undefined, signal: AbortSignal | undefined): Promise<Kept> {
    const { path } = request;
    const stamp = fileStamp(path);
    if (known?.stamp === stamp) return known;
    const target = this.spool.newPath();
    await this.translate(createReadStream(path), request, target, signal);
    return { file: { path: target, name: path }, stamp };
  }

  private async fetched(request: Request, known: Kept | undefined, signal: AbortSignal | undefined): Promise<Kept> {
    const { path: url } = request;
    const http = this.http();
    const target = this.spool.newPath();
    if (request.parts) {
      const remote = await RemoteFile.open(url, target, known?.remote, http, signal);
      if (known !== undefined && remote === known.remote) return known;
      await remote.ensure([{ start: Math.max(0, remote.size - TAIL), end: remote.size }], signal);
      using local = new LocalFile(target, url);
      await remote.ensure([footerRange(local)], signal);
      const file: SourceFile = { path: target, name: url, ensure: (ranges, by) => remote.ensure(ranges, by) };
      return { file, stamp: target, remote };
    }
    const validator = await fetchWhole(url, target, known?.validator, http, signal);
    if (validator === undefined && known !== undefined) return known;
    const plain = request.compression === "none" && (request.encoding ?? encodingAt(target)) === "utf-8";
    if (plain) return { file: { path: target, name: url }, stamp: target, validator };
    const translated = this.spool.newPath();
    try {
      await this.translate(createReadStream(target), request, translated, signal);
    } finally {
      this.spool.remove(target);
    }
    return { file: { path: translated, name: url }, stamp: translated, validator };
  }

  private translate(
    input: AsyncIterable<Uint8Array>,
    { path, compression, encoding }: Request,
    target: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const plain = decompressed(input, compression, path, this.engine);
    return spoolBytes(asUtf8(plain, encoding, path), target, signal);
  }
}

function withSpan<T>(span: Span | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw located(error, span);
  }
}

function located(error: unknown, span: Span | undefined): unknown {
  if (!(error instanceof HeadraceError)) return error;
  return new HeadraceError(error.code, error.message, { span, hint: error.hint, cause: error });
}

/** In short steps. Throws `io` where nothing matches. */
function* pathsOf({ paths }: FileReference): Generator<void, readonly string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (isHttp(path) || !isGlob(path) || existsSync(path)) found.push(path);
    else found.push(...(yield* expandGlob(path)));
    yield;
  }
  if (found.length === 0) throw new HeadraceError("io", `no files match "${paths.join(", ")}"`);
  return found;
}

/** What must be done before workers can read a file; undefined: nothing. Throws `bind`, `unsupported`. */
function requestOf(path: string, { format, options }: FileReference): Request | undefined {
  const kind = format ?? formatOf(path);
  const remote = isHttp(path);
  if (kind === "parquet" || kind === "arrow")
    return remote ? { path, parts: kind === "parquet", compression: "none", encoding: "utf-8" } : undefined;
  const compression = compressionOf(path, options["compression"]);
  const encoding = encodingOption(options["encoding"]);
  const request = { path, parts: false, compression, encoding };
  if (remote || compression !== "none" || (encoding !== undefined && encoding !== "utf-8")) return request;
  return encoding === undefined && encodingAt(path) !== "utf-8" ? request : undefined;
}

/** What a byte order mark says of a file; those that cannot be read will tell when they are opened. */
function encodingAt(path: string): Encoding {
  const head = new Uint8Array(2);
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    return "utf-8";
  }
  try {
    readSync(descriptor, head, 0, 2, 0);
  } catch {
    return "utf-8";
  } finally {
    closeSync(descriptor);
  }
  return encodingOf(head);
}

function requestKey({ path, compression, encoding }: Request): string {
  return `${path}\n${compression} ${encoding ?? ""}`;
}

const COMPRESSIONS: { readonly [name: string]: Compression } = {
  none: "none",
  uncompressed: "none",
  gzip: "gzip",
  gz: "gzip",
  zstd: "zstd",
  zst: "zstd",
};

function compressionOf(path: string, option: unknown): Compression {
  if (option === undefined || option === "auto") {
    const [, ending = ""] = /\.(gz|zst)$/i.exec(plainPath(path)) ?? [];
    return COMPRESSIONS[ending.toLowerCase()] ?? "none";
  }
  const found = typeof option === "string" ? COMPRESSIONS[option.toLowerCase()] : undefined;
  if (found === undefined)
    throw new HeadraceError("bind", `the option compression takes auto, none, gzip or zstd, not ${String(option)}`);
  return found;
}

const ENCODINGS: { readonly [name: string]: Encoding } = {
  "utf-8": "utf-8",
  utf8: "utf-8",
  "utf-16": "utf-16",
  utf16: "utf-16",
  "latin-1": "latin-1",
  latin1: "latin-1",
  "iso-8859-1": "latin-1",
};

function encodingOption(option: unknown): Encoding | undefined {
  if (option === undefined) return undefined;
  const found = typeof option === "string" ? ENCODINGS[option.toLowerCase()] : undefined;
  if (found === undefined)
    throw new HeadraceError("unsupported", `the encoding ${String(option)} is not supported yet`, {
      hint: "utf-8, utf-16 and latin-1 are",
    });
  return found;
}

type Format = NonNullable<FileReference["format"]>;

const FORMATS: readonly (readonly [RegExp, Format])[] = [
  [/\.(parquet|pq|parq)$/i, "parquet"],
  [/\.(csv|tsv|tbl|psv)(\.gz|\.zst)?$/i, "csv"],
  [/\.json(\.gz|\.zst)?$/i, "json"],
  [/\.(ndjson|jsonl)(\.gz|\.zst)?$/i, "ndjson"],
  [/\.(arrow|arrows|feather|ipc)$/i, "arrow"],
];

/** The path of an address without its query. */
function plainPath(path: string): string {
  return isHttp(path) ? (path.split(/[?#]/)[0] as string) : path;
}

/** The format that a path's ending names. Throws `unsupported`. */
export function formatOf(path: string): Format {
  const found = FORMATS.find(([pattern]) => pattern.test(plainPath(path)));
  if (found !== undefined) return found[1];
  throw new HeadraceError("unsupported", `reading files like "${path}" is not supported yet`, {
    hint: "*.parquet, *.csv, *.json, *.ndjson and *.arrow can be read; read_csv('...') and the like take any name",
  });
}

/** Whether a name that is no table's may be a file's. */
export function looksLikeFile(name: string): boolean {
  return FORMATS.some(([pattern]) => pattern.test(name));
}

/** Of a file that cannot be looked at, an empty one: opening it tells why. */
function fileStamp(path: string): string {
  try {
    const { size, mtimeNs, ino } = statSync(path, { bigint: true });
    return `${path} ${size} ${mtimeNs} ${ino}`;
  } catch {
    return path;
  }
}
