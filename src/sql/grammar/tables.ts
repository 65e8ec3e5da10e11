/** What stands in FROM: tables, files, functions, subqueries, joins, PIVOT and UNPIVOT, samples. */
import type {
  Expression,
  Identifier,
  Join,
  JoinCondition,
  JoinType,
  Nearest,
  ObjectName,
  PivotColumn,
  Query,
  Sample,
  SelectItem,
  Statement,
  TableAlias,
  TableName,
  TableRef,
  TableStatement,
} from "../ast.ts";
import { K, P, T } from "../tokens.ts";
import type { Production } from "./parser.ts";
import { ABOVE_IN } from "./calls.ts";
import { POSTFIX } from "./operands.ts";
import { WindowTableGrammar } from "./window-tables.ts";

type JoinOperator = { readonly type: JoinType; readonly asof: boolean; readonly natural: boolean };

export abstract class TableGrammar extends WindowTableGrammar {
  protected abstract readonly inspection: Production<TableStatement["statement"]>;

  /** Tables separated by commas, until `word` or whatever cannot go on. */
  protected readonly tableList: Production<readonly TableRef[]> = this.rule("tableList", () => {
    const tables: TableRef[] = [];
    tables.push(this.SUBRULE(this.table));
    this.MANY({
      GATE: () => !this.endsClause(2),
      DEF: () => {
        this.CONSUME(P.Comma);
        tables.push(this.SUBRULE1(this.table));
      },
    });
    this.OPTION(() => this.CONSUME1(P.Comma));
    return tables;
  });

  /** The token there ends a comma-separated clause, so that a comma before it is a trailing one. */
  protected endsClause(distance: number): boolean {
    const { tokenType } = this.LA(distance);
    return (
      tokenType.name === "EOF" ||
      this.is(
        distance,
        P.RightParen,
        P.Semicolon,
        K.FROM,
        K.WHERE,
        K.GROUP,
        K.HAVING,
        K.ORDER,
        K.LIMIT,
        K.UNION,
        K.QUALIFY,
        K.WINDOW,
        K.SELECT,
      )
    );
  }

  /** One table with its joins. */
  protected readonly table: Production<TableRef> = this.rule("table", () => {
    this.enter();
    const start = this.mark();
    let table = this.SUBRULE(this.tablePrimary);
    this.MANY(() => {
      table = this.SUBRULE(this.join, { ARGS: [table, start] });
    });
    this.leave();
    return table;
  });

  // -------------------------------------------------------------- joins

  private readonly join: Production<Join, [left: TableRef, start: number]> = this.rule(
    "join",
    (left: TableRef, start: number) => {
      this.enter();
      const operator = this.SUBRULE(this.joinOperator);
      const rightStart = this.mark();
      let right = this.SUBRULE(this.tablePrimary);
      const free = operator.natural || operator.type === "cross" || operator.type === "positional";
      // `a JOIN b JOIN c ON x ON y`: what joins before our own condition belongs to the right side.
      this.MANY({
        GATE: () => !free,
        DEF: () => {
          right = this.SUBRULE(this.join, { ARGS: [right, rightStart] });
        },
      });
      const condition = this.OPTION({ GATE: () => !free, DEF: () => this.SUBRULE(this.joinCondition) });
      this.leave();
      const { type, asof, natural } = operator;
      return { kind: "Join", type, asof, natural, left, right, condition, span: this.spanFrom(start) };
    },
  );

  private readonly joinOperator: Production<JoinOperator> = this.rule("joinOperator", () => {
    let natural = false;
    let asof = false;
    this.OPTION(() => {
      this.CONSUME(K.NATURAL);
      natural = true;
    });
    this.OPTION1(() => {
      this.CONSUME(K.ASOF);
      asof = true;
    });
    const outer = (index: number): unknown => this.option(index, () => this.consume(index, K.OUTER));
    const type =
      this.OPTION2(() =>
        this.OR<JoinType>([
          { ALT: () => this.constant(this.CONSUME(K.INNER), "inner") },
          { ALT: () => this.constant([this.CONSUME(K.LEFT), outer(3)], "left") },
          { ALT: () => this.constant([this.CONSUME(K.RIGHT), outer(4)], "right") },
          { ALT: () => this.constant([this.CONSUME(K.FULL), outer(5)], "full") },
          { ALT: () => this.constant(this.CONSUME(K.SEMI), "semi") },
          { ALT: () => this.constant(this.CONSUME(K.ANTI), "anti") },
          { ALT: () => this.constant(this.CONSUME(K.CROSS), "cross") },
          { ALT: () => this.constant(this.CONSUME(K.POSITIONAL), "positional") },
        ]),
      ) ?? "inner";
    this.CONSUME(K.JOIN);
    return { type, asof, natural };
  });

