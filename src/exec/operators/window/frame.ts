import type { Expr, FrameBound, RangeLimit, WindowFrame } from "../../../planner/expr/expr.ts";
import { type FunctionBuilder, get, i32, i64, load, not, num, or, select } from "../../../planner/ir/builder.ts";
import type { Ir, Local } from "../../../planner/ir/ir.ts";
import { compareOperands } from "../../../planner/ir/lower/compare.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import type { Span } from "../../../error.ts";
import { HOST_FAIL, type QueryCompiler } from "../../codegen/compiler.ts";
import { truth } from "../../codegen/predicate.ts";
import type { Peers } from "./peers.ts";
import type { WindowRows } from "./rows.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { emitMax, emitMin, emitSearch, entryAt } from "./search.ts";
import type { FrameRows, PartitionSite, PositionRange, RowSite, Tracker } from "./site.ts";

type Offset = Extract<FrameBound, { readonly offset: Expr }>;

/** Where one end of a frame is; `advance` sets it for the current row, `isEnd`: behind the last row that the bound takes in. */
type BoundCode = { readonly open: (site: PartitionSite) => void; readonly position: (site: RowSite) => Ir };

/** A frame as OVER says. */
export class Frame implements Tracker, FrameRows {
  readonly isMonotone: boolean;
  readonly fromFirstRow: boolean;
  readonly toLastRow: boolean;
  private readonly exclude: WindowFrame["exclude"];
  private readonly peers: Peers;
  private readonly from: Local;
  private readonly to: Local;
  private readonly startCode: BoundCode;
  private readonly endCode: BoundCode;

  constructor(
    b: FunctionBuilder,
    compiler: QueryCompiler,
    rows: WindowRows,
    frame: WindowFrame,
    orderKeys: number,
    peers: Peers,
    span: Span | undefined,
  ) {
    // Without an order all rows are peers.
    const allPeers = frame.unit !== "rows" && orderKeys === 0;
    this.fromFirstRow = frame.start.kind === "unbounded preceding" || (allPeers && frame.start.kind === "current row");
    this.toLastRow = frame.end.kind === "unbounded following" || (allPeers && frame.end.kind === "current row");
    this.isMonotone = isFixed(frame.start) && isFixed(frame.end);
    this.exclude = frame.exclude;
    this.peers = peers;
    this.from = b.local("i32", "frameStart");
    this.to = b.local("i32", "frameEnd");
    const place = { b, compiler, rows, unit: frame.unit, peers, span };
    this.startCode = boundCode(place, frame.start, false);
    this.endCode = boundCode(place, frame.end, true);
  }

  get start(): Ir {
    return get(this.from);
  }
  get end(): Ir {
    return get(this.to);
  }
  get isExcluding(): boolean {
    return this.exclude !== "no others";
  }

  open(site: PartitionSite): void {
    this.startCode.open(site);
    this.endCode.open(site);
  }

  advance(site: RowSite): void {
    const { b } = site;
    b.set(this.from, this.startCode.position(site));
    b.set(this.to, emitMax(b, this.start, this.endCode.position(site)));
  }

  ranges({ b, index }: RowSite): readonly PositionRange[] {
    const { start, end, peers } = this;
    const before = (position: Ir): PositionRange => ({ from: start, to: emitMax(b, start, emitMin(b, end, position)) });
    const after = (position: Ir): PositionRange => ({ from: emitMin(b, end, emitMax(b, start, position)), to: end });
    const next = num("i32.add", index, i32(1));
    switch (this.exclude) {
      case "no others":
        return [{ from: start, to: end }];
      case "current row":
        return [before(index), after(next)];
      case "group":
        return [before(peers.start), after(peers.end)];
      case "ties": {
        const from = emitMin(b, end, emitMax(b, start, index));
        return [before(peers.start), { from, to: emitMax(b, from, emitMin(b, end, next)) }, after(peers.end)];
      }
    }
  }
}

function isFixed(bound: FrameBound): boolean {
  return !("offset" in bound) || bound.offset.kind === "Literal";
}

type Place = {
  readonly b: FunctionBuilder;
  readonly compiler: QueryCompiler;
  readonly rows: WindowRows;
  readonly unit: WindowFrame["unit"];
  readonly peers: Peers;
  readonly span: Span | undefined;
};

