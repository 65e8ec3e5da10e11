import { HeadraceError } from "../error.ts";
import { bindStatement } from "../planner/bind/statement.ts";
import type { SqlType } from "../planner/types/types.ts";
import { parseStatements, parseType } from "../sql/parse.ts";

/** The type that a text names, as SQL understands it. Throws `syntax`, `bind`. */
export function sqlType(text: string): SqlType {
  parseType(text);
  const sql = `SELECT CAST(NULL AS ${text})`;
  const [statement] = parseStatements(sql);
  const bound = statement && bindStatement(statement, { lookup: () => undefined, names: () => [] }, { sql });
  const type = bound?.kind === "Query" ? bound.columns[0]?.type : undefined;
  if (type === undefined) throw new HeadraceError("bind", `"${text}" is no type`);
  return type;
}
