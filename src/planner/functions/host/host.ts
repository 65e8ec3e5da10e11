/**
 * Host functions: what generated code calls in JavaScript. Numbers are passed as they are (i32 and floats as number, i64 as
 * bigint), a string as address and byte length. A result that is no plain number is left in a cell, whose address (an
 * i32) is returned: u32 address and u32 length of a string, or the value's one or two words. Cell 0 is NULL.
 */
import type { UserStates } from "./javascript-aggregate.ts";

export type HostRuntime = {
  /** The whole memory; asked anew after every allocation. */
  readonly bytes: () => Uint8Array;
  /** Fresh memory that lives as long as the query's results, on an 8-byte boundary. */
  readonly allocate: (bytes: number) => number;
  /** Raises the error of a site, under another message if one is given. */
  readonly fail: (site: number, message?: string, cause?: unknown) => never;
  /** First the site of the user's function that is running, plus 1; 0 when none is. Other threads look at it. */
  readonly running: Int32Array;
  /** States of users' aggregates, and memory that lives until the query's end: where queries run. */
  readonly states?: () => UserStates;
  readonly keep?: (bytes: number) => number;
  /** For what is worth keeping between calls: compiled patterns, formats. */
  readonly cache: Map<string, unknown>;
};

/** Parameters are compared bivariantly, so that functions state the types that they know they get. */
export type HostFunction = {
  bivarianceHack(rt: HostRuntime, ...args: readonly (number | bigint)[]): number | bigint;
}["bivarianceHack"];

/**
 * Makes the function for a name `family argument`; the argument is what follows the first space (a type as JSON). A promise:
 * something must be loaded first.
 */
export type HostFamily = (argument: string) => HostFunction | Promise<HostFunction>;

/** The NULL cell. */
export const NULL_CELL = 0;

const CELL_BYTES = 16;
/** What string code may read behind a string's end. */
export const SLACK = 16;

/** What `site` is when a function shall give NULL instead of an error. */
export const NO_ERROR = -1;

export function readText(rt: HostRuntime, address: number, length: number): string {
  const start = address >>> 0;
  return wholeMemory(rt).toString("utf8", start, start + length);
}

/** A copy of the bytes. */
export function readBytes(rt: HostRuntime, address: number, length: number): Uint8Array {
  return rt.bytes().slice(address >>> 0, (address >>> 0) + length);
}

/** Made once: that takes longer than reading a short text. */
function wholeMemory(rt: HostRuntime): Buffer {
  const { buffer, byteOffset, length } = rt.bytes();
  const known = rt.cache.get(WHOLE_MEMORY) as Buffer | undefined;
  if (known?.buffer === buffer) return known;
  const made = Buffer.from(buffer, byteOffset, length);
  rt.cache.set(WHOLE_MEMORY, made);
  return made;
}

const WHOLE_MEMORY = "whole memory";

/** A cell for a string. */
export function textCell(rt: HostRuntime, text: string): number {
  const length = Buffer.byteLength(text, "utf8");
  const cell = rt.allocate(8 + length + SLACK);
  if (length > 0) wholeMemory(rt).write(text, (cell >>> 0) + 8, length, "utf8");
  return refCell(rt, cell, length);
}

/** A cell for bytes. */
export function bytesCell(rt: HostRuntime, bytes: Uint8Array): number {
  const cell = rt.allocate(8 + bytes.length + SLACK);
  rt.bytes().set(bytes, (cell >>> 0) + 8);
  return refCell(rt, cell, bytes.length);
}

function refCell(rt: HostRuntime, cell: number, length: number): number {
  const view = cellView(rt, cell);
  view.setUint32(0, (cell >>> 0) + 8, true);
  view.setUint32(4, length, true);
  return cell;
}

/** A cell for numbers, written by `write`. */
export function numberCell(rt: HostRuntime, write: (view: DataView) => void): number {
  const cell = rt.allocate(CELL_BYTES);
  write(cellView(rt, cell));
  return cell;
}

function cellView(rt: HostRuntime, cell: number): DataView {
  const { buffer, byteOffset } = rt.bytes();
  return new DataView(buffer, byteOffset + (cell >>> 0));
}

/** Memoises under `family` and `key`; a bounded number of entries, the oldest go first. */
export function cached<T>(rt: HostRuntime, family: string, key: string, make: () => T): T {
  const id = `${family} ${key}`;
  const known = rt.cache.get(id) as T | undefined;
  if (known !== undefined) return known;
  const value = make();
  if (rt.cache.size >= 256) rt.cache.delete(rt.cache.keys().next().value as string);
  rt.cache.set(id, value);
  return value;
}
