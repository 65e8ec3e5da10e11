/**
 * Printing of types, expressions and queries. Parentheses stand only where the tree would otherwise read differently, by
 * the binding powers of the grammar. Long chains are printed with loops.
 */
import type {
  Binary,
  BinaryOperator,
  Emit,
  Expression,
  FrameBound,
  FunctionArgument,
  FunctionCall,
  GroupBy,
  GroupingElement,
  Identifier,
  Interval,
  Join,
  Nearest,
  Limit,
  ObjectName,
  OrderBy,
  OrderByAll,
  OrderItem,
  Pivot,
  PivotColumn,
  Query,
  QueryBody,
  Sample,
  Select,
  SelectItem,
  SetOperation,
  Star,
  TableAlias,
  TableRef,
  TableStatement,
  TypeName,
  WindowFrame,
  WindowSpecification,
  WindowTable,
  With,
} from "../ast.ts";
import { printChange } from "./changes.ts";

// ---------------------------------------------------------------- names

export function printIdentifier({ name, quoted }: Identifier): string {
  return !quoted && /^[\p{L}_][\p{L}\p{N}\p{M}_$]*$/u.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function printName({ parts }: ObjectName): string {
  return parts.map(printIdentifier).join(".");
}

export function printString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function identifiers(names: readonly Identifier[]): string {
  return names.map(printIdentifier).join(", ");
}

/** The words that are there, with spaces between. */
export function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== false && part !== "").join(" ");
}

function inParentheses(text: string): string {
  return `(${text})`;
}

