/**
 * Deterministic automata that also find where groups begin and end, in one pass: Laurikari, "NFAs with tagged transitions, their
 * conversion to deterministic automata and application to regular expressions" (SPIRE 2000), with a byte of lookahead as in Trofimovich,
 * "Tagged deterministic finite automata with lookahead" (2017). A state is a list of states of the nondeterministic automaton, those of
 * the preferred match first, each with the registers that hold its tags.
 */
import { type ByteClasses, byteClasses, Side } from "./byte-classes.ts";
import type { Nfa, NfaState } from "./nfa.ts";
import type { Assertion } from "./syntax.ts";

/** Where a tag's position is: in a register, nowhere, or here: at the byte that is looked at. */
export type TagValue = number;
export const NOWHERE = -1;
export const HERE = -2;

export type Move = { readonly to: number; readonly from: TagValue };

export type Transition = {
  /** undefined: no match is to come. */
  readonly next: number | undefined;
  /** The tags of a match that ends here. It counts unless a later one is found. */
  readonly match: readonly TagValue[] | undefined;
  /** Executed all at once. */
  readonly moves: readonly Move[];
};

/** A transition for each class of bytes, the last one for the end of the text. */
export type State = readonly Transition[];

export type Automaton = {
  readonly classes: ByteClasses;
  readonly states: readonly State[];
  /** Where to begin, by what stands before. */
  readonly starts: Readonly<Record<Side, number>>;
  readonly registers: number;
};

/** `first`: the leftmost match, of those the preferred one; `any`: whether there is one. */
export type Wanted = "first" | "any";

const MOST_STATES = 1000;
const MOST_REGISTERS = 1000;
const MOST_TRANSITIONS = 1 << 16;
/** Of the construction: it must not take longer than a few milliseconds. */
const MOST_STEPS = 1 << 17;

/** undefined: it would become too large. */
export function makeAutomaton(nfa: Nfa, tags: number, wanted: Wanted): Automaton | undefined {
  const maker = new Determinization(nfa, tags, wanted);
  return maker.run();
}

/** A state of the nondeterministic automaton and the values of the tags on the way to it. */
type Thread = { readonly state: number; readonly values: readonly TagValue[] };

type Closure = { readonly threads: readonly Thread[]; readonly match: readonly TagValue[] | undefined };

type Known = { readonly threads: readonly Thread[]; readonly before: Side };

class Determinization {
  private readonly nfa: Nfa;
  private readonly tags: number;
  private readonly wanted: Wanted;
  private readonly classes: ByteClasses;
  /** Whether what can be reached without a byte depends on what stands before. */
  private readonly looksBack: readonly boolean[];
  private readonly known: Known[] = [];
  private readonly ids = new Map<string, number>();
  private registers = 0;
  private steps = 0;

  constructor(nfa: Nfa, tags: number, wanted: Wanted) {
    this.nfa = nfa;
    this.tags = tags;
    this.wanted = wanted;
    this.classes = byteClasses(nfa);
    this.looksBack = statesBefore(
      nfa,
      (state) => state.kind === "assert" && state.assertion !== "text end" && state.assertion !== "line end",
    );
  }

  run(): Automaton | undefined {
    const values = Array.from({ length: this.tags }, () => NOWHERE);
    const start = (before: Side): number => this.stateOf([{ state: this.nfa.start, values }], before).id;
    const starts = {
      [Side.Other]: start(Side.Other),
      [Side.Edge]: start(Side.Edge),
      [Side.Newline]: start(Side.Newline),
      [Side.Word]: start(Side.Word),
    };
    const states: State[] = [];
    for (let known = this.known[0]; known !== undefined; known = this.known[states.length]) {
      states.push(this.transitions(known));
      const isTooLarge =
        this.known.length > MOST_STATES ||
        this.registers > MOST_REGISTERS ||
        this.known.length * (this.classes.count + 1) > MOST_TRANSITIONS ||
        this.steps > MOST_STEPS;
      if (isTooLarge) return undefined;
    }
    return { classes: this.classes, states: withoutDeadEnds(states), starts, registers: this.registers };
  }

  private transitions({ threads, before }: Known): State {
    const transitions: Transition[] = [];
    for (const [side, classes] of this.classes.bySide) {
      const closure = this.closure(threads, before, side);
      const reached = this.step(closure.threads, classes);
      for (const [id, after] of reached) {
        transitions[id] = this.transition(closure.match, [...after.values()], side);
      }
    }
    const end = this.closure(threads, before, Side.Edge);
    return [...transitions, { next: undefined, match: end.match, moves: [] }];
  }

