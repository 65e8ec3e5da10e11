import { parseCollation } from "../planner/types/collation.ts";
import { HeadraceError } from "../error.ts";
import type { BindSession } from "../planner/bind/context.ts";
import type { HttpOptions } from "../io/stores/http.ts";
import type { UpgradeMode } from "../streaming/upgrade.ts";
import { describeBytes } from "../exec/memory/shared-memory.ts";
import { MOST_WORKERS, parseBytes, type SessionOptions, zoneName } from "./options.ts";

type Value = string | number | bigint | boolean | null;

type Setting = {
  /** Takes a new value, or undefined for the value at the start. Throws `bind`. */
  readonly set: (value: Value | undefined) => void;
  readonly get: () => string;
};

const ALIASES: { readonly [name: string]: string } = {
  worker_threads: "threads",
  workers: "threads",
  max_memory: "memory_limit",
  null_order: "default_null_order",
};

/** Settings of DuckDB that change no result: they are taken and remembered. */
const REMEMBERED: ReadonlySet<string> = new Set([
  ...[
    "enable_verification",
    "disable_verification",
    "verify_external",
    "disable_verify_external",
    "verify_parallelism",
  ],
  ...[
    "disable_verify_parallelism",
    "verify_serializer",
    "verify_fetch_row",
    "disable_verify_fetch_row",
    "enable_profiling",
  ],
  ...[
    "disable_profiling",
    "enable_progress_bar",
    "disable_progress_bar",
    "enable_print_progress_bar",
    "preserve_insertion_order",
  ],
  ...["explain_output", "enable_object_cache", "disable_object_cache", "enable_optimizer", "disable_optimizer"],
  ...["force_external", "force_parallelism", "debug_force_external", "debug_window_mode", "perfect_ht_threshold"],
  ...["pivot_filter_threshold", "pivot_limit", "ordered_aggregate_threshold", "temp_directory", "external_threads"],
  ...[
    "disabled_optimizers",
    "order_by_non_integer_literal",
    "scalar_subquery_error_on_multiple_rows",
    "wal_autocheckpoint",
  ],
  ...["checkpoint_threshold", "partitioned_write_max_open_files", "immediate_transaction_mode", "errors_as_json"],
  ...["lambda_syntax", "dynamic_or_filter_threshold", "nested_loop_join_threshold"],
  ...["merge_join_threshold", "asof_loop_join_threshold", "prefer_range_joins", "late_materialization_max_rows"],
  ...[
    "autoload_known_extensions",
    "autoinstall_known_extensions",
    "extension_directory",
    "allocator_background_threads",
  ],
  ...["enable_checkpoint_on_shutdown", "disable_checkpoint_on_shutdown", "verify_stream", "test_all_types", "calendar"],
  ...[
    "profiling_renderer_settings",
    "storage_compatibility_version",
    "delim_join_as_cte",
    "max_expression_depth",
    "custom_profiling_settings",
    "home_directory",
    "deprecated_using_key_syntax",
    "streaming_buffer_size",
    "profiling_mode",
    "profile_output",
    "enable_http_metadata_cache",
  ],
]);

/** Settings that would change results: only their usual value is taken. */
const FIXED: { readonly [name: string]: string } = {
  ieee_floating_point_ops: "true",
  integer_division: "false",
  old_implicit_casting: "false",
  legacy_disable_null_type: "false",
};

const NULL_ORDERS: { readonly [written: string]: BindSession["nullOrder"] } = {
  nulls_first: "first",
  first: "first",
  "nulls first": "first",
  nulls_last: "last",
  last: "last",
  "nulls last": "last",
  nulls_first_on_asc_last_on_desc: "first on asc, last on desc",
  sqlite: "first on asc, last on desc",
  mysql: "first on asc, last on desc",
  nulls_last_on_asc_first_on_desc: "last on asc, first on desc",
  postgres: "last on asc, first on desc",
};

