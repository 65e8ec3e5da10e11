/**
 * Regular expressions: runs the automata that `planner/functions/regexp/program.ts` encodes; the layout is described there. Time is
 * linear in the text. Positions are byte offsets in the text; registers are u32 in memory of the caller.
 */
import { textFind } from "./text";

const CLASSES: usize = 32;
const NOWHERE: u32 = 0xffffffff;
const HERE_CODE: u32 = 0xffff;
const NOWHERE_CODE: u32 = 0xfffe;

const OTHER: u32 = 0;
const EDGE: u32 = 1;
const NEWLINE: u32 = 2;
const WORD: u32 = 3;

@inline
function word(program: usize, offset: usize): u32 {
  return load<u32>(program + offset);
}

/** The `Side` that the byte before a position is. */
function sideBefore(text: usize, at: u32): u32 {
  if (at == 0) return EDGE;
  const byte: u32 = load<u8>(text + at - 1);
  if (byte == 10) return NEWLINE;
  const letter = (byte | 32) - 97;
  return letter < 26 || byte - 48 < 10 || byte == 95 ? WORD : OTHER;
}

/** The first position from `at` on that has one of the bytes; the length when there is none. */
function skipTo(text: usize, at: u32, length: u32, count: u32, bytes: u32): u32 {
  if (count == 0) return length;
  const a = i8x16.splat(<i8>bytes);
  const b = i8x16.splat(<i8>(bytes >> 8));
  const c = i8x16.splat(<i8>(bytes >> 16));
  for (; at < length; at += 16) {
    const part = v128.load(text + at);
    let equal = i8x16.eq(part, a);
    if (count > 1) equal = v128.or(v128.or(equal, i8x16.eq(part, b)), i8x16.eq(part, c));
    const found: u32 = i8x16.bitmask(equal);
    if (found != 0) return min(length, at + ctz(found));
  }
  return length;
}

/** Executes an action's moves at position `at`. */
function move(action: usize, count: u32, at: u32, registers: usize): void {
  let next = action + 12;
  for (const end = next + (<usize>count << 2); next < end; next += 4) {
    const from: u32 = load<u16>(next, 2);
    const value = from == HERE_CODE ? at : from == NOWHERE_CODE ? NOWHERE : load<u32>(registers + (<usize>from << 2));
    store<u32>(registers + (<usize>load<u16>(next) << 2), value);
  }
}

/** Whether there is a match from position `from` on. Where it lies is then in the registers, as far as the program asks for it. */
export function regexpFind(program: usize, text: usize, length: u32, from: u32, registers: usize): i32 {
  let at = from;
  const prefixLength = word(program, 24);
  if (prefixLength != 0) {
    const found = textFind(text + at, length - at, program + word(program, 20), prefixLength);
    if (found < 0) return 0;
    at += found;
  }
  const classes = program + CLASSES;
  let matched: i32 = 0;
  let action: usize = program + word(program, <usize>sideBefore(text, at) << 2);
  for (let next = load<u32>(action); next != 0; next = load<u32>(action)) {
    let row = program + next;
    const exits: u32 = load<u8>(action, 7);
    if (exits != 0) at = skipTo(text, at, length, exits - 1, load<u32>(action, 8));
    let entry: u32 = 0;
    while (at < length) {
      entry = load<u32>(row + load<u16>(classes + (<usize>load<u8>(text + at) << 1)));
      if (entry & 1) break;
      row = program + entry;
      at++;
    }
    // At the end of the text every entry is an action that leads nowhere.
    if (at >= length) entry = load<u32>(row + word(program, 16));
    action = program + entry - 1;
    matched |= load<u8>(action, 6);
    move(action, load<u16>(action, 4), at, registers);
    at++;
  }
  return matched;
}

/** The position behind the character at `at`, which is before the end. */
@inline
function nextCharacter(text: usize, at: u32, length: u32): u32 {
  do at++;
  while (at < length && (load<u8>(text + at) & 0xc0) == 0x80);
  return at;
}