/** `keyword text`, if there is a text. */
function clause(keyword: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${keyword} ${text}`;
}

// ---------------------------------------------------------------- types

export function printType(type: TypeName): string {
  switch (type.kind) {
    case "NamedType":
      return printName(type.name) + (type.modifiers.length > 0 ? inParentheses(list(type.modifiers)) : "");
    case "ListType":
      return `${printType(type.element)}[]`;
    case "ArrayType":
      return `${printType(type.element)}[${type.size}]`;
    case "StructType":
      return `STRUCT(${type.fields.map(printField).join(", ")})`;
    case "UnionType":
      return `UNION(${type.members.map(printField).join(", ")})`;
    case "MapType":
      return `MAP(${printType(type.key)}, ${printType(type.value)})`;
    case "EnumType":
      return "kind" in type.values
        ? `ENUM (${printQuery(type.values)})`
        : `ENUM (${type.values.map(printString).join(", ")})`;
    default:
      return unknown(type);
  }
}

function printField({ name, type }: { readonly name: Identifier | undefined; readonly type: TypeName }): string {
  return words(name && printIdentifier(name), printType(type));
}

// ---------------------------------------------------------------- expressions

/** Binding powers as in the grammar: what binds less tightly than its place asks for needs parentheses. */
const NOT = 3;
const IS = 4;
const COMPARISON = 5;
const MEMBERSHIP = 6;
const OPERATOR = 7;
const POWER = 10;
const SUFFIX = 11;
const SIGN = 12;
const POSTFIX = 13;
const PRIMARY = 14;

function operatorPower(operator: BinaryOperator): number {
  switch (operator) {
    case "=":
    case "<>":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return COMPARISON;
    case "+":
    case "-":
      return 8;
    case "*":
    case "/":
    case "//":
    case "%":
      return 9;
    case "**":
      return POWER;
    default:
      return OPERATOR;
  }
}

function powerOf(expression: Expression): number {
  switch (expression.kind) {
    case "Lambda":
      return 0;
    case "Logical":
      return expression.operator === "OR" ? 1 : 2;
    case "Unary":
      return expression.operator === "NOT"
        ? NOT
        : expression.operator === "-" || expression.operator === "+"
          ? SIGN
          : OPERATOR;
    case "IsNull":
    case "IsBoolean":
    case "IsDistinctFrom":
      return IS;
    case "Quantified":
      return COMPARISON;
    case "Binary":
      return operatorPower(expression.operator);
    case "Between":
    case "InList":
    case "InSubquery":
    case "InCollection":
    case "Like":
      return MEMBERSHIP;
    case "Collate":
    case "AtTimeZone":
      return SUFFIX;
    case "FieldAccess":
    case "Subscript":
    case "Slice":
      return POSTFIX;
    case "Star":
      return expression.like === undefined ? PRIMARY : MEMBERSHIP;
    default:
      return PRIMARY;
  }
}

export function printExpression(expression: Expression, minimum: number = 0): string {
  const text = printBare(expression);
  return powerOf(expression) < minimum ? inParentheses(text) : text;
}

export function list(expressions: readonly Expression[]): string {
  return expressions.map((expression) => printExpression(expression)).join(", ");
}

function printBare(e: Expression): string {
  switch (e.kind) {
    case "NumberLiteral":
      return e.text;
    case "StringLiteral":
      return printString(e.value);
    case "BlobLiteral":
      return `x'${e.hex}'`;
    case "BooleanLiteral":
      return e.value ? "TRUE" : "FALSE";
    case "NullLiteral":
      return "NULL";
    case "DefaultValue":
      return "DEFAULT";
    case "TypedLiteral":
      return `${printType(e.type)} ${printString(e.value)}`;
    case "Interval":
      return printInterval(e);
    case "Parameter":
      return `$${e.name ?? e.index}`;
    case "ColumnRef":
      return e.parts.map(printIdentifier).join(".");
    case "PositionalReference":
      return `#${e.index}`;
    case "Star":
      return printStar(e);
    case "Columns":
      return `${e.unpack ? "*" : ""}${e.qualifier === undefined ? "" : `${printName(e.qualifier)}.`}COLUMNS(${printExpression(e.selector)})`;
    case "FieldAccess":
      return `${printSubject(e.operand)}.${printIdentifier(e.field)}`;
    case "Subscript":
      return `${printExpression(e.operand, POSTFIX)}[${printExpression(e.index)}]`;
    case "Slice":
      return `${printExpression(e.operand, POSTFIX)}[${printSlice(e.lower, e.upper, e.step)}]`;
    case "Unary":
      return printUnary(e.operator, e.operand);
    case "Binary":
      return printBinary(e);
    case "Logical": {
      const minimum = e.operator === "OR" ? 2 : NOT;
      return e.operands.map((operand) => printExpression(operand, minimum)).join(` ${e.operator} `);
    }
    case "IsNull":
      return `${printExpression(e.operand, IS)} IS ${not(e.negated)}NULL`;
    case "IsBoolean":
      return `${printExpression(e.operand, IS)} IS ${not(e.negated)}${e.value === undefined ? "UNKNOWN" : e.value ? "TRUE" : "FALSE"}`;
    case "IsDistinctFrom":
      return `${printExpression(e.left, IS)} IS ${not(e.negated)}DISTINCT FROM ${printExpression(e.right, COMPARISON)}`;
    case "Between": {
      const low = printExpression(e.low, OPERATOR);
      const high = printExpression(e.high, OPERATOR);
      return `${membership(e, "BETWEEN")}${e.symmetric ? " SYMMETRIC" : ""} ${low} AND ${high}`;
    }
    case "InList":
      return `${membership(e, "IN")} (${list(e.list)})`;
    case "InSubquery":
      return `${membership(e, "IN")} (${printQuery(e.query)})`;
    case "InCollection":
      return `${membership(e, "IN")} ${printExpression(e.collection, POSTFIX)}`;
    case "Like": {
      const escape = e.escape === undefined ? "" : ` ESCAPE ${printExpression(e.escape, OPERATOR)}`;
      return `${membership(e, e.operator)} ${printExpression(e.pattern, OPERATOR)}${escape}`;
    }
    case "Quantified": {
      const right = e.right.kind === "Query" ? printQuery(e.right) : printExpression(e.right);
      return `${printExpression(e.operand, MEMBERSHIP)} ${e.operator} ${e.quantifier}(${right})`;
    }
    case "Exists":
      return `EXISTS (${printQuery(e.query)})`;
    case "ScalarSubquery":
      return inParentheses(printQuery(e.query));
    case "ArraySubquery":
      return `ARRAY(${printQuery(e.query)})`;
    case "Case": {
      const branches = e.branches.map(
        ({ when, then }) => `WHEN ${printExpression(when)} THEN ${printExpression(then)}`,
      );
      return words(
        "CASE",
        e.operand && printExpression(e.operand),
        ...branches,
        e.otherwise && `ELSE ${printExpression(e.otherwise)}`,
        "END",
      );
    }
    case "Cast":
      return `${e.try ? "TRY_CAST" : "CAST"}(${printExpression(e.operand)} AS ${printType(e.type)})`;
    case "Collate":
      return `${printExpression(e.operand, SUFFIX)} COLLATE ${printName(e.collation)}`;
    case "AtTimeZone":
      return `${printExpression(e.operand, SUFFIX)} AT TIME ZONE ${printExpression(e.zone, SIGN)}`;
    case "FunctionCall":
      return printCall(e);
    case "ListLiteral":
      return `[${list(e.items)}]`;
    case "StructLiteral":
      return `{${e.fields.map(({ name, value }) => `${printIdentifier(name)}: ${printExpression(value)}`).join(", ")}}`;
    case "MapLiteral":
      return `MAP {${e.entries.map(({ key, value }) => `${printExpression(key)}: ${printExpression(value)}`).join(", ")}}`;
    case "Row":
      return e.items.length > 1 ? inParentheses(list(e.items)) : `ROW(${list(e.items)})`;
    case "ListComprehension": {
      const filter = e.filter === undefined ? "" : ` IF ${printExpression(e.filter)}`;
      return `[${printExpression(e.result)} FOR ${identifiers(e.variables)} IN ${printExpression(e.source)}${filter}]`;
    }
    case "Lambda": {
      const parameters = identifiers(e.parameters);
      if (!e.arrow) return `LAMBDA ${parameters}: ${printExpression(e.body)}`;
      return `${e.parameters.length > 1 ? inParentheses(parameters) : parameters} -> ${printExpression(e.body)}`;
    }
    default:
      return unknown(e);
  }
}