const HTTP_DEFAULTS: HttpOptions = { timeout: 30_000, retries: 3, retryWait: 100 };

export type JobSettings = {
  /** Of the next job. */
  readonly name: string;
  /** Jobs keep their checkpoints in directories of their names in it. */
  readonly checkpointDirectory: string;
  readonly checkpointMs: number;
  readonly checkpointEpochs: number;
  /** A savepoint that the next job begins with. */
  readonly checkpointFrom: string;
  readonly checkpointUpgrade: UpgradeMode;
  readonly epochRows: number;
  readonly epochMs: number;
};

const JOB_DEFAULTS: JobSettings = {
  name: "",
  checkpointDirectory: "",
  checkpointMs: 0,
  checkpointEpochs: 0,
  checkpointFrom: "",
  checkpointUpgrade: "strict",
  epochRows: 0,
  epochMs: 0,
};

const UPGRADES: readonly UpgradeMode[] = ["strict", "keep", "empty"];

/** A session's settings, by name. */
export class Settings {
  nullOrder: BindSession["nullOrder"] = "last";
  order: BindSession["order"] = "asc";
  /** How texts compare that say nothing about it; empty: by their bytes. */
  collation = "";
  timeZone: string;
  /** Worker threads that queries use. */
  workers: number;
  http: HttpOptions = HTTP_DEFAULTS;
  /** Of jobs that INSERT INTO a table with a connector starts; 0 and "" say nothing. Milliseconds. */
  jobs: JobSettings = JOB_DEFAULTS;
  private readonly remembered = new Map<string, string>();
  private readonly known: ReadonlyMap<string, Setting>;

