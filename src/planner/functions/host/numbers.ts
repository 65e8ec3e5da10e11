/** Arithmetic that WebAssembly has no instruction for. */
import type { HostFunction } from "./host.ts";

export const NUMBER_FUNCTIONS: Readonly<Record<string, HostFunction>> = {
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
  random: () => Math.random(),
};
