/**
 * Automata as bytes, which the kernels `regexpFind` and its kin run (`exec/kernels/assembly/regexp.ts`). All numbers are u32 unless
 * stated otherwise, all offsets are in bytes from the program's start:
 *
 *     0   action to begin with, by the `Side` that lies before (4)
 *     16  offset of the column for the end of the text within a row
 *     20  offset and length of the bytes that every match begins with
 *     32  for each byte the offset of its column within a row (256 u16)
 *     544 rows of the table, one per state: where the byte leads
 *
 * An entry is the offset of the next row, or that of an action plus 1:
 *
 *     0   offset of the next row; 0: no match is to come
 *     4   u16 moves, u8 1 where a match ends here, u8 bytes that leave the next row and must be looked for, plus 1 (0: many)
 *     8   those bytes, at most 3
 *     12  moves: u16 register, u16 where its position comes from: a register, HERE or NOWHERE
 *
 * Of the registers the first is for the end of the match, the next for its tags, all others for tags on the way.
 */
import { type Automaton, HERE, type Move, NOWHERE, type State, type TagValue, type Transition } from "./automaton.ts";
import { Side } from "./byte-classes.ts";

const CLASSES = 32;
const ROWS = CLASSES + 512;
const HERE_CODE = 0xffff;
const NOWHERE_CODE = 0xfffe;
const MOST_EXITS = 3;

export type Program = {
  readonly bytes: Uint8Array;
  /** Of the registers that it runs with. */
  readonly registerBytes: number;
};

/** `keeps`: where the match lies is put into registers. `prefix`: the bytes that every match begins with. */
export function encodeProgram(automaton: Automaton, tags: number, keeps: boolean, prefix: Uint8Array): Program {
  return new Encoder(automaton, tags, keeps).encode(prefix);
}

/** Bytes of a program under construction. */
class Encoder {
  private readonly automaton: Automaton;
  private readonly tags: number;
  private readonly keeps: boolean;
  /** A register more than the automaton has, for moves in a circle. */
  private readonly spare: number;
  private readonly rowBytes: number;
  private readonly actions: number[] = [];
  private readonly actionOffsets = new Map<string, number>();
  /** States each of whose transitions finds a match: an earlier one need not be kept. */
  private readonly alwaysMatch: readonly boolean[];
  private readonly exits: readonly (readonly number[] | undefined)[];

  constructor(automaton: Automaton, tags: number, keeps: boolean) {
    this.automaton = automaton;
    this.tags = tags;
    this.keeps = keeps;
    this.spare = 1 + tags + automaton.registers;
    this.rowBytes = 4 * (automaton.classes.count + 1);
    this.alwaysMatch = automaton.states.map((state) => state.every(({ match }) => match !== undefined));
    this.exits = automaton.states.map((state, id) => this.exitsOf(state, id));
  }

  encode(prefix: Uint8Array): Program {
    const { classes, states, starts } = this.automaton;
    const rows = states.flatMap((state) => state.map((transition) => this.entry(transition)));
    const begin = ([Side.Other, Side.Edge, Side.Newline, Side.Word] as const).map((side) =>
      this.action({ next: starts[side], match: undefined, moves: [] }),
    );
    const prefixOffset = ROWS + 4 * (rows.length + this.actions.length);
    const bytes = new Uint8Array(prefixOffset + prefix.length);
    const view = new DataView(bytes.buffer);
    const header = [...begin, this.rowBytes - 4, prefixOffset, prefix.length];
    for (const [i, word] of header.entries()) view.setUint32(4 * i, word, true);
    for (const [byte, column] of classes.of.entries()) view.setUint16(CLASSES + 2 * byte, 4 * column, true);
    for (const [i, word] of [...rows, ...this.actions].entries()) view.setUint32(ROWS + 4 * i, word, true);
    bytes.set(prefix, prefixOffset);
    return { bytes, registerBytes: 4 * (this.spare + 1) };
  }

  private rowOf(state: number): number {
    return ROWS + state * this.rowBytes;
  }

  private entry(transition: Transition): number {
    const { next, match } = transition;
    const isPlain =
      next !== undefined &&
      this.movesOf(transition).length === 0 &&
      (match === undefined || this.alwaysMatch[next]) &&
      this.exits[next] === undefined;
    return isPlain ? this.rowOf(next) : this.action(transition) + 1;
  }

  /** The offset of the transition's action. */
  private action(transition: Transition): number {
    const { next, match } = transition;
    const moves = this.movesOf(transition);
    const exits = next === undefined ? undefined : this.exits[next];
    const [a = 0, b = a, c = b] = exits ?? [];
    const words = [
      next === undefined ? 0 : this.rowOf(next),
      moves.length | (match === undefined ? 0 : 1 << 16) | ((exits === undefined ? 0 : exits.length + 1) << 24),
      a | (b << 8) | (c << 16),
      ...moves.map(({ to, from }) => to | (this.code(from) << 16)),
    ].map((word) => word >>> 0);
    const id = words.join();
    let offset = this.actionOffsets.get(id);
    if (offset === undefined) {
      offset = ROWS + this.rowBytes * this.automaton.states.length + 4 * this.actions.length;
      this.actions.push(...words);
      this.actionOffsets.set(id, offset);
    }
    return offset;
  }

  private code(value: TagValue): number {
    return value === HERE ? HERE_CODE : value === NOWHERE ? NOWHERE_CODE : value;
  }

  /** What a transition moves, in an order in which it may be done: first what a match keeps, as it reads what the others change. */
  private movesOf({ next, match, moves }: Transition): readonly Move[] {
    const isKept = this.keeps && match !== undefined && (next === undefined || !this.alwaysMatch[next]);
    const first = 1 + this.tags;
    const shifted = (value: TagValue): TagValue => (value < 0 ? value : first + value);
    const kept = isKept ? [HERE, ...match.map(shifted)].map((from, to) => ({ to, from })) : [];
    return [
      ...kept,
      ...inOrder(
        moves.map(({ to, from }) => ({ to: shifted(to), from: shifted(from) })),
        this.spare,
      ),
    ];
  }

  /** The bytes with which the state is left, or something is to be done; undefined when these are many. */
  private exitsOf(state: State, id: number): readonly number[] | undefined {
    const staying = state.map(
      ({ next, match, moves }) => next === id && moves.length === 0 && (match === undefined || this.alwaysMatch[id]),
    );
    const exits: number[] = [];
    for (const [byte, column] of this.automaton.classes.of.entries()) {
      if (staying[column]) continue;
      exits.push(byte);
      if (exits.length > MOST_EXITS) return undefined;
    }
    return exits;
  }
}

/** The moves one after another as if all at once: none writes what a later one reads. `spare` is free. */
function inOrder(moves: readonly Move[], spare: number): readonly Move[] {
  const ordered: Move[] = [];
  let left = [...moves];
  while (left.length > 0) {
    const ready = left.find(({ to }) => !left.some((other) => other.to !== to && other.from === to));
    if (ready !== undefined) {
      ordered.push(ready);
      left = left.filter((move) => move !== ready);
      continue;
    }
    const [{ from }] = left as [Move];
    ordered.push({ to: spare, from });
    left = left.map((move) => (move.from === from ? { ...move, from: spare } : move));
  }
  return ordered;
}
