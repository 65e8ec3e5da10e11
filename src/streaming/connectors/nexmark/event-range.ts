import { counterOf } from "./random.ts";
import { EVENTS_PER_CYCLE, type EventTable, PLACES } from "./model.ts";

/** Events of one table, in the order in which they come. The arrays are used again for the next ones. */
export type EventBatch = {
  count: number;
  /** Number of each event. */
  readonly numbers: Float64Array;
  /** Cycles before it. */
  readonly cycles: Float64Array;
  /** What its random values are drawn from. */
  readonly counters: Int32Array;
};

export function createBatch(rows: number): EventBatch {
  return {
    count: 0,
    numbers: new Float64Array(rows),
    cycles: new Float64Array(rows),
    counters: new Int32Array(rows),
  };
}

/** How the events of a stream are dealt to partitions, and shuffled. */
export type EventOrder = {
  /** Events there are: their numbers are below this. */
  readonly events: number;
  /** Cycles go to partitions in turn. */
  readonly partitions: number;
  /** So many neighbours come in another order; 1: the order of their numbers. Shares no factor with `STRIDE`. */
  readonly shuffled: number;
};

/** Within a group the event at place i is number i * STRIDE modulo the group's size. */
export const STRIDE = 953;

/** How many of the first `events` events belong to a partition. */
export function eventsOfPartition({ partitions }: EventOrder, partition: number, events: number): number {
  const round = EVENTS_PER_CYCLE * partitions;
  const rest = (events % round) - EVENTS_PER_CYCLE * partition;
  return Math.floor(events / round) * EVENTS_PER_CYCLE + Math.min(Math.max(rest, 0), EVENTS_PER_CYCLE);
}

/** Number of the event that comes at a place of the whole stream; the last group, when it is not full, stays in order. */
export function eventAt({ events, shuffled }: EventOrder, place: number): number {
  const group = place - (place % shuffled);
  return group + shuffled > events ? place : group + ((place * STRIDE) % shuffled);
}

/** Goes through a table's events among those of a partition from place `next` to place `end`. */
export class EventCursor {
  private readonly order: EventOrder;
  private readonly partition: number;
  private readonly table: EventTable;
  private readonly end: number;
  private next: number;

  constructor(order: EventOrder, partition: number, table: EventTable, first: number, end: number) {
    this.order = order;
    this.partition = partition;
    this.table = table;
    this.next = first;
    this.end = end;
  }

  /** Puts the next events into `batch`, as many as it holds; `count` is 0 behind the last one. */
  fill(batch: EventBatch): void {
    batch.count = 0;
    if (this.order.shuffled === 1) this.fillInOrder(batch);
    else this.fillShuffled(batch);
  }

  private fillInOrder(batch: EventBatch): void {
    const { numbers, cycles, counters } = batch;
    const { partitions } = this.order;
    const { first, end } = PLACES[this.table];
    let { count } = batch;
    while (this.next < this.end && count < numbers.length) {
      const round = Math.floor(this.next / EVENTS_PER_CYCLE);
      const cycle = round * partitions + this.partition;
      const start = cycle * EVENTS_PER_CYCLE;
      const from = Math.max(this.next - round * EVENTS_PER_CYCLE, first);
      const room = from + numbers.length - count;
      const to = Math.min(this.end - round * EVENTS_PER_CYCLE, end, room);
      for (let place = from; place < to; place++) {
        numbers[count] = start + place;
        cycles[count] = cycle;
        counters[count] = counterOf(start + place);
        count++;
      }
      this.next = round * EVENTS_PER_CYCLE + (to === room && to < end ? to : EVENTS_PER_CYCLE);
    }
    batch.count = count;
  }

  private fillShuffled(batch: EventBatch): void {
    const { numbers, cycles, counters } = batch;
    const { first, end } = PLACES[this.table];
    let { count } = batch;
    for (; this.next < this.end && count < numbers.length; this.next++) {
      const round = Math.floor(this.next / EVENTS_PER_CYCLE);
      const cycle = round * this.order.partitions + this.partition;
      const number = eventAt(this.order, cycle * EVENTS_PER_CYCLE + (this.next - round * EVENTS_PER_CYCLE));
      const place = number % EVENTS_PER_CYCLE;
      if (place < first || place >= end) continue;
      numbers[count] = number;
      cycles[count] = (number - place) / EVENTS_PER_CYCLE;
      counters[count] = counterOf(number);
      count++;
    }
    batch.count = count;
  }
}
