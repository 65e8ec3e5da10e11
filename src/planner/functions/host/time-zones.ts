/** Instants and wall times. Instants and wall times are microseconds; infinity stays. */
import {
  formatOffset,
  instantOfLocal,
  localOfInstant,
  openTimeZone,
  type TimeZone,
  UTC,
  type Zones,
  ZoneTable,
} from "../../types/time-zone.ts";
import { type HostFamily, type HostFunction, type HostRuntime, readText, textCell } from "./host.ts";

const TABLE = "time zones";

/** The zones that this runtime has opened. */
export function zoneTable(rt: HostRuntime): ZoneTable {
  const known = rt.cache.get(TABLE) as ZoneTable | undefined;
  if (known !== undefined) return known;
  const table = new ZoneTable();
  rt.cache.set(TABLE, table);
  return table;
}

/** The zones for reading text in a session. */
export function zonesOf(rt: HostRuntime, session: string): Zones {
  const table = zoneTable(rt);
  return { zone: table.get(session) ?? UTC, named: (name) => table.get(name) };
}

const known = (name: string): TimeZone => openTimeZone(name) ?? UTC;

/** `zone_local name`: (instant) -> wall time. */
export const zoneLocal: HostFamily = (name) => {
  const zone = known(name);
  return (_rt, instant: bigint) => localOfInstant(zone, instant);
};

/** `zone_instant name`: (wall time) -> instant. */
export const zoneInstant: HostFamily = (name) => {
  const zone = known(name);
  return (_rt, local: bigint) => instantOfLocal(zone, local);
};

/** A zone named by a value: (site, address, length, microseconds) -> microseconds. */
const inZone =
  (convert: (zone: TimeZone, micros: bigint) => bigint): HostFunction =>
  (rt, site: number, address: number, length: number, micros: bigint) => {
    const name = readText(rt, address, length);
    const zone = zoneTable(rt).get(name);
    return zone === undefined ? rt.fail(site, `there is no time zone "${name}"`) : convert(zone, micros);
  };

export const TIME_ZONE_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  timezone_local: inZone(localOfInstant),
  timezone_instant: inZone(instantOfLocal),
  /** The text of an offset in seconds. */
  format_offset: (rt, seconds: number) => textCell(rt, formatOffset(seconds)),
};
