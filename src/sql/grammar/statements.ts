/** Statements: dispatch on the first word, and the small ones. */
import type {
  Attach,
  Comment,
  Copy,
  Describe,
  Execute,
  Explain,
  ExplainStage,
  Expression,
  FunctionArgument,
  Identifier,
  Insert,
  Maintenance,
  ObjectName,
  OnExisting,
  Option,
  Pragma,
  Prepare,
  Query,
  QueryStatement,
  ResetStatement,
  SetStatement,
  SettingScope,
  Show,
  Statement,
  StatementSet,
  Summarize,
  TableStatement,
  Transaction,
  TypeName,
} from "../ast.ts";
import { K, P, T } from "../tokens.ts";
import type { Production } from "./parser.ts";
import { ChangeGrammar } from "./changes.ts";

export class StatementGrammar extends ChangeGrammar {
  // -------------------------------------------------------------- entry points

  /** The whole text. */
  readonly script: Production<readonly Statement[]> = this.rule("script", () => {
    const statements: Statement[] = [];
    this.MANY(() => this.CONSUME(P.Semicolon));
    this.OPTION(() => {
      statements.push(this.SUBRULE(this.statement));
      this.MANY1(() => {
        this.CONSUME1(P.Semicolon);
        this.parameters = 0;
        this.OPTION1(() => statements.push(this.SUBRULE1(this.statement)));
      });
    });
    return statements;
  });

  readonly onlyExpression: Production<Expression> = this.rule("onlyExpression", () => this.SUBRULE(this.expression));
  readonly onlyType: Production<TypeName> = this.rule("onlyType", () => this.SUBRULE(this.typeName));

  private readonly statement: Production<Statement> = this.rule("statement", () =>
    this.OR<Statement>({
      ERR_MSG: "a statement",
      DEF: [
        { GATE: () => this.isChange(), ALT: () => this.SUBRULE(this.dataChange) },
        { GATE: () => this.isStatementSet(), ALT: () => this.SUBRULE(this.statementSet) },
        { ALT: () => this.SUBRULE(this.queryStatement) },
        { ALT: () => this.SUBRULE(this.create) },
        { ALT: () => this.SUBRULE(this.drop) },
        { ALT: () => this.SUBRULE(this.alter) },
        { ALT: () => this.SUBRULE(this.truncate) },
        { ALT: () => this.SUBRULE(this.copy) },
        { ALT: () => this.SUBRULE(this.explain) },
        { ALT: () => this.SUBRULE(this.inspection) },
        { ALT: () => this.SUBRULE(this.set) },
        { ALT: () => this.SUBRULE(this.reset_) },
        { ALT: () => this.SUBRULE(this.pragma) },
        { ALT: () => this.SUBRULE(this.prepare) },
        { ALT: () => this.SUBRULE(this.execute) },
        { ALT: () => this.SUBRULE(this.deallocate) },
        { ALT: () => this.SUBRULE(this.transaction) },
        { ALT: () => this.SUBRULE(this.use) },
        { ALT: () => this.SUBRULE(this.callStatement) },
        { ALT: () => this.SUBRULE(this.attach) },
        { ALT: () => this.SUBRULE(this.detach) },
        { ALT: () => this.SUBRULE(this.stopJob) },
        { ALT: () => this.SUBRULE(this.maintenance) },
        { ALT: () => this.SUBRULE(this.comment) },
      ],
    }),
  );

  private readonly queryStatement: Production<QueryStatement> = this.rule("queryStatement", () => {
    const start = this.mark();
    const query = this.SUBRULE(this.query);
    const emit = this.SUBRULE(this.emit);
    return { kind: "QueryStatement", query, emit, span: emit === undefined ? query.span : this.spanFrom(start) };
  });

  private readonly truncate: Production<Statement> = this.rule("truncate", () => {
    const start = this.mark();
    this.CONSUME(K.TRUNCATE);
    this.OPTION(() => this.CONSUME(K.TABLE));
    const table = this.SUBRULE(this.objectName);
    return { kind: "Truncate", table, span: this.spanFrom(start) };
  });

  // -------------------------------------------------------------- COPY

