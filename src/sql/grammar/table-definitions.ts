/** CREATE TABLE: columns, constraints, options, as PostgreSQL, DuckDB and Flink write them. */
import type {
  ColumnConstraint,
  ColumnDefinition,
  CreateTable,
  CreateTableAs,
  Expression,
  Identifier,
  ObjectName,
  OnExisting,
  Option,
  TableConstraint,
} from "../ast.ts";
import { K, P, T } from "../tokens.ts";
import type { Production } from "./parser.ts";
import { OPERATOR } from "./expressions.ts";
import { QueryGrammar } from "./queries.ts";

/** What CREATE said before the kind of object. */
export type Creation = { readonly start: number; readonly replace: boolean; readonly temporary: boolean };

export function existing(creation: Creation | undefined, ifNotExists: boolean): OnExisting {
  if (ifNotExists) return "skip";
  return creation?.replace ? "replace" : "error";
}

/** What may follow the parentheses of a generated column. */
const AFTER_GENERATED = [
  ...[K.STORED, K.VIRTUAL, K.NULL, K.PRIMARY, K.UNIQUE, K.CHECK, K.DEFAULT],
  ...[K.USING, K.REFERENCES, K.CONSTRAINT, K.COMMENT, K.GENERATED],
];

export abstract class TableDefinitionGrammar extends QueryGrammar {
  /** IF NOT EXISTS. */
  protected readonly ifNotExists: Production<boolean> = this.rule("ifNotExists", () => {
    let found = false;
    this.OPTION({
      GATE: () => this.is(2, K.NOT),
      DEF: () => {
        this.CONSUME(K.IF);
        this.CONSUME(K.NOT);
        this.CONSUME(K.EXISTS);
        found = true;
      },
    });
    return found;
  });

  protected readonly createTable: Production<CreateTable | CreateTableAs, [creation: Creation]> = this.rule(
    "createTable",
    (creation: Creation) => {
      this.CONSUME(K.TABLE);
      const onExisting = existing(creation, this.SUBRULE(this.ifNotExists));
      const name = this.SUBRULE(this.objectName);
      const temporary = creation?.temporary;
      const columns: ColumnDefinition[] = [];
      const constraints: TableConstraint[] = [];
      this.OPTION(() => {
        this.CONSUME(P.LeftParen);
        this.MANY_SEP({
          SEP: P.Comma,
          DEF: () =>
            this.OR([
              { GATE: () => this.isTableConstraint(), ALT: () => constraints.push(this.SUBRULE(this.tableConstraint)) },
              // A trailing comma.
              { GATE: () => this.is(1, P.RightParen), ALT: () => {} },
              { ALT: () => columns.push(this.SUBRULE(this.columnDefinition)) },
            ]),
        });
        this.CONSUME(P.RightParen);
      });
      const comment = this.OPTION5(() => {
        this.CONSUME(K.COMMENT);
        return this.stringText(0);
      });
      const partitionedBy =
        this.OPTION6(() => {
          this.CONSUME(K.PARTITIONED);
          this.CONSUME(K.BY);
          return this.SUBRULE(this.columnList);
        }) ?? [];
      const options =
        this.OPTION1({ GATE: () => this.is(2, P.LeftParen), DEF: () => this.SUBRULE(this.withOptions) }) ?? [];
      const query = this.OPTION2(() => {
        this.CONSUME(K.AS);
        return this.SUBRULE(this.query);
      });
      let withData = true;
      this.OPTION3({
        GATE: () => query !== undefined,
        DEF: () => {
          this.CONSUME(K.WITH);
          this.OPTION4(() => {
            this.CONSUME(K.NO);
            withData = false;
          });
          this.CONSUME(K.DATA);
        },
      });
      const span = this.spanFrom(creation?.start);
      if (query !== undefined) {
        const names = columns.map((column) => column.name);
        const typed = this.RECORDING_PHASE
          ? undefined
          : columns.find((column) => column.type !== undefined || column.constraints.length > 0);
        if (typed !== undefined) this.fail("CREATE TABLE AS takes column names without types", typed.span);
        const partition = partitionedBy[0];
        if (partition !== undefined) this.fail("CREATE TABLE AS takes no PARTITIONED BY", partition.span);
        return { kind: "CreateTableAs", name, temporary, onExisting, columns: names, options, query, withData, span };
      }
      if (columns.length === 0 && !this.RECORDING_PHASE) this.fail("a table needs at least one column", name.span);
      return {
        kind: "CreateTable",
        name,
        temporary,
        onExisting,
        columns,
        constraints,
        comment,
        partitionedBy,
        options,
        span,
      };
    },
  );

