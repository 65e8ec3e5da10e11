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
  /** A byte of each class. */
  readonly examples: readonly number[];
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
  const examples: number[] = [];
  const of: number[] = [];
  let previous = "";
  for (let byte = 0; byte < 256; byte++) {
    const side = sideOf(byte);
    const isBoundary = ends.has(byte);
    const hasOtherSide = byte > 0 && side !== sideOf(byte - 1);
    if (byte === 0 || isBoundary || hasOtherSide) {
      const among = [...arcs].filter(([, { low, high }]) => byte >= low && byte <= high).map(([id]) => id);
      previous = `${distinguished.has(side) ? side : Side.Other} ${among.join()}`;
    }
    const id = ids.get(previous) ?? examples.push(byte) - 1;
    ids.set(previous, id);
    of.push(id);
  }
  return { of, count: examples.length, examples, distinguished };
}
