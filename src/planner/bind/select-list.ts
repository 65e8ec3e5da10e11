import type { Expression, Identifier, Select, SelectItem, Star } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { columnName } from "./column-name.ts";
import { expandColumns, starColumns } from "./columns.ts";
import { type BindContext, bindError, spanOf } from "./context.ts";
import type { AliasLookup, Environment } from "./environment.ts";
import { type Scope, shownColumn } from "./scope.ts";
import { isUnnest, unnestParts } from "./unnest.ts";

/** One output of a SELECT. `item` is the position of the SELECT item that it came from. */
export type SelectOutput = {
  readonly name: string;
  readonly expr: Expr;
  readonly node: Expression;
  readonly item: number;
  /** Whether AS gave the name. */
  readonly aliased?: boolean;
};

/** Binds the items in order; `lateral` must let an item see only the aliases before it. */
export function bindSelectList(
  env: Environment,
  items: readonly SelectItem[],
  lateral: SelectAliases,
): readonly SelectOutput[] {
  return items.flatMap((item, i): SelectOutput[] => {
    lateral.showFirst(i);
    const node = item.expression;
    if (node.kind === "Star") return expandStar(env, node, item, i);
    const several = expandColumns(env, node, item.alias);
    if (several !== undefined) {
      return several.map((one) => {
        const name = one.name === "" ? columnName(one.node) : one.name;
        return { name, expr: env.bind(one.node), node: one.node, item: i };
      });
    }
    if (node.kind === "FunctionCall" && isUnnest(node) && lateral.grouped(i) === undefined) {
      return unnestParts(env, node).map(({ name, expr }, _, all) => {
        const alias = all.length === 1 ? item.alias?.name : undefined;
        return { name: alias ?? (name === "unnest" ? columnName(node) : name), expr, node, item: i };
      });
    }
    const expr = lateral.grouped(i) ?? env.bind(node);
    const own = expr.kind === "Column" && node.kind === "ColumnRef" ? nameInScope(env.scope, expr) : undefined;
    const aliased = item.alias !== undefined;
    return [{ name: item.alias?.name ?? own ?? columnName(node), expr, node, item: i, aliased }];
  });
}

/** A plain column keeps its name as the table spells it. */
function nameInScope(scope: Scope, expr: Extract<Expr, { kind: "Column" }>): string | undefined {
  for (const relation of scope.relations) {
    for (const entry of relation.columns)
      if (entry.column.id === expr.column.id || entry.merged?.id === expr.column.id) return entry.name;
  }
  return undefined;
}

/** The columns that a star stands for. */
function expandStar(env: Environment, star: Star, item: SelectItem, position: number): SelectOutput[] {
  const { ctx } = env;
  if (item.alias !== undefined) throw bindError(ctx, "* cannot have an alias", item.alias);
  const span = spanOf(ctx, star);
  return starColumns(env, star).map(({ entry, name, replacement }) => {
    const expr: Expr =
      replacement === undefined ? { kind: "Column", column: shownColumn(entry), span } : env.bind(replacement);
    return { name, expr, node: replacement ?? star, item: position };
  });
}

/** Every further use of aliases costs their expressions again; this many are plenty. */
const MAX_EXPANSIONS = 10_000;

/** The aliases of one SELECT list. An alias means its expression, bound where it is used. */
export class SelectAliases implements AliasLookup {
  readonly #ctx: BindContext;
  readonly #items: readonly SelectItem[];
  readonly #byName = new Map<string, number>();
  readonly #open = new Set<number>();
  readonly #grouped = new Map<number, Expr>();
  #visible = 0;
  #expansions = 0;
  /** Set for HAVING and ORDER BY once the groups are known. */
  #hides: AliasLookup["hides"] = () => false;

  constructor(ctx: BindContext, select: Select) {
    this.#ctx = ctx;
    this.#items = select.items;
    for (const [i, item] of select.items.entries()) {
      const key = item.alias?.name.toLowerCase();
      if (key !== undefined && !this.#byName.has(key)) this.#byName.set(key, i);
    }
    this.#visible = select.items.length;
  }

  /** Only the aliases of the first `count` items are visible from now on. */
  showFirst(count: number): void {
    this.#visible = count;
  }

  showAll(): void {
    this.#visible = this.#items.length;
  }

  hideColumns(hides: AliasLookup["hides"]): void {
    this.#hides = hides;
  }

  /** Remembers what GROUP BY made of an item, so that the item is the same (subqueries equal only themselves). */
  group(index: number, expr: Expr): void {
    this.#grouped.set(index, expr);
  }

  grouped(index: number): Expr | undefined {
    return this.#grouped.get(index);
  }

  /** The position of the item with this alias. */
  indexOf(name: Identifier): number | undefined {
    return this.#byName.get(name.name.toLowerCase());
  }

  hides: AliasLookup["hides"] = (column) => this.#hides(column);

  names: AliasLookup["names"] = () => this.#items.flatMap((item) => item.alias?.name ?? []);

  find: AliasLookup["find"] = (name, env) => {
    const index = this.indexOf(name);
    const item = index === undefined ? undefined : this.#items[index];
    if (index === undefined || item === undefined || index >= this.#visible || this.#open.has(index)) return undefined;
    if (++this.#expansions > MAX_EXPANSIONS)
      throw bindError(this.#ctx, "aliases are used too often in one SELECT", name);
    this.#open.add(index);
    const expr = env.bind(item.expression);
    this.#open.delete(index);
    return expr;
  };
}
