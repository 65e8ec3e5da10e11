/** Parquet's split-block Bloom filters (parquet-format, BloomFilter.md): blocks of 256 bits, hashes by xxHash64. */

import { xxHash64 } from "./xxhash";

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