const stateless = (position: BoundCode["position"]): BoundCode => ({ open: () => undefined, position });

function boundCode(place: Place, bound: FrameBound, isEnd: boolean): BoundCode {
  const { unit, peers } = place;
  switch (bound.kind) {
    case "unbounded preceding":
      return stateless(({ start }) => start);
    case "unbounded following":
      return stateless(({ end }) => end);
    case "current row":
      if (unit !== "rows") return stateless(() => (isEnd ? peers.end : peers.start));
      return stateless(({ index }) => (isEnd ? num("i32.add", index, i32(1)) : index));
    case "preceding":
    case "following":
      if (unit === "rows") return stateless((site) => rowsAway(place, bound, site, isEnd));
      return unit === "groups"
        ? groupsAway(place, bound, isEnd)
        : rangeAway(place, bound, bound.range as RangeLimit, isEnd);
  }
}

/** The offset as an i64 that is negative for rows before. */
function signedOffset(place: Place, bound: Offset, site: RowSite): Ir {
  const { compiler, b } = place;
  const { kind } = bound;
  const value = compiler.lower(site.scope, bound.offset);
  const far = i64(2n ** 40n);
  failIfNull(place, kind, value);
  const offset = b.let(value.rep === "i32" ? num("i64.extend_i32_s", value.lo) : value.lo);
  // Far beyond any number of rows all offsets are the same, and none overflows.
  const capped = b.let(select(num("i64.gt_s", offset, far), far, offset));
  const least = b.let(select(num("i64.lt_s", capped, i64(-(2n ** 40n))), i64(-(2n ** 40n)), capped));
  return kind === "preceding" ? b.let(num("i64.sub", i64(0), least)) : least;
}

/** `position + offset` within `[start, end]`. */
function moved(b: FunctionBuilder, position: Ir, offset: Ir, start: Ir, end: Ir): Ir {
  const wide = (value: Ir): Ir => num("i64.extend_i32_u", value);
  const target = b.let(num("i64.add", wide(position), offset));
  const [low, high] = [b.let(wide(start)), b.let(wide(end))];
  const atLeast = b.let(select(num("i64.lt_s", target, low), low, target));
  return b.let(num("i32.wrap_i64", select(num("i64.gt_s", atLeast, high), high, atLeast)));
}

function rowsAway(place: Place, bound: Offset, site: RowSite, isEnd: boolean): Ir {
  const { b, index, start, end } = site;
  const from = isEnd ? num("i32.add", index, i32(1)) : index;
  return moved(b, from, signedOffset(place, bound, site), start, end);
}

function failIf({ compiler, b, unit, span }: Place, kind: Offset["kind"], isWrong: Ir): void {
  const message = `the offset of ${unit.toUpperCase()} ${kind.toUpperCase()} is negative`;
  if (isWrong.op === "const" && isWrong.value === 0) return;
  b.if(isWrong, () => b.call(HOST_FAIL, i32(compiler.site("bind", message, span))));
}

function failIfNull({ compiler, b, unit, span }: Place, kind: Offset["kind"], { valid }: Operand): void {
  if (valid === undefined) return;
  const message = `the offset of ${unit.toUpperCase()} ${kind.toUpperCase()} is NULL`;
  b.if(not(valid), () => b.call(HOST_FAIL, i32(compiler.site("bind", message, span))));
}

/** Whether a constant is known not to be negative. */
function isPositive(offset: Expr): boolean {
  if (offset.kind !== "Literal") return false;
  const { value } = offset;
  if (typeof value === "number" || typeof value === "bigint") return value >= 0;
  if (typeof value !== "object" || value === null || !("micros" in value)) return value === null;
  return value.months >= 0 && value.days >= 0 && value.micros >= 0n;
}

