import type { Expression, TableFunction } from "../../sql/ast.ts";
import { identifier, literal, NO_SPAN, objectName } from "./nodes.ts";

/** An argument of a file function as a JavaScript value; objects are structs. */
export type FileArgument =
  | string
  | number
  | boolean
  | readonly FileArgument[]
  | { readonly [name: string]: FileArgument };

/** `read_csv(['a.csv'], delim = ';')`. Arguments that are undefined are left out. */
export function fileFunction(
  name: string,
  paths: readonly string[],
  options: { readonly [name: string]: FileArgument | undefined },
): TableFunction {
  const named = Object.entries(options).flatMap(([label, value]) => {
    return value === undefined ? [] : [argument(label, expressionOf(value))];
  });
  return {
    kind: "TableFunction",
    name: objectName(name),
    args: [argument(undefined, expressionOf(paths)), ...named],
    lateral: false,
    withOrdinality: false,
    alias: undefined,
    sample: undefined,
    span: NO_SPAN,
  };
}

function argument(name: string | undefined, value: Expression): TableFunction["args"][number] {
  return { kind: "FunctionArgument", name: name === undefined ? undefined : identifier(name), value, span: NO_SPAN };
}

function expressionOf(value: FileArgument): Expression {
  if (Array.isArray(value))
    return { kind: "ListLiteral", items: (value as readonly FileArgument[]).map(expressionOf), span: NO_SPAN };
  if (typeof value !== "object") return literal(value);
  const fields = Object.entries(value).map(([name, item]) => ({ name: identifier(name), value: expressionOf(item) }));
  return { kind: "StructLiteral", fields, span: NO_SPAN };
}
