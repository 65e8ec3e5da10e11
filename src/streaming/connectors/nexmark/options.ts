import { HeadraceError } from "../../../error.ts";
import { typeName } from "../../../planner/types/types.ts";
import type { ConnectorTable } from "../connector.ts";
import type { EventOrder } from "./event-range.ts";
import { STRIDE } from "./event-range.ts";
import { EVENT_COLUMNS, EVENT_TABLES, type EventModel, type EventTable } from "./model.ts";

/** What `WITH (...)` says of a table of the connector `nexmark`. */
export type NexmarkOptions = {
  readonly table: EventTable;
  readonly model: EventModel;
  readonly order: EventOrder;
  /** Events come when they are due, `rate` in a second of the clock, instead of as fast as they are taken. */
  readonly paced: boolean;
};

/** Names and defaults are those of the reference where it has the option. */
const DEFAULTS = {
  table: undefined,
  "events.num": "0",
  "first-event.rate": "10000",
  seed: "0",
  "base-time": "2015-07-15T00:00:00Z",
  partitions: "1",
  "out-of-order": "1",
  "rate.limited": "false",
} as const;

type OptionName = keyof typeof DEFAULTS;

export const NEXMARK_OPTIONS: readonly string[] = Object.keys(DEFAULTS);

/** Numbers of events stay exact, and ids below 2 ** 48. */
const MOST_EVENTS = 1e15;

/** Throws `bind` for options and columns that are none. */
export function nexmarkOptions({ name, columns, options }: ConnectorTable): NexmarkOptions {
  const text = (option: OptionName): string => {
    const value = options.get(option) ?? DEFAULTS[option];
    if (value === undefined) throw new HeadraceError("bind", `the table "${name}" needs the option '${option}'`);
    return value;
  };
  const wrong = (option: OptionName, wanted: string): HeadraceError =>
    new HeadraceError("bind", `the option '${option}' of "${name}" is ${wanted}, not '${text(option)}'`);
  const integer = (option: OptionName, least: number, most: number): number => {
    const value = Number(text(option));
    if (!/^\d+$/.test(text(option)) || value < least || value > most)
      throw wrong(option, `an integer from ${least} to ${most}`);
    return value;
  };
  const table = EVENT_TABLES.find((known) => known === text("table").toLowerCase());
  if (table === undefined) throw wrong("table", `one of ${EVENT_TABLES.join(", ")}`);
  checkColumns(name, columns, table);
  const paced = text("rate.limited").toLowerCase();
  if (paced !== "true" && paced !== "false") throw wrong("rate.limited", "true or false");
  const baseTime = Date.parse(text("base-time"));
  if (Number.isNaN(baseTime)) throw wrong("base-time", "a time such as 2015-07-15T00:00:00Z");
  const shuffled = integer("out-of-order", 1, 1e6);
  if (shuffled % STRIDE === 0) throw wrong("out-of-order", `no multiple of ${STRIDE}`);
  const events = integer("events.num", 0, MOST_EVENTS);
  return {
    table,
    model: {
      seed: integer("seed", 0, Number.MAX_SAFE_INTEGER),
      baseTime,
      rate: integer("first-event.rate", 1, 1e9),
    },
    order: { events: events === 0 ? MOST_EVENTS : events, partitions: integer("partitions", 1, 1024), shuffled },
    paced: paced === "true",
  };
}

function checkColumns(name: string, columns: ConnectorTable["columns"], table: EventTable): void {
  for (const column of columns) {
    const known = EVENT_COLUMNS[table].find((own) => own.name.toLowerCase() === column.name.toLowerCase());
    const hint = `the columns are ${EVENT_COLUMNS[table].map((own) => `${own.name} ${typeName(own.type)}`).join(", ")}`;
    if (known === undefined)
      throw new HeadraceError("bind", `"${name}" has a column "${column.name}", and events of Nexmark have none`, {
        hint,
      });
    if (known.type.kind !== column.type.kind)
      throw new HeadraceError("bind", `"${column.name}" of "${name}" is no ${typeName(column.type)}`, { hint });
    if (column.type.kind === "Timestamp" && column.type.unit !== "ms" && column.type.unit !== "us")
      throw new HeadraceError("unsupported", `"${column.name}" of "${name}" is no ${typeName(column.type)}`, { hint });
  }
}
