/**
 * Random numbers without state: a number is a function of a key and a counter, so that any event can be drawn by itself. Counters
 * are mixed by two rounds of multiply and xor-shift with constants of low bias (C. Wellons, "hash-prospector").
 */

/** 32 bits (as a signed integer) of a 32-bit counter. */
export function draw(key: number, counter: number): number {
  let x = counter ^ key;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** A key of its own for each purpose below a seed. */
export function keyOf(seed: number, purpose: string): number {
  let key = draw(draw(0x6e657874, seed | 0), Math.floor(seed / 2 ** 32) | 0);
  for (let i = 0; i < purpose.length; i++) key = draw(key, purpose.charCodeAt(i) + (i << 8));
  return key;
}

/** An event number as a 32-bit counter. */
export function counterOf(number: number): number {
  const high = Math.floor(number / 2 ** 32);
  return (number | 0) ^ Math.imul(high, 0x9e3779b1);
}

/** Of `bits` random bits an integer in [0, range); `range` well below 2 ** bits. */
export function below(range: number, value: number, bits: number): number {
  return Math.floor((value * range) / 2 ** bits);
}

/** 0, 1, 2, ... through `draw`: for texts, which are made once. */
export function sequence(key: number): (range: number) => number {
  let counter = 0;
  return (range) => below(range, draw(key, counter++) >>> 0, 32);
}
