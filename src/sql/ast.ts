/**
 * The abstract syntax tree: readonly discriminated unions, a `span` on every node. It says what was written, with
 * spelling normalised (`!=` is `<>`, `FROM t` is `SELECT * FROM t`, `x::INT` is a Cast); names are not resolved.
 *
 * Left-associative chains (`Binary`, `SetOperation`, `Join`) lean left and may be 100,000 deep: walk their left spine
 * with a loop. `AND` and `OR` chains are flat (`Logical`). Everything else nests at most 500 levels.
 */
import type { Span } from "../error.ts";

// ---------------------------------------------------------------- names

/** A name as spelt, without its quotes. Matching ignores case, quoted or not. */
export type Identifier = {
  readonly kind: "Identifier";
  readonly name: string;
  readonly quoted: boolean;
  readonly span: Span;
};

/** `name`, `schema.name` or `catalog.schema.name`. Never empty. */
export type ObjectName = { readonly kind: "ObjectName"; readonly parts: readonly Identifier[]; readonly span: Span };

// ---------------------------------------------------------------- types

/** `DECIMAL(10, 2)`, `VARCHAR`, a user's type. Names of several words are normalised: `DOUBLE PRECISION` is DOUBLE,
 * `CHARACTER VARYING` VARCHAR, `TIMESTAMP WITH TIME ZONE` TIMESTAMPTZ, `TIME WITH TIME ZONE` TIMETZ. */
export type NamedType = {
  readonly kind: "NamedType";
  readonly name: ObjectName;
  readonly modifiers: readonly Expression[];
  readonly span: Span;
};
/** `INTEGER[]`, `LIST(INTEGER)`. */
export type ListType = { readonly kind: "ListType"; readonly element: TypeName; readonly span: Span };
/** `INTEGER[3]`. */
export type ArrayType = {
  readonly kind: "ArrayType";
  readonly element: TypeName;
  readonly size: number;
  readonly span: Span;
};
/** `STRUCT(a INTEGER, b VARCHAR)`, `ROW(...)`; a field of `STRUCT(INTEGER)` has no name. */
export type StructType = { readonly kind: "StructType"; readonly fields: readonly TypeField[]; readonly span: Span };
/** `MAP(VARCHAR, INTEGER)`. */
export type MapType = {
  readonly kind: "MapType";
  readonly key: TypeName;
  readonly value: TypeName;
  readonly span: Span;
};
/** `UNION(a INTEGER, b VARCHAR)`. */
export type UnionType = { readonly kind: "UnionType"; readonly members: readonly TypeField[]; readonly span: Span };
/** `ENUM ('a', 'b')`, or in CREATE TYPE `ENUM (SELECT ...)`. */
export type EnumType = { readonly kind: "EnumType"; readonly values: readonly string[] | Query; readonly span: Span };
export type TypeField = {
  readonly kind: "TypeField";
  readonly name: Identifier | undefined;
  readonly type: TypeName;
  readonly span: Span;
};
export type TypeName = NamedType | ListType | ArrayType | StructType | MapType | UnionType | EnumType;

// ---------------------------------------------------------------- literals

/** `text` has no underscores; hexadecimal, octal and binary integers are rewritten in decimal. An `integer` may exceed 64 bits;
 * `decimal` has a point (`1.5`, `.5`), `double` an exponent. Never signed. */
export type NumberLiteral = {
  readonly kind: "NumberLiteral";
  readonly form: "integer" | "decimal" | "double";
  readonly text: string;
  readonly span: Span;
};
export type StringLiteral = { readonly kind: "StringLiteral"; readonly value: string; readonly span: Span };
/** `x'CAFE'`: an even number of hexadecimal digits. */
export type BlobLiteral = { readonly kind: "BlobLiteral"; readonly hex: string; readonly span: Span };
export type BooleanLiteral = { readonly kind: "BooleanLiteral"; readonly value: boolean; readonly span: Span };
export type NullLiteral = { readonly kind: "NullLiteral"; readonly span: Span };
/** `DATE '1995-01-01'`, `TIMESTAMP '...'`: a string cast at compile time. */
export type TypedLiteral = {
  readonly kind: "TypedLiteral";
  readonly type: TypeName;
  readonly value: string;
  readonly span: Span;
};
export type IntervalUnit =
  | "millennium"
  | "century"
  | "decade"
  | "year"
  | "quarter"
  | "month"
  | "week"
  | "day"
  | "hour"
  | "minute"
  | "second"
  | "millisecond"
  | "microsecond";
/** `INTERVAL '3' MONTH`, `INTERVAL '1 day 2 hours'` (no unit), `INTERVAL (x + 1) DAY`; `to` in `INTERVAL '1-2' YEAR TO MONTH`. */
export type Interval = {
  readonly kind: "Interval";
  readonly value: Expression;
  readonly unit: IntervalUnit | undefined;
  readonly to: IntervalUnit | undefined;
  readonly span: Span;
};
/** `?` gets the next `index` from 1 in its statement, `$2` has index 2, `$name` a name and index 0. */
export type Parameter = {
  readonly kind: "Parameter";
  readonly index: number;
  readonly name: string | undefined;
  readonly span: Span;
};
/** DEFAULT as a value in INSERT and UPDATE. */
export type DefaultValue = { readonly kind: "DefaultValue"; readonly span: Span };

export type Literal = NumberLiteral | StringLiteral | BlobLiteral | BooleanLiteral | NullLiteral | TypedLiteral;

// ---------------------------------------------------------------- expressions

