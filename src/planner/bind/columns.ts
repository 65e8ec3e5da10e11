import type {
  ColumnRef,
  Columns,
  Expression,
  Identifier,
  ObjectName,
  SelectItem,
  Star,
  StarPattern,
} from "../../sql/ast.ts";
import { typeOf } from "../expr/type-of.ts";
import { typeName } from "../types/types.ts";
import { fold } from "../ir/fold.ts";
import { isAstNode, mapAst } from "./ast-walk.ts";
import { type BindContext, bindError, unsupported } from "./context.ts";
import type { Environment } from "./environment.ts";
import { nameMatches } from "./name-pattern.ts";
import { matchingRelations, resolveLocally, type RelationColumn, type Scope } from "./scope.ts";
import { didYouMean } from "./suggest.ts";

/** A column that a star stands for. */
export type StarColumn = {
  readonly relation: Identifier | undefined;
  readonly entry: RelationColumn;
  /** The name that it goes by in the result. */
  readonly name: string;
  /** What REPLACE puts in its place. */
  readonly replacement: Expression | undefined;
};

/** The columns of `*` or `t.*` after EXCLUDE, REPLACE, RENAME and LIKE. */
export function starColumns(env: Environment, star: Star): readonly StarColumn[] {
  const { ctx, scope } = env;
  const all = star.qualifier === undefined ? shownColumns(ctx, scope, star) : ofQualifier(env, star.qualifier);
  const known = all.map(({ entry }) => entry.name);
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
  const kept = all.flatMap(({ relation, entry, field }): StarColumn[] => {
    const key = entry.name.toLowerCase();
    if (excluded(key, relation?.name)) return [];
    const replacement = replaced.get(key)?.expression ?? field;
    return [{ relation, entry, name: renamed.get(key) ?? entry.name, replacement }];
  });
  const { like } = star;
  if (like === undefined) return kept;
  const liked = kept.filter(({ name }) => isLike(env, like, name));
  if (liked.length === 0) throw bindError(ctx, "no column matches the pattern of *", star);
  return liked;
}

function isLike({ ctx }: Environment, { operator, pattern, negated }: StarPattern, name: string): boolean {
  if (pattern.kind !== "StringLiteral")
    throw unsupported(ctx, "a pattern of column names that is not constant", pattern);
  return nameMatches(name, operator, pattern.value) !== negated;
}

/** Whether a condition without columns is TRUE. */
function holds(env: Environment, condition: Expression, node: Expression): boolean {
  const bound = env.bind(condition);
  const value = bound.kind === "Literal" ? bound : fold(bound);
  if (value === undefined) throw unsupported(env.ctx, "a condition on column names that is not constant", node);
  return value.value === true;
}

/** `field`: of a struct, what stands for the column. */
type Located = Pick<StarColumn, "relation" | "entry"> & { readonly field?: Expression };

/** The columns of a table, or the fields of a struct. */
function ofQualifier(env: Environment, qualifier: ObjectName): readonly Located[] {
  const { ctx, scope } = env;
  const { parts, span } = qualifier;
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) {
    if (matchingRelations(level, parts).length > 0) return ofRelation(ctx, scope, qualifier);
  }
  const found = resolveLocally(ctx, scope, parts);
  if (found === undefined) return ofRelation(ctx, scope, qualifier);
  const operand: Expression = { kind: "ColumnRef", parts, span };
  const type = typeOf(env.bind(operand));
  if (type.kind !== "Struct") throw bindError(ctx, `${typeName(type)} has no fields: it is no STRUCT`, qualifier);
  return type.fields.map(({ name }) => {
    const identifier: Identifier = { kind: "Identifier", name, quoted: true, span };
    return {
      relation: undefined,
      entry: { name, column: found.column, merged: undefined, hidden: false },
      field: { kind: "FieldAccess", operand, field: identifier, span },
    };
  });
}

function shownColumns(ctx: BindContext, scope: Scope, node: Expression): readonly Located[] {
  if (scope.relations.length === 0) throw bindError(ctx, "* needs a FROM clause", node);
  return scope.relations.flatMap((relation) =>
    relation.columns.filter((entry) => !entry.hidden).map((entry) => ({ relation: named(relation.name, node), entry })),
  );
}

function named(name: string | undefined, { span }: Expression): Identifier | undefined {
  return name === undefined ? undefined : { kind: "Identifier", name, quoted: true, span };
}

function ofRelation(ctx: BindContext, scope: Scope, qualifier: ObjectName): readonly Located[] {
  const name = qualifier.parts.at(-1) as Identifier;
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) {
    const [relation] = matchingRelations(level, qualifier.parts);
    if (relation !== undefined) return relation.columns.map((entry) => ({ relation: name, entry }));
  }
  const names = scope.relations.flatMap((relation) => relation.name ?? []);
  throw bindError(ctx, `there is no table "${name.name}" in this query`, qualifier, didYouMean(name.name, names));
}

