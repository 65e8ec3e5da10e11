import { UsageError } from "../../src/cli/options.ts";

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, m: 1e6, g: 1e9 };

/** A positive number of events, such as 20000, 500k or 20M. */
export function eventCount(option: string, text: string): number {
  const [, digits, unit] = /^(\d*\.?\d+)([kmg]?)$/i.exec(text) ?? [];
  const value = Number(digits) * UNITS[(unit ?? "").toLowerCase()]!;
  if (digits === undefined || value < 1 || !Number.isSafeInteger(value))
    throw new UsageError(`${option} needs a number of events such as 20000, 500k or 20M, not "${text}"`);
  return value;
}

/** An integer of at least 0. */
export function integer(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${option} needs a number, not "${text}"`);
  return Number(text);
}

/** Milliseconds: 500ms, 10s; without a unit, seconds. */
export function duration(option: string, text: string): number {
  const [, digits, unit] = /^(\d*\.?\d+)\s*(ms|s)?$/i.exec(text) ?? [];
  if (digits === undefined) throw new UsageError(`${option} needs a time such as 50ms or 10s, not "${text}"`);
  return Number(digits) * (unit?.toLowerCase() === "ms" ? 1 : 1000);
}