/** `a`, `t.a`, `schema.t.a`, `t.struct.field`: the binder decides what the dots mean. */
export type ColumnRef = { readonly kind: "ColumnRef"; readonly parts: readonly Identifier[]; readonly span: Span };
/** `#1`: the first column of the tables in FROM. */
export type PositionalReference = { readonly kind: "PositionalReference"; readonly index: number; readonly span: Span };
/** `*`, `t.*` with EXCLUDE, REPLACE, RENAME, LIKE; in select lists, `count(*)`, `COLUMNS(*)`. */
export type Star = {
  readonly kind: "Star";
  readonly qualifier: ObjectName | undefined;
  readonly exclude: readonly ObjectName[];
  readonly replace: readonly SelectItem[];
  readonly rename: readonly { readonly from: ObjectName; readonly to: Identifier }[];
  /** `* LIKE 'a%'`: keeps the columns whose name matches. */
  readonly like: StarPattern | undefined;
  readonly span: Span;
};
export type StarPattern = { readonly operator: LikeOperator; readonly pattern: Expression; readonly negated: boolean };
/** `COLUMNS('regex')`, `COLUMNS(* EXCLUDE a)`, `COLUMNS(c -> ...)`, `COLUMNS([...])`; `*COLUMNS(...)` unpacks into arguments. */
export type Columns = {
  readonly kind: "Columns";
  readonly qualifier: ObjectName | undefined;
  readonly selector: Expression;
  readonly unpack: boolean;
  readonly span: Span;
};
/** `(expression).field`. */
export type FieldAccess = {
  readonly kind: "FieldAccess";
  readonly operand: Expression;
  readonly field: Identifier;
  readonly span: Span;
};
/** `list[index]`, `struct['field']`, `map[key]`. */
export type Subscript = {
  readonly kind: "Subscript";
  readonly operand: Expression;
  readonly index: Expression;
  readonly span: Span;
};
/** `list[lower:upper:step]`, each may be missing; `[:-:step]` also has no upper. */
export type Slice = {
  readonly kind: "Slice";
  readonly operand: Expression;
  readonly lower: Expression | undefined;
  readonly upper: Expression | undefined;
  readonly step: Expression | undefined;
  readonly span: Span;
};

/** `@` is the absolute value, `!` the factorial, written behind. */
export type UnaryOperator = "NOT" | "-" | "+" | "~" | "@" | "!";
export type Unary = {
  readonly kind: "Unary";
  readonly operator: UnaryOperator;
  readonly operand: Expression;
  readonly span: Span;
};

export type ComparisonOperator = "=" | "<>" | "<" | "<=" | ">" | ">=";
/** `^` and `**` are both power: `**`. `~~ ~~* !~~ !~~*` are parsed into Like. `~` is a regex that matches in full. */
export type BinaryOperator =
  | ComparisonOperator
  | "+"
  | "-"
  | "*"
  | "/"
  | "//"
  | "%"
  | "**"
  | "||"
  | "&"
  | "|"
  | "<<"
  | ">>"
  | "~"
  | "!~"
  | "~*"
  | "!~*"
  | "^@"
  | "@>"
  | "<@"
  | "&&"
  | "->"
  | "->>"
  | "<->"
  | "<=>"
  | "<#>"
  | "#>"
  | "#>>";
/** Leans left in chains. */
export type Binary = {
  readonly kind: "Binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
};
/** A chain of AND or of OR: two operands at least. */
export type Logical = {
  readonly kind: "Logical";
  readonly operator: "AND" | "OR";
  readonly operands: readonly Expression[];
  readonly span: Span;
};
/** `x IS [NOT] NULL`, `ISNULL`, `NOTNULL`. */
export type IsNull = {
  readonly kind: "IsNull";
  readonly operand: Expression;
  readonly negated: boolean;
  readonly span: Span;
};
/** `x IS [NOT] TRUE | FALSE | UNKNOWN`; `value` undefined is UNKNOWN. */
export type IsBoolean = {
  readonly kind: "IsBoolean";
  readonly operand: Expression;
  readonly value: boolean | undefined;
  readonly negated: boolean;
  readonly span: Span;
};
/** `a IS DISTINCT FROM b`; negated: `IS NOT DISTINCT FROM`, where NULL equals NULL. */
export type IsDistinctFrom = {
  readonly kind: "IsDistinctFrom";
  readonly left: Expression;
  readonly right: Expression;
  readonly negated: boolean;
  readonly span: Span;
};
export type Between = {
  readonly kind: "Between";
  readonly operand: Expression;
  readonly low: Expression;
  readonly high: Expression;
  readonly negated: boolean;
  readonly symmetric: boolean;
  readonly span: Span;
};
export type InList = {
  readonly kind: "InList";
  readonly operand: Expression;
  readonly list: readonly Expression[];
  readonly negated: boolean;
  readonly span: Span;
};
export type InSubquery = {
  readonly kind: "InSubquery";
  readonly operand: Expression;
  readonly query: Query;
  readonly negated: boolean;
  readonly span: Span;
};
/** `x IN list_expression`, without parentheses: membership in a list, map or struct. */
export type InCollection = {
  readonly kind: "InCollection";
  readonly operand: Expression;
  readonly collection: Expression;
  readonly negated: boolean;
  readonly span: Span;
};
/** `x = ANY (SELECT ...)`, `x > ALL (list_expression)`. SOME is ANY. */
export type Quantified = {
  readonly kind: "Quantified";
  readonly operator: ComparisonOperator;
  readonly quantifier: "ANY" | "ALL";
  readonly operand: Expression;
  readonly right: Query | Expression;
  readonly span: Span;
};
export type Exists = { readonly kind: "Exists"; readonly query: Query; readonly span: Span };
export type ScalarSubquery = { readonly kind: "ScalarSubquery"; readonly query: Query; readonly span: Span };
/** `ARRAY(SELECT ...)`. */
export type ArraySubquery = { readonly kind: "ArraySubquery"; readonly query: Query; readonly span: Span };
export type LikeOperator = "LIKE" | "ILIKE" | "SIMILAR TO" | "GLOB";
export type Like = {
  readonly kind: "Like";
  readonly operator: LikeOperator;
  readonly operand: Expression;
  readonly pattern: Expression;
  readonly escape: Expression | undefined;
  readonly negated: boolean;
  readonly span: Span;
};
export type Case = {
  readonly kind: "Case";
  readonly operand: Expression | undefined;
  readonly branches: readonly CaseBranch[];
  readonly otherwise: Expression | undefined;
  readonly span: Span;
};
export type CaseBranch = { readonly when: Expression; readonly then: Expression };
/** `CAST(x AS t)`, `x::t`; `try` is TRY_CAST. */
export type Cast = {
  readonly kind: "Cast";
  readonly operand: Expression;
  readonly type: TypeName;
  readonly try: boolean;
  readonly span: Span;
};
export type Collate = {
  readonly kind: "Collate";
  readonly operand: Expression;
  readonly collation: ObjectName;
  readonly span: Span;
};
export type AtTimeZone = {
  readonly kind: "AtTimeZone";
  readonly operand: Expression;
  readonly zone: Expression;
  readonly span: Span;
};

