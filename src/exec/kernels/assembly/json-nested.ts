/**
 * Nested values of JSON: texts become entries of the nodes of a type, in the order in which a walk meets them, and blocks
 * (`planner/types/nested.ts`) are made of the entries after the leaves' texts have been converted.
 */
import { copyVectors } from "./bytes";
import { hasEscape, sameBytes, scalarEnd, skipSpace, stringEnd, unescape, valueEnd } from "./json";
import { storeRef } from "./strings";

/** A node of a type, 64 bytes of u32s. */
export const NODE: usize = 64;
const KIND: usize = 0;
/** Leaves: references to texts, 0 is NULL. Structs: a byte, 0 is NULL. Lists and maps: u32 counts, NONE is NULL. */
const ENTRIES: usize = 4;
/** Entries so far: written, and then read. */
const COUNT: usize = 8;
const CHILDREN: usize = 12;
/** Address of the addresses of the children. */
const CHILD_NODES: usize = 16;
/** Of structs, by child: {u32 address, u32 length} of its name, and the last object that had it. */
const NAMES: usize = 20;
const MARKS: usize = 24;
/** Of leaves: the converted values. */
const DATA: usize = 28;
const VALIDITY: usize = 32;
const SLOT_BYTES: usize = 36;
const CLASS: usize = 40;
/** Of arrays; else NONE. */
const LENGTH: usize = 44;

const LEAF: u32 = 0;
/** A leaf that takes a value's text as it is written. */
const RAW: u32 = 1;
const STRUCT: u32 = 2;
const LIST: u32 = 3;
const MAP: u32 = 4;
const NONE: u32 = 0xffffffff;

/** Classes of leaves. */
const FIXED: u32 = 0;
const STRING: u32 = 1;
const DOUBLE: u32 = 2;
const REAL: u32 = 3;

/** The context of a walk: a configuration of `jsonParse`, and behind it these. */
const SCRATCH: usize = 208;
const STRICT: usize = 212;
const OBJECTS: usize = 216;

const QUOTE: u32 = 34;
const COMMA: u32 = 44;
const OPEN_LIST: u32 = 91;
const CLOSE_LIST: u32 = 93;
const OPEN_OBJECT: u32 = 123;
const CLOSE_OBJECT: u32 = 125;

/** What rows become. */
const IS_NULL: u8 = 0;
const IS_READ: u8 = 1;
const IS_ODD: u8 = 2;

/** At least the number of items and members in the texts. */
export function jsonCountParts(refs: usize, rows: u32): u32 {
  let count: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const ref = load<u64>(refs + (<usize>row << 3));
    const at = <usize>(<u32>ref);
    const end = at + <usize>(ref >> 32);
    for (let pos = at; pos < end; pos += 16) {
      const block = v128.load(pos);
      const opens = v128.or(i8x16.eq(block, i8x16.splat(91)), i8x16.eq(block, i8x16.splat(123)));
      let mask: u32 = i8x16.bitmask(v128.or(opens, i8x16.eq(block, i8x16.splat(44))));
      if (end - pos < 16) mask &= (1 << <u32>(end - pos)) - 1;
      count += popcnt(mask);
    }
  }
  return count;
}

@inline
function next(node: usize): u32 {
  const count = load<u32>(node, COUNT);
  store<u32>(node, count + 1, COUNT);
  return count;
}

function addNull(node: usize): void {
  const entries = <usize>load<u32>(node, ENTRIES);
  const kind = load<u32>(node, KIND);
  const at = <usize>next(node);
  if (kind <= RAW) store<u64>(entries + (at << 3), 0);
  else if (kind == STRUCT) store<u8>(entries + at, 0);
  else store<u32>(entries + (at << 2), NONE);
}