  private readonly copy: Production<Copy> = this.rule("copy", () => {
    const start = this.mark();
    this.CONSUME(K.COPY);
    let columns: readonly Identifier[] = [];
    const source = this.OR<ObjectName | Query>([
      {
        ALT: () => {
          const table = this.SUBRULE(this.objectName);
          columns = this.OPTION(() => this.SUBRULE(this.columnList)) ?? [];
          return table;
        },
      },
      {
        ALT: () => {
          this.CONSUME(P.LeftParen);
          const query = this.SUBRULE(this.query);
          this.CONSUME(P.RightParen);
          return query;
        },
      },
    ]);
    const direction = this.OR1<"from" | "to">([
      { ALT: () => this.constant(this.CONSUME(K.FROM), "from") },
      { ALT: () => this.constant(this.CONSUME(K.TO), "to") },
    ]);
    const target = this.SUBRULE(this.expression);
    const options = this.OPTION1(() => this.SUBRULE(this.copyOptions)) ?? [];
    return { kind: "Copy", source, columns, direction, target, options, span: this.spanFrom(start) };
  });

  /** `[WITH] (FORMAT csv, HEADER, DELIMITER ',')` */
  private readonly copyOptions: Production<readonly Option[]> = this.rule("copyOptions", () => {
    const options: Option[] = [];
    this.OPTION(() => this.CONSUME(K.WITH));
    this.CONSUME(P.LeftParen);
    this.MANY_SEP({ SEP: P.Comma, DEF: () => options.push(this.SUBRULE(this.option_)) });
    this.CONSUME(P.RightParen);
    return options;
  });

  private readonly option_: Production<Option> = this.rule("option_", () => {
    const start = this.mark();
    const name = this.SUBRULE(this.label);
    this.OPTION(() => this.CONSUME(P.Equal));
    const value = this.OPTION1(() => this.SUBRULE(this.expression));
    return { kind: "Option", name: name.name?.toLowerCase(), value, span: this.spanFrom(start) };
  });

  // -------------------------------------------------------------- EXPLAIN, DESCRIBE, SHOW, SUMMARIZE

  private readonly explain: Production<Explain> = this.rule("explain", () => {
    const start = this.mark();
    const stages: ExplainStage[] = [];
    let analyze = false;
    let format: Explain["format"] = "text";
    this.CONSUME(K.EXPLAIN);
    this.OPTION3({
      GATE: () => this.isWord(1, "PLAN") && this.is(2, K.FOR),
      DEF: () => [this.CONSUME(T.Identifier), this.CONSUME(K.FOR)],
    });
    this.OPTION(() => {
      this.CONSUME(K.ANALYZE);
      analyze = true;
    });
    this.OPTION1({
      GATE: () => !this.isQueryInParentheses(),
      DEF: () => {
        this.CONSUME(P.LeftParen);
        this.AT_LEAST_ONE_SEP({
          SEP: P.Comma,
          DEF: () => {
            const option = this.SUBRULE(this.label);
            const value = this.OPTION2(() => this.SUBRULE1(this.label));
            if (this.RECORDING_PHASE) return;
            const word = option.name.toLowerCase();
            const argument = value?.name.toLowerCase();
            if (word === "analyze" && argument === undefined) analyze = true;
            else if (word === "format" && (argument === "json" || argument === "text")) format = argument;
            else if (isStage(word) && argument === undefined) stages.push(word);
            else
              this.fail(
                `unknown EXPLAIN option "${option.name}"`,
                option.span,
                "options are LOGICAL, RULES, PHYSICAL, CODEGEN, CONTINUOUS, ANALYZE, FORMAT JSON",
              );
          },
        });
        this.CONSUME(P.RightParen);
      },
    });
    this.enter();
    const statement = this.SUBRULE(this.statement);
    this.leave();
    return { kind: "Explain", stages, analyze, format, statement, span: this.spanFrom(start) };
  });

  protected readonly inspection: Production<TableStatement["statement"]> = this.rule("inspection", () =>
    this.OR<TableStatement["statement"]>([
      { ALT: () => this.SUBRULE(this.describe) },
      { ALT: () => this.SUBRULE(this.summarize) },
      { ALT: () => this.SUBRULE(this.show) },
    ]),
  );

  private readonly describe: Production<Describe | Show> = this.rule("describe", () => {
    const start = this.mark();
    this.OR([{ ALT: () => this.CONSUME(K.DESCRIBE) }, { ALT: () => this.CONSUME(K.DESC) }]);
    const source = this.OPTION(() => this.SUBRULE(this.inspected));
    const span = this.spanFrom(start);
    return source === undefined
      ? { kind: "Show", subject: "all tables", name: undefined, span }
      : { kind: "Describe", source, span };
  });

  private readonly summarize: Production<Summarize> = this.rule("summarize", () => {
    const start = this.mark();
    this.CONSUME(K.SUMMARIZE);
    const source = this.SUBRULE(this.inspected);
    return { kind: "Summarize", source, span: this.spanFrom(start) };
  });