function not(negated: boolean): string {
  return negated ? "NOT " : "";
}

function membership(e: { readonly operand: Expression; readonly negated: boolean }, operator: string): string {
  return `${printExpression(e.operand, MEMBERSHIP)} ${not(e.negated)}${operator}`;
}

/** What a field is taken from: in parentheses, unless it cannot be read as part of a dotted name. */
function printSubject(operand: Expression): string {
  const plain = operand.kind === "FieldAccess" || operand.kind === "Subscript" || operand.kind === "Slice";
  return plain ? printBare(operand) : inParentheses(printExpression(operand));
}

function printSlice(
  lower: Expression | undefined,
  upper: Expression | undefined,
  step: Expression | undefined,
): string {
  const bounds = `${lower === undefined ? "" : printExpression(lower)}:`;
  if (step === undefined) return bounds + (upper === undefined ? "" : printExpression(upper));
  return `${bounds}${upper === undefined ? "-" : printExpression(upper)}:${printExpression(step)}`;
}

function printUnary(operator: string, operand: Expression): string {
  switch (operator) {
    case "NOT":
      return `NOT ${printExpression(operand, NOT)}`;
    case "!":
      return `${printExpression(operand, OPERATOR)} !`;
    case "-":
    case "+": {
      const text = printExpression(operand, SIGN);
      return /^[-+]/.test(text) ? `${operator} ${text}` : operator + text;
    }
    default:
      return `${operator} ${printExpression(operand, 8)}`;
  }
}

/** Walks down the left spine, then prints upwards. */
function printBinary(top: Binary): string {
  const spine: Binary[] = [top];
  let leftmost = top.left;
  for (let power = operatorPower(top.operator); leftmost.kind === "Binary"; leftmost = leftmost.left) {
    const inner = operatorPower(leftmost.operator);
    if (inner < power || power === COMPARISON) break;
    power = inner;
    spine.push(leftmost);
  }
  const last = operatorPower(spine.at(-1)!.operator);
  const parts = [printExpression(leftmost, last === COMPARISON ? MEMBERSHIP : last)];
  for (let index = spine.length - 1; index >= 0; index--) {
    const { operator, right } = spine[index]!;
    parts.push(` ${operator} `, printExpression(right, operatorPower(operator) + 1));
  }
  return parts.join("");
}

