import type {
  ColumnConstraint,
  ColumnDefinition,
  CreateTable,
  Expression,
  Identifier,
  Option,
  TableConstraint,
} from "../../sql/ast.ts";
import { printSql } from "../../sql/print/statements.ts";
import { walkExpr } from "../expr/map.ts";
import { PROCESSING_TIME } from "../functions/date/make.ts";
import { definitionOf } from "../functions/registry.ts";
import type { ColumnRule } from "../catalog/table-definition.ts";
import type { BoundStatement, ConnectorTable, Watermark } from "../logical/statement.ts";
import type { SqlType } from "../types/types.ts";
import { typeName } from "../types/types.ts";
import { dayTimeInterval } from "./day-time-interval.ts";
import { type BindContext, bindError, unsupported } from "./context.ts";
import { bindColumn, bindGenerated } from "./create.ts";
import { newName } from "./names.ts";
import { didYouMean } from "./suggest.ts";

/** `CREATE TABLE ... WITH ('connector' = ...)`. What the options mean is the connector's. */
export function bindConnectorTable(ctx: BindContext, node: CreateTable): BoundStatement {
  const rules = columnRules(ctx, node);
  const keys = node.columns.map(metadataKey);
  const isOutside = ({ generated }: ColumnRule, at: number): boolean =>
    generated === undefined && keys[at] === undefined;
  const columns = rules.filter(isOutside).map(({ name, type, notNull }) => ({ name, type, notNull }));
  if (columns.length === 0) throw bindError(ctx, "a table needs a column that is not computed", node);
  const computed = rules.flatMap(({ name, type, generated }, position) =>
    generated === undefined ? [] : [{ name, type, value: generated, text: printSql(generated), position }],
  );
  const metadata = rules.flatMap(({ name, type }, position) => {
    const key = keys[position];
    return key === undefined ? [] : [{ name, type, key, position }];
  });
  const known = (column: Identifier): ColumnRule => knownColumn(ctx, rules, column);
  const table: ConnectorTable = {
    name: newName(ctx, node.name, node.temporary),
    temporary: node.temporary,
    onExisting: node.onExisting,
    columns,
    computed,
    metadata,
    watermark: watermark(ctx, node, rules, known),
    primaryKey: primaryKey(ctx, node, known),
    partitionedBy: node.partitionedBy.map((column) => known(column).name),
    options: optionTexts(ctx, node.options),
  };
  return { kind: "CreateConnectorTable", ...table };
}

function columnRules(ctx: BindContext, { columns }: CreateTable): readonly ColumnRule[] {
  const names = new Set<string>();
  for (const { name, constraints } of columns) {
    const key = name.name.toLowerCase();
    if (names.has(key)) throw bindError(ctx, `column "${name.name}" is defined twice`, name);
    names.add(key);
    for (const item of constraints) checkConstraint(ctx, item);
  }
  const isComputed = (column: CreateTable["columns"][number]): boolean =>
    column.constraints.some(({ kind }) => kind === "Generated");
  const plain = columns.map(withoutMetadata);
  const physical = plain.filter((column) => !isComputed(column)).map((column) => bindColumn(ctx, column, []));
  return plain.map((column) => casted(column, bindColumn(ctx, column, physical)));
}

/** A computed column with a type has it, whatever its expression. */
function casted({ type }: ColumnDefinition, rule: ColumnRule): ColumnRule {
  const { generated } = rule;
  if (type === undefined || generated === undefined) return rule;
  return { ...rule, generated: { kind: "Cast", operand: generated, type, try: false, span: generated.span } };
}

/** What METADATA asks the connector for; undefined: the column is no such one. */
function metadataKey({ name, constraints }: ColumnDefinition): string | undefined {
  const found = constraints.find((item) => item.kind === "Metadata");
  return found && (found.key ?? name.name);
}

function withoutMetadata(column: ColumnDefinition): ColumnDefinition {
  return { ...column, constraints: column.constraints.filter(({ kind }) => kind !== "Metadata") };
}

/** The connector's rows are not checked: what would need it is refused. */
function checkConstraint(ctx: BindContext, item: ColumnConstraint | TableConstraint): void {
  switch (item.kind) {
    case "NotNull":
    case "Nullable":
    case "ColumnComment":
    case "Metadata":
    case "Watermark":
      return;
    case "Generated":
      if (item.stored) throw unsupported(ctx, "STORED of a connector table", item);
      return;
    case "PrimaryKey":
    case "PrimaryKeyConstraint":
      if (item.enforced)
        throw bindError(ctx, "the key of a connector table is not checked", item, "write PRIMARY KEY ... NOT ENFORCED");
      return;
    default:
      throw unsupported(ctx, `${FEATURES[item.kind]} of a connector table`, item);
  }
}

