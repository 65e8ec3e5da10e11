/** Parquet's split-block Bloom filters (parquet-format, BloomFilter.md): blocks of 256 bits, hashes by xxHash64. */

const PRIME1: u64 = 0x9e3779b185ebca87;
const PRIME2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME3: u64 = 0x165667b19e3779f9;
const PRIME4: u64 = 0x85ebca77c2b2ae63;
const PRIME5: u64 = 0x27d4eb2f165667c5;

@inline
function round(lane: u64, word: u64): u64 {
  return rotl(lane + word * PRIME2, 31) * PRIME1;
}

@inline
function merge(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * PRIME1 + PRIME4;
}

/** xxHash64 of `bytes` bytes with the seed 0 (Cyan4973/xxHash, xxhash_spec.md). */
function xxHash64(at: usize, bytes: u32): u64 {
  const end = at + bytes;
  let hash: u64 = PRIME5;
  if (bytes >= 32) {
    let a: u64 = PRIME1 + PRIME2;
    let b: u64 = PRIME2;
    let c: u64 = 0;
    let d: u64 = 0 - PRIME1;
    for (; at + 32 <= end; at += 32) {
      a = round(a, load<u64>(at));
      b = round(b, load<u64>(at, 8));
      c = round(c, load<u64>(at, 16));
      d = round(d, load<u64>(at, 24));
    }
    hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
    hash = merge(merge(merge(merge(hash, a), b), c), d);
  }
  hash += bytes;
  for (; at + 8 <= end; at += 8) hash = rotl(hash ^ round(0, load<u64>(at)), 27) * PRIME1 + PRIME4;
  if (at + 4 <= end) {
    hash = rotl(hash ^ (<u64>load<u32>(at) * PRIME1), 23) * PRIME2 + PRIME3;
    at += 4;
  }
  for (; at < end; at += 1) hash = rotl(hash ^ (<u64>load<u8>(at) * PRIME5), 11) * PRIME1;
  hash = (hash ^ (hash >> 33)) * PRIME2;
  hash = (hash ^ (hash >> 29)) * PRIME3;
  return hash ^ (hash >> 32);
}

@inline
function blockOf(hash: u64, filter: usize, blocks: u32): usize {
  return filter + <usize>(((hash >> 32) * <u64>blocks) >> 32) * 32;
}

/** The bit of `hash` in the word of a block that has this salt. */
@inline
function bitOf(hash: u64, salt: u32): u32 {
  return (<u32>1) << ((<u32>hash * salt) >> 27);
}

@inline
function insert(hash: u64, filter: usize, blocks: u32): void {
  const at = blockOf(hash, filter, blocks);
  store<u32>(at, load<u32>(at) | bitOf(hash, 0x47b6137b));
  store<u32>(at, load<u32>(at, 4) | bitOf(hash, 0x44974d91), 4);
  store<u32>(at, load<u32>(at, 8) | bitOf(hash, 0x8824ad5b), 8);
  store<u32>(at, load<u32>(at, 12) | bitOf(hash, 0xa2b7289d), 12);
  store<u32>(at, load<u32>(at, 16) | bitOf(hash, 0x705495c7), 16);
  store<u32>(at, load<u32>(at, 20) | bitOf(hash, 0x2df1424b), 20);
  store<u32>(at, load<u32>(at, 24) | bitOf(hash, 0x9efc4947), 24);
  store<u32>(at, load<u32>(at, 28) | bitOf(hash, 0x5c6bfb31), 28);
}

/** Adds `count` values of `width` bytes to a filter of `blocks` blocks. */
export function bloomInsert(values: usize, width: u32, count: u32, filter: usize, blocks: u32): void {
  for (let i: u32 = 0; i < count; i++) insert(xxHash64(values + <usize>i * width, width), filter, blocks);
}

/** `bloomInsert` for strings. */
export function bloomInsertStrings(refs: usize, count: u32, filter: usize, blocks: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const ref = load<u64>(refs + (<usize>i << 3));
    insert(xxHash64(<usize>(<u32>ref), <u32>(ref >> 32)), filter, blocks);
  }
}

/** 0 when no value of `bytes` bytes like this one was added. */
export function bloomContains(value: usize, bytes: u32, filter: usize, blocks: u32): i32 {
  const hash = xxHash64(value, bytes);
  const at = blockOf(hash, filter, blocks);
  return (
    (load<u32>(at) & bitOf(hash, 0x47b6137b)) != 0 &&
      (load<u32>(at, 4) & bitOf(hash, 0x44974d91)) != 0 &&
      (load<u32>(at, 8) & bitOf(hash, 0x8824ad5b)) != 0 &&
      (load<u32>(at, 12) & bitOf(hash, 0xa2b7289d)) != 0 &&
      (load<u32>(at, 16) & bitOf(hash, 0x705495c7)) != 0 &&
      (load<u32>(at, 20) & bitOf(hash, 0x2df1424b)) != 0 &&
      (load<u32>(at, 24) & bitOf(hash, 0x9efc4947)) != 0 &&
      (load<u32>(at, 28) & bitOf(hash, 0x5c6bfb31)) != 0
      ? 1
      : 0
  );
}
