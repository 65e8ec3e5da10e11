/** Arithmetic that WebAssembly has no instruction for. */
import { toDouble } from "../../types/convert.ts";
import type { HostFunction } from "./host.ts";

const SEED = "random seed";
type Generator = () => number;

/** Numbers in [0, 1) by Weyl's sequence through a mixer (splitmix32). */
function generator(seed: number): Generator {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let x = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  };
}

export const NUMBER_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
  /** The DOUBLE nearest to a decimal. */
  decimal_to_double: (_rt, lo: bigint, hi: bigint, scale: number) =>
    toDouble((hi << 64n) | BigInt.asUintN(64, lo), scale),
  /** Exact, with the sign of the dividend (C's fmod). */
  remainder: (_rt, x: number, y: number) => x % y,
  pow: (_rt, x: number, y: number) => x ** y,
  ln: (_rt, x: number) => Math.log(x),
  log10: (_rt, x: number) => Math.log10(x),
  log2: (_rt, x: number) => Math.log2(x),
  exp: (_rt, x: number) => Math.exp(x),
  cbrt: (_rt, x: number) => Math.cbrt(x),
  sin: (_rt, x: number) => Math.sin(x),
  cos: (_rt, x: number) => Math.cos(x),
  tan: (_rt, x: number) => Math.tan(x),
  asin: (_rt, x: number) => Math.asin(x),
  acos: (_rt, x: number) => Math.acos(x),
  atan: (_rt, x: number) => Math.atan(x),
  atan2: (_rt, y: number, x: number) => Math.atan2(y, x),
  sinh: (_rt, x: number) => Math.sinh(x),
  cosh: (_rt, x: number) => Math.cosh(x),
  tanh: (_rt, x: number) => Math.tanh(x),
  asinh: (_rt, x: number) => Math.asinh(x),
  acosh: (_rt, x: number) => Math.acosh(x),
  atanh: (_rt, x: number) => Math.atanh(x),
  random: (rt) => (rt.cache.get(SEED) as Generator | undefined)?.() ?? Math.random(),
  setseed: (rt, seed: number) => {
    rt.cache.set(SEED, generator(Math.trunc((seed + 1) * 2 ** 30)));
    return 0;
  },
};
