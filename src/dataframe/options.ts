import type { Lookups } from "../exec/schedule/key-lookup.ts";
import type { SpillOptions } from "../streaming/spill.ts";
import { availableParallelism } from "node:os";
import { HeadraceError } from "../error.ts";
import { didYouMean } from "../planner/bind/suggest.ts";
import type { ValueOptions } from "../planner/types/js-values.ts";
import { openTimeZone } from "../planner/types/time-zone.ts";

/** Knobs that tests turn; results must not depend on them. */
export type TestConfig = {
  /** Rows per vector between the stages of a pipeline. */
  readonly vectorSize?: number | undefined;
  /** Rows per morsel of rows in memory. */
  readonly morselRows?: number | undefined;
  /** Rows per chunk of a table, which is a morsel too. */
  readonly chunkRows?: number | undefined;
  /** Off: only the rules that correctness needs. */
  readonly optimizer?: boolean | undefined;
  /** Run the kernel IR in JavaScript instead of WebAssembly. */
  readonly interpreter?: boolean | undefined;
  /** Every hash is the same. */
  readonly constantHash?: boolean | undefined;
  /** Check every access of generated code against the extents of the shared memory. */
  readonly checkedMemory?: boolean | undefined;
  /** Virtual workers on the calling thread take turns in an order drawn from this seed. */
  readonly schedulerSeed?: number | undefined;
  /** Estimated rows up to which a query runs on the calling thread; 0: also the smallest step of it goes to the workers. */
  readonly inlineRows?: number | undefined;
  /** Whether states of continuous queries are looked up by key. */
  readonly lookups?: Lookups | undefined;
  /** States of continuous queries are compacted from this many rows on. */
  readonly compactedRows?: number | undefined;
  /** When states of continuous queries go to files. */
  readonly spill?: Omit<SpillOptions, "newPath"> | undefined;
};

export type ConnectOptions = ValueOptions & {
  /** Worker threads; the machine's processors by default. */
  readonly workers?: number | undefined;
  /** Bytes, or text such as "2GB", "512MiB". At most 4 GiB less a page. */
  readonly memoryLimit?: number | string | undefined;
  /** Where copies of remote and decompressed files go while the session lasts; the system's folder for such by default. */
  readonly tempDirectory?: string | undefined;
  readonly config?: TestConfig | undefined;
};

export type SessionOptions = {
  readonly values: ValueOptions;
  readonly workers: number;
  readonly memoryLimit: number;
  readonly timeZone: string;
  readonly tempDirectory: string | undefined;
  readonly config: TestConfig;
};

export const MOST_WORKERS: number = 64;
const UNITS: { readonly [unit: string]: number } = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};
const DEFAULT_MEMORY = 2 ** 32;

/** Checks the options of `connect`. Throws `bind` naming the option. */
export function sessionOptions(options: ConnectOptions): SessionOptions {
  const {
    workers = availableParallelism(),
    memoryLimit = DEFAULT_MEMORY,
    config = {},
    timeZone = "UTC",
    tempDirectory,
    bigint,
    decimal,
    temporal,
  } = options;
  if (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS) {
    throw new HeadraceError("bind", `workers must be a whole number from 1 to ${MOST_WORKERS}, not ${String(workers)}`);
  }
  const zone = zoneName(timeZone);
  const values = { bigint, decimal, temporal, timeZone: zone };
  return { values, workers, memoryLimit: parseBytes(memoryLimit), timeZone: zone, tempDirectory, config };
}

/** The proper name of a time zone. Throws `bind`, with a hint where a zone has a similar name. */
export function zoneName(name: string): string {
  const zone = openTimeZone(name);
  if (zone !== undefined) return zone.name;
  const known = Intl.supportedValuesOf("timeZone");
  throw new HeadraceError("bind", `there is no time zone "${name}"`, { hint: didYouMean(name, known) });
}

export function parseBytes(size: number | string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(String(size));
  const unit = UNITS[(match?.[2] || "B").toUpperCase()];
  const bytes = match === null || unit === undefined ? Number.NaN : Math.floor(Number(match[1]) * unit);
  if (!(bytes >= 16 * 2 ** 20)) {
    throw new HeadraceError("bind", `memoryLimit must be a size of at least 16MB, not ${String(size)}`, {
      hint: 'write it like "2GB" or "512MiB"',
    });
  }
  return bytes;
}
