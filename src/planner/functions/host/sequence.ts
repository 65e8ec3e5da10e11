/** Sequences: their state in shared memory, counted on by all threads. */
import type { HostFunction, HostRuntime } from "./host.ts";
import { readText } from "./host.ts";

/** Words of 64 bits. `used`: 0: no value has been taken yet; `spent`: 1: the next value would leave 64 bits. */
const WORDS = { next: 0, increment: 1, min: 2, max: 3, cycle: 4, last: 5, used: 6, spent: 7 } as const;

export const SEQUENCE_BYTES = 64;

export type SequenceOptions = {
  readonly start: bigint;
  readonly increment: bigint;
  readonly min: bigint;
  readonly max: bigint;
  readonly cycle: boolean;
};

/** Writes the state of a sequence from which nothing has been taken. */
export function writeSequence(memory: BigInt64Array, address: number, options: SequenceOptions): void {
  const at = address / 8;
  memory.fill(0n, at, at + SEQUENCE_BYTES / 8);
  memory[at + WORDS.next] = options.start;
  memory[at + WORDS.increment] = options.increment;
  memory[at + WORDS.min] = options.min;
  memory[at + WORDS.max] = options.max;
  memory[at + WORDS.cycle] = options.cycle ? 1n : 0n;
}

function wordsOf(rt: HostRuntime, address: bigint): BigInt64Array {
  const { buffer, byteOffset } = rt.bytes();
  return new BigInt64Array(buffer, byteOffset + Number(address), SEQUENCE_BYTES / 8);
}

/** Arguments: address of the state, the sequence's name as address and length, error site. */
export const SEQUENCE_HOST_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  nextval: (rt, address: bigint, name: number, length: number, site: number) => {
    const words = wordsOf(rt, address);
    for (;;) {
      const next = Atomics.load(words, WORDS.next);
      const [increment, min, max] = [words[WORDS.increment], words[WORDS.min], words[WORDS.max]] as [
        bigint,
        bigint,
        bigint,
      ];
      let value = next;
      if (next > max || next < min || Atomics.load(words, WORDS.spent) === 1n) {
        if (words[WORDS.cycle] === 0n)
          return rt.fail(
            site,
            `sequence "${readText(rt, name, length)}" has no more values: it goes from ${min} to ${max}`,
          );
        value = increment > 0n ? min : max;
      }
      const following = value + increment;
      const fits = BigInt.asIntN(64, following) === following;
      if (Atomics.compareExchange(words, WORDS.next, next, fits ? following : value) !== next) continue;
      Atomics.store(words, WORDS.spent, fits ? 0n : 1n);
      Atomics.store(words, WORDS.last, value);
      Atomics.store(words, WORDS.used, 1n);
      return value;
    }
  },
  currval: (rt, address: bigint, name: number, length: number, site: number) => {
    const words = wordsOf(rt, address);
    if (Atomics.load(words, WORDS.used) === 1n) return Atomics.load(words, WORDS.last);
    return rt.fail(site, `sequence "${readText(rt, name, length)}" has given no value yet`);
  },
};
