import type { Expression, Identifier, ObjectName, Select, SelectItem, Star } from "../../sql/ast.ts";
import type { Expr } from "../expr/expr.ts";
import { columnName } from "./column-name.ts";
import { type BindContext, bindError, spanOf, unsupported } from "./context.ts";
import type { AliasLookup, Environment } from "./environment.ts";
import { matchingRelations, type RelationColumn, type Scope, shownColumn } from "./scope.ts";
import { didYouMean } from "./suggest.ts";

/** One output of a SELECT. `item` is the position of the SELECT item that it came from. */
export type SelectOutput = {
  readonly name: string;
  readonly expr: Expr;
  readonly node: Expression;
  readonly item: number;
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
    const expr = lateral.grouped(i) ?? env.bind(node);
    const own = expr.kind === "Column" && node.kind === "ColumnRef" ? nameInScope(env.scope, expr) : undefined;
    return [{ name: item.alias?.name ?? own ?? columnName(node), expr, node, item: i }];
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

/** `*` and `t.*` with EXCLUDE, REPLACE and RENAME. */
function expandStar(env: Environment, star: Star, item: SelectItem, position: number): SelectOutput[] {
  const { ctx, scope } = env;
  if (star.like !== undefined) throw unsupported(ctx, "* LIKE", star);
  if (item.alias !== undefined) throw bindError(ctx, "* cannot have an alias", item.alias);
  const entries = star.qualifier === undefined ? allShown(ctx, scope, star) : ofRelation(ctx, scope, star.qualifier);
  const known = entries.map((entry) => entry.name);
  const excluded = namesIn(ctx, star.exclude, known, "EXCLUDE");
  const replaced = new Map(
    star.replace.map((replacement) => [(replacement.alias?.name ?? "").toLowerCase(), replacement]),
  );
  for (const replacement of star.replace) requireName(ctx, replacement.alias, known, "REPLACE");
  const renamed = new Map(
    star.rename.map(({ from, to }) => [(from.parts.at(-1) as Identifier).name.toLowerCase(), to.name]),
  );
  namesIn(
    ctx,
    star.rename.map(({ from }) => from),
    known,
    "RENAME",
  );
  const span = spanOf(ctx, star);
  return entries.flatMap((entry): SelectOutput[] => {
    const key = entry.name.toLowerCase();
    if (excluded.has(key)) return [];
    const replacement = replaced.get(key);
    const expr: Expr =
      replacement === undefined
        ? { kind: "Column", column: shownColumn(entry), span }
        : env.bind(replacement.expression);
    return [{ name: renamed.get(key) ?? entry.name, expr, node: replacement?.expression ?? star, item: position }];
  });
}

function allShown(ctx: BindContext, scope: Scope, star: Star): readonly RelationColumn[] {
  if (scope.relations.length === 0) throw bindError(ctx, "* needs a FROM clause", star);
  return scope.relations.flatMap((relation) => relation.columns.filter((entry) => !entry.hidden));
}

function ofRelation(ctx: BindContext, scope: Scope, qualifier: ObjectName): readonly RelationColumn[] {
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) {
    const [relation] = matchingRelations(level, qualifier.parts);
    if (relation !== undefined) return relation.columns;
  }
  const name = qualifier.parts.at(-1)?.name ?? "";
  const names = scope.relations.flatMap((relation) => relation.name ?? []);
  throw bindError(ctx, `there is no table "${name}" in this query`, qualifier, didYouMean(name, names));
}

function namesIn(
  ctx: BindContext,
  names: readonly ObjectName[],
  known: readonly string[],
  clause: string,
): ReadonlySet<string> {
  return new Set(names.map((name) => requireName(ctx, name.parts.at(-1), known, clause)));
}

function requireName(
  ctx: BindContext,
  identifier: Identifier | undefined,
  known: readonly string[],
  clause: string,
): string {
  const key = identifier?.name.toLowerCase() ?? "";
  if (identifier !== undefined && !known.some((name) => name.toLowerCase() === key)) {
    throw bindError(
      ctx,
      `column "${identifier.name}" of ${clause} is not in *`,
      identifier,
      didYouMean(identifier.name, known),
    );
  }
  return key;
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