  protected isTableConstraint(): boolean {
    if (this.is(1, K.WATERMARK)) return this.is(2, K.FOR);
    return this.is(1, K.PRIMARY, K.UNIQUE, K.CHECK, K.FOREIGN, K.CONSTRAINT);
  }

  /** `name [type] constraint...` */
  protected readonly columnDefinition: Production<ColumnDefinition> = this.rule("columnDefinition", () => {
    const start = this.mark();
    const name = this.SUBRULE(this.columnName);
    const type = this.OPTION({ GATE: () => !this.is(1, K.GENERATED), DEF: () => this.SUBRULE(this.typeName) });
    const constraints: ColumnConstraint[] = [];
    this.MANY(() => {
      this.OPTION1(() => {
        this.CONSUME(K.CONSTRAINT);
        this.SUBRULE1(this.columnName);
      });
      constraints.push(this.SUBRULE(this.columnConstraint));
    });
    return { kind: "ColumnDefinition", name, type, constraints, span: this.spanFrom(start) };
  });

  private readonly columnConstraint: Production<ColumnConstraint> = this.rule("columnConstraint", () => {
    const start = this.mark();
    return this.OR<ColumnConstraint>([
      {
        ALT: () =>
          this.constant([this.CONSUME(K.NOT), this.CONSUME(K.NULL)], { kind: "NotNull", span: this.spanFrom(start) }),
      },
      { ALT: () => this.constant(this.CONSUME1(K.NULL), { kind: "Nullable", span: this.spanFrom(start) }) },
      {
        ALT: () => {
          this.CONSUME(K.PRIMARY);
          this.CONSUME(K.KEY);
          const enforced = this.SUBRULE(this.enforcement);
          return { kind: "PrimaryKey", enforced, span: this.spanFrom(start) };
        },
      },
      { ALT: () => this.constant(this.CONSUME(K.UNIQUE), { kind: "Unique", span: this.spanFrom(start) }) },
      {
        ALT: () => {
          this.CONSUME(K.CHECK);
          this.CONSUME(P.LeftParen);
          const condition = this.SUBRULE(this.expression);
          this.CONSUME(P.RightParen);
          return { kind: "Check", condition, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.DEFAULT);
          const value = this.SUBRULE1(this.expression, { ARGS: [OPERATOR] });
          return { kind: "Default", value, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.COLLATE);
          const collation = this.SUBRULE(this.objectName);
          return { kind: "ColumnCollation", collation, span: this.spanFrom(start) };
        },
      },
      {
        GATE: () => this.is(1, K.USING),
        ALT: () => {
          this.CONSUME(K.USING);
          this.CONSUME(T.Identifier);
          const method = this.SUBRULE(this.label);
          return { kind: "Compression", method: method.name, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          const generated = this.OPTION(() => [this.CONSUME(K.GENERATED), this.CONSUME(K.ALWAYS)]);
          this.CONSUME(K.AS);
          const value = this.OR2<Expression>([
            {
              GATE: () => generated !== undefined || this.isWholeInParentheses(),
              ALT: () => {
                this.CONSUME1(P.LeftParen);
                const inner = this.SUBRULE2(this.expression);
                this.CONSUME1(P.RightParen);
                return inner;
              },
            },
            { ALT: () => this.SUBRULE3(this.expression) },
          ]);
          const stored = this.OPTION1(() =>
            this.OR1([
              { ALT: () => this.constant(this.CONSUME(K.STORED), true) },
              { ALT: () => this.constant(this.CONSUME(K.VIRTUAL), false) },
            ]),
          );
          return { kind: "Generated", value, stored: stored ?? false, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.METADATA);
          const key = this.OPTION2(() => {
            this.CONSUME(K.FROM);
            return this.stringText(1);
          });
          const virtual = this.OPTION3(() => this.CONSUME1(K.VIRTUAL)) !== undefined;
          return { kind: "Metadata", key, virtual, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.COMMENT);
          return { kind: "ColumnComment", text: this.stringText(0), span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          const { table, columns } = this.SUBRULE(this.references);
          return { kind: "References", table, columns, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  /** `AS (a + b) STORED`, in contrast to `AS (a + b) * 2`: what follows the parentheses does not go on with the expression. */
  private isWholeInParentheses(): boolean {
    if (!this.is(1, P.LeftParen)) return false;
    let depth = 1;
    let distance = 2;
    for (; depth > 0; distance++) {
      if (this.LA(distance).tokenType.name === "EOF") return false;
      if (this.is(distance, P.LeftParen)) depth++;
      else if (this.is(distance, P.RightParen)) depth--;
    }
    return this.is(distance, P.Comma, P.RightParen, K.NOT, ...AFTER_GENERATED);
  }

  /** NOT ENFORCED behind a key; true: the key is checked. */
  private readonly enforcement: Production<boolean> = this.rule("enforcement", () => {
    let enforced = true;
    this.OPTION({
      GATE: () => this.is(1, K.ENFORCED) || this.is(2, K.ENFORCED),
      DEF: () => {
        this.OPTION1(() => {
          this.CONSUME(K.NOT);
          enforced = false;
        });
        this.CONSUME(K.ENFORCED);
      },
    });
    return enforced;
  });

  /** `REFERENCES t (a) [ON DELETE action] [ON UPDATE action]`; only the default actions, which refuse. */
  private readonly references: Production<{ readonly table: ObjectName; readonly columns: readonly Identifier[] }> =
    this.rule("references", () => {
      this.CONSUME(K.REFERENCES);
      const table = this.SUBRULE(this.objectName);
      const columns = this.OPTION(() => this.SUBRULE(this.columnList)) ?? [];
      this.MANY(() => {
        this.CONSUME(K.ON);
        this.OR([{ ALT: () => this.CONSUME(K.DELETE) }, { ALT: () => this.CONSUME(K.UPDATE) }]);
        this.OR1([
          { ALT: () => this.CONSUME(K.RESTRICT) },
          {
            ALT: () => {
              this.CONSUME(K.NO);
              this.CONSUME(K.ACTION);
            },
          },
        ]);
      });
      return { table, columns };
    });

  protected readonly tableConstraint: Production<TableConstraint> = this.rule("tableConstraint", () => {
    const start = this.mark();
    const name = this.OPTION(() => {
      this.CONSUME(K.CONSTRAINT);
      return this.SUBRULE(this.columnName);
    });
    return this.OR<TableConstraint>([
      {
        ALT: () => {
          this.CONSUME(K.PRIMARY);
          this.CONSUME(K.KEY);
          const columns = this.SUBRULE(this.columnList);
          const enforced = this.SUBRULE(this.enforcement);
          return { kind: "PrimaryKeyConstraint", name, columns, enforced, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.UNIQUE);
          const columns = this.SUBRULE1(this.columnList);
          return { kind: "UniqueConstraint", name, columns, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.CHECK);
          this.CONSUME(P.LeftParen);
          const condition = this.SUBRULE(this.expression);
          this.CONSUME(P.RightParen);
          return { kind: "CheckConstraint", name, condition, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.FOREIGN);
          this.CONSUME1(K.KEY);
          const columns = this.SUBRULE2(this.columnList);
          const { table, columns: references } = this.SUBRULE(this.references);
          return { kind: "ForeignKeyConstraint", name, columns, table, references, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.WATERMARK);
          this.CONSUME(K.FOR);
          const column = this.SUBRULE1(this.columnName);
          this.CONSUME(K.AS);
          const value = this.SUBRULE1(this.expression);
          return { kind: "Watermark", column, value, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  /** `WITH ('key' = 'value', key = value, key)` */
  protected readonly withOptions: Production<readonly Option[]> = this.rule("withOptions", () => {
    const options: Option[] = [];
    this.CONSUME(K.WITH);
    this.CONSUME(P.LeftParen);
    this.AT_LEAST_ONE_SEP({
      SEP: P.Comma,
      DEF: () => {
        const start = this.mark();
        const name = this.SUBRULE(this.aliasName);
        const value = this.OPTION(() => {
          this.CONSUME(P.Equal);
          return this.SUBRULE(this.expression);
        });
        options.push({ kind: "Option", name: name.name?.toLowerCase(), value, span: this.spanFrom(start) });
      },
    });
    this.CONSUME(P.RightParen);
    return options;
  });
}
