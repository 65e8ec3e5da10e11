/** The shape of a column type as its text says it, as far as printing values needs it. */
export type ColumnType =
  | { readonly kind: "scalar"; readonly name: string }
  | { readonly kind: "list"; readonly element: ColumnType }
  | { readonly kind: "struct"; readonly fields: readonly { readonly name: string; readonly type: ColumnType }[] }
  | { readonly kind: "union"; readonly members: ReadonlyMap<string, ColumnType> }
  | { readonly kind: "map"; readonly key: ColumnType; readonly value: ColumnType };

/**
 * Reads `DECIMAL(15,2)`, `INTEGER[]`, `VARCHAR[3]`, `STRUCT(a INTEGER, "b c" VARCHAR[])`, `MAP(VARCHAR, DOUBLE)`.
 * A scalar's `name` is upper case and without its parameters: `DECIMAL`.
 */
export function parseColumnType(text: string): ColumnType {
  const trimmed = text.trim();
  if (trimmed.endsWith("]"))
    return { kind: "list", element: parseColumnType(trimmed.slice(0, trimmed.lastIndexOf("["))) };
  const open = trimmed.indexOf("(");
  const name = (open < 0 ? trimmed : trimmed.slice(0, open)).trim().toUpperCase();
  const args = open < 0 ? [] : splitArguments(trimmed.slice(open + 1, trimmed.lastIndexOf(")")));
  if (name === "STRUCT") return { kind: "struct", fields: args.map(parseField) };
  if (name === "UNION") {
    return { kind: "union", members: new Map(args.map(parseField).map((member) => [member.name, member.type])) };
  }
  if (name === "MAP") {
    return { kind: "map", key: parseColumnType(args[0] ?? "VARCHAR"), value: parseColumnType(args[1] ?? "VARCHAR") };
  }
  // TIMESTAMP(6) WITH TIME ZONE: what follows the parameters belongs to the name.
  const rest = open < 0 ? "" : trimmed.slice(trimmed.lastIndexOf(")") + 1).toUpperCase();
  return { kind: "scalar", name: name + rest };
}

const NUMERIC = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|BIGNUM|REAL|FLOAT|DOUBLE|DECIMAL|NUMERIC)$/;

export function isNumeric(type: ColumnType): boolean {
  return type.kind === "scalar" && NUMERIC.test(type.name);
}

/** A struct field: its name, quoted when it has to be, then its type; or a type alone, which may be of several words. */
function parseField(text: string): { name: string; type: ColumnType } {
  const quoted = /^"((?:[^"]|"")*)" (.+)$/s.exec(text);
  if (quoted !== null) {
    return { name: (quoted[1] as string).replaceAll('""', '"'), type: parseColumnType(quoted[2] as string) };
  }
  const [, name = "", type = text] = /^([a-z_][a-z0-9_]*) (?!WITH )(.+)$/is.exec(text) ?? [];
  return { name, type: parseColumnType(type) };
}

/** Splits at the commas outside parentheses and quotes. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = "";
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (quote !== "") {
      if (c === quote) quote = "";
    } else if (c === '"' || c === "'") quote = c;
    else if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === "," && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  if (last !== "") parts.push(last);
  return parts;
}
