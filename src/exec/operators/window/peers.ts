import type { Column } from "../../../planner/expr/expr.ts";
import type { FunctionBuilder } from "../../../planner/ir/builder.ts";
import { get, i32, num } from "../../../planner/ir/builder.ts";
import type { Ir, Local } from "../../../planner/ir/ir.ts";
import type { WindowRows } from "./rows.ts";
import { entryAt } from "./search.ts";
import type { PartitionSite, PeerGroup, RowSite, Tracker } from "./site.ts";

/** The current row's peers in the window's order. */
export class Peers implements Tracker, PeerGroup {
  private readonly rows: WindowRows;
  private readonly columns: readonly Column[];
  private readonly first: Local;
  private readonly behind: Local;
  private readonly number: Local;

  /** `orderKeys`: how many of the order keys make peers. */
  constructor(b: FunctionBuilder, rows: WindowRows, orderKeys: number) {
    this.rows = rows;
    this.columns = rows.orderBy.slice(0, orderKeys).map(({ column }) => column);
    this.first = b.local("i32", "peersStart");
    this.behind = b.local("i32", "peersEnd");
    this.number = b.local("i32", "peersGroup");
  }

  get start(): Ir {
    return get(this.first);
  }
  get end(): Ir {
    return get(this.behind);
  }
  get group(): Ir {
    return get(this.number);
  }

  open({ b, start, end }: PartitionSite): void {
    const isOne = this.columns.length === 0;
    b.set(this.first, start);
    b.set(this.behind, isOne ? end : start);
    b.set(this.number, i32(isOne ? 0 : -1));
  }

  advance({ b, array, end, index }: RowSite): void {
    if (this.columns.length === 0) return;
    b.if(num("i32.ge_u", index, this.end), () => {
      b.set(this.first, index);
      b.set(this.number, num("i32.add", this.group, i32(1)));
      b.set(this.behind, this.endOfGroup(b, array, index, end));
    });
  }

  /** The end of the group of peers that begins at `from`. */
  endOfGroup(b: FunctionBuilder, array: Ir, from: Ir, end: Ir): Ir {
    const row = b.let(entryAt(array, from));
    const at = b.bind(num("i32.add", from, i32(1)), "peer");
    b.block((leave) => {
      b.loop((again) => {
        b.br(leave, num("i32.ge_u", get(at), end));
        b.br(leave, num("i32.eqz", this.rows.same(b, this.columns, row, entryAt(array, get(at)))));
        b.set(at, num("i32.add", get(at), i32(1)));
        b.br(again);
      });
    });
    return get(at);
  }
}
