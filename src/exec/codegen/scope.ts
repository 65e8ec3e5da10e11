import type { Column, Expr } from "../../planner/expr/expr.ts";
import { type FunctionBuilder, i32, i64, load, num, select } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { type Operand, operand, type Range, type Rep } from "../../planner/ir/operand.ts";
import { SharedValues } from "../../planner/ir/lower/shared-values.ts";
import type { Lane } from "../../planner/types/lane.ts";
import { type DictionaryLookup, loadLookup } from "./dictionary-lookup.ts";
import type { Dictionary } from "./program.ts";
import { dictionaryString, loadField, loadNullableField, loadValue, REP_BYTES, type RowField } from "./row-layout.ts";

/**
 * Where a column's value is found while a loop is at one row. Nothing is copied along a pipeline: a row is a handful of
 * positions (row number in the morsel, addresses of build rows), and columns are loaded through them where they are used.
 */
export type Location =
  /** Column `slot` of the morsel's chunk, at row number `position`. */
  | {
      readonly kind: "chunk";
      readonly slot: number;
      readonly lane: Lane;
      readonly nullable: boolean;
      readonly dictionary: Dictionary | undefined;
      readonly range: Range | undefined;
      readonly stable: boolean;
      readonly position: Position;
    }
  /** start + position * step. */
  | {
      readonly kind: "series";
      readonly start: bigint;
      readonly step: bigint;
      readonly range: Range | undefined;
      readonly position: Position;
    }
  /** Number of the chunk's first row, which descriptor `slot` holds, plus `position`. */
  | {
      readonly kind: "rowNumber";
      readonly slot: number;
      readonly range: Range | undefined;
      readonly position: Position;
    }
  /** A field of the row at address `position`; `optional`: the address may be 0, then the value is NULL. */
  | { readonly kind: "row"; readonly field: RowField; readonly optional: boolean; readonly position: Position }
  /** Entry `position` of a vector in the local block that the stage before filled; `dictionary`: it holds codes. */
  | {
      readonly kind: "vector";
      readonly base: number;
      readonly validBase: number | undefined;
      readonly rep: Rep;
      readonly range: Range | undefined;
      readonly stable: boolean;
      readonly dictionary: Dictionary | undefined;
      readonly position: Position;
    }
  /** Computed where it is used, at most once per row. */
  | { readonly kind: "expr"; readonly expr: Expr }
  /** A predicate over the dictionary column `of`, evaluated beforehand per code. */
  | { readonly kind: "lookup"; readonly lookup: DictionaryLookup; readonly of: Column }
  /** Made by `load` where it is used. */
  | { readonly kind: "lazy"; readonly load: (scope: RowScope) => Operand }
  /** Already computed. */
  | { readonly kind: "value"; readonly operand: Operand }
  /** A dictionary code already computed. */
  | { readonly kind: "code"; readonly code: Ir; readonly valid: Ir | undefined; readonly dictionary: Dictionary };

/** A u32 that locates a row: carried from stage to stage. Identity is the object. */
export type Position = { readonly name: string };

/** A dictionary code and whether it is valid. */
export type Code = { readonly code: Ir; readonly valid: Ir | undefined; readonly dictionary: Dictionary };

type Cached<T> = { readonly value: T; readonly scope: number };

/** What the code knows about the row it is at. */
export class RowScope {
  readonly b: FunctionBuilder;
  private readonly locations: Map<number, Location>;
  private readonly positions = new Map<Position, Ir>();
  private readonly operands = new Map<number, Cached<Operand>>();
  private readonly codes = new Map<number, Cached<Code>>();
  /** Values of expressions. */
  readonly shared: SharedValues;
  /** Address of the morsel's column descriptors. */
  private readonly chunk: Ir | undefined;
  private readonly evaluate: (scope: RowScope, expr: Expr) => Operand;

  constructor(
    b: FunctionBuilder,
    locations: ReadonlyMap<number, Location>,
    chunk: Ir | undefined,
    evaluate: (scope: RowScope, expr: Expr) => Operand,
    shared: SharedValues = new SharedValues(b),
  ) {
    this.shared = shared;
    this.b = b;
    this.locations = new Map(locations);
    this.chunk = chunk;
    this.evaluate = evaluate;
  }

  define(column: Column | number, location: Location): void {
    const id = typeof column === "number" ? column : column.id;
    this.locations.set(id, location);
    this.operands.delete(id);
    this.codes.delete(id);
    this.shared.forget(id);
  }

  /** `at` must be repeatable. */
  setPosition(position: Position, at: Ir): void {
    this.positions.set(position, at);
  }