/** Whether a column is among `names`, of which `t.a` only means that of t. */
function namesIn(
  ctx: BindContext,
  names: readonly ObjectName[],
  known: readonly string[],
  clause: string,
): (name: string, relation: string | undefined) => boolean {
  const wanted = names.map((name) => {
    requireName(ctx, name.parts.at(-1), known, clause);
    return name.parts.map((part) => part.name.toLowerCase());
  });
  return (name, relation) =>
    wanted.some((parts) => parts.at(-1) === name && (parts.length === 1 || parts.at(-2) === relation?.toLowerCase()));
}

function requireName(
  ctx: BindContext,
  identifier: Identifier | undefined,
  known: readonly string[],
  clause: string,
): void {
  const key = identifier?.name.toLowerCase() ?? "";
  if (identifier === undefined || known.some((name) => name.toLowerCase() === key)) return;
  const hint = didYouMean(identifier.name, known);
  throw bindError(ctx, `column "${identifier.name}" of ${clause} is not in *`, identifier, hint);
}

/**
 * An expression with COLUMNS(...) once for every column that it selects, in their order, each with the name it gives its result;
 * undefined for an expression without. Several in one expression must select the same.
 */
export function expandColumns(
  env: Environment,
  node: Expression,
  alias: Identifier | undefined = undefined,
): readonly { readonly node: Expression; readonly name: string }[] | undefined {
  if (node.kind === "Columns" && node.unpack)
    throw bindError(env.ctx, "*COLUMNS needs a function or a list to put the columns into: use COLUMNS here", node);
  const spread = unpackColumns(env, node);
  const found = columnsIn(spread);
  const [first] = found;
  const stranded = found.find(({ unpack }) => unpack);
  if (stranded !== undefined)
    throw bindError(env.ctx, "*COLUMNS needs a function or a list to put several columns into", stranded);
  if (first === undefined) return spread === node ? undefined : [{ node: spread, name: alias?.name ?? "" }];
  const selections = found.map((columns) => selectedColumns(env, columns));
  const [selection] = selections as [readonly StarColumn[]];
  const same = ({ name }: StarColumn, i: number): boolean => selection[i]?.name === name;
  const other = selections.findIndex((list) => list.length !== selection.length || !list.every(same));
  if (other >= 0) throw bindError(env.ctx, "several COLUMNS in one expression must be the same", found[other] ?? node);
  return selection.map((column) => ({
    node: mapAst(spread, (part) => (part.kind === "Columns" ? reference(column, first) : undefined)),
    name: alias === undefined ? column.name : aliasFor(env.ctx, alias, column.name, first),
  }));
}

/** The expression with `*COLUMNS(...)` among arguments and list items replaced by the columns themselves. */
function unpackColumns(env: Environment, node: Expression): Expression {
  return mapAst(node, (part) => {
    const unpacked = part.kind === "FunctionArgument" ? (part as unknown as { value: Expression }).value : part;
    const items = unpackedItems(env, unpacked as Expression);
    if (items === undefined) return part.kind === "Columns" ? part : undefined;
    return unpacked === part ? items : items.map((value) => ({ ...part, value }));
  });
}

/** What `*COLUMNS(...)` and `UNPACK(expression with COLUMNS)` put into the list around; undefined for all else. */
function unpackedItems(env: Environment, node: Expression): readonly Expression[] | undefined {
  if (node.kind === "Columns") {
    const [inner] = columnsIn(node.selector);
    if (inner !== undefined) throw bindError(env.ctx, "COLUMNS is not allowed inside of COLUMNS", inner);
    return node.unpack ? selectedColumns(env, node).map((column) => reference(column, node)) : undefined;
  }
  if (node.kind !== "FunctionCall" || node.name.parts.at(-1)?.name.toLowerCase() !== "unpack") return undefined;
  const [argument, another] = node.args;
  if (argument === undefined || another !== undefined) throw bindError(env.ctx, "unpack takes one argument", node);
  const { value } = argument;
  const all: Expression =
    value.kind === "Star"
      ? { kind: "Columns", qualifier: value.qualifier, selector: value, unpack: false, span: value.span }
      : value;
  if (columnsIn(all).length === 0) throw bindError(env.ctx, "unpack needs * or COLUMNS(...) in its argument", node);
  return expandColumns(env, all)?.map((column) => column.node);
}

/** Those of this query, not of its subqueries. */
function columnsIn(node: Expression): readonly Columns[] {
  const found: Columns[] = [];
  mapAst(node, (part) => {
    if (part.kind === "Columns") found.push(part as Columns);
    return part.kind === "Columns" ? part : undefined;
  });
  return found;
}

function reference({ relation, entry, replacement }: StarColumn, { span }: Columns): Expression {
  if (replacement !== undefined) return replacement;
  const name: Identifier = { kind: "Identifier", name: entry.name, quoted: true, span };
  // The merged column of a USING has no table.
  const qualified = relation !== undefined && entry.merged === undefined;
  const parts = qualified ? [relation, name] : [name];
  return { kind: "ColumnRef", parts, span } satisfies ColumnRef;
}