function printInterval({ value, unit, to }: Interval): string {
  const bare = value.kind === "NumberLiteral" || value.kind === "StringLiteral" || value.kind === "Parameter";
  return words("INTERVAL", bare ? printBare(value) : inParentheses(printExpression(value)), unit, to && `TO ${to}`);
}

function printStar(star: Star): string {
  const rename = star.rename.map(({ from, to }) => `${printName(from)} AS ${printIdentifier(to)}`);
  const replace = star.replace.map(printItem);
  return words(
    star.qualifier === undefined ? "*" : `${printName(star.qualifier)}.*`,
    star.exclude.length > 0 && `EXCLUDE (${star.exclude.map(printName).join(", ")})`,
    replace.length > 0 && `REPLACE (${replace.join(", ")})`,
    rename.length > 0 && `RENAME (${rename.join(", ")})`,
    star.like && `${not(star.like.negated)}${star.like.operator} ${printExpression(star.like.pattern, OPERATOR)}`,
  );
}

// ---------------------------------------------------------------- calls, ordering, windows

function printCall(call: FunctionCall): string {
  const inside = words(
    call.distinct && "DISTINCT",
    call.args.map(printArgument).join(", "),
    call.orderBy && printOrderBy(call.orderBy),
    call.nulls && `${call.nulls.toUpperCase()} NULLS`,
  );
  return words(
    `${printName(call.name)}(${inside})`,
    call.withinGroup && `WITHIN GROUP (${printOrderBy(call.withinGroup)})`,
    call.filter && `FILTER (WHERE ${printExpression(call.filter)})`,
    call.exportState && "EXPORT_STATE",
    call.over &&
      `OVER ${call.over.kind === "WindowReference" ? printIdentifier(call.over.name) : printWindow(call.over)}`,
  );
}

