import type { CommonTable, Query, Select } from "../sql/ast.ts";
import { identifier, NO_SPAN, objectName, query, select, selectItem, star } from "./expression/nodes.ts";

/**
 * A DataFrame that a query reads several times becomes a common table expression, so that the planner may compute it once. Such
 * queries are told by identity. `standsAlone`: whether a query means the same outside of the one that it stands in, that is, reads
 * no column of it.
 */
export function shareQueries(root: Query, standsAlone: (inner: Query) => boolean): Query {
  const names = new Map<object, string>();
  const copies = new Map<object, unknown>();
  const copied = <T extends object>(node: T): T => {
    const copy = Array.isArray(node)
      ? node.map(replaced)
      : Object.fromEntries(
          Object.entries(node).map(([key, value]: [string, unknown]) => [
            key,
            key === "span" ? value : replaced(value),
          ]),
        );
    return copy as T;
  };
  const replaced = (node: unknown): unknown => {
    if (typeof node !== "object" || node === null) return node;
    const name = names.get(node);
    if (name !== undefined) return readOf(name);
    const known = copies.get(node);
    if (known !== undefined) return known;
    const copy = copied(node);
    copies.set(node, copy);
    return copy;
  };
  const tables: CommonTable[] = [];
  for (const inner of queriesReadOften(root)) {
    if (inner === root || !isWork(inner)) continue;
    const definition = copied(inner);
    if (!standsAlone(withTables(definition, tables))) continue;
    const name = `shared frame ${tables.length + 1}`;
    names.set(inner, name);
    tables.push(commonTable(name, definition));
  }
  return tables.length === 0 ? root : withTables(copied(root), tables);
}

function withTables(root: Query, tables: readonly CommonTable[]): Query {
  if (tables.length === 0) return root;
  const { recursive = false, tables: own = [] } = root.with ?? {};
  return { ...root, with: { kind: "With", recursive, tables: [...tables, ...own], span: NO_SPAN } };
}

function commonTable(name: string, definition: Query): CommonTable {
  return {
    kind: "CommonTable",
    name: identifier(name),
    columns: [],
    materialized: undefined,
    usingKey: [],
    query: definition,
    span: NO_SPAN,
  };
}

function readOf(name: string): Query {
  const table = {
    kind: "TableName",
    name: objectName(name),
    alias: undefined,
    sample: undefined,
    span: NO_SPAN,
  } as const;
  return query(select([table], [selectItem(star())]));
}

/** Queries that stand in several places, those inside of others first. */
function queriesReadOften(root: Query): readonly Query[] {
  const places = new Map<object, number>();
  const finished: Query[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const isQuery = "kind" in node && node.kind === "Query";
    if (isQuery) {
      const before = places.get(node) ?? 0;
      places.set(node, before + 1);
      if (before > 0) return;
    }
    for (const child of Object.values(node)) walk(child);
    if (isQuery) finished.push(node as Query);
  };
  walk(root);
  return finished.filter((inner) => (places.get(inner) ?? 0) > 1);
}

/** More than a scan with filters and projections, which is done faster where it is read. */
function isWork({ body, limit, with: tables }: Query): boolean {
  if (limit !== undefined || tables !== undefined) return true;
  switch (body.kind) {
    case "Select":
      return isWorkSelect(body);
    case "Query":
      return isWork(body);
    case "SetOperation":
      return true;
    case "Values":
      return false;
  }
}

function isWorkSelect({ from, groupBy, distinct, sample, items }: Select): boolean {
  if (groupBy !== undefined || distinct !== undefined || sample !== undefined) return true;
  const plain = items.every(({ expression: { kind } }) => kind === "Star" || kind === "ColumnRef");
  return from.some((table) => {
    switch (table.kind) {
      case "TableName":
      case "TableFile":
        // Expressions of a projection may be aggregates, windows, or costly.
        return !plain;
      case "TableSubquery":
        return !plain || isWork(table.query);
      default:
        return true;
    }
  });
}
