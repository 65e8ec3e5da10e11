import { HeadraceError } from "../../../error.ts";
import { typeName } from "../../../planner/types/types.ts";
import type { ConnectorTable } from "../connector.ts";
import { OptionReader } from "../options.ts";
import { type EventOrder, STRIDE } from "./event-range.ts";
import { EVENT_COLUMNS, EVENT_TABLES, type EventModel, type EventTable } from "./model.ts";

/** What `WITH (...)` says of a table of the connector `nexmark`. */
export type NexmarkOptions = {
  readonly table: EventTable;
  readonly model: EventModel;
  readonly order: EventOrder;
  /** Events come when they are due, `rate` in a second of the clock, instead of as fast as they are taken. */
  readonly paced: boolean;
};

/** Those that the reference has as well have its names. */
export const NEXMARK_OPTIONS: readonly string[] = [
  "table",
  "events.num",
  "first-event.rate",
  "rate.limited",
  "seed",
  "base-time",
  "partitions",
  "out-of-order",
];

const DEFAULT_RATE = 10_000;
const DEFAULT_BASE_TIME = "2015-07-15T00:00:00Z";
/** Numbers of events, and ids, stay exact. */
const MOST_EVENTS = 1e15;
const LARGEST_GROUP = 1e6;

/** Throws `bind` for options and columns that are none. */
export function nexmarkOptions(definition: ConnectorTable): NexmarkOptions {
  const options = new OptionReader(definition);
  options.required("table");
  const table = options.choice("table", EVENT_TABLES)!;
  checkColumns(definition.name, definition.columns, table);
  const integer = (name: string, least: number, most: number, otherwise: number): number => {
    const value = options.integer(name, least) ?? otherwise;
    if (value > most) throw options.wrong(name, `${most} at most`);
    return value;
  };
  const baseTime = Date.parse(options.text("base-time") ?? DEFAULT_BASE_TIME);
  if (Number.isNaN(baseTime)) throw options.wrong("base-time", `a time such as ${DEFAULT_BASE_TIME}`);
  const shuffled = integer("out-of-order", 1, LARGEST_GROUP, 1);
  if (shuffled % STRIDE === 0) throw options.wrong("out-of-order", `no multiple of ${STRIDE}`);
  const events = integer("events.num", 0, MOST_EVENTS, 0);
  return {
    table,
    model: {
      seed: integer("seed", 0, Number.MAX_SAFE_INTEGER, 0),
      baseTime,
      rate: integer("first-event.rate", 1, 1e9, DEFAULT_RATE),
    },
    order: { events: events === 0 ? MOST_EVENTS : events, partitions: integer("partitions", 1, 1024, 1), shuffled },
    paced: options.boolean("rate.limited") ?? false,
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
