/** Rows as the text of CSV and JSON files. */
import type { Datum } from "../../planner/expr/expr.ts";
import { LANE_BYTES, laneOf } from "../../planner/types/lane.ts";
import type { SqlType } from "../../planner/types/types.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { type Allocator, ExtentScope } from "../memory/allocator.ts";
import type { ResultColumn } from "../codegen/program.ts";
import { countRows, type ResultRows, rowParts } from "./result-rows.ts";
import { datumReader } from "./row-datums.ts";
import { rowVectors } from "./row-vectors.ts";
import { runInSlices, Turns } from "./slices.ts";

export type TextLayout = {
  /** What stands before each value of a row, and behind the last one. */
  readonly prefixes: readonly string[];
  readonly rowEnd: string;
  readonly nullText: string;
  /** How kernels write VARCHAR, and whether dates are in quotes; the characters are ASCII. Undefined: kernels write no values. */
  readonly syntax:
    | { readonly kind: "csv"; readonly delimiter: string; readonly quote: string; readonly escape: string }
    | { readonly kind: "json" }
    | undefined;
  /** The text of values that no kernel writes, with its quotes. */
  readonly render: (type: SqlType) => (value: Exclude<Datum, null>) => string;
};

const PART_ROWS = 8192;
const TARGET_BYTES = 2 ** 20;
/** As the kernels have them (`format.ts`). */
const KIND = { raw: 0, text: 1, boolean: 2, integer: 3, unsigned: 4, decimal: 5, date: 6, timestamp: 7 } as const;
/** Microseconds of a unit. */
const MICROS = { s: 1_000_000, ms: 1000, us: 1 } as const;
const COLUMN_WORDS = 8;
const LAYOUT = { end: 8, failed: 9, words: 10 } as const;
/** Values that are rendered between two looks at the clock. */
const STEP_ROWS = 256;

/** How a kernel writes values of a type: its kind, and their scale or width; undefined: none does. */
function nativeKind(type: SqlType): readonly [kind: number, scale: number] | undefined {
  const width = LANE_BYTES[laneOf(type)];
  switch (type.kind) {
    case "Varchar":
      return [KIND.text, 0];
    case "Boolean":
      return [KIND.boolean, 0];
    case "TinyInt":
    case "SmallInt":
    case "Integer":
    case "BigInt":
      return [KIND.integer, width];
    case "UTinyInt":
    case "USmallInt":
    case "UInteger":
    case "UBigInt":
      return [KIND.unsigned, width];
    case "Decimal":
      return width === 8 ? [KIND.decimal, type.scale] : undefined;
    case "Date":
      return [KIND.date, 0];
    case "Timestamp":
      return type.unit === "ns" ? undefined : [KIND.timestamp, MICROS[type.unit]];
    default:
      return undefined;
  }
}

/** The rows as UTF-8, in pieces that are copies. The event loop turns meanwhile. */
export async function* formatRows(
  kernels: Kernels,
  allocator: Allocator,
  rows: ResultRows,
  layout: TextLayout,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const turns = new Turns(signal);
  for (const part of rowParts(rows, PART_ROWS)) {
    const scope = new ExtentScope(allocator);
    try {
      const native = layout.syntax !== undefined;
      const formatter = new PartFormatter(kernels, scope, allocator.memory, part, layout);
      const pieces =
        (native ? await runInSlices(formatter.format(true), signal, turns) : undefined) ??
        // Years of more or less than four digits are rare.
        (await runInSlices(formatter.format(false), signal, turns));
      if (pieces === undefined) throw new RangeError("rendered values that cannot be written");
      yield* pieces;
    } finally {
      scope.releaseAll();
    }
  }
}

type Placed = { readonly kind: number; readonly scale: number; readonly data: number; readonly validity: number };

/** Writes some rows, whose columns lie in memory of `scope` meanwhile. */
class PartFormatter {
  private readonly kernels: Kernels;
  private readonly scope: ExtentScope;
  private readonly memory: WebAssembly.Memory;
  private readonly rows: ResultRows;
  private readonly layout: TextLayout;

  constructor(kernels: Kernels, scope: ExtentScope, memory: WebAssembly.Memory, rows: ResultRows, layout: TextLayout) {
    this.kernels = kernels;
    this.scope = scope;
    this.memory = memory;
    this.rows = rows;
    this.layout = layout;
  }

