import type { Ir, IrFunction, Local, Stmt, ValueType } from "../../planner/ir/ir.ts";

/** Where each local of a function lives: `slots[local.index]`; the slots after the parameters are grouped by type. */
export type LocalSlots = {
  readonly slots: readonly number[];
  readonly groups: readonly { readonly type: ValueType; readonly count: number }[];
};

/** V8 takes 50,000 locals a function. Sharing costs a walk over the code, so only long functions pay for it. */
const MOST_UNSHARED = 1000;

/** A slot for each local; where there are more than `mostUnshared`, locals whose lives do not overlap share slots. */
export function localSlots(fn: IrFunction, mostUnshared: number = MOST_UNSHARED): LocalSlots {
  const params = fn.ref.params.length;
  const lives = fn.locals.length > mostUnshared ? livesOf(fn) : new Map<number, Life>();
  const pools = new Map<ValueType, Pool>();
  const poolOf = (type: ValueType): Pool => {
    const pool = pools.get(type) ?? { count: 0, free: [] };
    pools.set(type, pool);
    return pool;
  };
  /** Within the pool of the local's type. */
  const places: number[] = [];
  const shared = [...lives.values()].filter(({ shareable }) => shareable);
  for (const { index, type } of fn.locals.slice(params)) {
    if (lives.get(index)?.shareable !== true) places[index] = poolOf(type).count++;
  }
  // Linear scan in the order of assignment: a place is free again when the life that had it is over.
  const byEnd = shared.toSorted((x, y) => x.last - y.last);
  let ended = 0;
  for (const { local, first } of shared.toSorted((x, y) => x.first - y.first)) {
    for (let life = byEnd[ended]; life !== undefined && life.last < first; life = byEnd[++ended]) {
      poolOf(life.local.type).free.push(places[life.local.index]!);
    }
    const pool = poolOf(local.type);
    places[local.index] = pool.free.pop() ?? pool.count++;
  }
  const start = new Map<ValueType, number>();
  let next = params;
  for (const [type, { count }] of pools) {
    start.set(type, next);
    next += count;
  }
  return {
    slots: fn.locals.map(({ index, type }) => (index < params ? index : start.get(type)! + places[index]!)),
    groups: [...pools].map(([type, { count }]) => ({ type, count })),
  };
}

type Pool = { count: number; readonly free: number[] };

/** A statement list while it is walked. */
type Region = { readonly depth: number; readonly isLoop: boolean; open: boolean; readonly carried: Set<Life> };

/**
 * From the first mention to the last, in the order of evaluation. A life that goes on into a loop lasts until the loop's
 * end. Only a local that is assigned first of all, by a statement of the list below which all its mentions are, may
 * share: then nobody reads what its slot held before.
 */
type Life = {
  readonly local: Local;
  readonly first: number;
  last: number;
  readonly region: Region;
  shareable: boolean;
};

function livesOf(fn: IrFunction): ReadonlyMap<number, Life> {
  const lives = new Map<number, Life>();
  const regions: Region[] = [];
  let now = 0;

  const mention = (local: Local, assigns: boolean): void => {
    const life = lives.get(local.index);
    if (life === undefined) {
      const region = regions.at(-1)!;
      lives.set(local.index, { local, first: now, last: now, region, shareable: assigns });
      return;
    }
    life.last = now;
    if (!life.region.open) life.shareable = false;
    else
      regions
        .slice(life.region.depth + 1)
        .find(({ isLoop }) => isLoop)
        ?.carried.add(life);
  };
  const visitIr = (ir: Ir): void => {
    now++;
    switch (ir.op) {
      case "const":
      case "v128.const":
        return;
      case "get":
        return mention(ir.local, false);
      case "tee":
        visitIr(ir.value);
        return mention(ir.local, false);
      case "load":
        return visitIr(ir.address);
      case "select":
      case "ifelse":
        return [ir.cond, ir.then, ir.otherwise].forEach(visitIr);
      case "num":
      case "lane":
      case "atomic":
      case "call":
        return ir.args.forEach(visitIr);
      default:
        return ir satisfies never;
    }
  };
  const visitList = (list: readonly Stmt[], isLoop: boolean): void => {
    const region: Region = { depth: regions.length, isLoop, open: true, carried: new Set() };
    regions.push(region);
    list.forEach(visit);
    regions.pop();
    region.open = false;
    for (const life of region.carried) life.last = ++now;
  };
  const visit = (stmt: Stmt): void => {
    switch (stmt.op) {
      case "set":
        visitIr(stmt.value);
        now++;
        return mention(stmt.local, true);
      case "store":
        return [stmt.address, stmt.value].forEach(visitIr);
      case "if":
        visitIr(stmt.cond);
        visitList(stmt.then, false);
        return visitList(stmt.otherwise, false);
      case "block":
      case "loop":
        return visitList(stmt.body, stmt.op === "loop");
      case "br":
        return stmt.cond === undefined ? undefined : visitIr(stmt.cond);
      case "callTo":
        stmt.args.forEach(visitIr);
        now++; // all results at one time: they are stored in the reverse order
        return stmt.results.forEach((local) => mention(local, true));
      case "return":
        return stmt.values.forEach(visitIr);
      case "memory.fill":
        return [stmt.address, stmt.value, stmt.bytes].forEach(visitIr);
      case "memory.copy":
        return [stmt.to, stmt.from, stmt.bytes].forEach(visitIr);
      case "unreachable":
        return;
      default:
        return stmt satisfies never;
    }
  };
  visitList(fn.body, false);
  return lives;
}
