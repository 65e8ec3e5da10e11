/** Data definition: CREATE, DROP, ALTER; tables are in `table-definitions.ts`. */
import type {
  Alter,
  AlterAction,
  CreateIndex,
  CreateMacro,
  CreateSchema,
  CreateSequence,
  CreateType,
  CreateView,
  Drop,
  DropTarget,
  Expression,
  Identifier,
  MacroOverload,
  MacroParameter,
  ObjectName,
  Query,
  Statement,
  TypeName,
} from "../ast.ts";
import { K, P } from "../tokens.ts";
import type { Production } from "./parser.ts";
import { OPERATOR } from "./expressions.ts";
import { type Creation, existing, TableDefinitionGrammar } from "./table-definitions.ts";

export abstract class DefinitionGrammar extends TableDefinitionGrammar {
  protected readonly create: Production<Statement> = this.rule("create", () => {
    const start = this.mark();
    this.CONSUME(K.CREATE);
    const replace = this.OPTION(() => [this.CONSUME(K.OR), this.CONSUME(K.REPLACE)]) !== undefined;
    const temporary =
      this.OPTION1(() => this.OR([{ ALT: () => this.CONSUME(K.TEMP) }, { ALT: () => this.CONSUME(K.TEMPORARY) }])) !==
      undefined;
    const creation = { start, replace, temporary };
    return this.OR1<Statement>([
      { ALT: () => this.SUBRULE(this.createTable, { ARGS: [creation] }) },
      { ALT: () => this.SUBRULE(this.createView, { ARGS: [creation] }) },
      { ALT: () => this.SUBRULE(this.createSchema, { ARGS: [creation] }) },
      { ALT: () => this.SUBRULE(this.createSequence, { ARGS: [creation] }) },
      { ALT: () => this.SUBRULE(this.createMacro, { ARGS: [creation] }) },
      { ALT: () => this.SUBRULE(this.createType, { ARGS: [creation] }) },
      { ALT: () => this.SUBRULE(this.createIndex, { ARGS: [creation] }) },
    ]);
  });

  protected readonly ifExists: Production<boolean> = this.rule("ifExists", () => {
    let found = false;
    this.OPTION({
      GATE: () => this.is(2, K.EXISTS),
      DEF: () => {
        this.CONSUME(K.IF);
        this.CONSUME(K.EXISTS);
        found = true;
      },
    });
    return found;
  });

  // -------------------------------------------------------------- views, schemas, sequences, macros, types, indexes

  private readonly createView: Production<CreateView, [creation: Creation]> = this.rule(
    "createView",
    (creation: Creation) => {
      const recursive = this.OPTION(() => this.CONSUME(K.RECURSIVE)) !== undefined;
      const materialized = this.OPTION1(() => this.CONSUME(K.MATERIALIZED)) !== undefined;
      this.CONSUME(K.VIEW);
      const onExisting = existing(creation, this.SUBRULE(this.ifNotExists));
      const name = this.SUBRULE(this.objectName);
      const columns = this.OPTION2(() => this.SUBRULE(this.columnList)) ?? [];
      this.CONSUME(K.AS);
      const query = this.SUBRULE(this.query);
      const emit = this.SUBRULE(this.emit);
      const span = this.spanFrom(creation?.start);
      return {
        kind: "CreateView",
        name,
        temporary: creation?.temporary,
        materialized,
        recursive,
        onExisting,
        columns,
        query,
        emit,
        span,
      };
    },
  );

  private readonly createSchema: Production<CreateSchema, [creation: Creation]> = this.rule(
    "createSchema",
    (creation: Creation) => {
      this.CONSUME(K.SCHEMA);
      const onExisting = existing(creation, this.SUBRULE(this.ifNotExists));
      const name = this.SUBRULE(this.objectName);
      return { kind: "CreateSchema", name, onExisting, span: this.spanFrom(creation?.start) };
    },
  );