/** The string [start, close) as an entry of a leaf; false: half a surrogate pair, or nothing where something must be. */
function addString(node: usize, start: usize, close: usize, context: usize): bool {
  if (start == close && load<u32>(node, CLASS) != STRING) return false;
  if (hasEscape(start, close)) {
    const scratch = <usize>load<u32>(context, SCRATCH);
    memory.copy(scratch, start, close - start);
    close = unescape(scratch, scratch + (close - start));
    if (close == 0) return false;
    start = scratch;
    store<u32>(context, <u32>close + 16, SCRATCH);
  }
  storeRef(<usize>load<u32>(node, ENTRIES) + (<usize>next(node) << 3), start, <u32>(close - start));
  return true;
}

/** Takes in the value at `at`, whose text is known to be well-formed; its end, or 0 where it is none of the type, or is odd. */
function read(node: usize, at: usize, end: usize, context: usize): usize {
  const byte = <u32>load<u8>(at);
  const kind = load<u32>(node, KIND);
  if (byte == 110) {
    addNull(node);
    return at + 4;
  }
  switch (kind) {
    case LEAF: {
      if (byte == OPEN_OBJECT || byte == OPEN_LIST) return 0;
      if (byte == QUOTE) {
        const close = stringEnd(at + 1, end, context);
        return close != 0 && addString(node, at + 1, close, context) ? close + 1 : 0;
      }
      const close = scalarEnd(at, end, context);
      if (close != 0) storeRef(<usize>load<u32>(node, ENTRIES) + (<usize>next(node) << 3), at, <u32>(close - at));
      return close;
    }
    case RAW: {
      const close = valueEnd(at, end, context);
      if (close <= 1) return 0;
      storeRef(<usize>load<u32>(node, ENTRIES) + (<usize>next(node) << 3), at, <u32>(close - at));
      return close;
    }
    case LIST:
      return byte == OPEN_LIST ? readList(node, at, end, context) : 0;
    case MAP:
      return byte == OPEN_OBJECT ? readMap(node, at, end, context) : 0;
    default:
      return byte == OPEN_OBJECT ? readStruct(node, at, end, context) : 0;
  }
}

@inline
function child(node: usize, i: u32): usize {
  return <usize>load<u32>(<usize>load<u32>(node, CHILD_NODES) + (<usize>i << 2));
}

function readList(node: usize, at: usize, end: usize, context: usize): usize {
  const place = <usize>load<u32>(node, ENTRIES) + (<usize>next(node) << 2);
  const item = child(node, 0);
  let count: u32 = 0;
  let pos = skipSpace(at + 1, end);
  if (<u32>load<u8>(pos) != CLOSE_LIST) {
    while (true) {
      pos = read(item, pos, end, context);
      if (pos == 0) return 0;
      count++;
      pos = skipSpace(pos, end);
      if (<u32>load<u8>(pos) != COMMA) break;
      pos = skipSpace(pos + 1, end);
    }
  }
  const length = load<u32>(node, LENGTH);
  if (length != NONE && length != count) return 0;
  store<u32>(place, count);
  return pos + 1;
}

/** The child of a name, which mostly is the next one; NONE: there is none. */
function childOf(node: usize, name: usize, bytes: u32, guess: u32): u32 {
  const names = <usize>load<u32>(node, NAMES);
  const children = load<u32>(node, CHILDREN);
  for (let tried: u32 = 0; tried < children; tried++) {
    const i = guess + tried < children ? guess + tried : guess + tried - children;
    const known = names + (<usize>i << 3);
    if (load<u32>(known, 4) == bytes && sameBytes(name, load<u32>(known), bytes)) return i;
  }
  return NONE;
}