  /** Undefined where kernels, if `native`, cannot write a value. In short steps. */
  *format(native: boolean): Generator<void, readonly Uint8Array[] | undefined> {
    const { kernels, scope, rows } = this;
    const width = rows.columns.length;
    const columns = this.descriptors(yield* this.place(native));
    const layout = this.layoutWords();
    const count = countRows(rows);
    const pieces: Uint8Array[] = [];
    let bytes = TARGET_BYTES;
    let target = scope.alloc(bytes);
    for (let first = 0; first < count;) {
      const done = kernels.formatRows(columns, width, first, count, layout, target, target + bytes);
      const words = new Uint32Array(this.memory.buffer, layout, LAYOUT.words);
      if (words[LAYOUT.failed] === 1) return undefined;
      if (done === 0) {
        scope.release(target);
        bytes *= 2;
        target = scope.alloc(bytes);
        continue;
      }
      pieces.push(new Uint8Array(this.memory.buffer).slice(target, words[LAYOUT.end]));
      first += done;
      yield;
    }
    scope.release(target);
    return pieces;
  }

  private *place(native: boolean): Generator<void, readonly Placed[]> {
    const kinds = this.rows.columns.map(({ type }) => (native ? nativeKind(type) : undefined));
    const ordinals = kinds.flatMap((kind, i) => (kind === undefined ? [] : [i]));
    const vectors = yield* rowVectors(this.kernels, this.scope, this.rows, ordinals);
    const placed: Placed[] = [];
    for (const [i, column] of this.rows.columns.entries()) {
      const [kind, vector] = [kinds[i], vectors[ordinals.indexOf(i)]];
      if (kind === undefined || vector === undefined) placed.push(yield* this.rendered(column));
      else placed.push({ kind: kind[0], scale: kind[1], data: vector.data, validity: vector.validity });
    }
    return placed;
  }

  /** A column's values as texts that JavaScript makes, NULLs too. */
  private *rendered(column: ResultColumn): Generator<void, Placed> {
    const { rows, scope, layout } = this;
    const [read, render] = [datumReader(rows, column), layout.render(column.type)];
    const texts: string[] = [];
    for (const { address, rows: count } of rows.segments) {
      for (let i = 0; i < count; i++) {
        const value = read(address + i * rows.stride);
        texts.push(value === null ? layout.nullText : render(value));
        if (texts.length % STEP_ROWS === 0) yield;
      }
    }
    const joined = texts.join("");
    const bytes = Buffer.from(joined, "utf8");
    const ascii = bytes.length === joined.length;
    const start = this.put(bytes);
    const data = scope.alloc(texts.length * 8);
    const refs = new Uint32Array(this.memory.buffer, data, texts.length * 2);
    let at = start;
    texts.forEach((text, i) => {
      const length = ascii ? text.length : Buffer.byteLength(text, "utf8");
      refs[2 * i] = at;
      refs[2 * i + 1] = length;
      at += length;
    });
    return { kind: KIND.raw, scale: 0, data, validity: 0 };
  }

  private put(bytes: Uint8Array): number {
    const address = this.scope.alloc(bytes.length);
    new Uint8Array(this.memory.buffer).set(bytes, address);
    return address;
  }

  private text(text: string): readonly [address: number, bytes: number] {
    const bytes = Buffer.from(text, "utf8");
    return [this.put(bytes), bytes.length];
  }

  private descriptors(columns: readonly Placed[]): number {
    const { prefixes, syntax } = this.layout;
    const inQuotes = (kind: number): boolean => syntax?.kind === "json" && kind >= KIND.date;
    const words = columns.flatMap(({ kind, scale, data, validity }, i) => {
      const prefix = this.text(prefixes[i] as string);
      return [kind, data, validity, scale, ...prefix, inQuotes(kind) ? 1 : 0, 0];
    });
    return this.put(new Uint8Array(Uint32Array.from(words).buffer, 0, columns.length * COLUMN_WORDS * 4));
  }

  private layoutWords(): number {
    const { syntax, nullText, rowEnd } = this.layout;
    const code = (character: string): number => character.charCodeAt(0);
    const characters =
      syntax?.kind === "csv" ? [code(syntax.delimiter), code(syntax.quote), code(syntax.escape)] : [0, 0, 0];
    const words = [...characters, syntax?.kind === "json" ? 1 : 0, ...this.text(nullText), ...this.text(rowEnd), 0, 0];
    return this.put(new Uint8Array(Uint32Array.from(words).buffer));
  }
}