/** Finds the match behind one, which `registers` have; its start is in register `first`. */
function findNext(program: usize, text: usize, length: u32, registers: usize, first: u32): i32 {
  let from = load<u32>(registers);
  if (from == load<u32>(registers + (<usize>first << 2))) {
    if (from >= length) return 0;
    from = nextCharacter(text, from, length);
  }
  return regexpFind(program, text, length, from, registers);
}

/**
 * Replaces a match, which the registers have, its start in register 1, and if `all` is not 0 those behind it. The template's pieces are
 * pairs of u32: offset and length of bytes in the template, or two registers, the first with its highest bit set. Returns the length of
 * the result, which is written as far as `capacity` reaches: if it is longer, what was written is of no use.
 */
export function regexpReplace(
  program: usize,
  text: usize,
  length: u32,
  registers: usize,
  template: usize,
  pieces: u32,
  all: i32,
  target: usize,
  capacity: u32,
): u64 {
  let size: u64 = 0;
  let from: u32 = 0;
  let previous: u32 = NOWHERE;
  do {
    const end = load<u32>(registers);
    const start = load<u32>(registers, 4);
    // An empty match right behind a match does not count.
    if (start == end && start == previous) continue;
    previous = end;
    size = append(text + from, start - from, target, size, capacity);
    for (let piece: u32 = 0; piece < pieces; piece++) {
      const a = load<u32>(template + (<usize>piece << 3));
      const b = load<u32>(template + (<usize>piece << 3), 4);
      if (a >> 31) {
        const first = load<u32>(registers + (<usize>(a & 0xffff) << 2));
        if (first != NOWHERE) size = append(text + first, load<u32>(registers + (<usize>b << 2)) - first, target, size, capacity);
      } else size = append(template + a, b, target, size, capacity);
    }
    from = end;
  } while (all && findNext(program, text, length, registers, 1));
  return append(text + from, length - from, target, size, capacity);
}

/** Copies bytes to `size` of the target if there is room; returns the size with them. */
function append(source: usize, length: u32, target: usize, size: u64, capacity: u32): u64 {
  const end = size + length;
  if (end <= capacity) memory.copy(target + <usize>size, source, length);
  return end;
}

/**
 * Writes address and length of a group of every match to `slots`, as far as `capacity` reaches, behind all slots a byte for each that is
 * 1, or 0 where the group takes no part. Returns how many matches there are. The group's start and end are in the given registers, a
 * match's start is in register 1.
 */
export function regexpGroups(
  program: usize,
  text: usize,
  length: u32,
  registers: usize,
  first: u32,
  last: u32,
  slots: usize,
  capacity: u32,
): u32 {
  let count: u32 = 0;
  for (let found = regexpFind(program, text, length, 0, registers); found; ) {
    const start = load<u32>(registers + (<usize>first << 2));
    const end = load<u32>(registers + (<usize>last << 2));
    if (start == NOWHERE) putSlot(slots, capacity, count, 0, 0, 0);
    else putSlot(slots, capacity, count, text + start, end - start, 1);
    count++;
    found = findNext(program, text, length, registers, 1);
  }
  return count;
}

/**
 * The same of what lies between the matches. Behind each of them the rest is searched as a text of its own; an empty match at its start
 * splits behind the next character.
 */
export function regexpSplit(
  program: usize,
  text: usize,
  length: u32,
  registers: usize,
  slots: usize,
  capacity: u32,
): u32 {
  let count: u32 = 0;
  while (length > 0 && regexpFind(program, text, length, 0, registers)) {
    let end = load<u32>(registers);
    let start = load<u32>(registers, 4);
    if (end == 0) {
      start = end = nextCharacter(text, 0, length);
      if (end == length) break;
    }
    putSlot(slots, capacity, count, text, start, 1);
    count++;
    text += end;
    length -= end;
  }
  putSlot(slots, capacity, count, text, length, 1);
  return count + 1;
}

@inline
function putSlot(slots: usize, capacity: u32, index: u32, address: usize, length: u32, valid: u8): void {
  if (index >= capacity) return;
  const slot = slots + (<usize>index << 3);
  store<u32>(slot, <u32>address);
  store<u32>(slot, length, 4);
  store<u8>(slots + (<usize>capacity << 3) + index, valid);
}