function readStruct(node: usize, at: usize, end: usize, context: usize): usize {
  store<u8>(<usize>load<u32>(node, ENTRIES) + next(node), 1);
  const marks = <usize>load<u32>(node, MARKS);
  const children = load<u32>(node, CHILDREN);
  const object = load<u32>(context, OBJECTS) + 1;
  store<u32>(context, object, OBJECTS);
  let guess: u32 = 0;
  let pos = skipSpace(at + 1, end);
  while (<u32>load<u8>(pos) != CLOSE_OBJECT) {
    const key = pos + 1;
    const close = stringEnd(key, end, context);
    if (close == 0 || hasEscape(key, close)) return 0;
    pos = skipSpace(skipSpace(close + 1, end) + 1, end);
    const i = childOf(node, key, <u32>(close - key), guess);
    if (i == NONE) {
      if (load<u32>(context, STRICT) != 0) return 0;
      pos = valueEnd(pos, end, context);
      if (pos <= 1) return 0;
    } else {
      const mark = marks + (<usize>i << 2);
      if (load<u32>(mark) == object) return 0;
      store<u32>(mark, object);
      pos = read(child(node, i), pos, end, context);
      if (pos == 0) return 0;
      guess = i + 1 < children ? i + 1 : 0;
    }
    pos = skipSpace(pos, end);
    if (<u32>load<u8>(pos) == COMMA) pos = skipSpace(pos + 1, end);
  }
  for (let i: u32 = 0; i < children; i++) if (load<u32>(marks + (<usize>i << 2)) != object) addNull(child(node, i));
  return pos + 1;
}

function readMap(node: usize, at: usize, end: usize, context: usize): usize {
  const place = <usize>load<u32>(node, ENTRIES) + (<usize>next(node) << 2);
  let count: u32 = 0;
  let pos = skipSpace(at + 1, end);
  while (<u32>load<u8>(pos) != CLOSE_OBJECT) {
    const key = pos + 1;
    const close = stringEnd(key, end, context);
    if (close == 0 || !addString(child(node, 0), key, close, context)) return 0;
    pos = skipSpace(skipSpace(close + 1, end) + 1, end);
    pos = read(child(node, 1), pos, end, context);
    if (pos == 0) return 0;
    count++;
    pos = skipSpace(pos, end);
    if (<u32>load<u8>(pos) == COMMA) pos = skipSpace(pos + 1, end);
  }
  store<u32>(place, count);
  return pos + 1;
}

/**
 * Takes in the texts of `rows` references, checked by `jsonParse`. `status` gets a byte per row: 0 NULL, 1 read, 2 none of the type or
 * odd, of which nothing stays. `saved` has room for a u32 per node.
 */
export function jsonReadNested(
  refs: usize,
  rows: u32,
  nodes: usize,
  count: u32,
  status: usize,
  saved: usize,
  context: usize,
): void {
  for (let row: u32 = 0; row < rows; row++) {
    const ref = load<u64>(refs + (<usize>row << 3));
    if (<u32>ref == 0) {
      store<u8>(status + row, IS_NULL);
      continue;
    }
    for (let i: usize = 0; i < <usize>count; i++) store<u32>(saved + (i << 2), load<u32>(nodes + i * NODE, COUNT));
    const at = <usize>(<u32>ref);
    if (read(nodes, at, at + <usize>(ref >> 32), context) != 0) {
      store<u8>(status + row, IS_READ);
      continue;
    }
    store<u8>(status + row, IS_ODD);
    for (let i: usize = 0; i < <usize>count; i++) store<u32>(nodes + i * NODE, load<u32>(saved + (i << 2)), COUNT);
  }
}