  position(position: Position): Ir {
    const at = this.positions.get(position);
    if (at === undefined) throw new Error(`position ${position.name} is not carried to this stage`);
    return at;
  }

  location(id: number): Location | undefined {
    return this.locations.get(id);
  }

  allLocations(): ReadonlyMap<number, Location> {
    return this.locations;
  }

  /** A scope at the same row that later definitions do not leak out of. */
  fork(): RowScope {
    const scope = new RowScope(this.b, this.locations, this.chunk, this.evaluate, this.shared.copy());
    for (const [position, at] of this.positions) scope.positions.set(position, at);
    for (const [id, cached] of this.operands) scope.operands.set(id, cached);
    for (const [id, cached] of this.codes) scope.codes.set(id, cached);
    return scope;
  }

  /** The value of a column; loads are shared while the statement list that made them is open. */
  column(column: Column): Operand {
    const cached = this.operands.get(column.id);
    if (cached !== undefined && this.b.isOpen(cached.scope)) return cached.value;
    const value = this.load(column);
    this.operands.set(column.id, { value, scope: this.b.scope });
    return value;
  }

  /** The column's dictionary code, when it is kept as one. */
  code(column: Column): Code | undefined {
    const cached = this.codes.get(column.id);
    if (cached !== undefined && this.b.isOpen(cached.scope)) return cached.value;
    const value = this.loadCode(column);
    if (value !== undefined) this.codes.set(column.id, { value, scope: this.b.scope });
    return value;
  }

  /** The column's dictionary without emitting code. */
  dictionaryOf(column: Column): Dictionary | undefined {
    const location = this.locations.get(column.id);
    switch (location?.kind) {
      case "chunk":
        return location.dictionary;
      case "row":
        return location.field.dictionary;
      case "code":
      case "vector":
        return location.dictionary;
      case "expr":
        return location.expr.kind === "Column" ? this.dictionaryOf(location.expr.column) : undefined;
      default:
        return undefined;
    }
  }

  private load(column: Column): Operand {
    const location = this.locations.get(column.id);
    if (location === undefined) throw new Error(`column ${column.name}#${column.id} is not available here`);
    switch (location.kind) {
      case "value":
        return location.operand;
      case "expr":
        return this.evaluate(this, location.expr);
      case "lazy":
        return location.load(this);
      case "series": {
        const at = num("i64.extend_i32_u", this.position(location.position));
        const value = num("i64.add", i64(location.start), num("i64.mul", at, i64(location.step)));
        return operand("i64", this.b.let(value), { range: location.range });
      }
      case "rowNumber": {
        const row = num("i32.add", this.descriptor(location.slot, "data"), this.position(location.position));
        return operand("i64", this.b.let(num("i64.extend_i32_u", row)), { range: location.range });
      }
      case "lookup":
        return loadLookup(this, location.lookup, location.of);
      case "row": {
        const at = this.position(location.position);
        if (location.field.dictionary !== undefined) return this.fromCode(column);
        return location.optional
          ? loadNullableField(this.b, at, location.field)
          : loadField(this.b, at, location.field);
      }
      case "code":
        return this.fromCode(column);
      case "vector": {
        if (location.dictionary !== undefined) return this.fromCode(column);
        const { lo, hi } = loadValue(this.b, this.vectorAddress(location), location.base, location.rep);
        const { range, stable } = location;
        return operand(location.rep, lo, { hi, valid: this.vectorValid(location), range, stable });
      }
      case "chunk":
        if (location.dictionary !== undefined) return this.fromCode(column);
        return this.loadChunk(location);
    }
  }

  private fromCode(column: Column): Operand {
    const { code, valid, dictionary } = this.code(column) as Code;
    return operand("str", dictionaryString(this.b, dictionary, code), { valid, stable: true });
  }

