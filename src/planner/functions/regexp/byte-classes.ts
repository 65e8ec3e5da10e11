/** Bytes that an automaton does not tell apart. */
import type { Nfa } from "./nfa.ts";
import type { Assertion } from "./syntax.ts";

/** What stands at one side of a position: to assertions nothing else matters. */
export const Side = { Other: 0, Edge: 1, Newline: 2, Word: 3 } as const;
export type Side = (typeof Side)[keyof typeof Side];

export type ByteClasses = {
  /** The class of each byte. */
  readonly of: readonly number[];
  readonly count: number;
  /** The classes by what assertions take their bytes for. */
  readonly bySide: ReadonlyMap<Side, ReadonlySet<number>>;
  /** The classes of the bytes from `low` to `high`, which begin and end classes. */
  readonly within: (low: number, high: number) => readonly number[];
  /** The sides that some assertion tells from others. */
  readonly distinguished: ReadonlySet<Side>;
};

export function sideOf(byte: number): Side {
  if (byte === 10) return Side.Newline;
  const isWord = (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || byte === 95 || (byte >= 97 && byte <= 122);
  return isWord ? Side.Word : Side.Other;
}

const SIDES: Readonly<Record<Assertion, readonly Side[]>> = {
  "text start": [Side.Edge],
  "text end": [Side.Edge],
  "line start": [Side.Edge, Side.Newline],
  "line end": [Side.Edge, Side.Newline],
  "word boundary": [Side.Word],
};

export function byteClasses({ states }: Nfa): ByteClasses {
  const distinguished = new Set(states.flatMap((state) => (state.kind === "assert" ? SIDES[state.assertion] : [])));
  const arcs = new Map<string, { readonly low: number; readonly high: number }>();
  for (const state of states) {
    if (state.kind === "bytes") for (const { low, high } of state.arcs) arcs.set(`${low}-${high}`, { low, high });
  }
  const ends = new Set([...arcs.values()].flatMap(({ low, high }) => [low, high + 1]));
  const ids = new Map<string, number>();
  const bySide = new Map<Side, Set<number>>();
  const of: number[] = [];
  let key = "";
  for (let byte = 0; byte < 256; byte++) {
    const side = sideOf(byte);
    const told = distinguished.has(side) ? side : Side.Other;
    if (byte === 0 || ends.has(byte) || side !== sideOf(byte - 1)) {
      const among = [...arcs].filter(([, { low, high }]) => byte >= low && byte <= high).map(([id]) => id);
      key = `${told} ${among.join()}`;
    }
    const id = ids.get(key) ?? ids.size;
    ids.set(key, id);
    of.push(id);
    bySide.set(told, (bySide.get(told) ?? new Set()).add(id));
  }
  const ranges = new Map<number, readonly number[]>();
  const within = (low: number, high: number): readonly number[] => {
    const known = ranges.get(low * 256 + high) ?? [...new Set(of.slice(low, high + 1))];
    ranges.set(low * 256 + high, known);
    return known;
  };
  return { of, count: ids.size, bySide, within, distinguished };
}
