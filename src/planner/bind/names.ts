import type { ObjectName } from "../../sql/ast.ts";
import type { TableName } from "../logical/statement.ts";
import { type BindContext, bindError } from "./context.ts";

/** The schema of temporary tables and views. */
export const TEMP_SCHEMA = "temp";

/**
 * The name of something to create; without a schema it goes to the session's (`temporary`: to `temp`). The database is `memory`,
 * or `temp` for temporary things.
 */
export function newName(ctx: BindContext, name: ObjectName, temporary: boolean): TableName {
  const parts = name.parts.map((part) => part.name);
  const own = parts.at(-1) ?? "";
  if (parts.length > 3) throw bindError(ctx, "a name has at most a database, a schema and a name", name);
  const qualifiers = parts.slice(0, -1).map((part) => part.toLowerCase());
  const [database, schema] = qualifiers.length === 2 ? qualifiers : [undefined, qualifiers[0]];
  if (database === "temp" || schema === TEMP_SCHEMA || temporary) {
    const known = schema === undefined || schema === TEMP_SCHEMA || (database === "temp" && schema === "main");
    if (!known) throw bindError(ctx, `a temporary object cannot be in schema "${parts.at(-2) ?? ""}"`, name);
    return { schema: TEMP_SCHEMA, name: own };
  }
  if (database !== undefined && database !== "memory")
    throw bindError(ctx, `there is no database "${parts[0] ?? ""}"`, name);
  if (database === undefined && schema === "memory") return { schema: "main", name: own };
  return { schema: schema === undefined ? ctx.session.schema : (parts.at(-2) as string), name: own };
}
