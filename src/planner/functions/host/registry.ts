import { DATE_HOST_FUNCTIONS } from "./dates.ts";
import { ENCODING_HOST_FUNCTIONS } from "./encodings.ts";
import { failWith } from "./fail-with.ts";
import { glob } from "./glob.ts";
import type { HostFamily, HostFunction } from "./host.ts";
import { js, jsWasNull } from "./javascript.ts";
import { nested } from "./nested-functions.ts";
import { INTERVAL_FUNCTIONS } from "./intervals.ts";
import { NUMBER_FUNCTIONS } from "./numbers.ts";
import { regexp } from "../regexp/host.ts";
import { SEQUENCE_HOST_FUNCTIONS } from "./sequence.ts";
import { SYSTEM_HOST_FUNCTIONS } from "./system.ts";
import { TEXT_FUNCTIONS } from "./text.ts";
import { TIME_ZONE_FUNCTIONS, zoneInstant, zoneLocal } from "./time-zones.ts";
import { format, parse } from "./values.ts";

const FUNCTIONS: ReadonlyMap<string, HostFunction> = new Map(
  Object.entries({
    ...NUMBER_FUNCTIONS,
    ...INTERVAL_FUNCTIONS,
    ...TEXT_FUNCTIONS,
    ...ENCODING_HOST_FUNCTIONS,
    ...DATE_HOST_FUNCTIONS,
    ...SYSTEM_HOST_FUNCTIONS,
    ...SEQUENCE_HOST_FUNCTIONS,
    ...TIME_ZONE_FUNCTIONS,
    glob,
    jsWasNull,
  }),
);
const FAMILIES: ReadonlyMap<string, HostFamily> = new Map(
  Object.entries({
    parse,
    format,
    zone_local: zoneLocal,
    zone_instant: zoneInstant,
    regexp,
    nested,
    js,
    fail_with: failWith,
  }),
);

/**
 * The host function behind a name in generated code; a promise when it must be loaded first, undefined when the function
 * library has none of that name (the executor's own: `alloc`, `fail`, ...).
 */
export function hostFunction(name: string): HostFunction | Promise<HostFunction> | undefined {
  const space = name.indexOf(" ");
  if (space < 0) return FUNCTIONS.get(name);
  return FAMILIES.get(name.slice(0, space))?.(name.slice(space + 1));
}
