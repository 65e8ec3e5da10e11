/** xxHash64 with the seed 0 (Cyan4973/xxHash, xxhash_spec.md): of Bloom filters, and of the checksums of Zstandard. */

const PRIME1: u64 = 0x9e3779b185ebca87;
const PRIME2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME3: u64 = 0x165667b19e3779f9;
const PRIME4: u64 = 0x85ebca77c2b2ae63;
const PRIME5: u64 = 0x27d4eb2f165667c5;

/** Layout of the state of a hash that is made piece by piece, 80 bytes of the caller: the four lanes, then these. */
const TOTAL: usize = 32; // u64: bytes so far
const REST: usize = 40; // up to 31 bytes that fill no stripe yet
const STRIPE: usize = 32;

@inline
function round(lane: u64, word: u64): u64 {
  return rotl(lane + word * PRIME2, 31) * PRIME1;
}

@inline
function merge(hash: u64, lane: u64): u64 {
  return (hash ^ round(0, lane)) * PRIME1 + PRIME4;
}

@inline
function converge(a: u64, b: u64, c: u64, d: u64): u64 {
  const hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
  return merge(merge(merge(merge(hash, a), b), c), d);
}

/** Takes in what fills no stripe, and mixes. */
@inline
function finish(hash: u64, at: usize, end: usize): u64 {
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

export function xxHash64(at: usize, bytes: usize): u64 {
  const end = at + bytes;
  let hash: u64 = PRIME5;
  if (bytes >= STRIPE) {
    let a: u64 = PRIME1 + PRIME2;
    let b: u64 = PRIME2;
    let c: u64 = 0;
    let d: u64 = 0 - PRIME1;
    for (; at + STRIPE <= end; at += STRIPE) {
      a = round(a, load<u64>(at));
      b = round(b, load<u64>(at, 8));
      c = round(c, load<u64>(at, 16));
      d = round(d, load<u64>(at, 24));
    }
    hash = converge(a, b, c, d);
  }
  return finish(hash + bytes, at, end);
}

export function xxHashBegin(state: usize): void {
  store<u64>(state, PRIME1 + PRIME2);
  store<u64>(state, PRIME2, 8);
  store<u64>(state, 0, 16);
  store<u64>(state, 0 - PRIME1, 24);
  store<u64>(state + TOTAL, 0);
}

@inline
function addStripe(state: usize, at: usize): void {
  for (let lane: usize = 0; lane < STRIPE; lane += 8)
    store<u64>(state + lane, round(load<u64>(state + lane), load<u64>(at + lane)));
}

export function xxHashAdd(state: usize, at: usize, bytes: usize): void {
  const held = <usize>load<u64>(state + TOTAL) & (STRIPE - 1);
  store<u64>(state + TOTAL, load<u64>(state + TOTAL) + bytes);
  const end = at + bytes;
  if (held > 0) {
    const missing = min(STRIPE - held, bytes);
    memory.copy(state + REST + held, at, missing);
    at += missing;
    if (held + missing < STRIPE) return;
    addStripe(state, state + REST);
  }
  for (; at + STRIPE <= end; at += STRIPE) addStripe(state, at);
  memory.copy(state + REST, at, end - at);
}

/** The low 32 bits of the hash. */
export function xxHashEnd(state: usize): u32 {
  const total = load<u64>(state + TOTAL);
  const hash =
    total < STRIPE
      ? PRIME5
      : converge(load<u64>(state), load<u64>(state, 8), load<u64>(state, 16), load<u64>(state, 24));
  const rest = state + REST;
  return <u32>finish(hash + total, rest, rest + (<usize>total & (STRIPE - 1)));
}