function selectedColumns(env: Environment, node: Columns): readonly StarColumn[] {
  const { ctx } = env;
  const { selector, qualifier, span } = node;
  const star: Star = { kind: "Star", qualifier, exclude: [], replace: [], rename: [], like: undefined, span };
  if (selector.kind === "Star") {
    const columns = starColumns(env, qualifier === undefined ? selector : { ...selector, qualifier });
    if (columns.length === 0) throw bindError(ctx, "COLUMNS selects no column", node);
    return columns;
  }
  const all = starColumns(env, star);
  const names = (wanted: readonly Expression[]): readonly StarColumn[] =>
    wanted.map((item) => {
      const name =
        item.kind === "StringLiteral" ? item.value : item.kind === "ColumnRef" ? item.parts.at(-1)?.name : undefined;
      if (name === undefined) throw bindError(ctx, "COLUMNS takes a list of column names", item);
      const column = all.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
      if (column !== undefined) return column;
      const hint = didYouMean(
        name,
        all.map((candidate) => candidate.name),
      );
      throw bindError(ctx, `there is no column "${name}"`, item, hint);
    });
  switch (selector.kind) {
    case "StringLiteral": {
      const pattern = regularExpression(ctx, selector.value, selector);
      const matching = all.filter(({ name }) => pattern.test(name));
      if (matching.length > 0) return matching;
      throw bindError(ctx, `no column matches '${selector.value}'`, selector);
    }
    case "ListLiteral":
      return names(selector.items);
    case "ColumnRef":
      return names([selector]);
    case "Lambda": {
      const [parameter] = selector.parameters;
      const test = (name: string): Expression =>
        withLikes(
          env,
          mapAst(selector.body, (part) => {
            const { parts } = part as Partial<ColumnRef>;
            const isParameter =
              part.kind === "ColumnRef" &&
              parts?.length === 1 &&
              parts[0]?.name.toLowerCase() === parameter?.name.toLowerCase();
            return isParameter ? { kind: "StringLiteral", value: name, span } : undefined;
          }),
        );
      const chosen = all.filter(({ name }) => holds(env, test(name), selector));
      if (chosen.length > 0) return chosen;
      throw bindError(ctx, "COLUMNS selects no column", node);
    }
    default:
      throw unsupported(ctx, "COLUMNS of an expression", node);
  }
}

/** The condition with its LIKEs of constants decided. */
function withLikes(env: Environment, condition: Expression): Expression {
  return mapAst(condition, (part) => {
    if (part.kind !== "Like") return undefined;
    const like = part as Extract<Expression, { kind: "Like" }>;
    if (like.operand.kind !== "StringLiteral" || like.escape !== undefined) return undefined;
    return { kind: "BooleanLiteral", value: isLike(env, like, like.operand.value), span: like.span };
  });
}

/** `\1` in an alias stands for what the group of the pattern matched, `\0` for the whole name, `\\` for a backslash. */
function aliasFor(ctx: BindContext, alias: Identifier, name: string, { selector }: Columns): string {
  if (!alias.name.includes("\\")) return alias.name;
  const match =
    selector.kind === "StringLiteral" ? regularExpression(ctx, selector.value, selector).exec(name) : undefined;
  return alias.name.replaceAll(/\\(.?)/gs, (_, sign: string) => {
    if (sign === "\\") return "\\";
    if (!/\d/.test(sign)) throw bindError(ctx, "a backslash in an alias needs a digit or a backslash behind it", alias);
    if (match === undefined && sign !== "0")
      throw bindError(ctx, `only the alias of a pattern has a group ${sign}`, alias);
    return match === undefined ? name : (match?.[Number(sign)] ?? "");
  });
}

function regularExpression(ctx: BindContext, text: string, node: Expression): RegExp {
  try {
    const { source, flags } = flagged(text);
    return new RegExp(source, flags);
  } catch {
    throw bindError(ctx, `'${text}' is not a regular expression`, node);
  }
}

/** RE2 writes flags in front of the pattern. */
function flagged(text: string): { readonly source: string; readonly flags: string } {
  const match = /^\(\?([ims]+)\)/.exec(text);
  return match === null ? { source: text, flags: "u" } : { source: text.slice(match[0].length), flags: `u${match[1]}` };
}

/** A condition over COLUMNS(...) holds where it holds for all of them; every operand of AND is a condition of its own. */
export function expandCondition(env: Environment, node: Expression): Expression {
  if (node.kind === "Logical" && node.operator === "AND")
    return { ...node, operands: node.operands.map((operand) => expandCondition(env, operand)) };
  const expanded = expandColumns(env, node);
  if (expanded === undefined) return node;
  const operands = expanded.map((item) => item.node);
  return operands.length === 1
    ? (operands[0] as Expression)
    : { kind: "Logical", operator: "AND", operands, span: node.span };
}

/** Whether the item is a bare star or has COLUMNS(...) in it: it gives several columns. */
export function isSeveral(item: SelectItem): boolean {
  return item.expression.kind === "Star" || (isAstNode(item.expression) && columnsIn(item.expression).length > 0);
}
