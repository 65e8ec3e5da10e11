/** Files behind http:// and https:// addresses: whole bodies, or ranges of bytes where the server gives them. */
import { type FileHandle, open } from "node:fs/promises";
import { HeadraceError } from "../../error.ts";
import { ioError } from "./file.ts";

export type HttpOptions = {
  /** How long to wait for headers, and for the next bytes of a body. Milliseconds. */
  readonly timeout: number;
  /** Attempts after the first one, for failures that may pass. */
  readonly retries: number;
  /** Before the first of them; each further one waits twice as long. Milliseconds. */
  readonly retryWait: number;
};

/** What tells one content at an address from the next. */
export type Validator = {
  readonly etag: string | undefined;
  readonly modified: string | undefined;
  readonly size: number | undefined;
};

export function isHttp(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Something that may be gone at the next attempt. */
class Transient extends Error {
  readonly failure: HeadraceError;
  /** As the server asks. Milliseconds. */
  readonly wait: number;

  constructor(failure: HeadraceError, wait = 0) {
    super(failure.message);
    this.failure = failure;
    this.wait = wait;
  }
}

/** The longest that a server may ask to wait. */
const MOST_WAIT = 10_000;

/**
 * Runs `work` until it succeeds, fails for good, or has failed too often. It gets a signal that fires when the caller gives up, and
 * `alive` to call whenever something arrived. Throws `io`, `cancelled`.
 */
async function attempt<T>(
  url: string,
  { timeout, retries, retryWait }: HttpOptions,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal, alive: () => void) => Promise<T>,
): Promise<T> {
  for (let tried = 0; ; tried++) {
    const abort = new AbortController();
    const onAbort = (): void => abort.abort();
    let late = false;
    const expire = (): void => {
      late = true;
      abort.abort();
    };
    let timer = setTimeout(expire, timeout);
    const alive = (): void => {
      clearTimeout(timer);
      timer = setTimeout(expire, timeout);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      if (signal?.aborted === true) throw cancelled(signal);
      return await work(abort.signal, alive);
    } catch (error) {
      if (signal?.aborted === true) throw cancelled(signal);
      const transient = late
        ? new Transient(new HeadraceError("io", `"${url}": no answer within ${timeout / 1000} s`))
        : transientOf(url, error);
      if (transient === undefined) throw error;
      if (tried >= retries) throw afterAttempts(transient.failure, tried + 1);
      await pause(Math.min(MOST_WAIT, Math.max(transient.wait, retryWait * 2 ** tried)), signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

function afterAttempts(failure: HeadraceError, attempts: number): HeadraceError {
  if (attempts === 1) return failure;
  const { code, message, hint, cause } = failure;
  return new HeadraceError(code, `${message} (${attempts} attempts)`, { hint, cause });
}

function cancelled(signal: AbortSignal): HeadraceError {
  return new HeadraceError("cancelled", "the query was cancelled", { cause: signal.reason });
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** Failures of the network may pass; a name that is unknown or a protocol that is not spoken will not. */
function transientOf(url: string, error: unknown): Transient | undefined {
  if (error instanceof Transient) return error;
  if (error instanceof HeadraceError) return undefined;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason =
    cause instanceof Error ? cause.message || String("code" in cause ? cause.code : cause.name) : String(cause);
  const failure = new HeadraceError("io", `cannot read "${url}": ${reason}`, { cause: error });
  if (/ENOTFOUND|invalid url|unknown scheme|redirect count/i.test(reason)) throw failure;
  return new Transient(failure);
}

/** Throws for answers that are none of `expected`. */
async function checkStatus(url: string, response: Response, expected: readonly number[]): Promise<void> {
  const { status, statusText } = response;
  if (expected.includes(status)) return;
  await response.body?.cancel();
  const what = status === 404 ? "not found" : statusText === "" ? "the server refuses" : statusText;
  const failure = new HeadraceError("io", `cannot read "${url}": ${what} (status ${status})`);
  if (!TRANSIENT.has(status)) throw failure;
  const after = Number(response.headers.get("retry-after"));
  throw new Transient(failure, Number.isFinite(after) ? after * 1000 : 0);
}

function validatorOf({ headers }: Response, size: number | undefined): Validator {
  return {
    etag: headers.get("etag") ?? undefined,
    modified: headers.get("last-modified") ?? undefined,
    size,
  };
}

/** Whether two answers are about the same content, as far as the server says. */
function sameContent(a: Validator, b: Validator): boolean {
  if (a.size !== undefined && b.size !== undefined && a.size !== b.size) return false;
  return a.etag !== undefined || b.etag !== undefined ? a.etag === b.etag : a.modified === b.modified;
}

/** Not even the server knows whether the content is still the same. */
function isStrong({ etag, modified }: Validator): boolean {
  return etag !== undefined || modified !== undefined;
}

/**
 * Writes the whole body to a new file at `path`; `undefined` where the server says that it still is what `known` describes.
 * An answer that ends early, or is shorter than announced, counts as a failure that may pass.
 */
export async function fetchWhole(
  url: string,
  path: string,
  known: Validator | undefined,
  options: HttpOptions,
  signal: AbortSignal | undefined,
): Promise<Validator | undefined> {
  return attempt(url, options, signal, async (inner, alive) => {
    const headers = new Headers({ "accept-encoding": "identity" });
    if (known?.etag !== undefined) headers.set("if-none-match", known.etag);
    else if (known?.modified !== undefined) headers.set("if-modified-since", known.modified);
    const response = await fetch(url, { headers, signal: inner });
    if (known !== undefined && response.status === 304) return undefined;
    await checkStatus(url, response, [200]);
    const file = await create(path);
    try {
      const size = await writeBody(url, response, file, path, 0, Infinity, alive);
      return validatorOf(response, size);
    } finally {
      await file.close();
    }
  });
}

async function create(path: string): Promise<FileHandle> {
  return open(path, "w").catch((cause: unknown) => {
    throw ioError("write", path, cause);
  });
}

/** Writes a body of at most `most` bytes at `position` and returns its length, which must be the one announced. */
async function writeBody(
  url: string,
  response: Response,
  file: FileHandle,
  path: string,
  position: number,
  most: number,
  alive: () => void,
): Promise<number> {
  let length = 0;
  // Of a compressed body the length is another one.
  const announced = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  for await (const chunk of response.body ?? []) {
    alive();
    // Behind a range lies what came before it.
    if (length + chunk.length > most)
      throw new Transient(new HeadraceError("io", `"${url}": more than the ${most} bytes came that were asked for`));
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await file
        .write(chunk, done, chunk.length - done, position + length + done)
        .catch((cause: unknown) => {
          throw ioError("write", path, cause);
        });
      done += bytesWritten;
    }
    length += chunk.length;
    if (announced !== null && length > Number(announced)) break;
  }
  if (announced !== null && length !== Number(announced)) {
    throw new Transient(new HeadraceError("io", `"${url}": ${length} bytes came, ${announced} were announced`));
  }
  return length;
}

/** A range of bytes, `end` exclusive. */
export type Range = { readonly start: number; readonly end: number };

const TAIL_BYTES = 65_536;
/** Ranges with less than this between them are one request. */
const GAP_BYTES = 256 * 1024;
const MOST_BYTES = 16 * 2 ** 20;
const REQUESTS = 6;

/** A file of which parts are here: a local file of the same length, whose other parts are holes. */
export class RemoteFile {
  readonly url: string;
  readonly path: string;
  readonly size: number;
  readonly validator: Validator;
  private readonly options: HttpOptions;
  /** What is here: disjoint, in order. */
  private present: readonly Range[];

  private constructor(
    url: string,
    path: string,
    size: number,
    validator: Validator,
    present: readonly Range[],
    options: HttpOptions,
  ) {
    this.url = url;
    this.path = path;
    this.size = size;
    this.validator = validator;
    this.present = present;
    this.options = options;
  }

  /**
   * Asks for the end of the file, which says how long it is; from servers that know no ranges the whole of it comes. `known` is what
   * this was before, and is returned where nothing has changed.
   */
  static async open(
    url: string,
    path: string,
    known: RemoteFile | undefined,
    options: HttpOptions,
    signal: AbortSignal | undefined,
  ): Promise<RemoteFile> {
    return attempt(url, options, signal, async (inner, alive) => {
      const headers = { range: `bytes=-${TAIL_BYTES}`, "accept-encoding": "identity" };
      const response = await fetch(url, { headers, signal: inner });
      await checkStatus(url, response, [200, 206, 416]);
      const range = rangeOf(url, response);
      if (response.status !== 200 && range === undefined)
        throw new HeadraceError("io", `"${url}": the server sends a part without saying which`);
      const validator = validatorOf(response, range?.size);
      if (
        known !== undefined &&
        range !== undefined &&
        isStrong(validator) &&
        sameContent(known.validator, validator)
      ) {
        await response.body?.cancel();
        return known;
      }
      const file = await create(path);
      try {
        const start = range?.start ?? 0;
        const most = range === undefined ? Infinity : range.end - range.start;
        const length = response.status === 416 ? 0 : await writeBody(url, response, file, path, start, most, alive);
        if (response.status === 416) await response.body?.cancel();
        const size = range?.size ?? length;
        if (range !== undefined && length !== range.end - range.start) throw wrongLength(url, range, length);
        await file.truncate(size);
        return new RemoteFile(url, path, size, { ...validator, size }, [{ start, end: start + length }], options);
      } finally {
        await file.close();
      }
    });
  }

  /** Brings the parts here that are not. Throws `io`, also when the file has changed since it was opened. */
  async ensure(ranges: readonly Range[], signal: AbortSignal | undefined): Promise<void> {
    const missing = requests(ranges.flatMap((range) => without(range, this.present)));
    if (missing.length === 0) return;
    const file = await open(this.path, "r+").catch((cause: unknown) => {
      throw ioError("write", this.path, cause);
    });
    try {
      let next = 0;
      const worker = async (): Promise<void> => {
        while (next < missing.length) {
          const range = missing[next++] as Range;
          await this.fetchRange(file, range, signal);
          this.present = joined([...this.present, range]);
        }
      };
      const results = await Promise.allSettled(Array.from({ length: Math.min(REQUESTS, missing.length) }, worker));
      for (const result of results) if (result.status === "rejected") throw result.reason;
    } finally {
      await file.close();
    }
  }

  private async fetchRange(file: FileHandle, range: Range, signal: AbortSignal | undefined): Promise<void> {
    const { url } = this;
    await attempt(url, this.options, signal, async (inner, alive) => {
      const headers = { range: `bytes=${range.start}-${range.end - 1}`, "accept-encoding": "identity" };
      const response = await fetch(url, { headers, signal: inner });
      await checkStatus(url, response, [206]);
      const got = rangeOf(url, response);
      if (got === undefined || got.start !== range.start || got.end !== range.end) {
        await response.body?.cancel();
        const what = got === undefined ? "no range" : `bytes ${got.start} to ${got.end}`;
        throw new HeadraceError(
          "io",
          `"${url}": bytes ${range.start} to ${range.end} were asked for, the server sends ${what}`,
        );
      }
      if (!sameContent(this.validator, validatorOf(response, got.size))) {
        await response.body?.cancel();
        throw new HeadraceError("io", `"${url}" has changed while it was being read`, { hint: "run the query again" });
      }
      const most = range.end - range.start;
      const length = await writeBody(url, response, file, this.path, range.start, most, alive);
      if (length !== most) throw wrongLength(url, range, length);
    });
  }
}

function wrongLength(url: string, { start, end }: Range, length: number): Transient {
  return new Transient(new HeadraceError("io", `"${url}": ${length} bytes came, ${end - start} were announced`));
}

/** The part that an answer is, and the whole's size; undefined: it is the whole, or the server does not say. */
function rangeOf(url: string, response: Response): (Range & { readonly size: number }) | undefined {
  const header = response.headers.get("content-range");
  if (response.status === 200 || header === null) return undefined;
  const unsatisfied = /^bytes \*\/(\d+)$/.exec(header);
  if (unsatisfied !== null) return { start: 0, end: 0, size: Number(unsatisfied[1]) };
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header);
  const [start, last, size] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3])];
  if (match === null || last < start || last >= size)
    throw new HeadraceError("io", `"${url}": the server sends the range "${header}"`);
  return { start, end: last + 1, size };
}

/** The parts of a range that lie outside of others. */
function without(range: Range, others: readonly Range[]): readonly Range[] {
  let rest: readonly Range[] = range.end > range.start ? [range] : [];
  for (const { start, end } of others) {
    rest = rest
      .flatMap((part) => [
        ...(part.start < start ? [{ start: part.start, end: Math.min(part.end, start) }] : []),
        ...(part.end > end ? [{ start: Math.max(part.start, end), end: part.end }] : []),
      ])
      .filter((part) => part.end > part.start);
  }
  return rest;
}

/** Ranges that touch or overlap made one. */
function joined(ranges: readonly Range[], gap = 0): readonly Range[] {
  const result: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && range.start <= last.end + gap)
      result[result.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
    else result.push(range);
  }
  return result;
}

function requests(ranges: readonly Range[]): readonly Range[] {
  return joined(ranges, GAP_BYTES).flatMap(({ start, end }) => {
    const parts: Range[] = [];
    for (let at = start; at < end; at += MOST_BYTES) parts.push({ start: at, end: Math.min(end, at + MOST_BYTES) });
    return parts;
  });
}