  private readonly joinCondition: Production<JoinCondition> = this.rule("joinCondition", () => {
    const start = this.mark();
    return this.OR<JoinCondition>([
      {
        ALT: () => {
          this.CONSUME(K.ON);
          const expression = this.SUBRULE(this.expression);
          return { kind: "On", expression, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.USING);
          const columns = this.SUBRULE(this.columnList);
          return { kind: "Using", columns, span: this.spanFrom(start) };
        },
      },
      { ALT: () => this.SUBRULE(this.nearest) },
    ]);
  });

  private readonly nearest: Production<Nearest> = this.rule("nearest", () => {
    const start = this.mark();
    const precision = this.OPTION(() =>
      this.OR<Nearest["precision"]>([
        { ALT: () => this.constant(this.CONSUME(K.EXACT), "exact") },
        { ALT: () => this.constant(this.CONSUME(K.APPROX), "approximate") },
      ]),
    );
    this.CONSUME(K.NEAREST);
    const count = this.OPTION1({
      GATE: () => !this.is(1, K.BY),
      DEF: () => this.SUBRULE(this.expression, { ARGS: [POSTFIX] }),
    });
    this.CONSUME(K.BY);
    const by = this.OR1<Nearest["by"]>([
      { ALT: () => this.constant(this.CONSUME(K.DISTANCE), "distance") },
      { ALT: () => this.constant(this.CONSUME(K.SIMILARITY), "similarity") },
    ]);
    const expression = this.SUBRULE1(this.expression);
    return { kind: "Nearest", precision, count, by, expression, span: this.spanFrom(start) };
  });

  /** A table's alias may follow: the words do not begin `APPROX NEAREST 3 BY` or `EMIT CHANGES`. */
  private readonly mayBeAlias = (): boolean => {
    if (this.isEmit()) return false;
    if (this.isWord(1, "MATCH_RECOGNIZE") && this.is(2, P.LeftParen)) {
      const { startOffset } = this.LA(1);
      this.refuse("MATCH_RECOGNIZE", { start: startOffset, end: startOffset + "MATCH_RECOGNIZE".length });
    }
    const at = this.is(1, K.EXACT, K.APPROX) ? 2 : 1;
    return !(this.is(at, K.NEAREST) && this.is(at + 1, K.BY, T.Integer, T.Parameter));
  };

  protected isEmit(): boolean {
    return this.is(1, K.EMIT) && this.is(2, K.CHANGES, K.FINAL);
  }

  // -------------------------------------------------------------- one table

  protected readonly tablePrimary: Production<TableRef> = this.rule("tablePrimary", () => {
    const start = this.mark();
    const prefix = this.OPTION({
      GATE: () => this.is(2, P.Colon),
      DEF: () => {
        const name = this.SUBRULE(this.prefixName);
        this.CONSUME(P.Colon);
        return name;
      },
    });
    let table = this.is(1, P.LeftParen)
      ? this.SUBRULE(this.tableInParentheses)
      : this.OR<TableRef>([
          { ALT: () => this.SUBRULE(this.tableFile) },
          { ALT: () => this.SUBRULE(this.tableInParentheses) },
          {
            ALT: () => {
              this.CONSUME(K.LATERAL);
              return this.OR1<TableRef>([
                { ALT: () => this.SUBRULE1(this.tableInParentheses, { ARGS: [true] }) },
                { ALT: () => this.SUBRULE(this.functionRows, { ARGS: [true] }) },
                { ALT: () => this.SUBRULE(this.namedTable, { ARGS: [true] }) },
              ]);
            },
          },
          { GATE: () => this.is(2, P.LeftParen), ALT: () => this.SUBRULE1(this.functionRows, { ARGS: [false] }) },
          { GATE: () => this.isWindowTable(), ALT: () => this.SUBRULE(this.windowed) },
          { GATE: () => this.isQueryStart(1), ALT: () => this.SUBRULE(this.tableValues) },
          { ALT: () => this.SUBRULE1(this.namedTable, { ARGS: [false] }) },
        ]);
    if (prefix !== undefined) table = this.prefixed(table, prefix);
    this.MANY(() => {
      table = this.OR2<TableRef>([
        { ALT: () => this.SUBRULE(this.pivot, { ARGS: [table, start] }) },
        { ALT: () => this.SUBRULE(this.unpivot, { ARGS: [table, start] }) },
      ]);
    });
    return table;
  });

