import type { Expression, Query, Statement, TableRef } from "../../sql/ast.ts";

type AnyNode = { readonly kind: string };

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";
}

/**
 * Calls `visit` on every node below and including `root`, whatever its kind, in no particular order. `visit` returns false to
 * stay out of a node. Deep chains do not show on the stack.
 */
export function walkAst(root: Statement | Query | Expression | TableRef, visit: (node: AnyNode) => boolean): void {
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (Array.isArray(value)) for (const item of value) pending.push(item);
    else if (isNode(value)) {
      if (visit(value)) for (const child of Object.values(value)) if (typeof child === "object") pending.push(child);
    } else if (typeof value === "object" && value !== null) {
      for (const child of Object.values(value)) if (typeof child === "object") pending.push(child);
    }
  }
}
