/** The names of result columns without an alias, as DuckDB gives them: the expression, normalised. */
import type { Expression, FunctionCall, NumberLiteral, OrderBy, TypeName } from "../../sql/ast.ts";
import { formatDouble } from "../types/numbers.ts";

/** `a`, `(a + 1)`, `sum(x)`, `count_star()`, `CAST(a AS INTEGER)`. */
export function columnName(node: Expression): string {
  if (node.kind === "ColumnRef") return node.parts.at(-1)?.name ?? "";
  return text(node);
}

const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const list = (nodes: readonly Expression[]): string => nodes.map(text).join(", ");
const LIKE_SIGNS = { LIKE: "~~", ILIKE: "~~*", GLOB: "~~~", "SIMILAR TO": "SIMILAR TO" } as const;

function text(node: Expression): string {
  switch (node.kind) {
    case "NumberLiteral":
      return isDouble(node) ? formatDouble(Number(node.text)) : node.text.replace(/\.$/, "").replace(/^0+(?=\d)/, "");
    case "StringLiteral":
      return quote(node.value);
    case "BlobLiteral":
      return `'\\x${node.hex}'::BLOB`;
    case "BooleanLiteral":
      return node.value ? "true" : "false";
    case "NullLiteral":
      return "NULL";
    case "TypedLiteral":
      return `CAST(${quote(node.value)} AS ${typeText(node.type)})`;
    case "Interval": {
      const unit = `${node.unit === undefined ? "" : ` ${node.unit.toUpperCase()}`}${node.to === undefined ? "" : ` TO ${node.to.toUpperCase()}`}`;
      return `INTERVAL ${text(node.value)}${unit}`;
    }
    case "Parameter":
      return `$${node.name ?? node.index}`;
    case "DefaultValue":
      return "DEFAULT";
    case "ColumnRef":
      return node.parts.map((part) => part.name).join(".");
    case "PositionalReference":
      return `#${node.index}`;
    case "Star":
      return node.qualifier === undefined ? "*" : `${node.qualifier.parts.map((part) => part.name).join(".")}.*`;
    case "Columns":
      return `COLUMNS(${text(node.selector)})`;
    case "FieldAccess":
      return `(${text(node.operand)}).${node.field.name}`;
    case "Subscript":
      return `${text(node.operand)}[${text(node.index)}]`;
    case "Slice": {
      const part = (bound: Expression | undefined): string => (bound === undefined ? "" : text(bound));
      return `${text(node.operand)}[${part(node.lower)}:${part(node.upper)}${node.step === undefined ? "" : `:${text(node.step)}`}]`;
    }
    case "Unary":
      if (node.operator === "NOT") return `(NOT ${text(node.operand)})`;
      if (node.operator === "-" && node.operand.kind === "NumberLiteral") return `-${text(node.operand)}`;
      return `${node.operator}(${text(node.operand)})`;
    case "Binary":
      return binaryText(node);
    case "Logical":
      return `(${node.operands.map(text).join(` ${node.operator} `)})`;
    case "IsNull":
      return `(${text(node.operand)} IS ${node.negated ? "NOT " : ""}NULL)`;
    case "IsBoolean": {
      const value = node.value === undefined ? "UNKNOWN" : node.value ? "TRUE" : "FALSE";
      return `(${text(node.operand)} IS ${node.negated ? "NOT " : ""}${value})`;
    }
    case "IsDistinctFrom":
      return `(${text(node.left)} IS ${node.negated ? "NOT " : ""}DISTINCT FROM ${text(node.right)})`;
    case "Between": {
      const between = `(${text(node.operand)} BETWEEN ${node.symmetric ? "SYMMETRIC " : ""}${text(node.low)} AND ${text(node.high)})`;
      return node.negated ? `(NOT ${between})` : between;
    }
    case "InList":
      return `(${text(node.operand)} ${node.negated ? "NOT " : ""}IN (${list(node.list)}))`;
    case "InSubquery": {
      const any = `(${text(node.operand)} = ANY(${SUBQUERY}))`;
      return node.negated ? `(NOT ${any})` : any;
    }
    case "InCollection":
      return `(${text(node.operand)} ${node.negated ? "NOT " : ""}IN ${text(node.collection)})`;
    case "Quantified": {
      const right = node.right.kind === "Query" ? SUBQUERY : text(node.right);
      return `(${text(node.operand)} ${sign(node.operator)} ${node.quantifier}(${right}))`;
    }
    case "Exists":
      return `EXISTS(${SUBQUERY})`;
    case "ScalarSubquery":
      return `(${SUBQUERY})`;
    case "ArraySubquery":
      return `ARRAY(${SUBQUERY})`;
    case "Like": {
      const escape = node.escape === undefined ? "" : ` ESCAPE ${text(node.escape)}`;
      return `(${text(node.operand)} ${node.negated ? "!" : ""}${LIKE_SIGNS[node.operator]} ${text(node.pattern)}${escape})`;
    }
    case "Case": {
      const branches = node.branches.map(({ when, then }) => {
        const condition = node.operand === undefined ? text(when) : `(${text(node.operand)} = ${text(when)})`;
        return ` WHEN (${condition}) THEN (${text(then)})`;
      });
      return `CASE ${branches.join("")} ELSE ${node.otherwise === undefined ? "NULL" : text(node.otherwise)} END`;
    }
    case "Cast":
      return `${node.try ? "TRY_CAST" : "CAST"}(${text(node.operand)} AS ${typeText(node.type)})`;
    case "Collate":
      return `${text(node.operand)} COLLATE ${node.collation.parts.map((part) => part.name).join(".")}`;
    case "AtTimeZone":
      return `timezone(${text(node.zone)}, ${text(node.operand)})`;
    case "FunctionCall":
      return callText(node);
    case "ListLiteral":
      return `list_value(${list(node.items)})`;
    case "StructLiteral":
      return `struct_pack(${node.fields.map(({ name, value }) => `${name.name} := ${text(value)}`).join(", ")})`;
    case "MapLiteral":
      return `map {${node.entries.map(({ key, value }) => `${text(key)}: ${text(value)}`).join(", ")}}`;
    case "Row":
      return `row(${list(node.items)})`;
    case "ListComprehension": {
      const filter = node.filter === undefined ? "" : ` if ${text(node.filter)}`;
      return `[${text(node.result)} for ${node.variables.map((v) => v.name).join(", ")} in ${text(node.source)}${filter}]`;
    }
    case "Lambda":
      return `(lambda ${node.parameters.map((parameter) => parameter.name).join(", ")}: ${text(node.body)})`;
  }
}

