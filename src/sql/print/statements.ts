/** Printing back: `parseStatements(printSql(statement))` gives the same tree, spans aside. */
import type {
  AlterAction,
  ColumnConstraint,
  ColumnDefinition,
  Copy,
  CreateSequence,
  CreateTable,
  Explain,
  MacroOverload,
  Node,
  ObjectName,
  OnExisting,
  Option,
  Statement,
  TableConstraint,
} from "../ast.ts";
import { printChange } from "./changes.ts";
import {
  identifiers,
  list,
  printArguments,
  printEmit,
  printExpression,
  printIdentifier,
  printInspection,
  printName,
  printQuery,
  printString,
  printType,
  unknown,
  words,
} from "./queries.ts";

/** SQL for a statement, a query, an expression or a type, on one line unless strings have newlines. */
export function printSql(node: Node): string {
  switch (node.kind) {
    case "Query":
      return printQuery(node);
    case "NamedType":
    case "ListType":
    case "ArrayType":
    case "StructType":
    case "MapType":
    case "UnionType":
    case "EnumType":
      return printType(node);
    default:
      return isStatement(node) ? printStatement(node) : printExpression(node);
  }
}

const STATEMENT_KINDS: { readonly [K in Statement["kind"]]: true } = {
  QueryStatement: true,
  CreateTable: true,
  CreateTableAs: true,
  CreateView: true,
  CreateSchema: true,
  CreateSequence: true,
  CreateMacro: true,
  CreateType: true,
  CreateIndex: true,
  Drop: true,
  Alter: true,
  Insert: true,
  Update: true,
  Delete: true,
  Truncate: true,
  Copy: true,
  Explain: true,
  Describe: true,
  Summarize: true,
  Show: true,
  Set: true,
  Reset: true,
  Pragma: true,
  Prepare: true,
  Execute: true,
  Deallocate: true,
  Transaction: true,
  Use: true,
  Call: true,
  Attach: true,
  Detach: true,
  StopJob: true,
  StatementSet: true,
  Maintenance: true,
  Comment: true,
};

function isStatement(node: Node): node is Statement {
  return node.kind in STATEMENT_KINDS;
}

function printStatement(s: Statement): string {
  switch (s.kind) {
    case "QueryStatement":
      return words(printQuery(s.query), printEmit(s.emit));
    case "CreateTable":
      return printCreateTable(s);
    case "CreateTableAs":
      return words(
        create(s, "TABLE", s.temporary),
        s.columns.length > 0 && `(${identifiers(s.columns)})`,
        withOptions(s.options),
        `AS ${printQuery(s.query)}`,
        !s.withData && "WITH NO DATA",
      );
    case "CreateView":
      return words(
        create(s, words(s.recursive && "RECURSIVE", s.materialized && "MATERIALIZED", "VIEW"), s.temporary),
        s.columns.length > 0 && `(${identifiers(s.columns)})`,
        `AS ${printQuery(s.query)}`,
        printEmit(s.emit),
      );
    case "CreateSchema":
      return create(s, "SCHEMA", false);
    case "CreateSequence":
      return printSequence(s);
    case "CreateMacro":
      return words(create(s, "MACRO", s.temporary), s.overloads.map(printOverload).join(", "));
    case "CreateType":
      return words(create(s, "TYPE", s.temporary), "AS", printType(s.type));
    case "CreateIndex":
      return words(
        s.onExisting === "replace" ? "CREATE OR REPLACE" : "CREATE",
        s.unique && "UNIQUE",
        "INDEX",
        s.onExisting === "skip" && "IF NOT EXISTS",
        s.name && printIdentifier(s.name),
        `ON ${printName(s.table)}`,
        s.method && `USING ${printIdentifier(s.method)}`,
        `(${list(s.keys)})`,
        withOptions(s.options),
      );
    case "Drop":
      return words(
        "DROP",
        s.temporary && "TEMPORARY",
        s.target.toUpperCase(),
        s.ifExists && "IF EXISTS",
        s.names.map(printName).join(", "),
        s.cascade && "CASCADE",
      );
    case "Alter":
      return words(
        "ALTER",
        s.target.toUpperCase(),
        s.ifExists && "IF EXISTS",
        printName(s.name),
        printAction(s.action),
      );
    case "Insert":
    case "Update":
    case "Delete":
      return printChange(s);
    case "Truncate":
      return `TRUNCATE ${printName(s.table)}`;
    case "Copy":
      return printCopy(s);
    case "Explain":
      return printExplain(s);
    case "Describe":
    case "Summarize":
    case "Show":
      return printInspection(s);
    case "Set":
      return words("SET", s.scope?.toUpperCase(), s.variable && "VARIABLE", printName(s.name), "=", list(s.values));
    case "Reset":
      return words("RESET", s.scope?.toUpperCase(), s.variable && "VARIABLE", printName(s.name));
    case "Pragma":
      return `PRAGMA ${printName(s.name)}${s.assigned ? ` = ${printExpression(s.args[0]!.value)}` : s.args.length > 0 ? printArguments(s.args) : ""}`;
    case "Prepare":
      return `PREPARE ${printIdentifier(s.name)} AS ${printStatement(s.statement)}`;
    case "Execute":
      return `EXECUTE ${printIdentifier(s.name)}${s.args.length > 0 ? printArguments(s.args) : ""}`;
    case "Deallocate":
      return `DEALLOCATE ${s.name === undefined ? "ALL" : printIdentifier(s.name)}`;
    case "Transaction":
      return s.action.toUpperCase();
    case "Use":
      return `USE ${printName(s.name)}`;
    case "Call":
      return `CALL ${printName(s.name)}${printArguments(s.args)}`;
    case "Attach":
      return words(
        "ATTACH",
        s.onExisting === "skip" ? "IF NOT EXISTS" : s.onExisting === "replace" && "OR REPLACE",
        printString(s.path),
        s.name && `AS ${printIdentifier(s.name)}`,
        options(s.options),
      );
    case "Detach":
      return words("DETACH", s.ifExists && "DATABASE IF EXISTS", printIdentifier(s.name));
    case "StopJob":
      return words("STOP JOB", printIdentifier(s.name), s.savepoint && "WITH SAVEPOINT");
    case "StatementSet":
      return `EXECUTE STATEMENT SET BEGIN ${s.statements.map((one) => `${printStatement(one)};`).join(" ")} END`;
    case "Maintenance":
      return words(s.action.toUpperCase(), s.table && printName(s.table));
    case "Comment":
      return words(
        "COMMENT ON",
        s.target.toUpperCase(),
        printName(s.name),
        "IS",
        s.text === undefined ? "NULL" : printString(s.text),
      );
    default:
      return unknown(s);
  }
}