  /** `alias: table`. */
  private prefixed(table: TableRef, name: Identifier): TableRef {
    if (this.RECORDING_PHASE) return table;
    const alias: TableAlias = { kind: "TableAlias", name, columns: [], span: name.span };
    const span = { start: name.span.start, end: table.span.end };
    if (table.kind === "VersionedTable") return { ...table, table: this.prefixed(table.table, name) as TableName };
    if (table.kind === "Join" || table.kind === "Pivot" || table.kind === "Unpivot") {
      return { kind: "TableParenthesized", table, alias, sample: undefined, span };
    }
    return { ...table, alias: table.alias ?? alias, span };
  }

  private readonly tableFile: Production<TableRef> = this.rule("tableFile", () => {
    const start = this.mark();
    const path = this.stringText(0);
    const alias = this.OPTION({ GATE: this.mayBeAlias, DEF: () => this.SUBRULE(this.tableAlias) });
    const sample = this.OPTION1(() => this.SUBRULE(this.tableSample));
    return { kind: "TableFile", path, alias, sample, span: this.spanFrom(start) };
  });

  /** `TABLE(function(...))`. */
  private readonly functionRows: Production<TableRef, [lateral: boolean]> = this.rule(
    "functionRows",
    (lateral: boolean) => {
      const start = this.mark();
      this.CONSUME(K.TABLE);
      this.CONSUME(P.LeftParen);
      const table = this.OR<TableRef>([
        { GATE: () => this.isWindowTable(), ALT: () => this.SUBRULE(this.windowTable) },
        { ALT: () => this.SUBRULE(this.namedTable, { ARGS: [lateral] }) },
      ]);
      const isCall = table.kind === "WindowTable" || table.kind === "TableFunction";
      if (!this.RECORDING_PHASE && (!isCall || table.alias !== undefined || table.sample !== undefined))
        this.fail("TABLE(...) takes the call of a table function", table.span);
      this.CONSUME(P.RightParen);
      const alias = this.OPTION({ GATE: this.mayBeAlias, DEF: () => this.SUBRULE(this.tableAlias) });
      const sample = this.OPTION1(() => this.SUBRULE(this.tableSample));
      return { ...table, alias, sample, span: this.spanFrom(start) } as TableRef;
    },
  );

  private readonly windowed: Production<TableRef> = this.rule("windowed", () => {
    const start = this.mark();
    const table = this.SUBRULE(this.windowTable);
    const alias = this.OPTION({ GATE: this.mayBeAlias, DEF: () => this.SUBRULE(this.tableAlias) });
    const sample = this.OPTION1(() => this.SUBRULE(this.tableSample));
    return { ...table, alias, sample, span: this.spanFrom(start) };
  });

  /** `name`, or `name(arguments) [WITH ORDINALITY]`. */
  private readonly namedTable: Production<TableRef, [lateral: boolean]> = this.rule(
    "namedTable",
    (lateral: boolean) => {
      const start = this.mark();
      const parts: Identifier[] = [];
      const nameClass = this.RECORDING_PHASE ? T.AnyName : this.is(2, P.LeftParen) ? T.FunctionName : T.ColumnName;
      parts.push(this.toIdentifier(this.word(0, nameClass)));
      this.MANY(() => {
        this.CONSUME(P.Dot);
        parts.push(this.toIdentifier(this.word(1, T.Label)));
      });
      const name: ObjectName = { kind: "ObjectName", parts, span: this.spanFrom(start) };
      const args = this.OPTION(() => this.SUBRULE(this.argumentList));
      let withOrdinality = false;
      this.OPTION1({
        GATE: () => args !== undefined && this.is(2, K.ORDINALITY),
        DEF: () => {
          this.CONSUME(K.WITH);
          this.CONSUME(K.ORDINALITY);
          withOrdinality = true;
        },
      });
      const asOf = this.OPTION4({
        GATE: () => args === undefined && this.isSystemTime(),
        DEF: () => this.SUBRULE(this.systemTime),
      });
      const alias = this.OPTION2({ GATE: this.mayBeAlias, DEF: () => this.SUBRULE(this.tableAlias) });
      const sample = this.OPTION3(() => this.SUBRULE(this.tableSample));
      const span = this.spanFrom(start);
      const table: TableName = { kind: "TableName", name, alias, sample, span };
      if (asOf !== undefined) return { kind: "VersionedTable", table, asOf, span };
      if (args === undefined) return table;
      return { kind: "TableFunction", name, args, lateral, withOrdinality, alias, sample, span };
    },
  );