/**
 * Scalar, aggregate and window function calls. Special forms become plain calls:
 * `EXTRACT(f FROM x)` date_part('f', x); `POSITION(a IN b)` strpos(b, a); `SUBSTRING(s FROM i FOR n)` substring(s, i, n);
 * `TRIM(LEADING c FROM s)` ltrim(s, c), TRAILING rtrim, BOTH trim; `OVERLAY(s PLACING r FROM i FOR n)` overlay(s, r, i, n);
 * `x.f(y)` on an expression f(x, y) (on a dotted name, `name` keeps all parts: the binder sees whether `a.b.f(y)` has a
 * schema or a column in front); `CURRENT_DATE`, `CURRENT_TIMESTAMP`, ... calls without arguments; `count()` count(*).
 */
export type FunctionCall = {
  readonly kind: "FunctionCall";
  readonly name: ObjectName;
  readonly args: readonly FunctionArgument[];
  readonly distinct: boolean;
  /** `array_agg(x ORDER BY y)`. */
  readonly orderBy: OrderBy | undefined;
  /** `quantile_cont(0.5) WITHIN GROUP (ORDER BY x)`. */
  readonly withinGroup: OrderBy | undefined;
  readonly filter: Expression | undefined;
  readonly nulls: "ignore" | "respect" | undefined;
  readonly over: WindowReference | WindowSpecification | undefined;
  /** `sum(x) EXPORT_STATE`. */
  readonly exportState: boolean;
  readonly span: Span;
};
/** `name := value` or `name => value`, or just a value. */
export type FunctionArgument = {
  readonly kind: "FunctionArgument";
  readonly name: Identifier | undefined;
  readonly value: Expression;
  readonly span: Span;
};

/** `[1, 2]`, `ARRAY[1, 2]`. */
export type ListLiteral = { readonly kind: "ListLiteral"; readonly items: readonly Expression[]; readonly span: Span };
/** `{'a': 1, b: 2}`. */
export type StructLiteral = {
  readonly kind: "StructLiteral";
  readonly fields: readonly { readonly name: Identifier; readonly value: Expression }[];
  readonly span: Span;
};
/** `MAP {'k': 1}`. */
export type MapLiteral = {
  readonly kind: "MapLiteral";
  readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
  readonly span: Span;
};
/** `(1, 2)`, `ROW(1)`. */
export type Row = { readonly kind: "Row"; readonly items: readonly Expression[]; readonly span: Span };
/** `[x + 1 for x in list if x > 2]`; a second variable is the position. */
export type ListComprehension = {
  readonly kind: "ListComprehension";
  readonly result: Expression;
  readonly variables: readonly Identifier[];
  readonly source: Expression;
  readonly filter: Expression | undefined;
  readonly span: Span;
};
/** `lambda x, i: body`, or in arguments `x -> body`, `(x, i) -> body`. With `arrow` and one parameter, a function that takes no
 * lambda means the JSON operator: `x -> body`. */
export type Lambda = {
  readonly kind: "Lambda";
  readonly parameters: readonly Identifier[];
  readonly body: Expression;
  readonly arrow: boolean;
  readonly span: Span;
};

export type Expression =
  | Literal
  | Interval
  | Parameter
  | DefaultValue
  | ColumnRef
  | PositionalReference
  | Star
  | Columns
  | FieldAccess
  | Subscript
  | Slice
  | Unary
  | Binary
  | Logical
  | IsNull
  | IsBoolean
  | IsDistinctFrom
  | Between
  | InList
  | InSubquery
  | InCollection
  | Quantified
  | Exists
  | ScalarSubquery
  | ArraySubquery
  | Like
  | Case
  | Cast
  | Collate
  | AtTimeZone
  | FunctionCall
  | ListLiteral
  | StructLiteral
  | MapLiteral
  | Row
  | ListComprehension
  | Lambda;

// ---------------------------------------------------------------- ordering and windows