// ---------------------------------------------------------------- definitions

function create(
  s: { readonly name: ObjectName; readonly onExisting: OnExisting },
  what: string,
  temporary: boolean,
): string {
  return words(
    s.onExisting === "replace" ? "CREATE OR REPLACE" : "CREATE",
    temporary && "TEMPORARY",
    what,
    s.onExisting === "skip" && "IF NOT EXISTS",
    printName(s.name),
  );
}

function printCreateTable(s: CreateTable): string {
  const elements = [...s.columns.map(printColumn), ...s.constraints.map(printTableConstraint)];
  return words(
    create(s, "TABLE", s.temporary),
    `(${elements.join(", ")})`,
    s.comment !== undefined && `COMMENT ${printString(s.comment)}`,
    s.partitionedBy.length > 0 && `PARTITIONED BY (${identifiers(s.partitionedBy)})`,
    withOptions(s.options),
  );
}

function printColumn({ name, type, constraints }: ColumnDefinition): string {
  return words(printIdentifier(name), type && printType(type), ...constraints.map(printColumnConstraint));
}

/** Above AND and comparisons, as the grammar reads a default. */
const DEFAULT_POWER = 7;

function printColumnConstraint(constraint: ColumnConstraint): string {
  switch (constraint.kind) {
    case "NotNull":
      return "NOT NULL";
    case "Nullable":
      return "NULL";
    case "PrimaryKey":
      return words("PRIMARY KEY", !constraint.enforced && "NOT ENFORCED");
    case "Unique":
      return "UNIQUE";
    case "Check":
      return `CHECK (${printExpression(constraint.condition)})`;
    case "Default":
      return `DEFAULT ${printExpression(constraint.value, DEFAULT_POWER)}`;
    case "Generated":
      return words("GENERATED ALWAYS AS", `(${printExpression(constraint.value)})`, constraint.stored && "STORED");
    case "ColumnCollation":
      return `COLLATE ${printName(constraint.collation)}`;
    case "Compression":
      return `USING COMPRESSION ${constraint.method}`;
    case "Metadata":
      return words(
        "METADATA",
        constraint.key !== undefined && `FROM ${printString(constraint.key)}`,
        constraint.virtual && "VIRTUAL",
      );
    case "ColumnComment":
      return `COMMENT ${printString(constraint.text)}`;
    case "References":
      return words(
        "REFERENCES",
        printName(constraint.table),
        constraint.columns.length > 0 && `(${identifiers(constraint.columns)})`,
      );
    default:
      return unknown(constraint);
  }
}