  /** What the threads come to without a byte, in order of preference; nothing is preferred to a match but what is before it. */
  private closure(from: readonly Thread[], before: Side, after: Side): Closure {
    const threads: Thread[] = [];
    const seen = new Set<number>();
    const stack: Thread[] = from.toReversed();
    for (let thread = stack.pop(); thread !== undefined; thread = stack.pop()) {
      if (seen.has(thread.state)) continue;
      seen.add(thread.state);
      this.steps++;
      const { values } = thread;
      const state = this.nfa.states[thread.state] as NfaState;
      switch (state.kind) {
        case "bytes":
          threads.push(thread);
          break;
        case "split":
          stack.push({ state: state.second, values }, { state: state.first, values });
          break;
        case "tag":
          stack.push({ state: state.next, values: values.with(state.tag, HERE) });
          break;
        case "assert":
          if (holds(state.assertion, before, after)) stack.push({ state: state.next, values });
          break;
        case "match":
          return { threads: this.wanted === "any" ? [] : threads, match: values };
      }
    }
    return { threads, match: undefined };
  }

  /** The threads behind a byte of each of the classes, by their states. */
  private step(
    threads: readonly Thread[],
    classes: ReadonlySet<number>,
  ): ReadonlyMap<number, ReadonlyMap<number, Thread>> {
    const reached = new Map([...classes].map((id) => [id, new Map<number, Thread>()]));
    for (const { state, values } of threads) {
      const { arcs } = this.nfa.states[state] as Extract<NfaState, { kind: "bytes" }>;
      for (const { low, high, next } of arcs) {
        const within = this.classes.within(low, high);
        this.steps += within.length;
        for (const id of within) {
          const after = reached.get(id);
          if (after !== undefined && !after.has(next)) after.set(next, { state: next, values });
        }
      }
    }
    return reached;
  }

  private transition(match: Transition["match"], threads: readonly Thread[], before: Side): Transition {
    if (threads.length === 0) return { next: undefined, match, moves: [] };
    const list = this.wanted === "any" ? threads.toSorted((a, b) => a.state - b.state) : threads;
    const { id, moves } = this.stateOf(list, before);
    return { next: id, match, moves };
  }

  /** The state of these threads, and what brings their tags to its registers: these are numbered in the order in which they are met. */
  private stateOf(list: readonly Thread[], before: Side): { readonly id: number; readonly moves: readonly Move[] } {
    const registers = new Map<TagValue, number>();
    const threads = list.map(({ state, values }): Thread => {
      const places = values.map((value) => {
        if (value === NOWHERE) return NOWHERE;
        const register = registers.get(value) ?? registers.size;
        registers.set(value, register);
        return register;
      });
      return { state, values: places };
    });
    this.registers = Math.max(this.registers, registers.size);
    const moves = [...registers].filter(([from, to]) => from !== to).map(([from, to]) => ({ to, from }));
    const isDistinguished = this.classes.distinguished.has(before) && list.some(({ state }) => this.looksBack[state]);
    const side = isDistinguished ? before : Side.Other;
    const key = `${side};${threads.map(({ state, values }) => `${state}:${values.join()}`).join(";")}`;
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.known.push({ threads, before: side }) - 1;
      this.ids.set(key, id);
    }
    return { id, moves };
  }
}

function holds(assertion: Assertion, before: Side, after: Side): boolean {
  switch (assertion) {
    case "text start":
      return before === Side.Edge;
    case "text end":
      return after === Side.Edge;
    case "line start":
      return before === Side.Edge || before === Side.Newline;
    case "line end":
      return after === Side.Edge || after === Side.Newline;
    case "word boundary":
      return (before === Side.Word) !== (after === Side.Word);
  }
}

/** For each state whether one of that kind is reached from it without a byte. */
function statesBefore({ states }: Nfa, isWanted: (state: NfaState) => boolean): readonly boolean[] {
  const found = states.map(isWanted);
  const followers = (state: NfaState): readonly number[] => {
    if (state.kind === "split") return [state.first, state.second];
    return state.kind === "tag" || state.kind === "assert" ? [state.next] : [];
  };
  for (let changed = true; changed;) {
    changed = false;
    for (const [i, state] of states.entries()) {
      if (found[i] || !followers(state).some((next) => found[next])) continue;
      found[i] = true;
      changed = true;
    }
  }
  return found;
}

/** Transitions to states from which no match can be reached end there. */
function withoutDeadEnds(states: readonly State[]): readonly State[] {
  const comeFrom = states.map((): number[] => []);
  for (const [id, state] of states.entries()) {
    for (const { next } of state) if (next !== undefined) comeFrom[next]!.push(id);
  }
  const alive = new Set(states.flatMap((state, id) => (state.some(({ match }) => match !== undefined) ? [id] : [])));
  for (const id of alive) for (const before of comeFrom[id]!) alive.add(before);
  const isDead = (next: number | undefined): boolean => next === undefined || !alive.has(next);
  return states.map((state) =>
    state.map((transition) => (isDead(transition.next) ? { ...transition, next: undefined, moves: [] } : transition)),
  );
}
