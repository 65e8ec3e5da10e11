import { UsageError } from "../../src/cli/options.ts";

/** A positive scale factor, also below 1. */
export function scaleFactor(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value <= 0) throw new UsageError(`--sf needs a positive number, not "${text}"`);
  return value;
}

export function defaultDirectory(sf: number): string {
  return `data/tpch-sf${sf}`;
}

/** One of `allowed`. */
export function oneOf<T extends string>(option: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw new UsageError(`${option} needs one of ${allowed.join(", ")}, not "${text}"`);
  return found;
}

/** Turns the complaints of `parseArgs` into usage errors. */
export function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