function printTableConstraint(constraint: TableConstraint): string {
  if (constraint.kind === "Watermark")
    return `WATERMARK FOR ${printIdentifier(constraint.column)} AS ${printExpression(constraint.value)}`;
  const name = constraint.name && `CONSTRAINT ${printIdentifier(constraint.name)}`;
  switch (constraint.kind) {
    case "PrimaryKeyConstraint":
      return words(name, `PRIMARY KEY (${identifiers(constraint.columns)})`, !constraint.enforced && "NOT ENFORCED");
    case "UniqueConstraint":
      return words(name, `UNIQUE (${identifiers(constraint.columns)})`);
    case "CheckConstraint":
      return words(name, `CHECK (${printExpression(constraint.condition)})`);
    case "ForeignKeyConstraint":
      return words(
        name,
        `FOREIGN KEY (${identifiers(constraint.columns)}) REFERENCES ${printName(constraint.table)}`,
        constraint.references.length > 0 && `(${identifiers(constraint.references)})`,
      );
    default:
      return unknown(constraint);
  }
}

function printSequence(s: CreateSequence): string {
  const value = (keyword: string, expression: CreateSequence["start"]): string | undefined =>
    expression && `${keyword} ${printExpression(expression, DEFAULT_POWER)}`;
  return words(
    create(s, "SEQUENCE", s.temporary),
    value("START", s.start),
    value("INCREMENT", s.increment),
    value("MINVALUE", s.minValue),
    value("MAXVALUE", s.maxValue),
    s.cycle && "CYCLE",
  );
}

function printOverload({ parameters, body }: MacroOverload): string {
  const printed = parameters.map(({ name, type, defaultValue }) =>
    words(printIdentifier(name), type && printType(type), defaultValue && `:= ${printExpression(defaultValue)}`),
  );
  return `(${printed.join(", ")}) AS ${body.kind === "Query" ? `TABLE ${printQuery(body)}` : printExpression(body)}`;
}

function printAction(action: AlterAction): string {
  switch (action.kind) {
    case "AddColumn": {
      const path = action.path.parts.slice(0, -1).map((part) => `${printIdentifier(part)}.`);
      return words("ADD COLUMN", action.ifNotExists && "IF NOT EXISTS", path.join("") + printColumn(action.column));
    }
    case "DropColumn":
      return words(
        "DROP COLUMN",
        action.ifExists && "IF EXISTS",
        printName(action.column),
        action.cascade && "CASCADE",
      );
    case "RenameColumn":
      return `RENAME COLUMN ${printName(action.column)} TO ${printIdentifier(action.to)}`;
    case "Rename":
      return `RENAME TO ${printIdentifier(action.to)}`;
    case "SetType":
      return words(
        `ALTER COLUMN ${printName(action.column)} TYPE`,
        action.type && printType(action.type),
        action.using && `USING ${printExpression(action.using)}`,
      );
    case "SetDefault":
      return `ALTER COLUMN ${printName(action.column)} SET DEFAULT ${printExpression(action.value)}`;
    case "DropDefault":
      return `ALTER COLUMN ${printName(action.column)} DROP DEFAULT`;
    case "SetNotNull":
      return `ALTER COLUMN ${printName(action.column)} SET NOT NULL`;
    case "DropNotNull":
      return `ALTER COLUMN ${printName(action.column)} DROP NOT NULL`;
    case "AddConstraint":
      return `ADD ${printTableConstraint(action.constraint)}`;
    case "DropConstraint":
      return words(
        "DROP CONSTRAINT",
        action.ifExists && "IF EXISTS",
        printIdentifier(action.name),
        action.cascade && "CASCADE",
      );
    case "SetSchema":
      return `SET SCHEMA ${printIdentifier(action.schema)}`;
    case "SetOptions":
      return words("SET", withOptions(action.options));
    default:
      return unknown(action);
  }
}

function withOptions(items: readonly Option[]): string | undefined {
  if (items.length === 0) return undefined;
  return `WITH (${items.map(({ name, value }) => words(printString(name), value && `= ${printExpression(value)}`)).join(", ")})`;
}

function printCopy(s: Copy): string {
  const source = s.source.kind === "Query" ? `(${printQuery(s.source)})` : printName(s.source);
  const columns = s.columns.length > 0 && `(${identifiers(s.columns)})`;
  return words("COPY", source, columns, s.direction.toUpperCase(), printExpression(s.target), options(s.options));
}

function options(items: readonly Option[]): string | undefined {
  if (items.length === 0) return undefined;
  return `(${items.map(({ name, value }) => words(name.toUpperCase(), value && printExpression(value))).join(", ")})`;
}

function printExplain(s: Explain): string {
  const inside = [
    ...s.stages.map((stage) => stage.toUpperCase()),
    s.analyze && "ANALYZE",
    s.format === "json" && "FORMAT JSON",
  ];
  const written = inside.filter((option) => option !== false);
  return words("EXPLAIN", written.length > 0 && `(${written.join(", ")})`, printStatement(s.statement));
}
