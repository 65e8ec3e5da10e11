import type { Expr, WindowCall } from "../../../planner/expr/expr.ts";
import { and, type FunctionBuilder, get, i32, i64, not, num, or, select } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import { selectOperand } from "../../../planner/ir/lower/rep.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { naturalRep } from "../../codegen/natural.ts";
import { widen } from "../../codegen/row-layout.ts";
import type { WindowRows } from "./rows.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { entryAt } from "./search.ts";
import type { FrameRows, FunctionCode, PartitionSite, RowSite } from "./site.ts";

/**
 * How rows are counted: `rank` numbers a position, `position` finds the one of a number. Under IGNORE NULLS only rows whose value is
 * not NULL count; `rank` of another is that of the next one that does.
 */
type Counting = {
  readonly open: (site: PartitionSite) => void;
  readonly rank: (position: Ir) => Ir;
  readonly position: (rank: Ir) => Ir;
  /** How many there are before `end` of the partition. */
  readonly first: (site: PartitionSite) => Ir;
  readonly last: (site: PartitionSite) => Ir;
};

const allRows: Counting = {
  open: () => undefined,
  rank: (position) => position,
  position: (rank) => rank,
  first: ({ start }) => start,
  last: ({ end }) => end,
};

function rowsWithValue(b: FunctionBuilder, compiler: QueryCompiler, rows: WindowRows, value: Expr): Counting {
  const positions = new Scratch(compiler);
  const ranks = new Scratch(compiler);
  const count = b.local("i32", "values");
  const base = b.local("i32", "base");
  const put = (array: Ir, index: Ir, entry: Ir): void =>
    b.store("i32.store", num("i32.add", array, num("i32.shl", index, i32(2))), entry);
  return {
    open: ({ array, start, end }) => {
      const size = b.let(num("i32.add", num("i32.sub", end, start), i32(1)));
      const positionArray = positions.reserve(b, size, 4);
      const rankArray = ranks.reserve(b, size, 4);
      b.set(count, i32(0));
      b.set(base, start);
      b.forRange(start, end, (at) => {
        put(rankArray, num("i32.sub", at, start), get(count));
        put(positionArray, get(count), at);
        const { valid } = compiler.lower(rows.scope(b, entryAt(array, at)), value);
        b.set(count, num("i32.add", get(count), valid ?? i32(1)));
      });
      put(rankArray, num("i32.sub", end, start), get(count));
    },
    rank: (position) => b.let(entryAt(ranks.address(b), num("i32.sub", position, get(base)))),
    position: (rank) => b.let(entryAt(positions.address(b), rank)),
    first: () => i32(0),
    last: () => get(count),
  };
}

/** lag, lead, first_value, last_value, nth_value; undefined for others. */
export function navigationCode(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  rows: WindowRows,
  call: WindowCall,
  frameOf: () => FrameRows,
): FunctionCode | undefined {
  const [value] = call.args;
  if (value === undefined) return undefined;
  const counting = call.ignoreNulls ? rowsWithValue(b, compiler, rows, value) : allRows;
  /** The value at the row with this number; NULL where `exists` is 0. */
  const take = (site: RowSite, rank: Ir, exists: Ir, isSelf: Ir = i32(0)): Operand => {
    const position = b.local("i32", "position");
    // Any readable row will do where there is none.
    b.set(position, site.index);
    b.if(and(exists, not(isSelf)), () => b.set(position, counting.position(rank)));
    const found = compiler.lower(rows.scope(b, entryAt(site.array, get(position))), value);
    return { ...found, valid: found.valid === undefined ? exists : b.let(and(exists, found.valid)) };
  };
  switch (call.name) {
    case "lag":
    case "lead":
      return { open: counting.open, value: (site) => shifted(b, compiler, call, counting, site, take) };
    case "first_value":
    case "last_value":
    case "nth_value": {
      const frame = frameOf();
      return { open: counting.open, value: (site) => nth(b, compiler, call, counting, frame, site, take) };
    }
    default:
      return undefined;
  }
}

type Take = (site: RowSite, rank: Ir, exists: Ir, isSelf?: Ir) => Operand;

const asI64 = (value: Operand): Ir => (value.rep === "i32" ? num("i64.extend_i32_s", value.lo) : value.lo);

