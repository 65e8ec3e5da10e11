import type { WindowCall } from "../../../planner/expr/expr.ts";
import { call as callFunction, type FunctionBuilder, get, i32, num, select } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { Scratch } from "../../codegen/scratch.ts";
import { compileSort } from "../sort/sort-rows.ts";
import { Occurrences } from "./occurrences.ts";
import type { WindowRows } from "./rows.ts";
import { emitSearch, entryAt } from "./search.ts";
import type { FrameRows, FunctionCode, PartitionSite, PeerGroup, RowSite } from "./site.ts";

type MakeCode = (
  b: FunctionBuilder,
  compiler: QueryCompiler,
  rows: WindowRows,
  call: WindowCall,
  peers: () => PeerGroup,
  frame: () => FrameRows,
) => FunctionCode;

/**
 * A function with an order of its own: the rows of every frame are sorted by it (of the whole partition once), and the function sees
 * them as a partition whose frames are all of it.
 */
export function orderedCode(
  b: FunctionBuilder,
  compiler: QueryCompiler,
  rows: WindowRows,
  call: WindowCall,
  frame: FrameRows,
  makeCode: MakeCode,
): FunctionCode {
  const keyIds = call.orderBy.map(({ expr }) => (expr.kind === "Column" ? expr.column.id : 0));
  const { sort, compare } = compileSort(compiler, rows.layout, call.orderBy, keyIds, "arrival");
  const sorted = new Scratch(compiler);
  const count = b.local("i32", "sortedCount");
  const position = b.local("i32", "sortedPosition");
  const place: Place = {
    b,
    sorted,
    count: get(count),
    order: (x, y) => callFunction(compare, b.param(0), b.param(1), x, y),
  };
  const occurrences = call.distinct ? new Occurrences(compiler, rows, call) : undefined;
  const marks = new Scratch(compiler);
  const inner = { ...call, distinct: false, orderBy: [] };
  const current = b.local("i32", "currentRow");
  const code = makeCode(
    b,
    compiler,
    rows,
    inner,
    () => sortedPeers(place, get(current)),
    () => wholeFrame(get(count)),
  );

  const inSorted = (site: PartitionSite): PartitionSite => ({
    ...site,
    array: b.let(sorted.address(b)),
    start: i32(0),
    end: get(count),
  });
  const open = (site: PartitionSite): void => {
    occurrences?.open(site);
    const rowCount = b.let(num("i32.sub", site.end, site.start));
    sorted.reserve(b, rowCount, 4);
    if (occurrences === undefined) return;
    const address = marks.reserve(b, rowCount, 4);
    b.push({ op: "memory.fill", address, value: i32(0), bytes: num("i32.shl", rowCount, i32(2)) });
  };
  /** Sorts the rows of the ranges; under DISTINCT one for every value. `mark` is a new number, not 0. */
  const collect = (site: PartitionSite, ranges: readonly { readonly from: Ir; readonly to: Ir }[], mark: Ir): void => {
    const array = b.let(sorted.address(b));
    b.set(count, i32(0));
    for (const { from, to } of ranges) {
      b.forRange(from, to, (at) => {
        const put = (): void => {
          b.store("i32.store", num("i32.add", array, num("i32.shl", get(count), i32(2))), entryAt(site.array, at));
          b.set(count, num("i32.add", get(count), i32(1)));
        };
        if (occurrences === undefined) return put();
        const value = num("i32.sub", occurrences.first(b, site.start, at), site.start);
        const marked = b.let(num("i32.add", marks.address(b), num("i32.shl", value, i32(2))));
        b.if(num("i32.ne", entryAt(marked, i32(0)), mark), () => {
          b.store("i32.store", marked, mark);
          put();
        });
      });
    }
    b.call(sort, b.param(0), b.param(1), i32(0), array, get(count), i32(0));
  };
  const valueAt = (site: RowSite): ReturnType<FunctionCode["value"]> => {
    b.set(current, entryAt(site.array, site.index));
    b.set(position, positionOf(place, get(current)));
    return code.value({ ...site, ...inSorted(site), index: get(position) });
  };

  if (frame.fromFirstRow && frame.toLastRow && !frame.isExcluding) {
    return {
      open: (site) => {
        open(site);
        collect(site, [{ from: site.start, to: site.end }], i32(1));
        code.open(inSorted(site));
      },
      value: valueAt,
    };
  }
  return {
    open,
    value: (site) => {
      collect(site, frame.ranges(site), b.let(num("i32.add", site.index, i32(1))));
      code.open(inSorted(site));
      return valueAt(site);
    },
  };
}

type Place = {
  readonly b: FunctionBuilder;
  readonly sorted: Scratch;
  readonly count: Ir;
  /** Negative, 0 or positive. */
  readonly order: (x: Ir, y: Ir) => Ir;
};

/** The first position whose row does not come before `row`; `after`: that comes after it. */
function search({ b, sorted, count, order }: Place, row: Ir, after: boolean): Ir {
  const array = b.let(sorted.address(b));
  return emitSearch(b, i32(0), count, (at) => {
    const result = order(entryAt(array, at), row);
    return after ? num("i32.le_s", result, i32(0)) : num("i32.lt_s", result, i32(0));
  });
}

/** Where the row is among the sorted ones; where it would be the first of its peers, if it is not in the frame. */
function positionOf(place: Place, row: Ir): Ir {
  const { b, sorted, count } = place;
  const array = b.let(sorted.address(b));
  const first = b.let(search(place, row, false));
  const at = b.bind(first, "at");
  b.block((leave) => {
    b.loop((again) => {
      b.br(leave, num("i32.ge_u", get(at), count));
      b.br(leave, num("i32.eq", entryAt(array, get(at)), row));
      b.set(at, num("i32.add", get(at), i32(1)));
      b.br(again);
    });
  });
  return b.let(select(num("i32.ge_u", get(at), count), first, get(at)));
}

function sortedPeers(place: Place, row: Ir): PeerGroup {
  const { b, sorted, order } = place;
  return {
    get start() {
      return search(place, row, false);
    },
    get end() {
      return search(place, row, true);
    },
    get group() {
      const array = b.let(sorted.address(b));
      const groups = b.bind(i32(0), "groups");
      b.forRange(i32(0), b.let(search(place, row, false)), (at) => {
        const before = entryAt(array, num("i32.sub", at, i32(1)));
        const isNew = b.bind(num("i32.eqz", at), "isNew");
        b.if(at, () => b.set(isNew, num("i32.ne", order(before, entryAt(array, at)), i32(0))));
        b.set(groups, num("i32.add", get(groups), get(isNew)));
      });
      return get(groups);
    },
  };
}

function wholeFrame(count: Ir): FrameRows {
  return {
    isMonotone: true,
    fromFirstRow: true,
    toLastRow: true,
    isExcluding: false,
    start: i32(0),
    end: count,
    ranges: () => [{ from: i32(0), to: count }],
  };
}