/** Groups of peers by number: an array of their first positions, made when a partition opens. */
function groupsAway(place: Place, bound: Offset, isEnd: boolean): BoundCode {
  const { b, compiler, peers } = place;
  const starts = new Scratch(compiler);
  const count = b.local("i32", "groups");
  return {
    open: ({ array, start, end }) => {
      const list = starts.reserve(b, num("i32.add", num("i32.sub", end, start), i32(1)), 4);
      const at = b.bind(start, "at");
      b.set(count, i32(0));
      const put = (): void => b.store("i32.store", num("i32.add", list, num("i32.shl", get(count), i32(2))), get(at));
      b.while(
        () => num("i32.lt_u", get(at), end),
        () => {
          put();
          b.set(count, num("i32.add", get(count), i32(1)));
          b.set(at, peers.endOfGroup(b, array, get(at), end));
        },
      );
      put();
    },
    position: (site) => {
      const offset = signedOffset(place, bound, site);
      if (!isPositive(bound.offset)) {
        const sign = bound.kind === "preceding" ? "i64.gt_s" : "i64.lt_s";
        failIf(place, bound.kind, num(sign, offset, i64(0)));
      }
      const from = isEnd ? num("i32.add", peers.group, i32(1)) : peers.group;
      return b.let(entryAt(starts.address(b), moved(b, from, offset, i32(0), get(count))));
    },
  };
}

/**
 * By distance in the order key. Rows whose key is NULL are peers of one another and of nobody else; they lie at one end of the
 * partition. With a constant offset the position only moves forward: it is searched once, then walked.
 */
function rangeAway(place: Place, bound: Offset, range: RangeLimit, isEnd: boolean): BoundCode {
  const { b, compiler, rows, peers } = place;
  const key = rows.orderBy[0];
  if (key === undefined) throw new Error("a RANGE frame without an order");
  const first = b.local("i32", "valuesStart");
  const behind = b.local("i32", "valuesEnd");
  const walked = b.local("i32", "walked");
  const isFresh = b.local("i32", "fresh");
  const validOffset = rows.layout.field(key.column).validOffset;
  const isValid = (row: Ir): Ir => (validOffset === undefined ? i32(1) : load("i32.load8_u", row, validOffset));
  const keyAt = (array: Ir, position: Ir): Operand =>
    compiler.lower(rows.scope(b, entryAt(array, position)), range.key);
  /** Whether the row at `position` lies before the frame's end of this side. */
  const isBefore = (array: Ir, position: Ir, limit: Operand): Ir => {
    const value = keyAt(array, position);
    const ctx = compiler.context(b);
    if (isEnd) return compareOperands(ctx, key.descending ? ">=" : "<=", value, limit);
    return compareOperands(ctx, key.descending ? ">" : "<", value, limit);
  };
  return {
    open: ({ array, start, end }) => {
      b.set(first, start);
      b.set(behind, end);
      b.set(isFresh, i32(1));
      if (validOffset === undefined) return;
      const firstOther = emitSearch(b, start, end, (at) =>
        num("i32.eq", isValid(entryAt(array, at)), i32(key.nullsFirst ? 0 : 1)),
      );
      b.set(key.nullsFirst ? first : behind, firstOther);
    },
    position: (site) => {
      const { scope, array, index } = site;
      const result = b.local("i32", "bound");
      b.if(
        isValid(entryAt(array, index)),
        () => {
          if (!isPositive(bound.offset)) failIf(place, bound.kind, truth(compiler.lower(scope, range.negative)));
          const limit = compiler.lower(scope, range.limit);
          const search = (): Ir => emitSearch(b, get(first), get(behind), (at) => isBefore(array, at, limit));
          const find = (): void => {
            if (bound.offset.kind !== "Literal") return b.set(walked, search());
            b.if(
              get(isFresh),
              () => {
                b.set(walked, search());
                b.set(isFresh, i32(0));
              },
              () => {
                b.block((leave) => {
                  b.loop((again) => {
                    b.br(leave, num("i32.ge_u", get(walked), get(behind)));
                    b.br(leave, not(isBefore(array, get(walked), limit)));
                    b.set(walked, num("i32.add", get(walked), i32(1)));
                    b.br(again);
                  });
                });
              },
            );
          };
          // The key is not NULL here, so the offset is.
          failIfNull(place, bound.kind, limit);
          find();
          b.set(result, get(walked));
        },
        () => b.set(result, isEnd ? peers.end : peers.start),
      );
      return get(result);
    },
  };
}

/** Whether any of the ranges holds a row. */
export function isAnyRow(ranges: readonly PositionRange[]): Ir {
  return ranges.map(({ from, to }) => num("i32.lt_u", from, to)).reduce(or);
}
