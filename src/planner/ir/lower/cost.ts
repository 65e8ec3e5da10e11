/** Whether code is so cheap and harmless that running it unasked beats a branch around it. */
import type { Ir, Stmt } from "../ir.ts";

const MOST_INSTRUCTIONS = 24;

/** Straight-line arithmetic and loads: no call, no branch, nothing that traps. */
export function isCheap(statements: readonly Stmt[]): boolean {
  let instructions = 0;
  const visit = (ir: Ir): boolean => {
    if (++instructions > MOST_INSTRUCTIONS) return false;
    switch (ir.op) {
      case "const":
      case "v128.const":
      case "get":
        return true;
      case "tee":
        return visit(ir.value);
      case "num":
        return !/\.(div|rem)_|\.trunc_f/.test(ir.name) && ir.args.every(visit);
      case "lane":
        return ir.args.every(visit);
      case "load":
        return visit(ir.address);
      case "select":
        return visit(ir.cond) && visit(ir.then) && visit(ir.otherwise);
      case "atomic":
      case "ifelse":
      case "call":
        return false;
    }
  };
  return statements.every((statement) => statement.op === "set" && visit(statement.value));
}