  private readonly inspected: Production<ObjectName | Query> = this.rule("inspected", () => {
    const start = this.mark();
    return this.OR<ObjectName | Query>([
      { GATE: () => this.isQueryStart(1) || this.is(1, P.LeftParen), ALT: () => this.SUBRULE(this.query) },
      {
        ALT: () => {
          const name: Identifier = {
            kind: "Identifier",
            name: this.stringText(0),
            quoted: true,
            span: this.spanFrom(start),
          };
          return this.singleName(name);
        },
      },
      { ALT: () => this.SUBRULE(this.objectName) },
    ]);
  });

  private readonly show: Production<Show | Describe> = this.rule("show", () => {
    const start = this.mark();
    this.CONSUME(K.SHOW);
    return this.OR<Show | Describe>([
      {
        ALT: () => {
          this.CONSUME(K.ALL);
          const tables = this.OPTION(() => this.CONSUME(T.Identifier)) !== undefined;
          return { kind: "Show", subject: tables ? "all tables" : "all", name: undefined, span: this.spanFrom(start) };
        },
      },
      {
        GATE: () => this.isQueryStart(1) || this.is(1, P.LeftParen),
        ALT: () => {
          const source = this.SUBRULE(this.query);
          return { kind: "Describe", source, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          const written = this.SUBRULE(this.objectName);
          const from = this.OPTION1(() => {
            this.CONSUME(K.FROM);
            return this.SUBRULE1(this.objectName);
          });
          const word = written.parts?.length === 1 ? written.parts[0]!.name.toLowerCase() : "";
          const subject = isSubject(word) ? word : "name";
          return { kind: "Show", subject, name: subject === "name" ? written : from, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  // -------------------------------------------------------------- settings

  private readonly set: Production<SetStatement> = this.rule("set", () => {
    const start = this.mark();
    const values: Expression[] = [];
    this.CONSUME(K.SET);
    const { scope, variable } = this.SUBRULE(this.settingScope);
    const name = this.SUBRULE(this.settingName);
    // `SET TIME ZONE 'UTC'` has nothing in between.
    const zoned = this.LA(0).tokenType === K.ZONE;
    const sign = this.OPTION(() => this.OR([{ ALT: () => this.CONSUME(P.Equal) }, { ALT: () => this.CONSUME(K.TO) }]));
    if (sign === undefined && !zoned) this.CONSUME1(P.Equal);
    this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => values.push(this.SUBRULE(this.settingValue)) });
    return { kind: "Set", name, scope, variable, values, span: this.spanFrom(start) };
  });

  /** An expression, or a word that is none: `on`. */
  private readonly settingValue: Production<Expression> = this.rule("settingValue", () =>
    this.OR<Expression>([
      {
        ALT: () => {
          const name = this.toIdentifier(this.CONSUME(K.ON));
          return { kind: "ColumnRef", parts: [name], span: name.span };
        },
      },
      { ALT: () => this.SUBRULE(this.expression) },
    ]),
  );

  private readonly settingName: Production<ObjectName> = this.rule("settingName", () => {
    const zoned = this.OPTION({
      GATE: () => this.is(2, K.ZONE),
      DEF: () => [this.CONSUME(K.TIME), this.CONSUME(K.ZONE)],
    });
    if (zoned !== undefined && !this.RECORDING_PHASE) {
      const span = { start: zoned[0]!.startOffset, end: zoned[1]!.endOffset! + 1 };
      return this.singleName({ kind: "Identifier", name: "TimeZone", quoted: false, span });
    }
    const start = this.mark();
    return this.OR([
      {
        // As Flink writes them.
        ALT: () => {
          const name = this.stringText(0);
          return this.singleName({ kind: "Identifier", name, quoted: true, span: this.spanFrom(start) });
        },
      },
      { ALT: () => this.SUBRULE(this.objectName) },
    ]);
  });

  private readonly settingScope: Production<{ readonly scope: SettingScope | undefined; readonly variable: boolean }> =
    this.rule("settingScope", () => {
      let variable = false;
      const scope = this.OPTION({
        GATE: () => !this.is(2, P.Equal, K.TO),
        DEF: () =>
          this.OR<SettingScope | undefined>([
            { ALT: () => this.constant(this.CONSUME(K.SESSION), "session") },
            { ALT: () => this.constant(this.CONSUME(K.GLOBAL), "global") },
            { ALT: () => this.constant(this.CONSUME(K.LOCAL), "local") },
            {
              ALT: () => {
                this.CONSUME(K.VARIABLE);
                variable = true;
                return undefined;
              },
            },
          ]),
      });
      return { scope, variable };
    });

  private readonly reset_: Production<ResetStatement> = this.rule("reset_", () => {
    const start = this.mark();
    this.CONSUME(K.RESET);
    const { scope, variable } = this.SUBRULE(this.settingScope);
    const name = this.SUBRULE(this.settingName);
    return { kind: "Reset", name, scope, variable, span: this.spanFrom(start) };
  });

  private readonly pragma: Production<Pragma> = this.rule("pragma", () => {
    const start = this.mark();
    this.CONSUME(K.PRAGMA);
    const name = this.SUBRULE(this.objectName);
    let args: readonly FunctionArgument[] = [];
    let assigned = false;
    this.OPTION(() =>
      this.OR([
        {
          ALT: () => {
            this.CONSUME(P.Equal);
            assigned = true;
            const value = this.SUBRULE(this.settingValue);
            args = [{ kind: "FunctionArgument", name: undefined, value, span: value.span }];
          },
        },
        { ALT: () => (args = this.SUBRULE(this.argumentList)) },
      ]),
    );
    return { kind: "Pragma", name, args, assigned, span: this.spanFrom(start) };
  });

  // -------------------------------------------------------------- prepared statements, transactions

  private readonly prepare: Production<Prepare> = this.rule("prepare", () => {
    const start = this.mark();
    this.CONSUME(K.PREPARE);
    const name = this.SUBRULE(this.columnName);
    this.CONSUME(K.AS);
    this.enter();
    const statement = this.SUBRULE(this.statement);
    this.leave();
    return { kind: "Prepare", name, statement, span: this.spanFrom(start) };
  });

  private readonly execute: Production<Execute> = this.rule("execute", () => {
    const start = this.mark();
    this.CONSUME(K.EXECUTE);
    const name = this.SUBRULE(this.columnName);
    const args = this.OPTION(() => this.SUBRULE(this.argumentList)) ?? [];
    return { kind: "Execute", name, args, span: this.spanFrom(start) };
  });

  private isStatementSet(): boolean {
    return this.is(1, K.EXECUTE, K.BEGIN) && this.isWord(2, "STATEMENT") && this.is(3, K.SET);
  }

  /** `EXECUTE STATEMENT SET BEGIN ...; END`, or `BEGIN STATEMENT SET; ...; END`. */
  private readonly statementSet: Production<StatementSet> = this.rule("statementSet", () => {
    const start = this.mark();
    const statements: Insert[] = [];
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.EXECUTE);
          this.CONSUME(T.Identifier);
          this.CONSUME(K.SET);
          this.CONSUME(K.BEGIN);
        },
      },
      {
        ALT: () => {
          this.CONSUME1(K.BEGIN);
          this.CONSUME1(T.Identifier);
          this.CONSUME1(K.SET);
          this.CONSUME(P.Semicolon);
        },
      },
    ]);
    this.AT_LEAST_ONE(() => {
      const change = this.SUBRULE(this.dataChange);
      this.CONSUME1(P.Semicolon);
      if (this.RECORDING_PHASE) return;
      if (change.kind !== "Insert") this.fail("a statement set has INSERTs only", change.span);
      statements.push(change);
    });
    this.CONSUME(K.END);
    return { kind: "StatementSet", statements, span: this.spanFrom(start) };
  });

  private readonly deallocate: Production<Statement> = this.rule("deallocate", () => {
    const start = this.mark();
    this.CONSUME(K.DEALLOCATE);
    this.OPTION({ GATE: () => this.isName(2, T.ColumnName) || this.is(2, K.ALL), DEF: () => this.CONSUME(K.PREPARE) });
    const name = this.OR<Identifier | undefined>([
      { ALT: () => this.constant(this.CONSUME(K.ALL), undefined) },
      { ALT: () => this.SUBRULE(this.columnName) },
    ]);
    return { kind: "Deallocate", name, span: this.spanFrom(start) };
  });

  private readonly transaction: Production<Transaction> = this.rule("transaction", () => {
    const start = this.mark();
    const action = this.OR<Transaction["action"]>([
      { ALT: () => this.constant(this.CONSUME(K.BEGIN), "begin") },
      { ALT: () => this.constant(this.CONSUME(K.START), "begin") },
      { ALT: () => this.constant(this.CONSUME(K.COMMIT), "commit") },
      { ALT: () => this.constant(this.CONSUME(K.END), "commit") },
      { ALT: () => this.constant(this.CONSUME(K.ROLLBACK), "rollback") },
      { ALT: () => this.constant(this.CONSUME(K.ABORT), "rollback") },
    ]);
    this.OPTION(() => this.OR1([{ ALT: () => this.CONSUME(K.TRANSACTION) }, { ALT: () => this.CONSUME(K.WORK) }]));
    return { kind: "Transaction", action, span: this.spanFrom(start) };
  });

  // -------------------------------------------------------------- the rest

  private readonly use: Production<Statement> = this.rule("use", () => {
    const start = this.mark();
    this.CONSUME(K.USE);
    const name = this.SUBRULE(this.objectName);
    return { kind: "Use", name, span: this.spanFrom(start) };
  });

  private readonly callStatement: Production<Statement> = this.rule("callStatement", () => {
    const start = this.mark();
    this.CONSUME(K.CALL);
    const name = this.SUBRULE(this.objectName);
    const args = this.SUBRULE(this.argumentList);
    return { kind: "Call", name, args, span: this.spanFrom(start) };
  });

  private readonly attach: Production<Attach> = this.rule("attach", () => {
    const start = this.mark();
    this.CONSUME(K.ATTACH);
    let onExisting: OnExisting = "error";
    this.OPTION(() =>
      this.OR([
        {
          ALT: () => {
            this.CONSUME(K.IF);
            this.CONSUME(K.NOT);
            this.CONSUME(K.EXISTS);
            onExisting = "skip";
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.OR);
            this.CONSUME(K.REPLACE);
            onExisting = "replace";
          },
        },
      ]),
    );
    this.OPTION1(() => this.CONSUME(K.DATABASE));
    const path = this.stringText(0);
    const name = this.OPTION2(() => {
      this.CONSUME(K.AS);
      return this.SUBRULE(this.columnName);
    });
    const options = this.OPTION3(() => this.SUBRULE(this.copyOptions)) ?? [];
    return { kind: "Attach", path, name, onExisting, options, span: this.spanFrom(start) };
  });

