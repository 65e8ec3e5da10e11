/** Rows between batches in memory and functions that make rows of rows. */
import type { Datum } from "../../expr/expr.ts";
import { datumOfJs } from "../../types/js-input.ts";
import { typeName } from "../../types/types.ts";
import { type HostRuntime, SLACK } from "./host.ts";
import { failureOf, messageOf, showValue } from "./javascript.ts";
import type { JavaScriptMapSpec, MapBatch, NamedType } from "./javascript-map.ts";
import { rowValues, valueBytes, type VectorAddress, writeVector } from "./javascript-vectors.ts";

export type Row = Readonly<Record<string, unknown>>;

type RowMaker = (columns: readonly (readonly unknown[])[], row: number) => Row;

/** The rows of a batch as objects. */
export function rowObjects(rt: HostRuntime, { args }: JavaScriptMapSpec, { args: at, count }: MapBatch): Row[] {
  const columns = args.map(({ type }, i) => rowValues(rt, type, at[i] as VectorAddress, count));
  const make = rowMaker(args);
  return Array.from({ length: count }, (_, row) => make(columns, row));
}

/** From text: an object literal is several times faster than adding one property after the other. */
function rowMaker(columns: readonly NamedType[]): RowMaker {
  const fields = columns.map(({ name }, i) => {
    const key = JSON.stringify(name);
    // Without brackets it would be the prototype.
    return `${name === "__proto__" ? `[${key}]` : key}: columns[${i}][row]`;
  });
  // eslint-disable-next-line typescript/no-implied-eval -- made of nothing but names, as string literals
  return new Function("columns", "row", `return { ${fields.join(", ")} };`) as RowMaker;
}

/** The rows that a function has made of a batch, by column. */
export class MadeRows {
  private readonly rt: HostRuntime;
  private readonly spec: JavaScriptMapSpec;
  private readonly batch: MapBatch;
  private readonly columns: Datum[][];

  constructor(rt: HostRuntime, spec: JavaScriptMapSpec, batch: MapBatch) {
    this.rt = rt;
    this.spec = spec;
    this.batch = batch;
    this.columns = spec.returns.map(() => []);
  }

  call<T>(row: Row | undefined, work: () => T): T {
    try {
      return work();
    } catch (error) {
      return this.fail(row, error);
    }
  }

  fail(row: Row | undefined, error: unknown): never {
    const { name } = this.spec;
    const message =
      row === undefined
        ? `the function ${name} failed for a batch of ${this.batch.count} rows: ${messageOf(error)}`
        : failureOf(name, [row], error);
    return this.rt.fail(this.batch.site, message, error);
  }

  /** The same, of one of several functions. */
  failIn(part: string, values: readonly unknown[], error: unknown): never {
    return this.rt.fail(this.batch.site, failureOf(`${this.spec.name}.${part}`, values, error), error);
  }

  /** A row of constants, in the order of the columns. */
  addDatums(...row: readonly Datum[]): void {
    for (const [i, column] of this.columns.entries()) column.push(row[i] as Datum);
  }

  /** Rows, or an object of columns. */
  addResult(result: unknown): void {
    this.call(undefined, () => {
      if (typeof result === "object" && result !== null && !(Symbol.iterator in result))
        return this.addColumns(result as Row);
      return this.addRows(result as Iterable<unknown>);
    });
  }

  addRows(rows: Iterable<unknown>): void {
    if (rows instanceof Promise) {
      rows.catch(() => undefined);
      throw new TypeError("it returned a promise; give it `async: true`");
    }
    if (typeof rows !== "object" || rows === null || !(Symbol.iterator in rows))
      throw new TypeError(`it returned ${showValue(rows)}, which is no array or iterable of rows`);
    for (const row of rows) {
      if (typeof row !== "object" || row === null) throw new TypeError(`it gave ${showValue(row)} as a row`);
      const values = row as Row;
      this.spec.returns.forEach((column, i) => this.add(i, column, values[column.name] ?? null));
    }
  }

  private addColumns(columns: Row): void {
    let length: number | undefined;
    this.spec.returns.forEach((column, i) => {
      const given = columns[column.name] as ArrayLike<unknown> | { values?: unknown; valid?: unknown } | undefined;
      if (given === undefined) throw new TypeError(`it returned columns without "${column.name}"`);
      const isVector = !Array.isArray(given) && !ArrayBuffer.isView(given);
      const values = (isVector ? (given as { values?: unknown }).values : given) as ArrayLike<unknown>;
      const valid = isVector ? ((given as { valid?: unknown }).valid as ArrayLike<unknown> | undefined) : undefined;
      length ??= values.length;
      if (values.length !== length) throw new TypeError("it returned columns of different lengths");
      for (let row = 0; row < values.length; row++)
        this.add(i, column, valid !== undefined && !valid[row] ? null : values[row]);
    });
  }

  private add(i: number, { name, type }: NamedType, value: unknown): void {
    const datum = datumOfJs(value, type);
    if (datum === undefined)
      throw new TypeError(`it gave ${showValue(value)} in column "${name}", which is no ${typeName(type)}`);
    (this.columns[i] as Datum[]).push(datum);
  }

  write(): number {
    const { rt, spec, batch } = this;
    const rows = this.columns[0]?.length ?? 0;
    const places = spec.returns.map(({ type }, i) => {
      const to = { data: rt.allocate(rows * valueBytes(type) + SLACK), valid: rt.allocate(rows + SLACK) };
      writeVector(rt, type, to, this.columns[i] as Datum[]);
      return to;
    });
    const { buffer, byteOffset } = rt.bytes();
    const words = new Uint32Array(buffer, byteOffset + (batch.output >>> 0), 1 + 2 * places.length);
    words[0] = rows;
    places.forEach(({ data, valid }, i) => {
      words[1 + 2 * i] = data;
      words[2 + 2 * i] = valid;
    });
    return rows;
  }
}
