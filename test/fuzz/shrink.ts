/** Makes a failing case small: by turns the query, the rows, the columns that nobody reads and the values. */
import type { Table } from "./generate/database.ts";
import type { Case } from "./cases.ts";
import type { Verdict } from "./messages.ts";
import { print, reductions } from "./tree.ts";

export type Judge = (candidate: Case) => Promise<Verdict>;

type Budget = { checks: number; readonly deadline: number };

/** The smallest case found that fails in the same way, within so many checks and milliseconds. */
export async function shrink(
  failing: Case,
  { what, signature }: Extract<Verdict, { kind: "finding" }>,
  judge: Judge,
  checks: number,
  milliseconds: number,
): Promise<Case> {
  const budget: Budget = { checks, deadline: Date.now() + milliseconds };
  const isError = what === "error" || what === "missing error" || what === "internal error";
  const fails = async (candidate: Case): Promise<boolean> => {
    if (budget.checks-- <= 0 || Date.now() > budget.deadline) return false;
    const verdict = await judge(candidate);
    return verdict.kind === "finding" && verdict.what === what && (!isError || verdict.signature === signature);
  };
  let current = await fewRows(failing, fails);
  for (let round = 0; round < 3; round++) {
    const before = current;
    current = await shrinkTree(current, fails);
    current = await shrinkTables(current, fails);
    if (current === before) break;
  }
  return current;
}

type Fails = (candidate: Case) => Promise<boolean>;

/** Large tables make every check slow: often some of their rows will do. */
async function fewRows(failing: Case, fails: Fails): Promise<Case> {
  for (const rows of [0, 8, 40]) {
    const smaller = {
      ...failing,
      tables: failing.tables.map((table) => ({ ...table, rows: table.rows.slice(0, rows), doublings: 0 })),
    };
    if (await fails(smaller)) return smaller;
  }
  return failing;
}

async function shrinkTree(start: Case, fails: Fails): Promise<Case> {
  let current = start;
  let position = 0;
  for (;;) {
    let index = 0;
    let improved = false;
    for (const tree of reductions(current.tree)) {
      if (index++ < position) continue;
      const smaller = { ...current, tree };
      if (print(tree).length < print(current.tree).length && (await fails(smaller))) {
        current = smaller;
        improved = true;
        break;
      }
    }
    if (!improved && position === 0) return current;
    // What was tried before most likely still fails to reduce; the last turn starts again from the top.
    position = improved ? index - 1 : 0;
  }
}

async function shrinkTables(start: Case, fails: Fails): Promise<Case> {
  let current = start;
  const attempt = async (tables: readonly Table[]): Promise<boolean> => {
    const smaller = { ...current, tables };
    if (!(await fails(smaller))) return false;
    current = smaller;
    return true;
  };
  for (const { name } of start.tables) await attempt(current.tables.filter((table) => table.name !== name));
  for (const { name } of current.tables) {
    const table = (): Table => current.tables.find((other) => other.name === name)!;
    const change = (next: Table): Promise<boolean> =>
      attempt(current.tables.map((other) => (other.name === name ? next : other)));
    for (let { doublings } = table(); doublings > 0; doublings--)
      await change({ ...table(), doublings: doublings - 1 });
    await shrinkRows(table, change);
    for (const column of table().columns) await change(withoutColumn(table(), column.name));
    if (table().rows.length > 6) continue;
    for (const [r, row] of table().rows.entries()) {
      for (const [c, value] of row.entries()) {
        if (value !== "NULL")
          await change({ ...table(), rows: table().rows.with(r, table().rows[r]!.with(c, "NULL")) });
      }
    }
  }
  return current;
}

async function shrinkRows(table: () => Table, change: (next: Table) => Promise<boolean>): Promise<void> {
  for (let size = table().rows.length; size >= 1; size >>= 1) {
    for (let at = 0; at < table().rows.length;) {
      const { rows } = table();
      if (!(await change({ ...table(), rows: [...rows.slice(0, at), ...rows.slice(at + size)] }))) at += size;
    }
  }
}

function withoutColumn(table: Table, name: string): Table {
  const at = table.columns.findIndex((column) => column.name === name);
  if (table.columns.length === 1) return table;
  return {
    ...table,
    columns: table.columns.toSpliced(at, 1),
    rows: table.rows.map((row) => row.toSpliced(at, 1)),
  };
}
