import type { Expr, Subquery } from "./expr.ts";

/** The direct children of an expression, in evaluation order. A Subquery's children are its comparands, not its plan. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "Literal":
    case "Column":
    case "Parameter":
    case "LambdaParameter":
      return [];
    case "Lambda":
      return [expr.body];
    case "Call":
    case "And":
    case "Or":
      return expr.args;
    case "Cast":
    case "Not":
    case "IsNull":
    case "InList":
      return [expr.input];
    case "Case":
      return [...expr.branches.flatMap(({ when, then }) => [when, then]), expr.otherwise];
    case "Subquery":
      return comparandsOf(expr);
  }
}

/** The comparands of a quantified subquery; none for scalar and exists. */
export function comparandsOf(subquery: Subquery): readonly Expr[] {
  return subquery.mode.kind === "quantified" ? subquery.mode.comparands : [];
}

/**
 * The expression with every direct child replaced by `map(child)`; the same object when no child changed. InList values
 * are constants and stay.
 */
export function mapChildren(expr: Expr, map: (child: Expr) => Expr): Expr {
  switch (expr.kind) {
    case "Literal":
    case "Column":
    case "Parameter":
    case "LambdaParameter":
      return expr;
    case "Lambda": {
      const body = map(expr.body);
      return body === expr.body ? expr : { ...expr, body };
    }
    case "Call":
    case "And":
    case "Or": {
      const args = mapList(expr.args, map);
      return args === expr.args ? expr : { ...expr, args };
    }
    case "Cast":
    case "Not":
    case "IsNull":
    case "InList": {
      const input = map(expr.input);
      return input === expr.input ? expr : { ...expr, input };
    }
    case "Case": {
      const branches = mapList(expr.branches, (branch) => {
        const when = map(branch.when);
        const then = map(branch.then);
        return when === branch.when && then === branch.then ? branch : { when, then };
      });
      const otherwise = map(expr.otherwise);
      return branches === expr.branches && otherwise === expr.otherwise ? expr : { ...expr, branches, otherwise };
    }
    case "Subquery": {
      if (expr.mode.kind !== "quantified") return expr;
      const comparands = mapList(expr.mode.comparands, map);
      return comparands === expr.mode.comparands ? expr : { ...expr, mode: { ...expr.mode, comparands } };
    }
  }
}

/** `items.map(map)`, but the same array when nothing changed. */
export function mapList<T>(items: readonly T[], map: (item: T) => T): readonly T[] {
  let changed = false;
  const mapped = items.map((item) => {
    const next = map(item);
    if (next !== item) changed = true;
    return next;
  });
  return changed ? mapped : items;
}

/**
 * Rewrites bottom-up: `rewrite` sees each node with its children already rewritten. Left-deep chains of calls
 * (`a + b + c + ...`) are walked in a loop, so that their length does not show on the stack.
 */
export function transformExpr(expr: Expr, rewrite: (expr: Expr) => Expr): Expr {
  const spine: Expr[] = [];
  let bottom = expr;
  for (let next = leftOf(bottom); next !== undefined; next = leftOf(bottom)) {
    spine.push(bottom);
    bottom = next;
  }
  let result = rewrite(mapChildren(bottom, (child) => transformExpr(child, rewrite)));
  while (spine.length > 0) {
    const node = spine.pop() as Expr;
    const left = leftOf(node);
    const rewritten = result;
    result = rewrite(mapChildren(node, (child) => (child === left ? rewritten : transformExpr(child, rewrite))));
  }
  return result;
}

/** The child along which long chains grow; undefined at the chain's end. */
function leftOf(expr: Expr): Expr | undefined {
  if (expr.kind === "Call") return expr.args[0];
  if (expr.kind === "Cast" || expr.kind === "Not") return expr.input;
  return undefined;
}

/** Calls `visit` on the expression and everything in it, parents first, left to right; does not enter subquery plans. */
export function walkExpr(expr: Expr, visit: (expr: Expr) => void): void {
  const pending: Expr[] = [expr];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    visit(next);
    const children = childrenOf(next);
    for (let i = children.length - 1; i >= 0; i--) pending.push(children[i] as Expr);
  }
}

/** Whether the expression or anything in it satisfies `test`; does not enter subquery plans. */
export function someExpr(expr: Expr, test: (expr: Expr) => boolean): boolean {
  const pending: Expr[] = [expr];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (test(next)) return true;
    pending.push(...childrenOf(next));
  }
  return false;
}

/**
 * Rewrites top-down: where `replace` gives an expression, that stands for the whole part and is not entered; undefined goes on
 * into the children. Left-deep chains are walked in a loop.
 */
export function replaceParts(expr: Expr, replace: (part: Expr) => Expr | undefined): Expr {
  const spine: Expr[] = [];
  let bottom = expr;
  let result = replace(bottom);
  for (let next = leftOf(bottom); result === undefined && next !== undefined; next = leftOf(bottom)) {
    spine.push(bottom);
    bottom = next;
    result = replace(bottom);
  }
  result ??= mapChildren(bottom, (child) => replaceParts(child, replace));
  while (spine.length > 0) {
    const node = spine.pop() as Expr;
    const left = leftOf(node);
    const replaced = result;
    result = mapChildren(node, (child) => (child === left ? replaced : replaceParts(child, replace)));
  }
  return result;
}