  private readonly detach: Production<Statement> = this.rule("detach", () => {
    const start = this.mark();
    this.CONSUME(K.DETACH);
    this.OPTION({ GATE: () => this.is(2, K.IF) || this.isName(2, T.ColumnName), DEF: () => this.CONSUME(K.DATABASE) });
    const ifExists = this.SUBRULE(this.ifExists);
    const name = this.SUBRULE(this.columnName);
    return { kind: "Detach", name, ifExists, span: this.spanFrom(start) };
  });

  private readonly stopJob: Production<Statement> = this.rule("stopJob", () => {
    const start = this.mark();
    this.CONSUME(K.STOP);
    this.CONSUME(K.JOB);
    const name = this.SUBRULE(this.aliasName);
    const savepoint = this.OPTION(() => [this.CONSUME(K.WITH), this.CONSUME(K.SAVEPOINT)]) !== undefined;
    return { kind: "StopJob", name, savepoint, span: this.spanFrom(start) };
  });

  private readonly maintenance: Production<Maintenance> = this.rule("maintenance", () => {
    const start = this.mark();
    const action = this.OR<Maintenance["action"]>([
      { ALT: () => this.constant(this.CONSUME(K.ANALYZE), "analyze") },
      { ALT: () => this.constant([this.CONSUME(K.VACUUM), this.OPTION1(() => this.CONSUME1(K.ANALYZE))], "vacuum") },
      { ALT: () => this.constant(this.CONSUME(K.CHECKPOINT), "checkpoint") },
    ]);
    const table = this.OPTION(() => this.SUBRULE(this.objectName));
    return { kind: "Maintenance", action, table, span: this.spanFrom(start) };
  });

  private readonly comment: Production<Comment> = this.rule("comment", () => {
    const start = this.mark();
    this.CONSUME(K.COMMENT);
    this.CONSUME(K.ON);
    const target = this.SUBRULE(this.label).name?.toLowerCase();
    const name = this.SUBRULE(this.objectName);
    this.CONSUME(K.IS);
    const text = this.OR<string | undefined>([
      { ALT: () => this.constant(this.CONSUME(K.NULL), undefined) },
      { ALT: () => this.stringText(0) },
    ]);
    return { kind: "Comment", target, name, text, span: this.spanFrom(start) };
  });
}

function isStage(word: string): word is ExplainStage {
  return ["logical", "rules", "physical", "codegen", "continuous"].includes(word);
}

function isSubject(word: string): word is "tables" | "databases" | "schemas" | "functions" | "jobs" {
  return ["tables", "databases", "schemas", "functions", "jobs"].includes(word);
}