/** Written as DOUBLE, or too long for the exact types. */
function isDouble(node: NumberLiteral): boolean {
  return node.form === "double" || node.text.replace(".", "").length > 38;
}

/** Subqueries are not spelt out in names. */
const SUBQUERY = "subquery";

function sign(operator: string): string {
  return operator === "<>" ? "!=" : operator;
}

/** The chain leans left and may be long: the pieces are collected in a loop and joined once. */
function binaryText(node: Extract<Expression, { kind: "Binary" }>): string {
  const after: string[] = [];
  let bottom: Expression = node;
  while (bottom.kind === "Binary") {
    after.push(` ${sign(bottom.operator)} ${text(bottom.right)})`);
    bottom = bottom.left;
  }
  return "(".repeat(after.length) + text(bottom) + after.toReversed().join("");
}

/** Functions under the names by which results call them. */
const CANONICAL: ReadonlyMap<string, string> = new Map([
  ["grouping", "GROUPING"],
  ["grouping_id", "GROUPING"],
  ["ifnull", "COALESCE"],
  ["coalesce", "COALESCE"],
]);

function callText(node: FunctionCall): string {
  const name = (node.name.parts.at(-1)?.name ?? "").toLowerCase();
  const counts = name === "count" && (node.args.length === 0 || node.args[0]?.value.kind === "Star");
  const args = node.args.map(({ name: label, value }) =>
    label === undefined ? text(value) : `${label.name} := ${text(value)}`,
  );
  if (name === "if" && args.length === 3) return `CASE  WHEN (${args[0]}) THEN (${args[1]}) ELSE ${args[2]} END`;
  const order = node.orderBy === undefined ? "" : ` ORDER BY ${orderText(node.orderBy)}`;
  const filter = node.filter === undefined ? "" : ` FILTER (WHERE ${text(node.filter)})`;
  const over = node.over === undefined ? "" : " OVER (...)";
  if (counts) return `count_star()${filter}${over}`;
  return `${CANONICAL.get(name) ?? name}(${node.distinct ? "DISTINCT " : ""}${args.join(", ")}${order})${filter}${over}`;
}

function orderText(orderBy: OrderBy): string {
  if (orderBy.kind === "OrderByAll") return "ALL";
  return orderBy.items
    .map((item) => {
      const direction = item.direction === undefined ? "" : ` ${item.direction.toUpperCase()}`;
      return `${text(item.expression)}${direction}${item.nulls === undefined ? "" : ` NULLS ${item.nulls.toUpperCase()}`}`;
    })
    .join(", ");
}

const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ...["int", "int4", "int32", "signed"].map((name) => [name, "INTEGER"] as const),
  ...["int8", "int64", "long"].map((name) => [name, "BIGINT"] as const),
  ...["text", "string", "char", "bpchar"].map((name) => [name, "VARCHAR"] as const),
  ["numeric", "DECIMAL"],
  ["bool", "BOOLEAN"],
  ["real", "FLOAT"],
  ["float4", "FLOAT"],
  ["float8", "DOUBLE"],
  ["int2", "SMALLINT"],
  ["datetime", "TIMESTAMP"],
  ["timestamptz", "TIMESTAMP WITH TIME ZONE"],
]);

function typeText(type: TypeName): string {
  switch (type.kind) {
    case "NamedType": {
      const written = type.name.parts.at(-1)?.name ?? "";
      const name = TYPE_NAMES.get(written.toLowerCase()) ?? written.toUpperCase();
      return type.modifiers.length === 0 ? name : `${name}(${list(type.modifiers)})`;
    }
    case "ListType":
      return `${typeText(type.element)}[]`;
    case "ArrayType":
      return `${typeText(type.element)}[${type.size}]`;
    case "StructType":
      return `STRUCT(${type.fields.map((field) => `${field.name?.name ?? ""} ${typeText(field.type)}`.trim()).join(", ")})`;
    case "MapType":
      return `MAP(${typeText(type.key)}, ${typeText(type.value)})`;
    case "UnionType":
      return `UNION(${type.members.map((member) => `${member.name?.name ?? ""} ${typeText(member.type)}`).join(", ")})`;
    case "EnumType":
      return "kind" in type.values ? "ENUM" : `ENUM(${type.values.map(quote).join(", ")})`;
  }
}