export type Direction = "asc" | "desc";
export type NullsOrder = "first" | "last";
/** `direction` and `nulls` are undefined where nothing was written. */
export type OrderItem = {
  readonly kind: "OrderItem";
  readonly expression: Expression;
  readonly direction: Direction | undefined;
  readonly nulls: NullsOrder | undefined;
  readonly span: Span;
};
export type OrderByItems = { readonly kind: "OrderByItems"; readonly items: readonly OrderItem[]; readonly span: Span };
/** `ORDER BY ALL [DESC] [NULLS LAST]`. */
export type OrderByAll = {
  readonly kind: "OrderByAll";
  readonly direction: Direction | undefined;
  readonly nulls: NullsOrder | undefined;
  readonly span: Span;
};
export type OrderBy = OrderByItems | OrderByAll;

/** `OVER w`. */
export type WindowReference = { readonly kind: "WindowReference"; readonly name: Identifier; readonly span: Span };
/** `OVER ([base] PARTITION BY ... ORDER BY ... frame)`. */
export type WindowSpecification = {
  readonly kind: "WindowSpecification";
  readonly base: Identifier | undefined;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: OrderBy | undefined;
  readonly frame: WindowFrame | undefined;
  readonly span: Span;
};
/** Without BETWEEN the end is CURRENT ROW. */
export type WindowFrame = {
  readonly kind: "WindowFrame";
  readonly unit: "rows" | "range" | "groups";
  readonly start: FrameBound;
  readonly end: FrameBound;
  readonly exclude: "no others" | "current row" | "group" | "ties";
  readonly span: Span;
};
export type FrameBound =
  | { readonly kind: "UnboundedPreceding" | "CurrentRow" | "UnboundedFollowing"; readonly span: Span }
  | { readonly kind: "Preceding" | "Following"; readonly offset: Expression; readonly span: Span };
export type NamedWindow = {
  readonly kind: "NamedWindow";
  readonly name: Identifier;
  readonly specification: WindowSpecification;
  readonly span: Span;
};

// ---------------------------------------------------------------- queries

/** A full query: `WITH ... body ORDER BY ... LIMIT ...`. */
export type Query = {
  readonly kind: "Query";
  readonly with: With | undefined;
  readonly body: QueryBody;
  readonly orderBy: OrderBy | undefined;
  readonly limit: Limit | undefined;
  readonly span: Span;
};
/** A Query as body is one in parentheses, or `VALUES`-like nesting with its own ORDER BY. */
export type QueryBody = Select | Values | SetOperation | Query;

export type With = {
  readonly kind: "With";
  readonly recursive: boolean;
  readonly tables: readonly CommonTable[];
  readonly span: Span;
};
export type CommonTable = {
  readonly kind: "CommonTable";
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  /** MATERIALIZED true, NOT MATERIALIZED false, undefined: the planner decides. */
  readonly materialized: boolean | undefined;
  /** `USING KEY (a, max(b))`: a recursive table keyed by columns, with aggregates of the others. */
  readonly usingKey: readonly SelectItem[];
  /** A statement that writes gives the rows of its RETURNING. */
  readonly query: Query | DataChange;
  readonly span: Span;
};

export type Select = {
  readonly kind: "Select";
  readonly distinct: Distinct | undefined;
  readonly items: readonly SelectItem[];
  /** Comma-separated tables: a cross product, left to right. Empty without FROM. */
  readonly from: readonly TableRef[];
  readonly where: Expression | undefined;
  readonly groupBy: GroupBy | undefined;
  readonly having: Expression | undefined;
  readonly windows: readonly NamedWindow[];
  readonly qualify: Expression | undefined;
  /** `USING SAMPLE ...`. */
  readonly sample: Sample | undefined;
  readonly span: Span;
};
/** DISTINCT, or DISTINCT ON (expressions); `on` is empty without ON. */
export type Distinct = { readonly kind: "Distinct"; readonly on: readonly Expression[]; readonly span: Span };
/** `expression [AS] alias` or `alias: expression`. */
export type SelectItem = {
  readonly kind: "SelectItem";
  readonly expression: Expression;
  readonly alias: Identifier | undefined;
  readonly span: Span;
};
export type Values = {
  readonly kind: "Values";
  readonly rows: readonly (readonly Expression[])[];
  readonly span: Span;
};
/** Leans left in chains. */
export type SetOperation = {
  readonly kind: "SetOperation";
  readonly operator: "UNION" | "INTERSECT" | "EXCEPT";
  readonly all: boolean;
  readonly byName: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
  readonly span: Span;
};

export type GroupBy =
  | { readonly kind: "GroupByAll"; readonly span: Span }
  | { readonly kind: "GroupByItems"; readonly items: readonly GroupingElement[]; readonly span: Span };
/** `expressions` of an `a` is [a], of `(a, b)` [a, b], of `()` nothing. */
export type GroupingExpressions = {
  readonly kind: "GroupingExpressions";
  readonly expressions: readonly Expression[];
  readonly span: Span;
};
export type GroupingSets = {
  readonly kind: "GroupingSets";
  readonly sets: readonly GroupingElement[];
  readonly span: Span;
};
export type Rollup = { readonly kind: "Rollup"; readonly items: readonly GroupingExpressions[]; readonly span: Span };
export type Cube = { readonly kind: "Cube"; readonly items: readonly GroupingExpressions[]; readonly span: Span };
export type GroupingElement = GroupingExpressions | GroupingSets | Rollup | Cube;

/** LIMIT, OFFSET, FETCH FIRST. `LIMIT 10 PERCENT`, `LIMIT 10%`; `LIMIT ALL` has no count. */
export type Limit = {
  readonly kind: "Limit";
  readonly count: Expression | undefined;
  readonly percent: boolean;
  readonly offset: Expression | undefined;
  readonly span: Span;
};
/** TABLESAMPLE and USING SAMPLE. `method` is lower case: reservoir, bernoulli, system. */
export type Sample = {
  readonly kind: "Sample";
  readonly size: Expression;
  readonly unit: "percent" | "rows";
  readonly method: string | undefined;
  readonly seed: number | undefined;
  readonly span: Span;
};

