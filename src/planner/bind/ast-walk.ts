import type { Expression, Query, Statement, TableRef } from "../../sql/ast.ts";

export type AnyNode = { readonly kind: string };

export function isAstNode(value: unknown): value is AnyNode {
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
    else if (isAstNode(value)) {
      if (visit(value)) for (const child of Object.values(value)) if (typeof child === "object") pending.push(child);
    } else if (typeof value === "object" && value !== null) {
      for (const child of Object.values(value)) if (typeof child === "object") pending.push(child);
    }
  }
}

/**
 * A copy of an expression in which `replace` has put something in the place of nodes: another node, or several where it stands
 * in a list; undefined keeps a node and enters it. Queries inside are left as they are. The same object where nothing changed.
 */
export function mapAst<T>(root: T, replace: (node: AnyNode) => AnyNode | readonly AnyNode[] | undefined): T {
  return mapValue(root, replace, 0) as T;
}

const MOST_NESTED = 2000;

function mapValue(
  value: unknown,
  replace: (node: AnyNode) => AnyNode | readonly AnyNode[] | undefined,
  depth: number,
): unknown {
  if (typeof value !== "object" || value === null || depth > MOST_NESTED) return value;
  if (Array.isArray(value)) {
    const mapped = value.flatMap((item: unknown) => {
      const other = mapValue(item, replace, depth + 1);
      return Array.isArray(other) && !Array.isArray(item) ? (other as unknown[]) : [other];
    });
    return mapped.length === value.length && mapped.every((item, i) => item === value[i]) ? value : mapped;
  }
  if (isAstNode(value)) {
    if (value.kind === "Query" && depth > 0) return value;
    const replacement = replace(value);
    if (replacement !== undefined) return replacement;
  }
  let changed: Record<string, unknown> | undefined;
  for (const [key, child] of Object.entries(value)) {
    if (typeof child !== "object" || child === null || key === "span") continue;
    const mapped = mapValue(child, replace, depth + 1);
    // Several nodes have no place where one stood.
    const single =
      Array.isArray(mapped) && !Array.isArray(child)
        ? mapped.length === 1
          ? (mapped as unknown[])[0]
          : child
        : mapped;
    if (single === child) continue;
    changed ??= { ...value };
    changed[key] = single;
  }
  return changed ?? value;
}
