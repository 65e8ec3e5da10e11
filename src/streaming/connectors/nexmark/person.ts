import type { EventColumns } from "./columns.ts";
import { type EventModel, FIRST_PERSON_ID, PERSON_BYTES } from "./model.ts";
import { below, draw, keyOf } from "./random.ts";
import type { TextPool } from "./text-pool.ts";
import { extraColumn, pickColumn, timeColumn } from "./values.ts";

const TEXTS = ["name", "emailAddress", "creditCard", "city", "state"];

export function personColumns(model: EventModel, pool: TextPool): EventColumns {
  const key = (purpose: string): number => keyOf(model.seed, `person ${purpose}`);
  const sizes = TEXTS.map((name) => ({ key: key(name), bytes: pool.texts[name]!.bytes }));
  const textBytes = (counter: number): number =>
    sizes.reduce((sum, text) => sum + text.bytes[below(text.bytes.length, draw(text.key, counter) >>> 0, 32)]!, 0);
  return {
    id: {
      kind: "number",
      fill: ({ count, cycles }, values) => {
        for (let i = 0; i < count; i++) values[i] = FIRST_PERSON_ID + cycles[i]!;
      },
    },
    ...Object.fromEntries(TEXTS.map((name) => [name, pickColumn(pool.texts[name]!, key(name))])),
    dateTime: timeColumn(model),
    extra: extraColumn(pool, key("extra"), PERSON_BYTES, (counter) => 8 + textBytes(counter)),
  };
}