/** Writes the next entry of a node into its slot in the block at `block`, which ends at `end` so far; the new end. */
function packSlot(node: usize, validity: usize, slot: usize, block: usize, end: usize): usize {
  const kind = load<u32>(node, KIND);
  const entries = <usize>load<u32>(node, ENTRIES);
  if (kind > RAW) {
    const at = <usize>load<u32>(node, COUNT);
    const isNull = kind == STRUCT ? load<u8>(entries + at) == 0 : load<u32>(entries + (at << 2)) == NONE;
    store<u8>(validity, isNull ? 0 : 1);
    if (isNull) {
      next(node);
      store<u64>(slot, 0);
      return end;
    }
    const close = packBlock(node, end);
    store<u32>(slot, <u32>(end - block));
    store<u32>(slot, <u32>(close - end), 4);
    return close;
  }
  const at = <usize>next(node);
  const bytes = <usize>load<u32>(node, SLOT_BYTES);
  const valid = (load<u8>(<usize>load<u32>(node, VALIDITY) + (at >> 3)) >> <u8>(at & 7)) & 1;
  store<u8>(validity, valid);
  if (valid == 0) {
    memory.fill(slot, 0, bytes);
    return end;
  }
  const value = <usize>load<u32>(node, DATA) + at * bytes;
  switch (load<u32>(node, CLASS)) {
    case FIXED:
      if (bytes == 8) store<u64>(slot, load<u64>(value));
      else if (bytes == 4) store<u32>(slot, load<u32>(value));
      else if (bytes == 16) v128.store(slot, v128.load(value));
      else if (bytes == 2) store<u16>(slot, load<u16>(value));
      else store<u8>(slot, load<u8>(value));
      return end;
    case DOUBLE: {
      const number = load<f64>(value);
      // Of what is equal, the same bytes.
      store<f64>(slot, number == 0 ? 0 : isNaN(number) ? NaN : number);
      return end;
    }
    case REAL: {
      const number = load<f32>(value);
      store<f32>(slot, number == 0 ? 0 : isNaN(number) ? f32.NaN : number);
      return end;
    }
    default: {
      const length = <usize>load<u32>(value, 4);
      store<u32>(slot, length == 0 ? 0 : <u32>(end - block));
      store<u32>(slot, <u32>length, 4);
      if (length <= 64) copyVectors(end, load<u32>(value), length);
      else memory.copy(end, load<u32>(value), length);
      return end + length;
    }
  }
}

/** The block of a list of the next `count` entries of a node; its end. */
function packItems(item: usize, count: u32, target: usize): usize {
  const bytes = <usize>load<u32>(item, SLOT_BYTES);
  const validity = target + 4;
  const slots = validity + count;
  let end = slots + <usize>count * bytes;
  store<u32>(target, count);
  for (let i: usize = 0; i < <usize>count; i++) end = packSlot(item, validity + i, slots + i * bytes, target, end);
  return end;
}

/** The block of a node's next entry, which is not NULL; its end. */
function packBlock(node: usize, target: usize): usize {
  const kind = load<u32>(node, KIND);
  const at = <usize>next(node);
  if (kind == LIST) return packItems(child(node, 0), load<u32>(<usize>load<u32>(node, ENTRIES) + (at << 2)), target);
  if (kind == MAP) {
    const count = load<u32>(<usize>load<u32>(node, ENTRIES) + (at << 2));
    store<u16>(target, 0x101);
    let end = target + 18;
    for (let i: u32 = 0; i < 2; i++) {
      const close = packItems(child(node, i), count, end);
      store<u32>(target + 2 + 8 * i, <u32>(end - target));
      store<u32>(target + 2 + 8 * i, <u32>(close - end), 4);
      end = close;
    }
    return end;
  }
  const children = load<u32>(node, CHILDREN);
  let slot = target + children;
  let end = slot;
  for (let i: u32 = 0; i < children; i++) end += load<u32>(child(node, i), SLOT_BYTES);
  for (let i: u32 = 0; i < children; i++) {
    const field = child(node, i);
    end = packSlot(field, target + i, slot, target, end);
    slot += load<u32>(field, SLOT_BYTES);
  }
  return end;
}

/** The blocks of the rows that were read at `target`, references to them in `data`; the nodes' counts have been set to 0. */
export function jsonPackNested(rows: u32, status: usize, root: usize, data: usize, target: usize): void {
  for (let row: u32 = 0; row < rows; row++) {
    if (load<u8>(status + row) != IS_READ) continue;
    const end = packBlock(root, target);
    storeRef(data + (<usize>row << 3), target, <u32>(end - target));
    target = end;
  }
}
