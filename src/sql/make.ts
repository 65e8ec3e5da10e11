/** Nodes that stand for text which nobody wrote; `span` is the place that asked for them. */
import type { Span } from "../error.ts";
import type {
  ColumnRef,
  Expression,
  FunctionCall,
  Identifier,
  Query,
  QueryBody,
  QueryStatement,
  Select,
  SelectItem,
  Star,
} from "./ast.ts";

export function makeIdentifier(name: string, span: Span): Identifier {
  return { kind: "Identifier", name, quoted: true, span };
}

export function makeColumnRef(parts: readonly Identifier[], span: Span): ColumnRef {
  return { kind: "ColumnRef", parts, span };
}

export function makeStar(span: Span): Star {
  return { kind: "Star", qualifier: undefined, exclude: [], replace: [], rename: [], like: undefined, span };
}

export function makeCall(name: string, args: readonly Expression[], span: Span): FunctionCall {
  return {
    kind: "FunctionCall",
    name: { kind: "ObjectName", parts: [{ kind: "Identifier", name, quoted: false, span }], span },
    args: args.map((value) => ({ kind: "FunctionArgument", name: undefined, value, span })),
    distinct: false,
    orderBy: undefined,
    withinGroup: undefined,
    filter: undefined,
    nulls: undefined,
    over: undefined,
    exportState: false,
    span,
  };
}

export function makeItem(expression: Expression, alias: Identifier | undefined): SelectItem {
  return { kind: "SelectItem", expression, alias, span: expression.span };
}

/** A SELECT with nothing but what `clauses` says. */
export function makeSelect(items: readonly SelectItem[], clauses: Partial<Select>, span: Span): Select {
  return {
    kind: "Select",
    distinct: undefined,
    items,
    from: [],
    where: undefined,
    groupBy: undefined,
    having: undefined,
    windows: [],
    qualify: undefined,
    sample: undefined,
    ...clauses,
    span,
  };
}

/** GROUP BY these; undefined for none. */
export function makeGroupBy(expressions: readonly Expression[], span: Span): Select["groupBy"] {
  if (expressions.length === 0) return undefined;
  return { kind: "GroupByItems", items: [{ kind: "GroupingExpressions", expressions, span }], span };
}

export function makeQuery(body: QueryBody, span: Span): Query {
  return { kind: "Query", with: undefined, body, orderBy: undefined, limit: undefined, span };
}

export function makeQueryStatement(query: Query, span: Span): QueryStatement {
  return { kind: "QueryStatement", query, emit: undefined, span };
}