  private loadCode(column: Column): Code | undefined {
    const location = this.locations.get(column.id);
    if (location === undefined) throw new Error(`column ${column.name}#${column.id} is not available here`);
    switch (location.kind) {
      case "code":
        return location;
      case "expr":
        return location.expr.kind === "Column" ? this.code(location.expr.column) : undefined;
      case "chunk":
        if (location.dictionary === undefined) return undefined;
        return {
          code: this.b.let(load(LANE_LOAD[location.lane] ?? "i32.load", this.chunkAddress(location))),
          valid: this.chunkValid(location),
          dictionary: location.dictionary,
        };
      case "row": {
        const { field } = location;
        if (field.dictionary === undefined) return undefined;
        const at = this.position(location.position);
        let valid =
          field.validOffset === undefined ? undefined : this.b.let(load("i32.load8_u", at, field.validOffset));
        if (location.optional) {
          const present = num("i32.ne", at, i32(0));
          valid = this.b.let(valid === undefined ? present : num("i32.and", present, valid));
        }
        return { code: this.b.let(load("i32.load", at, field.offset)), valid, dictionary: field.dictionary };
      }
      case "vector":
        if (location.dictionary === undefined) return undefined;
        return {
          code: this.b.let(load("i32.load", this.vectorAddress(location), location.base)),
          valid: this.vectorValid(location),
          dictionary: location.dictionary,
        };
      case "value":
      case "series":
      case "rowNumber":
      case "lazy":
      case "lookup":
        return undefined;
    }
  }

  private vectorAddress(location: Extract<Location, { kind: "vector" }>): Ir {
    const bytes = location.dictionary === undefined ? REP_BYTES[location.rep] : 4;
    const offset = num("i32.mul", this.position(location.position), i32(bytes));
    return this.b.let(num("i32.add", this.b.param(1), offset));
  }

  private vectorValid(location: Extract<Location, { kind: "vector" }>): Ir | undefined {
    if (location.validBase === undefined) return undefined;
    return this.b.let(
      load("i32.load8_u", num("i32.add", this.b.param(1), this.position(location.position)), location.validBase),
    );
  }

  private descriptor(slot: number, part: "data" | "validity"): Ir {
    if (this.chunk === undefined) throw new Error("this pipeline has no chunk");
    return this.b.entry(load("i32.load", this.chunk, slot * 16 + (part === "data" ? 0 : 4)), `${part}${slot}`);
  }

  private chunkAddress(location: Extract<Location, { kind: "chunk" }>): Ir {
    const at = this.position(location.position);
    const shift = LANE_SHIFT[location.lane];
    return num("i32.add", this.descriptor(location.slot, "data"), shift === 0 ? at : num("i32.shl", at, i32(shift)));
  }

  private chunkValid(location: Extract<Location, { kind: "chunk" }>): Ir | undefined {
    if (!location.nullable) return undefined;
    const at = this.position(location.position);
    const bitmap = this.descriptor(location.slot, "validity");
    const byte = load("i32.load8_u", num("i32.add", bitmap, num("i32.shr_u", at, i32(3))));
    const bit = num("i32.and", num("i32.shr_u", byte, num("i32.and", at, i32(7))), i32(1));
    // A chunk without NULLs has no bitmap: its address is 0, which is readable, and the result is not used.
    return this.b.let(select(num("i32.eqz", bitmap), i32(1), bit));
  }

  private loadChunk(location: Extract<Location, { kind: "chunk" }>): Operand {
    const { b } = this;
    const { lane, range, stable } = location;
    const valid = this.chunkValid(location);
    const address = this.chunkAddress(location);
    const extra = { valid, range, stable };
    switch (lane) {
      case "bool":
      case "i8":
      case "i16":
      case "i32":
      case "u8":
      case "u16":
        return operand("i32", b.let(load(LANE_LOAD[lane] as string, address)), extra);
      case "u32":
        return operand("i64", b.let(load("i64.load32_u", address)), extra);
      case "i64":
        return operand("i64", b.let(load("i64.load", address)), extra);
      case "u64":
        return operand("i128", b.let(load("i64.load", address)), { ...extra, hi: i64(0) });
      case "f32":
        return operand("f32", b.let(load("f32.load", address)), extra);
      case "f64":
        return operand("f64", b.let(load("f64.load", address)), extra);
      case "str":
        return operand("str", b.let(load("i64.load", address)), extra);
      case "i128":
      case "interval": {
        const base = b.let(address);
        const lo = b.let(load("i64.load", base));
        const hi = b.let(load("i64.load", base, 8));
        return operand(lane, lo, { ...extra, hi });
      }
    }
  }
}

const LANE_LOAD: Partial<Record<Lane, string>> = {
  bool: "i32.load8_u",
  i8: "i32.load8_s",
  u8: "i32.load8_u",
  i16: "i32.load16_s",
  u16: "i32.load16_u",
  i32: "i32.load",
  u32: "i32.load",
};

const LANE_SHIFT: Record<Lane, number> = {
  bool: 0,
  i8: 0,
  u8: 0,
  i16: 1,
  u16: 1,
  i32: 2,
  u32: 2,
  f32: 2,
  i64: 3,
  u64: 3,
  f64: 3,
  str: 3,
  i128: 4,
  interval: 4,
};
