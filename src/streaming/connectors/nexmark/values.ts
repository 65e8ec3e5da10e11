/** Columns that several tables have, and what they are made of. */
import type { NumberColumn, TextColumn } from "./columns.ts";
import { ACTIVE_PEOPLE, type EventModel, eventTime, FIRST_PERSON_ID, HOT_GROUP, ID_LEAD } from "./model.ts";
import { below, draw } from "./random.ts";
import { LETTER_PLACES, type Texts, type TextPool } from "./text-pool.ts";

export function timeColumn(model: EventModel): NumberColumn {
  return {
    kind: "number",
    fill: ({ count, numbers }, values) => {
      for (let i = 0; i < count; i++) values[i] = eventTime(model, numbers[i]!);
    },
  };
}

const STEPS = 4096;

/** 100 * 10 ** (6 * U) for U uniform over 24 bits. */
export function createPrices(): (bits: number) => number {
  const coarse = Float64Array.from({ length: STEPS }, (_, i) => 100 * 10 ** ((6 * i) / STEPS));
  const fine = Float64Array.from({ length: STEPS }, (_, i) => 10 ** ((6 * i) / STEPS ** 2));
  return (bits) => Math.round(coarse[bits >>> 20]! * fine[(bits >>> 8) & (STEPS - 1)]!);
}

/** Someone among the last people and some to come, the last one being number `last` from 0: an id. */
export function anyPerson(last: number, bits: number): number {
  const active = Math.min(last + 1, ACTIVE_PEOPLE);
  return FIRST_PERSON_ID + last + 1 - active + below(active + ID_LEAD, bits >>> 2, 30);
}

/** One of `texts`. */
export function pickColumn({ first: places, bytes: sizes }: Texts, key: number): TextColumn {
  const { length } = places;
  return {
    kind: "text",
    fill: ({ count, counters }, first, bytes) => {
      for (let i = 0; i < count; i++) {
        const index = below(length, draw(key, counters[i]!) >>> 0, 32);
        first[i] = places[index]!;
        bytes[i] = sizes[index]!;
      }
    },
  };
}

/** Letters that bring an event to `average` bytes on average; `rest` says how many it has without them. */
export function extraColumn(
  pool: TextPool,
  key: number,
  average: number,
  rest: (counter: number) => number,
): TextColumn {
  const { letters } = pool;
  return {
    kind: "text",
    fill: ({ count, counters }, first, bytes) => {
      for (let i = 0; i < count; i++) {
        const counter = counters[i]!;
        const bits = draw(key, counter);
        first[i] = letters + (bits & (LETTER_PLACES - 1));
        bytes[i] = extraBytes(average - rest(counter), bits >>> 18);
      }
    },
  };
}

/** Within a fifth of `missing`, from 14 random bits. */
function extraBytes(missing: number, bits: number): number {
  if (missing < 0) return 0;
  const delta = Math.round(missing * 0.2);
  return missing - delta + below(2 * delta, bits, 14);
}

/** The first number of the hundred that `last` is in. */
export const hotGroup = (last: number): number => last - (last % HOT_GROUP);
