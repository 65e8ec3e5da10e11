import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { UsageError } from "../../src/cli/options.ts";
import { connect } from "../../src/index.ts";
import { EVENT_TABLES, type EventModel } from "../../src/streaming/connectors/nexmark/model.ts";
import { oneOf, parsed } from "../../tpch/cli/arguments.ts";
import { eventsProvider } from "../gen/event-rows.ts";
import { eventCount, integer } from "./arguments.ts";

const FORMATS = ["csv", "parquet", "ndjson"] as const;

/** Event time of the first event. */
export const BASE_TIME: number = Date.UTC(2015, 6, 15);

export async function gen(argv: readonly string[]): Promise<number> {
  const { values } = parsed(() =>
    parseArgs({
      args: [...argv],
      options: {
        events: { type: "string" },
        out: { type: "string" },
        format: { type: "string", default: "parquet" },
        seed: { type: "string", default: "0" },
        rate: { type: "string", default: "10000" },
      },
    }),
  );
  if (values.events === undefined) throw new UsageError("nexmark gen needs --events N");
  const events = eventCount("--events", values.events);
  await generate({
    events,
    directory: values.out ?? `data/nexmark-${values.events}`,
    format: oneOf("--format", values.format, FORMATS),
    model: { seed: integer("--seed", values.seed), baseTime: BASE_TIME, rate: eventCount("--rate", values.rate) },
  });
  return 0;
}

/** Writes person, auction and bid, a file each. */
export async function generate(options: {
  readonly events: number;
  /** Created when missing. */
  readonly directory: string;
  readonly format: (typeof FORMATS)[number];
  readonly model: EventModel;
}): Promise<void> {
  const { events, directory, format, model } = options;
  await mkdir(directory, { recursive: true });
  const session = await connect();
  try {
    for (const table of EVENT_TABLES) {
      await session.register(table, eventsProvider(table, model, events));
      const path = join(directory, `${table}.${format}`).replaceAll("'", "''");
      await session.execute(`COPY (SELECT * FROM ${table}) TO '${path}'`);
    }
  } finally {
    await session.close();
  }
}
