import type { ObjectName } from "../../sql/ast.ts";
import type { TableName } from "../logical/plan.ts";
import { type BindContext, unsupported } from "./context.ts";

/** The name of a table or view to create, drop or fill; the default schema is `main`. */
export function tableName(ctx: BindContext, name: ObjectName): TableName {
  if (name.parts.length > 2) throw unsupported(ctx, "a name with a catalog", name);
  return { schema: name.parts.at(-2)?.name ?? "main", name: name.parts.at(-1)?.name ?? "" };
}
