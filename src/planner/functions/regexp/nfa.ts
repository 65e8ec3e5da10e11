/** Regular expressions as nondeterministic automata over the bytes of UTF-8 (Thompson's construction). */
import { FIRST_NON_ASCII, hasAllNonAscii, type Range, type Ranges } from "./ranges.ts";
import { type Assertion, isNullable, type Regexp } from "./syntax.ts";
import { type ByteSequence, byteSequences } from "./utf8.ts";

/** Where a byte leads. */
export type Arc = Range & { readonly next: number };

export type NfaState =
  | { readonly kind: "bytes"; readonly arcs: readonly Arc[] }
  /** Both ways, the first of them preferred. */
  | { readonly kind: "split"; first: number; second: number }
  /** Keeps the position as that of a tag. */
  | { readonly kind: "tag"; readonly tag: number; readonly next: number }
  | { readonly kind: "assert"; readonly assertion: Assertion; readonly next: number }
  | { readonly kind: "match" };

export type Nfa = { readonly states: readonly NfaState[]; readonly start: number };

/** A position that is asked for: the start or the end of a group; group 0 is the match. */
export type Tag = { readonly group: number; readonly edge: "start" | "end" };

/** Where matches may lie: anywhere, or only over the whole text. */
export type Extent = "part" | "whole";

/** undefined: larger than any automaton that this is good for. */
export function makeNfa(root: Regexp, tags: readonly Tag[], extent: Extent): Nfa | undefined {
  const builder = new Builder(tags);
  try {
    return builder.nfa(root, extent);
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

const MOST_STATES = 4000;
const CONTINUATION: Range = { low: 0x80, high: 0xbf };
const NON_ASCII_BYTES: Range = { low: FIRST_NON_ASCII, high: 0xff };
const ANY_BYTE: Range = { low: 0, high: 0xff };

/** Unwinds the builder; never leaves this file. */
class TooLarge extends Error {}

/** Makes automata from their ends: every part is built in front of the state that it leads to. */
class Builder {
  private readonly states: NfaState[] = [];
  private readonly tags: readonly Tag[];
  /** Unlimited repetitions around of what may be empty. */
  private emptyLoops = 0;
  /** States behind the first bytes of characters, by what they are made of. */
  private readonly tails = new Map<string, number>();

  constructor(tags: readonly Tag[]) {
    this.tags = tags;
  }

  nfa(root: Regexp, extent: Extent): Nfa {
    const match = this.add({ kind: "match" });
    if (extent === "whole") {
      const end = this.add({ kind: "assert", assertion: "text end", next: match });
      return { states: this.states, start: this.group(0, root, end) };
    }
    const first = this.group(0, root, match);
    // Begins a match at every byte; where it does in the middle of a character none can follow.
    const start = this.open();
    this.close(start, first, this.add({ kind: "bytes", arcs: [{ ...ANY_BYTE, next: start }] }), false);
    return { states: this.states, start };
  }

  private add(state: NfaState): number {
    if (this.states.length >= MOST_STATES) throw new TooLarge();
    return this.states.push(state) - 1;
  }

  /** A split whose ways are not known yet. */
  private open(): number {
    return this.add({ kind: "split", first: 0, second: 0 });
  }

  private close(state: number, body: number, next: number, lazy: boolean): void {
    const split = this.states[state] as Extract<NfaState, { kind: "split" }>;
    [split.first, split.second] = lazy ? [next, body] : [body, next];
  }

  private build(regexp: Regexp, next: number): number {
    switch (regexp.kind) {
      case "Empty":
        return next;
      case "Class":
        return this.character(regexp.ranges, next);
      case "Assert":
        return this.add({ kind: "assert", assertion: regexp.assertion, next });
      case "Group":
        return this.group(regexp.index, regexp.body, next);
      case "Sequence":
        return regexp.parts.reduceRight((after, part) => this.build(part, after), next);
      case "Alternatives":
        return regexp.options
          .map((option) => this.build(option, next))
          .reduceRight((second, first) => this.add({ kind: "split", first, second }));
      case "Repeat":
        return this.repeat(regexp, next);
    }
  }

  private group(index: number, body: Regexp, next: number): number {
    const tag = (edge: Tag["edge"], after: number): number => {
      const found = this.tags.findIndex((one) => one.group === index && one.edge === edge);
      return found < 0 ? after : this.add({ kind: "tag", tag: found, next: after });
    };
    return tag("start", this.build(body, tag("end", next)));
  }

  private repeat({ body, least, most, lazy }: Extract<Regexp, { kind: "Repeat" }>, next: number): number {
    let start = next;
    let left = least;
    if (most === undefined) {
      start = this.open();
      const isEmptyLoop = isNullable(body);
      if (isEmptyLoop) this.emptyLoops++;
      const again = this.repeatedBody(body, start);
      if (isEmptyLoop) this.emptyLoops--;
      this.close(start, again, next, lazy);
      // The last of those that must be there is the one that is repeated.
      if (least > 0 && body.kind !== "Class") {
        start = again;
        left--;
      } else if (isEmptyLoop) {
        // As (x+)?: nothing is preferred to nothing repeated.
        start = this.open();
        this.close(start, again, next, lazy);
      }
    }
    for (let i = least; i < (most ?? 0); i++) {
      const split = this.open();
      this.close(split, this.build(body, start), next, lazy);
      start = split;
    }
    for (; left > 0; left--) start = this.build(body, start);
    return start;
  }

  /**
   * The body of a repetition. Where it takes all characters beyond ASCII it takes their bytes one by one, which comes to the same:
   * what follows cannot begin within a character, but for such a repetition, which then had better begin at the character. That is not
   * so in a loop that goes on from where nothing was taken.
   */
  private repeatedBody(body: Regexp, next: number): number {
    if (body.kind !== "Class" || !hasAllNonAscii(body.ranges) || this.emptyLoops > 0) return this.build(body, next);
    const ascii = body.ranges.filter(({ low }) => low < FIRST_NON_ASCII);
    const arcs = ascii.map(({ low, high }) => ({ low, high: Math.min(high, FIRST_NON_ASCII - 1), next }));
    return this.add({ kind: "bytes", arcs: [...arcs, { ...NON_ASCII_BYTES, next }] });
  }

  /** One character of a set, by the bytes of its encoding. */
  private character(ranges: Ranges, next: number): number {
    return this.add({ kind: "bytes", arcs: byteSequences(ranges).map((sequence) => this.arc(sequence, next)) });
  }

  private arc([first, ...rest]: ByteSequence, next: number): Arc {
    const { low, high } = first ?? CONTINUATION;
    if (rest.length === 0) return { low, high, next };
    const id = `${next} ${rest.map((byte) => `${byte.low}-${byte.high}`).join()}`;
    let tail = this.tails.get(id);
    if (tail === undefined) {
      tail = this.add({ kind: "bytes", arcs: [this.arc(rest, next)] });
      this.tails.set(id, tail);
    }
    return { low, high, next: tail };
  }
}