// ---------------------------------------------------------------- tables in FROM

/** `AS name (column, ...)`. */
export type TableAlias = {
  readonly kind: "TableAlias";
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly span: Span;
};

export type TableName = {
  readonly kind: "TableName";
  readonly name: ObjectName;
  readonly alias: TableAlias | undefined;
  readonly sample: Sample | undefined;
  readonly span: Span;
};
/** `t FOR SYSTEM_TIME AS OF time [AS alias]`: the table as it was then. The table has the alias. */
export type VersionedTable = {
  readonly kind: "VersionedTable";
  readonly table: TableName;
  readonly asOf: Expression;
  readonly span: Span;
};
/** `FROM 'file.parquet'`: a path or glob. */
export type TableFile = {
  readonly kind: "TableFile";
  readonly path: string;
  readonly alias: TableAlias | undefined;
  readonly sample: Sample | undefined;
  readonly span: Span;
};
/** `range(10)`, `UNNEST(...)`, `read_csv('a', header := true)`. */
export type TableFunction = {
  readonly kind: "TableFunction";
  readonly name: ObjectName;
  readonly args: readonly FunctionArgument[];
  readonly lateral: boolean;
  readonly withOrdinality: boolean;
  readonly alias: TableAlias | undefined;
  readonly sample: Sample | undefined;
  readonly span: Span;
};
export type TableSubquery = {
  readonly kind: "TableSubquery";
  readonly query: Query;
  readonly lateral: boolean;
  readonly alias: TableAlias | undefined;
  readonly sample: Sample | undefined;
  readonly span: Span;
};
/**
 * `TUMBLE(TABLE t, DESCRIPTOR(time), size [, offset])`, HOP with a slide before the size, CUMULATE with a step before it, SESSION
 * with a gap: the rows of `input`, each once for every window that it lies in. `parameters` are in that order.
 */
export type WindowTable = {
  readonly kind: "WindowTable";
  readonly window: "TUMBLE" | "HOP" | "CUMULATE" | "SESSION";
  readonly input: TableName | TableFile | TableSubquery;
  /** Sessions are told apart by these columns. */
  readonly partitionBy: readonly Identifier[];
  readonly time: Identifier;
  readonly parameters: readonly {
    readonly name: "SIZE" | "SLIDE" | "STEP" | "GAP" | "OFFSET";
    readonly value: Expression;
  }[];
  readonly alias: TableAlias | undefined;
  readonly sample: Sample | undefined;
  readonly span: Span;
};
/** `(a JOIN b ON ...) [AS x]`: kept only where an alias or a sample follows. */
export type TableParenthesized = {
  readonly kind: "TableParenthesized";
  readonly table: TableRef;
  readonly alias: TableAlias | undefined;
  readonly sample: Sample | undefined;
  readonly span: Span;
};
/** `FROM (DESCRIBE t)`, `FROM (SHOW TABLES)`, `FROM (SUMMARIZE t)`. */
export type TableStatement = {
  readonly kind: "TableStatement";
  readonly statement: Describe | Show | Summarize;
  readonly alias: TableAlias | undefined;
  readonly span: Span;
};

export type JoinType = "inner" | "left" | "right" | "full" | "cross" | "semi" | "anti" | "positional";
/** `asof` and `natural` combine with inner, left, right, full, semi, anti. Leans left in chains. */
export type Join = {
  readonly kind: "Join";
  readonly type: JoinType;
  readonly asof: boolean;
  readonly natural: boolean;
  readonly left: TableRef;
  readonly right: TableRef;
  readonly condition: JoinCondition | undefined;
  readonly span: Span;
};
export type JoinCondition =
  | { readonly kind: "On"; readonly expression: Expression; readonly span: Span }
  | { readonly kind: "Using"; readonly columns: readonly Identifier[]; readonly span: Span }
  | Nearest;
/** `EXACT NEAREST 3 BY DISTANCE expression`: the right rows that come first by it, for each left row. */
export type Nearest = {
  readonly kind: "Nearest";
  readonly precision: "exact" | "approximate" | undefined;
  /** undefined: 1. */
  readonly count: Expression | undefined;
  /** The smallest distances, or the greatest similarities. */
  readonly by: "distance" | "similarity";
  readonly expression: Expression;
  readonly span: Span;
};

/** `t PIVOT (aggregates FOR column IN (values) GROUP BY ...)` and `PIVOT t ON columns USING aggregates GROUP BY ...`. */
export type Pivot = {
  readonly kind: "Pivot";
  readonly source: TableRef;
  readonly aggregates: readonly SelectItem[];
  readonly on: readonly PivotColumn[];
  /** undefined: all columns not mentioned. */
  readonly groupBy: readonly Expression[] | undefined;
  readonly alias: TableAlias | undefined;
  readonly span: Span;
};
/** One or more expressions (`ON a`, `FOR (a, b) IN`), and the values to become columns; undefined: those in the data; an Identifier: an ENUM. */
export type PivotColumn = {
  readonly kind: "PivotColumn";
  readonly expressions: readonly Expression[];
  readonly values: readonly SelectItem[] | Query | Identifier | undefined;
  readonly span: Span;
};
/** `t UNPIVOT (value FOR name IN (columns))` and `UNPIVOT t ON columns INTO NAME name VALUE value`. */
export type Unpivot = {
  readonly kind: "Unpivot";
  readonly source: TableRef;
  /** Each a column, a Row of columns, a Star or a Columns, with an alias that becomes the name's value. */
  readonly on: readonly SelectItem[];
  readonly name: Identifier;
  readonly values: readonly Identifier[];
  readonly includeNulls: boolean;
  readonly alias: TableAlias | undefined;
  readonly span: Span;
};