  private readonly createSequence: Production<CreateSequence, [creation: Creation]> = this.rule(
    "createSequence",
    (creation: Creation) => {
      this.CONSUME(K.SEQUENCE);
      const onExisting = existing(creation, this.SUBRULE(this.ifNotExists));
      const name = this.SUBRULE(this.objectName);
      const parts: Partial<Record<"start" | "increment" | "minValue" | "maxValue", Expression>> = {};
      let cycle = false;
      this.MANY(() =>
        this.OR([
          {
            ALT: () => {
              this.CONSUME(K.START);
              this.OPTION(() => this.CONSUME(K.WITH));
              parts.start = this.SUBRULE(this.expression, { ARGS: [OPERATOR] });
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.INCREMENT);
              this.OPTION1(() => this.CONSUME(K.BY));
              parts.increment = this.SUBRULE1(this.expression, { ARGS: [OPERATOR] });
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.MINVALUE);
              parts.minValue = this.SUBRULE2(this.expression, { ARGS: [OPERATOR] });
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.MAXVALUE);
              parts.maxValue = this.SUBRULE3(this.expression, { ARGS: [OPERATOR] });
            },
          },
          { ALT: () => (cycle = this.constant(this.CONSUME(K.CYCLE), true)) },
          {
            ALT: () => {
              this.CONSUME(K.NO);
              this.OR1([
                { ALT: () => this.CONSUME1(K.MINVALUE) },
                { ALT: () => this.CONSUME1(K.MAXVALUE) },
                { ALT: () => this.CONSUME1(K.CYCLE) },
              ]);
            },
          },
        ]),
      );
      const { start, increment, minValue, maxValue } = parts;
      const span = this.spanFrom(creation?.start);
      return {
        kind: "CreateSequence",
        name,
        temporary: creation?.temporary,
        onExisting,
        start,
        increment,
        minValue,
        maxValue,
        cycle,
        span,
      };
    },
  );

  private readonly createMacro: Production<CreateMacro, [creation: Creation]> = this.rule(
    "createMacro",
    (creation: Creation) => {
      this.OR([{ ALT: () => this.CONSUME(K.MACRO) }, { ALT: () => this.CONSUME(K.FUNCTION) }]);
      const onExisting = existing(creation, this.SUBRULE(this.ifNotExists));
      const name = this.SUBRULE(this.objectName);
      const overloads: MacroOverload[] = [];
      this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => overloads.push(this.SUBRULE(this.macroOverload)) });
      return {
        kind: "CreateMacro",
        name,
        temporary: creation?.temporary,
        onExisting,
        overloads,
        span: this.spanFrom(creation?.start),
      };
    },
  );

  private readonly macroOverload: Production<MacroOverload> = this.rule("macroOverload", () => {
    const start = this.mark();
    const parameters: MacroParameter[] = [];
    this.CONSUME(P.LeftParen);
    this.MANY_SEP({ SEP: P.Comma, DEF: () => parameters.push(this.SUBRULE(this.macroParameter)) });
    this.CONSUME(P.RightParen);
    this.CONSUME(K.AS);
    const body = this.OR<Expression | Query>([
      {
        ALT: () => {
          this.CONSUME(K.TABLE);
          return this.SUBRULE(this.query);
        },
      },
      { ALT: () => this.SUBRULE(this.expression) },
    ]);
    return { kind: "MacroOverload", parameters, body, span: this.spanFrom(start) };
  });

  private readonly macroParameter: Production<MacroParameter> = this.rule("macroParameter", () => {
    const start = this.mark();
    const name = this.SUBRULE(this.columnName);
    const type = this.OPTION(() => this.SUBRULE(this.typeName));
    const defaultValue = this.OPTION1(() => {
      this.OR([{ ALT: () => this.CONSUME(P.Assign) }, { ALT: () => this.CONSUME(P.Named) }]);
      return this.SUBRULE(this.expression);
    });
    return { kind: "MacroParameter", name, type, defaultValue, span: this.spanFrom(start) };
  });

  private readonly createType: Production<CreateType, [creation: Creation]> = this.rule(
    "createType",
    (creation: Creation) => {
      this.CONSUME(K.TYPE);
      const onExisting = existing(creation, this.SUBRULE(this.ifNotExists));
      const name = this.SUBRULE(this.objectName);
      this.CONSUME(K.AS);
      const type: TypeName = this.SUBRULE(this.typeName);
      return {
        kind: "CreateType",
        name,
        temporary: creation?.temporary,
        onExisting,
        type,
        span: this.spanFrom(creation?.start),
      };
    },
  );

  private readonly createIndex: Production<CreateIndex, [creation: Creation]> = this.rule(
    "createIndex",
    (creation: Creation) => {
      const unique = this.OPTION(() => this.CONSUME(K.UNIQUE)) !== undefined;
      this.CONSUME(K.INDEX);
      const onExisting = existing(creation, this.SUBRULE(this.ifNotExists));
      const name = this.OPTION1(() => this.SUBRULE(this.columnName));
      this.CONSUME(K.ON);
      const table = this.SUBRULE(this.objectName);
      const method = this.OPTION2(() => {
        this.CONSUME(K.USING);
        return this.SUBRULE1(this.columnName);
      });
      const keys: Expression[] = [];
      this.CONSUME(P.LeftParen);
      this.AT_LEAST_ONE_SEP({
        SEP: P.Comma,
        DEF: () => {
          keys.push(this.SUBRULE(this.expression));
          this.OPTION3(() => this.OR([{ ALT: () => this.CONSUME(K.ASC) }, { ALT: () => this.CONSUME(K.DESC) }]));
        },
      });
      this.CONSUME(P.RightParen);
      const options = this.OPTION4(() => this.SUBRULE(this.withOptions)) ?? [];
      return {
        kind: "CreateIndex",
        name,
        table,
        unique,
        onExisting,
        method,
        keys,
        options,
        span: this.spanFrom(creation?.start),
      };
    },
  );

  // -------------------------------------------------------------- DROP

  protected readonly drop: Production<Drop> = this.rule("drop", () => {
    const start = this.mark();
    const names: ObjectName[] = [];
    this.CONSUME(K.DROP);
    const temporary =
      this.OPTION(() => this.OR([{ ALT: () => this.CONSUME(K.TEMP) }, { ALT: () => this.CONSUME(K.TEMPORARY) }])) !==
      undefined;
    const target = this.SUBRULE(this.dropTarget);
    const ifExists = this.SUBRULE(this.ifExists);
    this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => names.push(this.SUBRULE(this.objectName)) });
    const cascade = this.SUBRULE(this.cascade);
    return { kind: "Drop", target, temporary, names, ifExists, cascade, span: this.spanFrom(start) };
  });

  private readonly dropTarget: Production<DropTarget> = this.rule("dropTarget", () =>
    this.OR<DropTarget>([
      { ALT: () => this.constant(this.CONSUME(K.TABLE), "table") },
      { ALT: () => this.constant(this.CONSUME(K.VIEW), "view") },
      { ALT: () => this.constant([this.CONSUME(K.MATERIALIZED), this.CONSUME1(K.VIEW)], "materialized view") },
      { ALT: () => this.constant(this.CONSUME(K.SCHEMA), "schema") },
      { ALT: () => this.constant(this.CONSUME(K.SEQUENCE), "sequence") },
      { ALT: () => this.constant(this.CONSUME(K.TYPE), "type") },
      { ALT: () => this.constant(this.CONSUME(K.INDEX), "index") },
      { ALT: () => this.constant(this.CONSUME(K.DATABASE), "database") },
      {
        ALT: () => {
          this.OR1([{ ALT: () => this.CONSUME(K.MACRO) }, { ALT: () => this.CONSUME(K.FUNCTION) }]);
          return this.OPTION(() => this.CONSUME1(K.TABLE)) === undefined ? "macro" : "macro table";
        },
      },
    ]),
  );

  /** CASCADE or RESTRICT. */
  private readonly cascade: Production<boolean> = this.rule("cascade", () => {
    let cascade = false;
    this.OPTION(() =>
      this.OR([
        { ALT: () => (cascade = this.constant(this.CONSUME(K.CASCADE), true)) },
        { ALT: () => this.CONSUME(K.RESTRICT) },
      ]),
    );
    return cascade;
  });

  // -------------------------------------------------------------- ALTER

  protected readonly alter: Production<Alter> = this.rule("alter", () => {
    const start = this.mark();
    this.CONSUME(K.ALTER);
    const target = this.OR<Alter["target"]>([
      { ALT: () => this.constant(this.CONSUME(K.TABLE), "table") },
      { ALT: () => this.constant(this.CONSUME(K.VIEW), "view") },
      { ALT: () => this.constant(this.CONSUME(K.SCHEMA), "schema") },
      { ALT: () => this.constant(this.CONSUME(K.SEQUENCE), "sequence") },
      { ALT: () => this.constant(this.CONSUME(K.TYPE), "type") },
      { ALT: () => this.constant(this.CONSUME(K.INDEX), "index") },
      { ALT: () => this.constant(this.CONSUME(K.DATABASE), "database") },
    ]);
    const ifExists = this.SUBRULE(this.ifExists);
    const name = this.SUBRULE(this.objectName);
    const action = this.SUBRULE(this.alterAction);
    return { kind: "Alter", target, name, ifExists, action, span: this.spanFrom(start) };
  });

  private readonly alterAction: Production<AlterAction> = this.rule("alterAction", () =>
    this.OR<AlterAction>([
      { ALT: () => this.SUBRULE(this.alterAdd) },
      { ALT: () => this.SUBRULE(this.alterDrop) },
      { ALT: () => this.SUBRULE(this.alterRename) },
      { ALT: () => this.SUBRULE(this.alterColumn) },
      { ALT: () => this.SUBRULE(this.alterSet) },
    ]),
  );

  private readonly alterAdd: Production<AlterAction> = this.rule("alterAdd", () => {
    const start = this.mark();
    this.CONSUME(K.ADD);
    return this.OR<AlterAction>([
      {
        GATE: () => this.isTableConstraint(),
        ALT: () => {
          const constraint = this.SUBRULE(this.tableConstraint);
          return { kind: "AddConstraint", constraint, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.OPTION(() => this.CONSUME(K.COLUMN));
          const ifNotExists = this.SUBRULE(this.ifNotExists);
          const outer: Identifier[] = [];
          this.MANY({
            GATE: () => this.is(2, P.Dot),
            DEF: () => {
              outer.push(this.SUBRULE(this.label));
              this.CONSUME(P.Dot);
            },
          });
          const column = this.SUBRULE(this.columnDefinition);
          const path: ObjectName = { kind: "ObjectName", parts: [...outer, column.name], span: column.span };
          return { kind: "AddColumn", path, column, ifNotExists, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  private readonly alterDrop: Production<AlterAction> = this.rule("alterDrop", () => {
    const start = this.mark();
    this.CONSUME(K.DROP);
    return this.OR<AlterAction>([
      {
        ALT: () => {
          this.CONSUME(K.CONSTRAINT);
          const ifExists = this.SUBRULE(this.ifExists);
          const name = this.SUBRULE(this.columnName);
          const cascade = this.SUBRULE(this.cascade);
          return { kind: "DropConstraint", name, ifExists, cascade, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.OPTION(() => this.CONSUME(K.COLUMN));
          const ifExists = this.SUBRULE1(this.ifExists);
          const column = this.SUBRULE(this.objectName);
          const cascade = this.SUBRULE1(this.cascade);
          return { kind: "DropColumn", column, ifExists, cascade, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  private readonly alterRename: Production<AlterAction> = this.rule("alterRename", () => {
    const start = this.mark();
    this.CONSUME(K.RENAME);
    return this.OR<AlterAction>([
      {
        ALT: () => {
          this.CONSUME(K.TO);
          const to = this.SUBRULE(this.columnName);
          return { kind: "Rename", to, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          this.OPTION(() => this.CONSUME(K.COLUMN));
          const column = this.SUBRULE(this.objectName);
          this.CONSUME1(K.TO);
          const to = this.SUBRULE1(this.columnName);
          return { kind: "RenameColumn", column, to, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  /** `ALTER [COLUMN] c ...` */
  private readonly alterColumn: Production<AlterAction> = this.rule("alterColumn", () => {
    const start = this.mark();
    this.CONSUME(K.ALTER);
    this.OPTION(() => this.CONSUME(K.COLUMN));
    const column = this.SUBRULE(this.objectName);
    return this.OR<AlterAction>([
      {
        ALT: () => {
          this.CONSUME(K.SET);
          return this.OR1<AlterAction>([
            {
              ALT: () => {
                this.CONSUME(K.DEFAULT);
                const value = this.SUBRULE(this.expression);
                return { kind: "SetDefault", column, value, span: this.spanFrom(start) };
              },
            },
            {
              ALT: () => {
                this.CONSUME(K.NOT);
                this.CONSUME(K.NULL);
                return { kind: "SetNotNull", column, span: this.spanFrom(start) };
              },
            },
            {
              ALT: () => {
                this.CONSUME(K.DATA);
                return this.SUBRULE(this.alterType, { ARGS: [column, start] });
              },
            },
            { ALT: () => this.SUBRULE1(this.alterType, { ARGS: [column, start] }) },
          ]);
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.DROP);
          const kind = this.OR2<"DropDefault" | "DropNotNull">([
            { ALT: () => this.constant(this.CONSUME1(K.DEFAULT), "DropDefault") },
            { ALT: () => this.constant([this.CONSUME1(K.NOT), this.CONSUME1(K.NULL)], "DropNotNull") },
          ]);
          return { kind, column, span: this.spanFrom(start) };
        },
      },
      { ALT: () => this.SUBRULE2(this.alterType, { ARGS: [column, start] }) },
    ]);
  });

  private readonly alterType: Production<AlterAction, [column: ObjectName, start: number]> = this.rule(
    "alterType",
    (column: ObjectName, start: number) => {
      this.CONSUME(K.TYPE);
      const type = this.OPTION(() => this.SUBRULE(this.typeName));
      const using = this.OPTION1(() => {
        this.CONSUME(K.USING);
        return this.SUBRULE(this.expression);
      });
      return { kind: "SetType", column, type, using, span: this.spanFrom(start) };
    },
  );

  private readonly alterSet: Production<AlterAction> = this.rule("alterSet", () => {
    const start = this.mark();
    this.CONSUME(K.SET);
    return this.OR<AlterAction>([
      {
        ALT: () => {
          this.CONSUME(K.SCHEMA);
          const schema = this.SUBRULE(this.columnName);
          return { kind: "SetSchema", schema, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          const options = this.SUBRULE(this.withOptions);
          return { kind: "SetOptions", options, span: this.spanFrom(start) };
        },
      },
    ]);
  });
}
