import type { Assignment, DataChange, Insert, OnConflict, SelectItem } from "../ast.ts";
import {
  identifiers,
  printEmit,
  printExpression,
  printIdentifier,
  printItem,
  printName,
  printQuery,
  printTable,
  printWith,
  words,
} from "./queries.ts";

export function printChange(s: DataChange): string {
  switch (s.kind) {
    case "Insert":
      return printInsert(s);
    case "Update":
      return words(
        s.with && printWith(s.with),
        "UPDATE",
        printName(s.table),
        s.alias && `AS ${printIdentifier(s.alias)}`,
        assignments(s.set),
        s.from.length > 0 && `FROM ${s.from.map(printTable).join(", ")}`,
        s.where && `WHERE ${printExpression(s.where)}`,
        returning(s.returning),
      );
    case "Delete":
      return words(
        s.with && printWith(s.with),
        "DELETE FROM",
        printName(s.table),
        s.alias && `AS ${printIdentifier(s.alias)}`,
        s.using.length > 0 && `USING ${s.using.map(printTable).join(", ")}`,
        s.where && `WHERE ${printExpression(s.where)}`,
        returning(s.returning),
      );
  }
}

function printInsert(s: Insert): string {
  const shorthand = s.onConflict !== undefined && isShorthand(s.onConflict) ? s.onConflict : undefined;
  return words(
    s.with && printWith(s.with),
    "INSERT",
    shorthand && (shorthand.action === "replace" ? "OR REPLACE" : "OR IGNORE"),
    "INTO",
    printName(s.table),
    s.alias && `AS ${printIdentifier(s.alias)}`,
    s.columns.length > 0 && `(${identifiers(s.columns)})`,
    s.byName && "BY NAME",
    s.source === undefined ? "DEFAULT VALUES" : printQuery(s.source),
    printEmit(s.emit),
    s.onConflict && shorthand === undefined && printConflict(s.onConflict),
    returning(s.returning),
  );
}

function isShorthand({ action, target }: OnConflict): boolean {
  return action === "replace" || (action === "nothing" && target.length === 0);
}

function printConflict({ target, targetWhere, action, set, where }: OnConflict): string {
  return words(
    "ON CONFLICT",
    target.length > 0 && `(${identifiers(target)})`,
    targetWhere && `WHERE ${printExpression(targetWhere)}`,
    action === "nothing" ? "DO NOTHING" : `DO UPDATE ${assignments(set)}`,
    where && `WHERE ${printExpression(where)}`,
  );
}

function assignments(set: readonly Assignment[]): string {
  const printed = set.map(({ columns, value }) => {
    const target = columns.map(printName).join(", ");
    return `${columns.length > 1 ? `(${target})` : target} = ${printExpression(value)}`;
  });
  return `SET ${printed.join(", ")}`;
}

function returning(items: readonly SelectItem[]): string | undefined {
  return items.length > 0 ? `RETURNING ${items.map(printItem).join(", ")}` : undefined;
}