export type TableRef =
  | TableName
  | VersionedTable
  | TableFile
  | TableFunction
  | WindowTable
  | TableSubquery
  | TableParenthesized
  | TableStatement
  | Join
  | Pivot
  | Unpivot;

// ---------------------------------------------------------------- statements: data definition

export type OnExisting = "error" | "replace" | "skip";

/** `name type [constraints]`; the type is undefined for generated columns that infer it. */
export type ColumnDefinition = {
  readonly kind: "ColumnDefinition";
  readonly name: Identifier;
  readonly type: TypeName | undefined;
  readonly constraints: readonly ColumnConstraint[];
  readonly span: Span;
};
export type ColumnConstraint =
  | { readonly kind: "NotNull"; readonly span: Span }
  | { readonly kind: "Nullable"; readonly span: Span }
  /** `enforced` is false behind NOT ENFORCED. */
  | { readonly kind: "PrimaryKey"; readonly enforced: boolean; readonly span: Span }
  | { readonly kind: "Unique"; readonly span: Span }
  | { readonly kind: "Check"; readonly condition: Expression; readonly span: Span }
  | { readonly kind: "Default"; readonly value: Expression; readonly span: Span }
  | { readonly kind: "Generated"; readonly value: Expression; readonly stored: boolean; readonly span: Span }
  | { readonly kind: "ColumnCollation"; readonly collation: ObjectName; readonly span: Span }
  | { readonly kind: "Compression"; readonly method: string; readonly span: Span }
  /** `METADATA FROM 'key' VIRTUAL`: what the connector knows of a row. */
  | { readonly kind: "Metadata"; readonly key: string | undefined; readonly virtual: boolean; readonly span: Span }
  | { readonly kind: "ColumnComment"; readonly text: string; readonly span: Span }
  | {
      readonly kind: "References";
      readonly table: ObjectName;
      readonly columns: readonly Identifier[];
      readonly span: Span;
    };
export type TableConstraint =
  | {
      readonly kind: "PrimaryKeyConstraint";
      readonly name: Identifier | undefined;
      readonly columns: readonly Identifier[];
      readonly enforced: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "UniqueConstraint";
      readonly name: Identifier | undefined;
      readonly columns: readonly Identifier[];
      readonly span: Span;
    }
  | {
      readonly kind: "CheckConstraint";
      readonly name: Identifier | undefined;
      readonly condition: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: "ForeignKeyConstraint";
      readonly name: Identifier | undefined;
      readonly columns: readonly Identifier[];
      readonly table: ObjectName;
      readonly references: readonly Identifier[];
      readonly span: Span;
    }
  /** `WATERMARK FOR ts AS ts - INTERVAL '4' SECOND`. */
  | { readonly kind: "Watermark"; readonly column: Identifier; readonly value: Expression; readonly span: Span };

/** `name value` in COPY (...), `'key' = 'value'` in WITH (...). `value` is undefined for a bare `HEADER`. Names are lower case. */
export type Option = {
  readonly kind: "Option";
  readonly name: string;
  readonly value: Expression | undefined;
  readonly span: Span;
};

export type CreateTable = {
  readonly kind: "CreateTable";
  readonly name: ObjectName;
  readonly temporary: boolean;
  readonly onExisting: OnExisting;
  readonly columns: readonly ColumnDefinition[];
  readonly constraints: readonly TableConstraint[];
  readonly comment: string | undefined;
  readonly partitionedBy: readonly Identifier[];
  readonly options: readonly Option[];
  readonly span: Span;
};
/** `CREATE TABLE t [(columns)] AS query [WITH [NO] DATA]`. */
export type CreateTableAs = {
  readonly kind: "CreateTableAs";
  readonly name: ObjectName;
  readonly temporary: boolean;
  readonly onExisting: OnExisting;
  readonly columns: readonly Identifier[];
  readonly options: readonly Option[];
  readonly query: Query;
  readonly withData: boolean;
  readonly span: Span;
};
export type CreateView = {
  readonly kind: "CreateView";
  readonly name: ObjectName;
  readonly temporary: boolean;
  readonly materialized: boolean;
  readonly recursive: boolean;
  readonly onExisting: OnExisting;
  readonly columns: readonly Identifier[];
  readonly query: Query;
  readonly emit: Emit | undefined;
  readonly span: Span;
};
export type CreateSchema = {
  readonly kind: "CreateSchema";
  readonly name: ObjectName;
  readonly onExisting: OnExisting;
  readonly span: Span;
};
export type CreateSequence = {
  readonly kind: "CreateSequence";
  readonly name: ObjectName;
  readonly temporary: boolean;
  readonly onExisting: OnExisting;
  readonly start: Expression | undefined;
  readonly increment: Expression | undefined;
  readonly minValue: Expression | undefined;
  readonly maxValue: Expression | undefined;
  readonly cycle: boolean;
  readonly span: Span;
};
/** `CREATE MACRO f(a, b := 1) AS expression`, or several overloads; `AS TABLE query` makes a table macro. */
export type CreateMacro = {
  readonly kind: "CreateMacro";
  readonly name: ObjectName;
  readonly temporary: boolean;
  readonly onExisting: OnExisting;
  readonly overloads: readonly MacroOverload[];
  readonly span: Span;
};
export type MacroOverload = {
  readonly kind: "MacroOverload";
  readonly parameters: readonly MacroParameter[];
  readonly body: Expression | Query;
  readonly span: Span;
};
export type MacroParameter = {
  readonly kind: "MacroParameter";
  readonly name: Identifier;
  readonly type: TypeName | undefined;
  readonly defaultValue: Expression | undefined;
  readonly span: Span;
};
export type CreateType = {
  readonly kind: "CreateType";
  readonly name: ObjectName;
  readonly temporary: boolean;
  readonly onExisting: OnExisting;
  readonly type: TypeName;
  readonly span: Span;
};
export type CreateIndex = {
  readonly kind: "CreateIndex";
  readonly name: Identifier | undefined;
  readonly table: ObjectName;
  readonly unique: boolean;
  readonly onExisting: OnExisting;
  readonly method: Identifier | undefined;
  readonly keys: readonly Expression[];
  readonly options: readonly Option[];
  readonly span: Span;
};

