/** Settings by the names that Flink gives them: `SET 'pipeline.name' = 'orders'`. */
import { fileURLToPath } from "node:url";
import { HeadraceError } from "../error.ts";
import { durationMs } from "../streaming/connectors/options.ts";

type Value = string | number | bigint | boolean | null;

/** A setting of ours with its value; undefined: it changes nothing here. */
export type Translated = { readonly name: string; readonly value: string | number | undefined } | undefined;

type Key = {
  /** Undefined: changes nothing. */
  readonly name?: string;
  /** Throws for a text that is none; undefined: as it is. */
  readonly read?: (text: string, key: string) => string | number;
};

const milliseconds = (text: string, key: string): number => {
  const value = durationMs(text);
  if (value !== undefined) return value;
  throw new HeadraceError("bind", `'${key}' is a duration such as '10 s', not '${text}'`);
};

const directory = (text: string, key: string): string => {
  if (/^file:\/\//i.test(text)) return fileURLToPath(text.replace(/^file:\/\/(?!\/)/i, "file:///"));
  if (!/^[a-z][a-z0-9+.-]+:/i.test(text)) return text;
  throw new HeadraceError("unsupported", `'${key}' = '${text}' is not supported: checkpoints are in local folders`);
};

/** Only this value means what is done here. */
const only =
  (...values: readonly string[]) =>
  (text: string, key: string): string => {
    if (values.includes(text.toLowerCase())) return text;
    throw new HeadraceError("unsupported", `'${key}' = '${text}' is not supported`, {
      hint: `it is ${values.map((value) => `'${value}'`).join(" or ")} here`,
    });
  };

const KEYS: { readonly [key: string]: Key } = {
  "pipeline.name": { name: "job_name" },
  "execution.checkpointing.interval": { name: "checkpoint_interval_ms", read: milliseconds },
  "execution.checkpointing.dir": { name: "checkpoint_directory", read: directory },
  "state.checkpoints.dir": { name: "checkpoint_directory", read: directory },
  "execution.savepoint.path": { name: "checkpoint_from", read: directory },
  "execution.state-recovery.path": { name: "checkpoint_from", read: directory },
  "parallelism.default": { name: "threads" },
  "table.exec.resource.default-parallelism": { name: "threads" },
  "table.local-time-zone": { name: "TimeZone" },
  "table.exec.mini-batch.allow-latency": { name: "epoch_ms", read: milliseconds },
  "table.exec.mini-batch.size": { name: "epoch_rows" },
  "table.exec.mini-batch.enabled": { read: only("true", "false") },
  "table.optimizer.agg-phase-strategy": { read: only("auto", "one_phase", "two_phase") },
  "execution.runtime-mode": { read: only("streaming") },
  "execution.checkpointing.mode": { read: only("exactly_once", "exactly-once") },
  "table.exec.state.ttl": { read: (text, key) => (milliseconds(text, key) === 0 ? text : only("0 ms")(text, key)) },
  "sql-client.execution.result-mode": {},
  "sql-client.verbose": {},
};

export const flinkNames = (): readonly string[] => Object.keys(KEYS);

export const isFlinkName = (name: string): boolean => Object.hasOwn(KEYS, name.toLowerCase());

/** What a setting of Flink means here. Throws `bind`, `unsupported` for values that mean nothing here. */
export function translateFlink(name: string, value: Value | undefined): Translated {
  const key = name.toLowerCase();
  const known = KEYS[key] ?? {};
  const text = value === undefined || value === null ? undefined : String(value);
  const read = text === undefined ? undefined : (known.read?.(text, key) ?? text);
  return known.name === undefined ? undefined : { name: known.name, value: read };
}