const FEATURES = {
  Unique: "UNIQUE",
  UniqueConstraint: "UNIQUE",
  Check: "CHECK",
  CheckConstraint: "CHECK",
  Default: "DEFAULT",
  ColumnCollation: "COLLATE",
  Compression: "USING COMPRESSION",
  References: "REFERENCES",
  ForeignKeyConstraint: "FOREIGN KEY",
} as const;

function knownColumn(ctx: BindContext, rules: readonly ColumnRule[], column: Identifier): ColumnRule {
  const found = rules.find(({ name }) => name.toLowerCase() === column.name.toLowerCase());
  if (found !== undefined) return found;
  const names = rules.map(({ name }) => name);
  throw bindError(ctx, `there is no column "${column.name}"`, column, didYouMean(column.name, names));
}

function primaryKey(
  ctx: BindContext,
  { columns, constraints }: CreateTable,
  known: (column: Identifier) => ColumnRule,
): readonly string[] {
  const keys: { readonly columns: readonly Identifier[]; readonly node: ColumnConstraint | TableConstraint }[] = [];
  for (const { name, constraints: own } of columns)
    for (const item of own) if (item.kind === "PrimaryKey") keys.push({ columns: [name], node: item });
  for (const item of constraints) {
    checkConstraint(ctx, item);
    if (item.kind === "PrimaryKeyConstraint") keys.push({ columns: item.columns, node: item });
  }
  const [key, another] = keys;
  if (another !== undefined) throw bindError(ctx, "a table has one primary key", another.node);
  const names = (key?.columns ?? []).map((column) => known(column).name);
  if (key !== undefined && new Set(names).size < names.length)
    throw bindError(ctx, "a key has every column once", key.node);
  return names;
}

// ---------------------------------------------------------------- event time

function watermark(
  ctx: BindContext,
  { constraints }: CreateTable,
  rules: readonly ColumnRule[],
  known: (column: Identifier) => ColumnRule,
): Watermark | undefined {
  const [node, another] = constraints.filter((item) => item.kind === "Watermark");
  if (another !== undefined) throw bindError(ctx, "a table has one watermark", another);
  if (node === undefined) return undefined;
  const { name, type, generated } = known(node.column);
  if (generated !== undefined) refuseVarying(ctx, generated, rules, node.column);
  if (!isTime(type))
    throw bindError(ctx, `a watermark is of a TIMESTAMP, not of ${typeName(type)}`, node.column, undefined, "type");
  const delay = isColumn(node.value, name) ? 0n : delayOf(ctx, node.value, name);
  if (delay === undefined)
    throw unsupported(ctx, "a WATERMARK other than the column, or the column minus a constant INTERVAL", node.value);
  if (delay < 0n) throw bindError(ctx, "the delay of a watermark cannot be negative", node.value);
  return { column: name, delay };
}

/** Rows that are read again have the same times. */
function refuseVarying(ctx: BindContext, value: Expression, rules: readonly ColumnRule[], column: Identifier): void {
  const given = rules.filter(({ generated }) => generated === undefined);
  walkExpr(bindGenerated(ctx, value, given), (part) => {
    if (part.kind !== "Call") return;
    const { volatility } = definitionOf(part) ?? {};
    if (volatility === undefined || volatility === "immutable") return;
    const hint = part.name === PROCESSING_TIME ? "windows over PROCTIME() end with the clock" : undefined;
    const message = `a watermark of "${column.name}", which ${part.name}() makes another one whenever it is read, is not supported`;
    throw bindError(ctx, message, column, hint, "unsupported");
  });
}

function isTime({ kind }: SqlType): boolean {
  return kind === "Timestamp" || kind === "TimestampTz";
}

function isColumn(node: Expression, name: string): boolean {
  return (
    node.kind === "ColumnRef" && node.parts.length === 1 && node.parts[0]?.name.toLowerCase() === name.toLowerCase()
  );
}

function delayOf(ctx: BindContext, node: Expression, name: string): bigint | undefined {
  if (node.kind !== "Binary" || node.operator !== "-" || !isColumn(node.left, name)) return undefined;
  return dayTimeInterval(ctx, node.right);
}

// ---------------------------------------------------------------- options

function optionTexts(ctx: BindContext, options: readonly Option[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const option of options) {
    if (texts.has(option.name)) throw bindError(ctx, `option '${option.name}' is given twice`, option);
    const text = option.value === undefined ? undefined : constantText(option.value);
    if (text === undefined)
      throw bindError(ctx, `the value of option '${option.name}' is a string: '${option.name}' = '...'`, option);
    texts.set(option.name, text);
  }
  return texts;
}

function constantText(value: Expression): string | undefined {
  if (value.kind === "StringLiteral") return value.value;
  if (value.kind === "NumberLiteral") return value.text;
  return value.kind === "BooleanLiteral" ? String(value.value) : undefined;
}