export type DropTarget =
  | "table"
  | "view"
  | "materialized view"
  | "schema"
  | "sequence"
  | "macro"
  | "macro table"
  | "type"
  | "index"
  | "database";
export type Drop = {
  readonly kind: "Drop";
  readonly target: DropTarget;
  /** Nothing else is dropped. */
  readonly temporary: boolean;
  readonly names: readonly ObjectName[];
  readonly ifExists: boolean;
  readonly cascade: boolean;
  readonly span: Span;
};

export type Alter = {
  readonly kind: "Alter";
  readonly target: "table" | "view" | "schema" | "sequence" | "type" | "index" | "database";
  readonly name: ObjectName;
  readonly ifExists: boolean;
  readonly action: AlterAction;
  readonly span: Span;
};
/** Columns are ObjectNames since `s.field` reaches into a STRUCT. */
export type AlterAction =
  | {
      readonly kind: "AddColumn";
      readonly path: ObjectName;
      readonly column: ColumnDefinition;
      readonly ifNotExists: boolean;
      readonly span: Span;
    }
  | {
      readonly kind: "DropColumn";
      readonly column: ObjectName;
      readonly ifExists: boolean;
      readonly cascade: boolean;
      readonly span: Span;
    }
  | { readonly kind: "RenameColumn"; readonly column: ObjectName; readonly to: Identifier; readonly span: Span }
  | { readonly kind: "Rename"; readonly to: Identifier; readonly span: Span }
  | {
      readonly kind: "SetType";
      readonly column: ObjectName;
      readonly type: TypeName | undefined;
      readonly using: Expression | undefined;
      readonly span: Span;
    }
  | { readonly kind: "SetDefault"; readonly column: ObjectName; readonly value: Expression; readonly span: Span }
  | { readonly kind: "DropDefault" | "SetNotNull" | "DropNotNull"; readonly column: ObjectName; readonly span: Span }
  | { readonly kind: "AddConstraint"; readonly constraint: TableConstraint; readonly span: Span }
  | {
      readonly kind: "DropConstraint";
      readonly name: Identifier;
      readonly ifExists: boolean;
      readonly cascade: boolean;
      readonly span: Span;
    }
  | { readonly kind: "SetSchema"; readonly schema: Identifier; readonly span: Span }
  | { readonly kind: "SetOptions"; readonly options: readonly Option[]; readonly span: Span };

// ---------------------------------------------------------------- statements: data

/** `columns` is empty where no list was written; `source` undefined is DEFAULT VALUES. */
export type Insert = {
  readonly kind: "Insert";
  readonly with: With | undefined;
  readonly table: ObjectName;
  readonly alias: Identifier | undefined;
  readonly columns: readonly Identifier[];
  readonly byName: boolean;
  readonly source: Query | undefined;
  readonly onConflict: OnConflict | undefined;
  readonly returning: readonly SelectItem[];
  readonly emit: Emit | undefined;
  readonly span: Span;
};
/** `INSERT OR REPLACE` and `INSERT OR IGNORE` have the actions "replace" and "nothing" without target. */
export type OnConflict = {
  readonly kind: "OnConflict";
  readonly target: readonly Identifier[];
  readonly targetWhere: Expression | undefined;
  readonly action: "nothing" | "update" | "replace";
  readonly set: readonly Assignment[];
  readonly where: Expression | undefined;
  readonly span: Span;
};
/** `a = 1`, `(a, b) = (1, 2)`. */
export type Assignment = {
  readonly kind: "Assignment";
  readonly columns: readonly ObjectName[];
  readonly value: Expression;
  readonly span: Span;
};
export type Update = {
  readonly kind: "Update";
  readonly with: With | undefined;
  readonly table: ObjectName;
  readonly alias: Identifier | undefined;
  readonly set: readonly Assignment[];
  readonly from: readonly TableRef[];
  readonly where: Expression | undefined;
  readonly returning: readonly SelectItem[];
  readonly span: Span;
};
export type Delete = {
  readonly kind: "Delete";
  readonly with: With | undefined;
  readonly table: ObjectName;
  readonly alias: Identifier | undefined;
  readonly using: readonly TableRef[];
  readonly where: Expression | undefined;
  readonly returning: readonly SelectItem[];
  readonly span: Span;
};
export type DataChange = Insert | Update | Delete;
export type Truncate = { readonly kind: "Truncate"; readonly table: ObjectName; readonly span: Span };
/** `COPY t (a, b) FROM 'file' (options)`, `COPY (query) TO 'file' (options)`. */
export type Copy = {
  readonly kind: "Copy";
  readonly source: ObjectName | Query;
  readonly columns: readonly Identifier[];
  readonly direction: "from" | "to";
  readonly target: Expression;
  readonly options: readonly Option[];
  readonly span: Span;
};