  private isSystemTime(): boolean {
    return this.is(1, K.FOR) && this.LA(2).image.toUpperCase() === "SYSTEM_TIME";
  }

  /** `FOR SYSTEM_TIME AS OF expression`. */
  private readonly systemTime: Production<Expression> = this.rule("systemTime", () => {
    this.CONSUME(K.FOR);
    this.CONSUME(T.Identifier);
    this.CONSUME(K.AS);
    const start = this.mark();
    const word = this.CONSUME1(T.Identifier);
    if (!this.RECORDING_PHASE && word.image.toUpperCase() !== "OF")
      this.fail("FOR SYSTEM_TIME goes on with AS OF and a time", this.spanFrom(start));
    return this.SUBRULE(this.expression);
  });

  /** `FROM VALUES (1), (2) t(a)`. */
  private readonly tableValues: Production<TableRef> = this.rule("tableValues", () => {
    const start = this.mark();
    const rows: (readonly Expression[])[] = [];
    this.CONSUME(K.VALUES);
    this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => rows.push(this.SUBRULE(this.valuesRow)) });
    const span = this.spanFrom(start);
    const query: Query = {
      kind: "Query",
      with: undefined,
      body: { kind: "Values", rows, span },
      orderBy: undefined,
      limit: undefined,
      span,
    };
    const alias = this.OPTION({ GATE: this.mayBeAlias, DEF: () => this.SUBRULE(this.tableAlias) });
    return { kind: "TableSubquery", query, lateral: false, alias, sample: undefined, span: this.spanFrom(start) };
  });

  protected readonly valuesRow: Production<readonly Expression[]> = this.rule("valuesRow", () => {
    const row: Expression[] = [];
    this.CONSUME(P.LeftParen);
    row.push(this.SUBRULE(this.expression));
    this.MANY({
      GATE: () => !this.is(2, P.RightParen),
      DEF: () => {
        this.CONSUME(P.Comma);
        row.push(this.SUBRULE1(this.expression));
      },
    });
    this.OPTION(() => this.CONSUME1(P.Comma));
    this.CONSUME(P.RightParen);
    return row;
  });

  /** A subquery, a statement that shows something, or joined tables. */
  private readonly tableInParentheses: Production<TableRef, [lateral?: boolean]> = this.rule(
    "tableInParentheses",
    (lateral = false) => {
      const start = this.mark();
      let query: Query | undefined;
      let statement: Extract<Statement, TableStatement["statement"]> | undefined;
      let table: TableRef | undefined;
      this.CONSUME(P.LeftParen);
      if (this.isQueryStart(1)) query = this.SUBRULE(this.query);
      else
        this.OR([
          { GATE: () => this.isQueryStart(1), ALT: () => (query = this.SUBRULE(this.query)) },
          { ALT: () => (statement = this.SUBRULE(this.inspection)) },
          {
            ALT: () => {
              const inner = this.SUBRULE(this.table);
              table = inner;
              // `((SELECT 1) UNION (SELECT 2))`: the inner parentheses held the beginning of a query.
              this.OPTION({
                GATE: () => inner.kind === "TableSubquery" && inner.alias === undefined && !inner.lateral,
                DEF: () => {
                  query = this.SUBRULE(this.queryRest, {
                    ARGS: [inner.kind === "TableSubquery" ? inner.query : undefined],
                  });
                },
              });
            },
          },
        ]);
      this.CONSUME(P.RightParen);
      const alias = this.OPTION1({ GATE: this.mayBeAlias, DEF: () => this.SUBRULE(this.tableAlias) });
      const sample = this.OPTION2(() => this.SUBRULE(this.tableSample));
      const span = this.spanFrom(start);
      if (query !== undefined) return { kind: "TableSubquery", query, lateral, alias, sample, span };
      if (statement !== undefined) return { kind: "TableStatement", statement, alias, span };
      if (alias === undefined && sample === undefined) return table!;
      if (table?.kind === "TableSubquery" && table.alias === undefined && table.sample === undefined)
        return { ...table, alias, sample, span };
      return { kind: "TableParenthesized", table: table!, alias, sample, span };
    },
  );

  protected readonly tableAlias: Production<TableAlias> = this.rule("tableAlias", () => {
    const start = this.mark();
    const name = this.OR<Identifier>([
      { ALT: () => this.constant(this.CONSUME(K.AS), this.SUBRULE(this.aliasName)) },
      { ALT: () => this.SUBRULE(this.columnName) },
    ]);
    const columns = this.OPTION(() => this.SUBRULE(this.aliasColumns)) ?? [];
    return { kind: "TableAlias", name, columns, span: this.spanFrom(start) };
  });

  /** Behind AS: any word, or a string. */
  protected readonly aliasName: Production<Identifier> = this.rule("aliasName", () => {
    const start = this.mark();
    return this.OR<Identifier>([
      { ALT: () => this.SUBRULE(this.label) },
      { ALT: () => ({ kind: "Identifier", name: this.stringText(0), quoted: true, span: this.spanFrom(start) }) },
    ]);
  });

  /** Before a colon. */
  private readonly prefixName: Production<Identifier> = this.rule("prefixName", () => {
    const start = this.mark();
    return this.OR<Identifier>([
      { ALT: () => this.SUBRULE(this.columnName) },
      { ALT: () => ({ kind: "Identifier", name: this.stringText(0), quoted: true, span: this.spanFrom(start) }) },
    ]);
  });

  private readonly aliasColumns: Production<readonly Identifier[]> = this.rule("aliasColumns", () => {
    const columns: Identifier[] = [];
    this.CONSUME(P.LeftParen);
    this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => columns.push(this.SUBRULE(this.aliasName)) });
    this.CONSUME(P.RightParen);
    return columns;
  });

  // -------------------------------------------------------------- samples

  private readonly tableSample: Production<Sample> = this.rule("tableSample", () => {
    this.CONSUME(K.TABLESAMPLE);
    return this.SUBRULE(this.sample);
  });

  /** `10%`, `5 ROWS`, `method(10 PERCENT)`, `10% (method, seed)`, each with `REPEATABLE (seed)`. */
  protected readonly sample: Production<Sample> = this.rule("sample", () => {
    const start = this.mark();
    let method: string | undefined;
    let seed: number | undefined;
    let size: Pick<Sample, "size" | "unit">;
    this.OR([
      {
        GATE: () => !this.isName(1, T.ColumnName) && !this.is(1, P.LeftParen),
        ALT: () => (size = this.SUBRULE(this.sampleSize)),
      },
      {
        ALT: () => {
          method = this.OPTION3(() => this.SUBRULE(this.columnName))?.name;
          this.CONSUME(P.LeftParen);
          size = this.SUBRULE1(this.sampleSize);
          this.CONSUME(P.RightParen);
        },
      },
    ]);
    this.OPTION(() => {
      this.CONSUME1(P.LeftParen);
      method = this.SUBRULE1(this.columnName).name;
      this.OPTION1(() => {
        this.CONSUME(P.Comma);
        seed = Number(this.CONSUME(T.Integer).image);
      });
      this.CONSUME1(P.RightParen);
    });
    this.OPTION2(() => {
      this.CONSUME(K.REPEATABLE);
      this.CONSUME2(P.LeftParen);
      seed = Number(this.CONSUME2(T.Integer).image);
      this.CONSUME2(P.RightParen);
    });
    return {
      kind: "Sample",
      ...size!,
      method: this.RECORDING_PHASE ? undefined : method?.toLowerCase(),
      seed,
      span: this.spanFrom(start),
    };
  });

  private readonly sampleSize: Production<Pick<Sample, "size" | "unit">> = this.rule("sampleSize", () => {
    const size = this.SUBRULE(this.expression, { ARGS: [POSTFIX] });
    let unit: Sample["unit"] = "rows";
    this.OPTION(() => {
      unit = this.OR1([
        { ALT: () => this.constant(this.CONSUME(P.Percent), "percent") },
        { ALT: () => this.constant(this.CONSUME(K.PERCENT), "percent") },
        { ALT: () => this.constant(this.CONSUME(K.ROWS), "rows") },
      ]);
    });
    return { size, unit };
  });

  // -------------------------------------------------------------- PIVOT and UNPIVOT behind a table

  private readonly pivot: Production<TableRef, [source: TableRef, start: number]> = this.rule(
    "pivot",
    (source: TableRef, start: number) => {
      const on: PivotColumn[] = [];
      this.CONSUME(K.PIVOT);
      this.CONSUME(P.LeftParen);
      const aggregates = this.SUBRULE(this.itemList);
      this.CONSUME(K.FOR);
      this.AT_LEAST_ONE(() => on.push(this.SUBRULE(this.pivotColumn)));
      const groupBy = this.OPTION(() => {
        const expressions: Expression[] = [];
        this.CONSUME(K.GROUP);
        this.CONSUME(K.BY);
        this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => expressions.push(this.SUBRULE(this.expression)) });
        return expressions;
      });
      this.CONSUME(P.RightParen);
      const alias = this.OPTION1({ GATE: this.mayBeAlias, DEF: () => this.SUBRULE(this.tableAlias) });
      return { kind: "Pivot", source, aggregates, on, groupBy, alias, span: this.spanFrom(start) };
    },
  );

  /** `column`, `(a, b)` or an expression, with `IN (values)`, `IN enum` or `IN (query)`. */
  protected readonly pivotColumn: Production<PivotColumn> = this.rule("pivotColumn", () => {
    const start = this.mark();
    const first = this.SUBRULE(this.expression, { ARGS: [ABOVE_IN] });
    const expressions = first.kind === "Row" ? first.items : [first];
    const values = this.OPTION(() => {
      this.CONSUME(K.IN);
      return this.OR<PivotColumn["values"]>([
        {
          ALT: () => {
            this.CONSUME(P.LeftParen);
            const inside = this.OR1<PivotColumn["values"]>([
              { GATE: () => this.isQueryStart(1), ALT: () => this.SUBRULE(this.query) },
              { ALT: () => this.SUBRULE(this.itemList) },
            ]);
            this.CONSUME(P.RightParen);
            return inside;
          },
        },
        { ALT: () => this.SUBRULE(this.columnName) },
      ]);
    });
    return { kind: "PivotColumn", expressions, values, span: this.spanFrom(start) };
  });

  protected readonly itemList: Production<readonly SelectItem[]> = this.rule("itemList", () => {
    const items: SelectItem[] = [];
    items.push(this.SUBRULE(this.selectItem));
    this.MANY({
      GATE: () => !this.is(2, P.RightParen),
      DEF: () => {
        this.CONSUME(P.Comma);
        items.push(this.SUBRULE1(this.selectItem));
      },
    });
    this.OPTION(() => this.CONSUME1(P.Comma));
    return items;
  });

  private readonly unpivot: Production<TableRef, [source: TableRef, start: number]> = this.rule(
    "unpivot",
    (source: TableRef, start: number) => {
      this.CONSUME(K.UNPIVOT);
      const includeNulls = this.OPTION(() => this.SUBRULE(this.unpivotNulls)) ?? false;
      this.CONSUME(P.LeftParen);
      const values = this.OR([
        { ALT: () => [this.SUBRULE(this.columnName)] },
        { ALT: () => this.SUBRULE(this.columnList) },
      ]);
      this.CONSUME(K.FOR);
      const name = this.SUBRULE1(this.columnName);
      this.CONSUME(K.IN);
      this.CONSUME1(P.LeftParen);
      const on = this.SUBRULE(this.itemList);
      this.CONSUME1(P.RightParen);
      this.CONSUME(P.RightParen);
      const alias = this.OPTION1({ GATE: this.mayBeAlias, DEF: () => this.SUBRULE(this.tableAlias) });
      return { kind: "Unpivot", source, on, name, values, includeNulls, alias, span: this.spanFrom(start) };
    },
  );

  protected readonly unpivotNulls: Production<boolean> = this.rule("unpivotNulls", () => {
    const include = this.OR([
      { ALT: () => this.constant(this.CONSUME(K.INCLUDE), true) },
      { ALT: () => this.constant(this.CONSUME(K.EXCLUDE), false) },
    ]);
    this.CONSUME(K.NULLS);
    return include;
  });

  /** `expression [[AS] alias]`, `alias: expression`. */
  protected readonly selectItem: Production<SelectItem> = this.rule("selectItem", () => {
    const start = this.mark();
    const prefix = this.OPTION({
      GATE: () => this.is(2, P.Colon),
      DEF: () => {
        const name = this.SUBRULE(this.prefixName);
        this.CONSUME(P.Colon);
        return name;
      },
    });
    const expression = this.SUBRULE(this.expression);
    const suffix = this.OPTION1({
      GATE: () => !this.isEmit(),
      DEF: () =>
        this.OR<Identifier>([
          { ALT: () => this.constant(this.CONSUME(K.AS), this.SUBRULE1(this.aliasName)) },
          { ALT: () => this.toIdentifier(this.word(0, T.BareLabel)) },
        ]),
    });
    return { kind: "SelectItem", expression, alias: suffix ?? prefix, span: this.spanFrom(start) };
  });
}