function shifted(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  call: WindowCall,
  counting: Counting,
  site: RowSite,
  take: Take,
): Operand {
  const [, offset, fallback] = call.args;
  const distance = offset === undefined ? undefined : compiler.lower(site.scope, offset);
  const written = distance === undefined ? i64(1) : b.let(asI64(distance));
  // An offset of NULL is that of no row, and takes no default; far ones are all the same.
  const far = i64(2n ** 40n);
  const known = distance?.valid === undefined ? written : b.let(select(distance.valid, written, far));
  const most = b.let(select(num("i64.gt_s", known, far), far, known));
  const away = b.let(select(num("i64.lt_s", most, i64(-(2n ** 40n))), i64(-(2n ** 40n)), most));
  const here = b.let(num("i64.extend_i32_u", counting.rank(site.index)));
  const target = call.ignoreNulls
    ? amongValues(b, call, counting, site, here, away)
    : b.let(num(call.name === "lag" ? "i64.sub" : "i64.add", here, away));
  const wide = (rank: Ir): Ir => num("i64.extend_i32_u", rank);
  const inside = and(
    num("i64.ge_s", target, wide(counting.first(site))),
    num("i64.lt_s", target, wide(counting.last(site))),
  );
  // An offset of 0 is the row itself, also under IGNORE NULLS.
  const isSelf = call.ignoreNulls ? b.let(num("i64.eqz", away)) : i32(0);
  const exists = b.let(or(inside, isSelf));
  const found = take(site, b.let(num("i32.wrap_i64", target)), exists, isSelf);
  if (fallback === undefined) return found;
  const rep = naturalRep(call.type);
  const [then, otherwise] = [widen(found, rep, b), widen(compiler.lower(site.scope, fallback), rep, b)];
  const filled = selectOperand(b, exists, then, { ...otherwise, valid: otherwise.valid ?? i32(1) });
  const valid = distance?.valid === undefined ? filled.valid : b.let(and(distance.valid, filled.valid ?? i32(1)));
  return { ...filled, valid, range: undefined };
}

/** The number of the value that lies `away` values before or after the row; 0 is the row itself if it has one. */
function amongValues(b: FunctionBuilder, call: WindowCall, counting: Counting, site: RowSite, here: Ir, away: Ir): Ir {
  const next = b.let(num("i64.extend_i32_u", counting.rank(b.let(num("i32.add", site.index, i32(1))))));
  const signed = call.name === "lag" ? b.let(num("i64.sub", i64(0), away)) : away;
  const ahead = num("i64.sub", num("i64.add", next, signed), i64(1));
  return b.let(select(num("i64.gt_s", signed, i64(0)), ahead, num("i64.add", here, signed)));
}

/** The n-th row of the frame's ranges one after the other. */
function nth(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  call: WindowCall,
  counting: Counting,
  frame: FrameRows,
  site: RowSite,
  take: Take,
): Operand {
  const ranges = frame.ranges(site).map(({ from, to }) => {
    const first = b.let(counting.rank(b.let(from)));
    return { first, count: b.let(num("i64.extend_i32_u", num("i32.sub", counting.rank(b.let(to)), first))) };
  });
  const total = b.let(ranges.map(({ count }) => count).reduce((sum, count) => num("i64.add", sum, count)));
  const [, n] = call.args;
  let wanted: Ir = i64(1);
  let valid: Ir | undefined;
  if (call.name === "last_value") wanted = total;
  else if (n !== undefined) {
    const given = compiler.lower(site.scope, n);
    wanted = b.let(asI64(given));
    valid = given.valid;
  }
  const inside = and(num("i64.ge_s", wanted, i64(1)), num("i64.le_s", wanted, total));
  const exists = b.let(valid === undefined ? inside : and(valid, inside));
  // From the last range back: the first that reaches far enough wins.
  let rank: Ir = i32(0);
  let before: Ir = total;
  for (const { first, count } of ranges.toReversed()) {
    before = b.let(num("i64.sub", before, count));
    const within = num("i32.wrap_i64", num("i64.sub", num("i64.sub", wanted, before), i64(1)));
    rank = b.let(
      select(
        num("i64.gt_s", wanted, before),
        select(num("i64.gt_s", wanted, num("i64.add", before, count)), rank, num("i32.add", first, within)),
        rank,
      ),
    );
  }
  return take(site, rank, exists);
}