// ---------------------------------------------------------------- statements: the rest

/** Behind the query of a statement: what a continuous query puts out. `final`: a window's rows once, when it is complete. */
export type Emit = { readonly kind: "Emit"; readonly mode: "changes" | "final"; readonly span: Span };
export type QueryStatement = {
  readonly kind: "QueryStatement";
  readonly query: Query;
  readonly emit: Emit | undefined;
  readonly span: Span;
};
export type ExplainStage = "logical" | "rules" | "physical" | "codegen" | "continuous";
/** `stages` is empty where none was named. */
export type Explain = {
  readonly kind: "Explain";
  readonly stages: readonly ExplainStage[];
  readonly analyze: boolean;
  readonly format: "text" | "json";
  readonly statement: Statement;
  readonly span: Span;
};
/** `DESCRIBE t`, `DESCRIBE SELECT ...`. */
export type Describe = { readonly kind: "Describe"; readonly source: ObjectName | Query; readonly span: Span };
export type Summarize = { readonly kind: "Summarize"; readonly source: ObjectName | Query; readonly span: Span };
/** `SHOW TABLES`, `SHOW ALL TABLES`, `SHOW TABLES FROM x`, `SHOW DATABASES`, `SHOW SCHEMAS`, `SHOW JOBS`, `SHOW name` (a setting or a table). */
export type Show = {
  readonly kind: "Show";
  readonly subject: "tables" | "all tables" | "databases" | "schemas" | "functions" | "jobs" | "all" | "name";
  readonly name: ObjectName | undefined;
  readonly span: Span;
};
export type SettingScope = "session" | "global" | "local";
/** `SET name = value`, `SET VARIABLE x = value`; lists have several values. */
export type SetStatement = {
  readonly kind: "Set";
  readonly name: ObjectName;
  readonly scope: SettingScope | undefined;
  readonly variable: boolean;
  readonly values: readonly Expression[];
  readonly span: Span;
};
export type ResetStatement = {
  readonly kind: "Reset";
  readonly name: ObjectName;
  readonly scope: SettingScope | undefined;
  readonly variable: boolean;
  readonly span: Span;
};
/** `PRAGMA name`, `PRAGMA name = value`, `PRAGMA name(values)`. */
export type Pragma = {
  readonly kind: "Pragma";
  readonly name: ObjectName;
  readonly args: readonly FunctionArgument[];
  readonly assigned: boolean;
  readonly span: Span;
};
export type Prepare = {
  readonly kind: "Prepare";
  readonly name: Identifier;
  readonly statement: Statement;
  readonly span: Span;
};
export type Execute = {
  readonly kind: "Execute";
  readonly name: Identifier;
  readonly args: readonly FunctionArgument[];
  readonly span: Span;
};
/** `name` undefined is DEALLOCATE ALL. */
export type Deallocate = { readonly kind: "Deallocate"; readonly name: Identifier | undefined; readonly span: Span };
export type Transaction = {
  readonly kind: "Transaction";
  readonly action: "begin" | "commit" | "rollback";
  readonly span: Span;
};
export type Use = { readonly kind: "Use"; readonly name: ObjectName; readonly span: Span };
export type Call = {
  readonly kind: "Call";
  readonly name: ObjectName;
  readonly args: readonly FunctionArgument[];
  readonly span: Span;
};
export type Attach = {
  readonly kind: "Attach";
  readonly path: string;
  readonly name: Identifier | undefined;
  readonly onExisting: OnExisting;
  readonly options: readonly Option[];
  readonly span: Span;
};
export type Detach = {
  readonly kind: "Detach";
  readonly name: Identifier;
  readonly ifExists: boolean;
  readonly span: Span;
};
/** `EXECUTE STATEMENT SET BEGIN INSERT ...; INSERT ...; END`. */
export type StatementSet = {
  readonly kind: "StatementSet";
  readonly statements: readonly Insert[];
  readonly span: Span;
};
/** `STOP JOB 'name' [WITH SAVEPOINT]`. */
export type StopJob = {
  readonly kind: "StopJob";
  readonly name: Identifier;
  readonly savepoint: boolean;
  readonly span: Span;
};
/** ANALYZE, VACUUM, CHECKPOINT: hints without effect on results. */
export type Maintenance = {
  readonly kind: "Maintenance";
  readonly action: "analyze" | "vacuum" | "checkpoint";
  readonly table: ObjectName | undefined;
  readonly span: Span;
};
/** `COMMENT ON TABLE t IS 'text'`. */
export type Comment = {
  readonly kind: "Comment";
  readonly target: string;
  readonly name: ObjectName;
  readonly text: string | undefined;
  readonly span: Span;
};

export type Statement =
  | QueryStatement
  | CreateTable
  | CreateTableAs
  | CreateView
  | CreateSchema
  | CreateSequence
  | CreateMacro
  | CreateType
  | CreateIndex
  | Drop
  | Alter
  | Insert
  | Update
  | Delete
  | Truncate
  | Copy
  | Explain
  | Describe
  | Summarize
  | Show
  | SetStatement
  | ResetStatement
  | Pragma
  | Prepare
  | Execute
  | Deallocate
  | Transaction
  | Use
  | Call
  | Attach
  | Detach
  | StopJob
  | StatementSet
  | Maintenance
  | Comment;

/** Any node that an SQL text can be printed from. */
export type Node = Statement | Query | Expression | TypeName;