  constructor(options: SessionOptions, setMemoryLimit: (bytes: number) => void) {
    this.workers = options.workers;
    this.timeZone = options.timeZone;
    let limit = options.memoryLimit;
    const known: { readonly [name: string]: Setting } = {
      threads: {
        set: (value) => {
          const workers = value === undefined ? options.workers : Number(value);
          if (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS)
            throw new HeadraceError(
              "bind",
              `threads must be a whole number from 1 to ${MOST_WORKERS}, not ${String(value)}`,
            );
          this.workers = workers;
        },
        get: () => String(this.workers),
      },
      memory_limit: {
        set: (value) => {
          const unlimited = value === -1 || value === "-1" || value === "none";
          limit = value === undefined || unlimited ? options.memoryLimit : parseBytes(String(value));
          setMemoryLimit(limit);
        },
        get: () => describeBytes(limit),
      },
      timezone: {
        set: (value) => (this.timeZone = value === undefined ? options.timeZone : zoneName(String(value))),
        get: () => this.timeZone,
      },
      default_null_order: {
        set: (value) => {
          const order = value === undefined ? "last" : NULL_ORDERS[String(value).toLowerCase()];
          if (order === undefined)
            throw new HeadraceError("bind", `"${String(value)}" is no order of NULLs`, {
              hint: "use nulls_first or nulls_last",
            });
          this.nullOrder = order;
        },
        get: () =>
          Object.keys(NULL_ORDERS)
            .find((name) => NULL_ORDERS[name] === this.nullOrder)
            ?.toUpperCase() ?? "",
      },
      default_order: {
        set: (value) => {
          const order = value === undefined ? "asc" : String(value).toLowerCase();
          if (/^asc(ending)?$/.test(order)) this.order = "asc";
          else if (/^desc(ending)?$/.test(order)) this.order = "desc";
          else throw new HeadraceError("bind", `"${String(value)}" is no order`, { hint: "use ASC or DESC" });
        },
        get: () => this.order.toUpperCase(),
      },
      default_collation: {
        set: (value) => {
          if (value !== undefined && value !== "") parseCollation(String(value));
          this.collation = value === undefined ? "" : String(value);
        },
        get: () => this.collation,
      },
    };
    const http = (key: keyof HttpOptions, name: string, unit: number, least: number): Setting => ({
      set: (value) => {
        const number = value === undefined ? HTTP_DEFAULTS[key] : Number(value) * unit;
        if (!Number.isFinite(number) || number < least)
          throw new HeadraceError("bind", `${name} must be a number from ${least / unit} on, not ${String(value)}`);
        this.http = { ...this.http, [key]: number };
      },
      get: () => String(this.http[key] / unit),
    });
    const whole = (key: keyof JobSettings, name: string): Setting => ({
      set: (value) => {
        const number = value === undefined ? JOB_DEFAULTS[key] : Number(value);
        if (!Number.isSafeInteger(number) || Number(number) < 0)
          throw new HeadraceError("bind", `${name} must be a whole number from 0 on, not ${String(value)}`);
        this.jobs = { ...this.jobs, [key]: number };
      },
      get: () => String(this.jobs[key]),
    });
    const text = (key: "name" | "checkpointDirectory" | "checkpointFrom"): Setting => ({
      set: (value) => (this.jobs = { ...this.jobs, [key]: value === undefined ? "" : String(value) }),
      get: () => this.jobs[key],
    });
    const upgrade: Setting = {
      set: (value) => {
        const mode = UPGRADES.find((one) => one === (value ?? "strict"));
        if (mode === undefined)
          throw new HeadraceError("bind", `checkpoint_upgrade must be ${UPGRADES.join(", ")}, not ${String(value)}`);
        this.jobs = { ...this.jobs, checkpointUpgrade: mode };
      },
      get: () => this.jobs.checkpointUpgrade,
    };
    this.known = new Map([
      ...Object.entries(known),
      ["http_timeout", http("timeout", "http_timeout", 1000, 1)],
      ["http_retries", http("retries", "http_retries", 1, 0)],
      ["job_name", text("name")],
      ["checkpoint_directory", text("checkpointDirectory")],
      ["checkpoint_from", text("checkpointFrom")],
      ["checkpoint_upgrade", upgrade],
      ["checkpoint_interval_ms", whole("checkpointMs", "checkpoint_interval_ms")],
      ["checkpoint_interval_epochs", whole("checkpointEpochs", "checkpoint_interval_epochs")],
      ["epoch_rows", whole("epochRows", "epoch_rows")],
      ["epoch_ms", whole("epochMs", "epoch_ms")],
      ["http_retry_wait_ms", http("retryWait", "http_retry_wait_ms", 1, 0)],
    ]);
  }

  names(): readonly string[] {
    return [...this.known.keys(), ...REMEMBERED].toSorted();
  }

  has(name: string): boolean {
    const key = canonical(name);
    return this.known.has(key) || REMEMBERED.has(key) || key in FIXED;
  }

  /** Sets, or with undefined resets. Throws `bind` for a name that is no setting and for a value that does not fit. */
  set(name: string, value: Value | undefined): void {
    const key = canonical(name);
    const setting = this.known.get(key);
    const fixed = FIXED[key];
    if (setting !== undefined) setting.set(value);
    else if (fixed !== undefined) requireUsual(key, value, fixed);
    else if (value === undefined) this.remembered.delete(key);
    else this.remembered.set(key, String(value));
  }

  /** The value as text; undefined: no such setting. */
  text(name: string): string | undefined {
    const key = canonical(name);
    return (
      this.known.get(key)?.get() ?? FIXED[key] ?? (REMEMBERED.has(key) ? (this.remembered.get(key) ?? "") : undefined)
    );
  }
}

function requireUsual(name: string, value: Value | undefined, usual: string): void {
  const text = String(value ?? usual).toLowerCase();
  if (text === usual || text === (usual === "true" ? "1" : "0")) return;
  throw new HeadraceError("unsupported", `${name} = ${text} is not supported yet`);
}

function canonical(name: string): string {
  const key = name.toLowerCase();
  return ALIASES[key] ?? key;
}