/** A name, or names in parentheses, in front of an arrow. */
const LIKE_LAMBDA = /^(?:"(?:[^"]|"")+"|[^\s()'",.]+|\([^()']+\)) -> /;

export function printArgument({ name, value }: FunctionArgument): string {
  const text = printExpression(value);
  // What is none would read as one.
  const protectedText = value.kind !== "Lambda" && LIKE_LAMBDA.test(text) ? inParentheses(text) : text;
  return name === undefined ? protectedText : `${printIdentifier(name)} := ${protectedText}`;
}

export function printArguments(args: readonly FunctionArgument[]): string {
  return inParentheses(args.map(printArgument).join(", "));
}

function printOrderBy(orderBy: OrderBy): string {
  return orderBy.kind === "OrderByAll"
    ? `ORDER BY ${ordered("ALL", orderBy)}`
    : `ORDER BY ${orderBy.items.map(printOrderItem).join(", ")}`;
}

function printOrderItem(item: OrderItem): string {
  return ordered(printExpression(item.expression), item);
}

function ordered(what: string, { direction, nulls }: OrderItem | OrderByAll): string {
  return words(what, direction?.toUpperCase(), nulls && `NULLS ${nulls.toUpperCase()}`);
}

function printWindow({ base, partitionBy, orderBy, frame }: WindowSpecification): string {
  return inParentheses(
    words(
      base && printIdentifier(base),
      partitionBy.length > 0 && `PARTITION BY ${list(partitionBy)}`,
      orderBy && printOrderBy(orderBy),
      frame && printFrame(frame),
    ),
  );
}

function printFrame({ unit, start, end, exclude }: WindowFrame): string {
  const bounds = `BETWEEN ${printBound(start)} AND ${printBound(end)}`;
  return words(unit.toUpperCase(), bounds, exclude !== "no others" && `EXCLUDE ${exclude.toUpperCase()}`);
}

function printBound(bound: FrameBound): string {
  switch (bound.kind) {
    case "UnboundedPreceding":
      return "UNBOUNDED PRECEDING";
    case "UnboundedFollowing":
      return "UNBOUNDED FOLLOWING";
    case "CurrentRow":
      return "CURRENT ROW";
    case "Preceding":
    case "Following":
      return `${printExpression(bound.offset)} ${bound.kind.toUpperCase()}`;
    default:
      return unknown(bound);
  }
}

// ---------------------------------------------------------------- queries

export function printQuery(query: Query): string {
  return words(
    query.with && printWith(query.with),
    query.body.kind === "Query" ? inParentheses(printQuery(query.body)) : printBody(query.body),
    query.orderBy && printOrderBy(query.orderBy),
    query.limit && printLimit(query.limit),
  );
}

export function printEmit(emit: Emit | undefined): string | undefined {
  return emit && `EMIT ${emit.mode.toUpperCase()}`;
}

export function printWith({ recursive, tables }: With): string {
  const printed = tables.map(({ name, columns, usingKey, materialized, query }) =>
    words(
      printIdentifier(name) + (columns.length > 0 ? inParentheses(identifiers(columns)) : ""),
      usingKey.length > 0 && `USING KEY (${usingKey.map(printItem).join(", ")})`,
      "AS",
      materialized !== undefined && `${not(!materialized)}MATERIALIZED`,
      inParentheses(query.kind === "Query" ? printQuery(query) : printChange(query)),
    ),
  );
  return words("WITH", recursive && "RECURSIVE", printed.join(", "));
}

function printLimit({ count, percent, offset }: Limit): string {
  const counted =
    count === undefined
      ? offset === undefined && "LIMIT ALL"
      : `LIMIT ${printExpression(count)}${percent ? " PERCENT" : ""}`;
  return words(counted, offset && `OFFSET ${printExpression(offset)}`);
}

function printBody(body: QueryBody): string {
  switch (body.kind) {
    case "Select":
      return printSelect(body);
    case "Values":
      return `VALUES ${body.rows.map((row) => inParentheses(list(row))).join(", ")}`;
    case "SetOperation":
      return printSetOperation(body);
    case "Query":
      return inParentheses(printQuery(body));
    default:
      return unknown(body);
  }
}

/** Walks down the left spine: an INTERSECT binds tighter than what is above it. */
function printSetOperation(top: SetOperation): string {
  const spine: SetOperation[] = [top];
  let first = top.left;
  while (first.kind === "SetOperation" && (first.operator === "INTERSECT" || spine.at(-1)!.operator !== "INTERSECT")) {
    spine.push(first);
    first = first.left;
  }
  const parts = [printOperand(first)];
  for (let index = spine.length - 1; index >= 0; index--) {
    const { operator, all, byName, right } = spine[index]!;
    const tight = operator !== "INTERSECT" && right.kind === "SetOperation" && right.operator === "INTERSECT";
    parts.push(words(operator, all && "ALL", byName && "BY NAME"), tight ? printBody(right) : printOperand(right));
  }
  return parts.join(" ");
}

function printOperand(body: QueryBody): string {
  return body.kind === "SetOperation" ? inParentheses(printBody(body)) : printBody(body);
}

function printSelect(select: Select): string {
  const statement = pivotStatement(select);
  if (statement !== undefined) return printPivotStatement(statement);
  const { distinct } = select;
  return words(
    "SELECT",
    distinct && (distinct.on.length > 0 ? `DISTINCT ON (${list(distinct.on)})` : "DISTINCT"),
    select.items.map(printItem).join(", "),
    select.from.length > 0 && `FROM ${select.from.map(printTable).join(", ")}`,
    clause("WHERE", select.where && printExpression(select.where)),
    select.groupBy && `GROUP BY ${printGroupBy(select.groupBy)}`,
    clause("HAVING", select.having && printExpression(select.having)),
    select.windows.length > 0 &&
      `WINDOW ${select.windows.map(({ name, specification }) => `${printIdentifier(name)} AS ${printWindow(specification)}`).join(", ")}`,
    clause("QUALIFY", select.qualify && printExpression(select.qualify)),
    select.sample && `USING SAMPLE ${printSample(select.sample)}`,
  );
}

/** The PIVOT in `SELECT * FROM pivot`, when only a statement can say it. */
function pivotStatement({
  items,
  from,
  distinct,
  where,
  groupBy,
  having,
  windows,
  qualify,
  sample,
}: Select): Pivot | undefined {
  const [pivot] = from;
  const more = distinct ?? where ?? groupBy ?? having ?? windows[0] ?? qualify ?? sample ?? from[1] ?? items[1];
  if (pivot?.kind !== "Pivot" || pivot.alias !== undefined || more !== undefined) return undefined;
  if (printItem(items[0]!) !== "*") return undefined;
  return isStandardPivot(pivot.on) && pivot.aggregates.length > 0 ? undefined : pivot;
}

export function printItem({ expression, alias }: SelectItem): string {
  return words(printExpression(expression), alias && `AS ${printIdentifier(alias)}`);
}

function printGroupBy(groupBy: GroupBy): string {
  return groupBy.kind === "GroupByAll" ? "ALL" : groupBy.items.map(printGrouping).join(", ");
}

function printGrouping(element: GroupingElement): string {
  switch (element.kind) {
    case "GroupingExpressions": {
      const [only] = element.expressions;
      return element.expressions.length === 1 ? printExpression(only!) : inParentheses(list(element.expressions));
    }
    case "GroupingSets":
      return `GROUPING SETS (${element.sets.map(printGrouping).join(", ")})`;
    case "Rollup":
      return `ROLLUP (${element.items.map(printGrouping).join(", ")})`;
    case "Cube":
      return `CUBE (${element.items.map(printGrouping).join(", ")})`;
    default:
      return unknown(element);
  }
}

function printSample({ size, unit, method, seed }: Sample): string {
  const amount = `${printExpression(size, POSTFIX)} ${unit.toUpperCase()}`;
  return words(
    method === undefined ? amount : `${printIdentifier(unquoted(method))}(${amount})`,
    seed !== undefined && `REPEATABLE (${seed})`,
  );
}

function unquoted(text: string): Identifier {
  return { kind: "Identifier", name: text, quoted: false, span: { start: 0, end: 0 } };
}

// ---------------------------------------------------------------- tables

export function printTable(table: TableRef): string {
  switch (table.kind) {
    case "TableName":
      return words(printName(table.name), suffixes(table));
    case "VersionedTable": {
      const { name, ...rest } = table.table;
      return words(printName(name), `FOR SYSTEM_TIME AS OF ${printExpression(table.asOf)}`, suffixes(rest));
    }
    case "TableFile":
      return words(printString(table.path), suffixes(table));
    case "TableFunction": {
      const call = printName(table.name) + printArguments(table.args);
      return words(table.lateral && "LATERAL", call, table.withOrdinality && "WITH ORDINALITY", suffixes(table));
    }
    case "WindowTable":
      return words(printWindowTable(table), suffixes(table));
    case "TableSubquery":
      return words(table.lateral && "LATERAL", inParentheses(printQuery(table.query)), suffixes(table));
    case "TableParenthesized":
      return words(inParentheses(printTable(table.table)), suffixes(table));
    case "TableStatement":
      return words(inParentheses(printInspection(table.statement)), table.alias && printAlias(table.alias));
    case "Join":
      return printJoin(table);
    case "Pivot": {
      const columns = table.on.map(printPivotColumn).join(" ");
      const groupBy = table.groupBy && `GROUP BY ${list(table.groupBy)}`;
      const source = printSource(table.source);
      if (isStandardPivot(table.on) && table.aggregates.length > 0) {
        const aggregates = table.aggregates.map(printItem).join(", ");
        return words(
          source,
          inPivot("PIVOT", words(aggregates, "FOR", columns, groupBy)),
          table.alias && printAlias(table.alias),
        );
      }
      return words(inParentheses(printPivotStatement(table)), table.alias && printAlias(table.alias));
    }
    case "Unpivot": {
      const values = table.values.length === 1 ? identifiers(table.values) : inParentheses(identifiers(table.values));
      const body = `${values} FOR ${printIdentifier(table.name)} IN (${table.on.map(printItem).join(", ")})`;
      return words(
        printSource(table.source),
        inPivot(table.includeNulls ? "UNPIVOT INCLUDE NULLS" : "UNPIVOT", body),
        table.alias && printAlias(table.alias),
      );
    }
    default:
      return unknown(table);
  }
}

function printWindowTable({ window, input, partitionBy, time, parameters }: WindowTable): string {
  const table = input.kind === "TableSubquery" ? inParentheses(printQuery(input.query)) : printTable(input);
  const data = words("TABLE", table, partitionBy.length > 0 && `PARTITION BY ${identifiers(partitionBy)}`);
  const lengths = parameters.map(({ value }) => printExpression(value));
  return window + inParentheses([data, `DESCRIPTOR(${printIdentifier(time)})`, ...lengths].join(", "));
}

/** `PIVOT t ON columns USING aggregates GROUP BY columns`. */
function printPivotStatement({ source, on, aggregates, groupBy }: Pivot): string {
  return words(
    "PIVOT",
    printTable(source),
    on.length > 0 && `ON ${on.map(printPivotColumn).join(", ")}`,
    aggregates.length > 0 && `USING ${aggregates.map(printItem).join(", ")}`,
    groupBy && `GROUP BY ${list(groupBy)}`,
  );
}

function inPivot(keyword: string, body: string): string {
  return `${keyword} (${body})`;
}

/** FOR needs values; without them only the statement form can say it. */
function isStandardPivot(on: readonly PivotColumn[]): boolean {
  return on.length > 0 && on.every(({ values }) => values !== undefined);
}

function printPivotColumn({ expressions, values }: PivotColumn): string {
  const [only] = expressions;
  const columns = expressions.length === 1 ? printExpression(only!, OPERATOR) : inParentheses(list(expressions));
  if (values === undefined) return columns;
  if (!("kind" in values)) return `${columns} IN (${values.map(printItem).join(", ")})`;
  return `${columns} IN ${values.kind === "Query" ? inParentheses(printQuery(values)) : printIdentifier(values)}`;
}

/** The table in front of PIVOT: a join would take the PIVOT to its right side. */
function printSource(table: TableRef): string {
  return table.kind === "Join" ? inParentheses(printTable(table)) : printTable(table);
}

function suffixes({
  alias,
  sample,
}: {
  readonly alias: TableAlias | undefined;
  readonly sample: Sample | undefined;
}): string {
  return words(alias && printAlias(alias), sample && `TABLESAMPLE ${printSample(sample)}`);
}

export function printAlias({ name: alias, columns }: TableAlias): string {
  return `AS ${printIdentifier(alias)}${columns.length > 0 ? inParentheses(identifiers(columns)) : ""}`;
}

/** Walks down the left spine. */
function printJoin(top: Join): string {
  const spine: Join[] = [top];
  let first = top.left;
  while (first.kind === "Join") {
    spine.push(first);
    first = first.left;
  }
  const parts = [printTable(first)];
  for (let index = spine.length - 1; index >= 0; index--) {
    const { type, asof, natural, right, condition } = spine[index]!;
    parts.push(
      words(natural && "NATURAL", asof && "ASOF", type !== "inner" && type.toUpperCase(), "JOIN"),
      right.kind === "Join" ? inParentheses(printTable(right)) : printTable(right),
    );
    if (condition?.kind === "On") parts.push(`ON ${printExpression(condition.expression)}`);
    if (condition?.kind === "Using") parts.push(`USING (${identifiers(condition.columns)})`);
    if (condition?.kind === "Nearest") parts.push(printNearest(condition));
  }
  return parts.join(" ");
}

function printNearest({ precision, count, by, expression }: Nearest): string {
  return words(
    precision === "exact" && "EXACT",
    precision === "approximate" && "APPROX",
    "NEAREST",
    count && printExpression(count),
    `BY ${by.toUpperCase()} ${printExpression(expression)}`,
  );
}

// ---------------------------------------------------------------- DESCRIBE, SUMMARIZE, SHOW

export function printInspection(statement: TableStatement["statement"]): string {
  switch (statement.kind) {
    case "Describe":
    case "Summarize": {
      const { source } = statement;
      return `${statement.kind.toUpperCase()} ${source.kind === "Query" ? printQuery(source) : printName(source)}`;
    }
    case "Show":
      if (statement.subject === "name") return `SHOW ${printName(statement.name!)}`;
      return words("SHOW", statement.subject.toUpperCase(), statement.name && `FROM ${printName(statement.name)}`);
    default:
      return unknown(statement);
  }
}

/** Unreachable for a well-typed tree. */
export function unknown(node: never): never {
  throw new TypeError(`cannot print ${JSON.stringify(node)}`);
}
