/** INSERT, UPDATE and DELETE. */
import type {
  Assignment,
  DataChange,
  Delete,
  Expression,
  Identifier,
  Insert,
  ObjectName,
  OnConflict,
  Query,
  SelectItem,
  TableRef,
  Update,
  With,
} from "../ast.ts";
import { K, P } from "../tokens.ts";
import { DefinitionGrammar } from "./definitions.ts";
import type { Production } from "./parser.ts";

export abstract class ChangeGrammar extends DefinitionGrammar {
  /** WITH is followed, behind its tables, by INSERT, UPDATE or DELETE. */
  private withLeadsToChange(): boolean {
    let depth = 0;
    for (let distance = 2; ; distance++) {
      const type = this.peek(distance);
      if (type === P.LeftParen) depth++;
      else if (type === P.RightParen) depth--;
      else if (type === P.Semicolon || type.name === "EOF") return false;
      else if (depth === 0 && (type === K.INSERT || type === K.UPDATE || type === K.DELETE))
        return !this.is(distance + 1, K.AS, P.LeftParen);
      else if (depth === 0 && (type === K.SELECT || type === K.FROM || type === K.VALUES)) return false;
    }
  }

  /** A statement that changes rows comes. */
  protected override isChange(): boolean {
    return this.is(1, K.INSERT, K.UPDATE, K.DELETE) || (this.is(1, K.WITH) && this.withLeadsToChange());
  }

  protected readonly dataChange: Production<DataChange> = this.rule("dataChange", () => {
    const start = this.mark();
    const common = this.OPTION(() => this.SUBRULE(this.withClause));
    return this.OR<DataChange>([
      { ALT: () => this.SUBRULE(this.insert, { ARGS: [common, start] }) },
      { ALT: () => this.SUBRULE(this.update, { ARGS: [common, start] }) },
      { ALT: () => this.SUBRULE(this.deletion, { ARGS: [common, start] }) },
    ]);
  });

  private readonly insert: Production<Insert, [common: With | undefined, start: number]> = this.rule(
    "insert",
    (common: With | undefined, start: number) => {
      this.CONSUME(K.INSERT);
      let or: "replace" | "nothing" | undefined;
      const orStart = this.mark();
      this.OPTION(() => {
        this.CONSUME(K.OR);
        or = this.OR([
          { ALT: () => this.constant(this.CONSUME(K.REPLACE), "replace") },
          { ALT: () => this.constant(this.CONSUME(K.IGNORE), "nothing") },
        ]);
      });
      const orSpan = this.spanFrom(orStart);
      this.CONSUME(K.INTO);
      const table = this.SUBRULE(this.objectName);
      const alias = this.OPTION1(() => {
        this.CONSUME(K.AS);
        return this.SUBRULE(this.label);
      });
      const columns =
        this.OPTION2({ GATE: () => !this.isQueryInParentheses(), DEF: () => this.SUBRULE(this.columnList) }) ?? [];
      let byName = false;
      this.OPTION3(() => {
        this.CONSUME(K.BY);
        this.OR1([
          { ALT: () => (byName = this.constant(this.CONSUME(K.NAME), true)) },
          { ALT: () => this.CONSUME(K.POSITION) },
        ]);
      });
      const source = this.OR2<Query | undefined>([
        { ALT: () => this.constant([this.CONSUME(K.DEFAULT), this.CONSUME(K.VALUES)], undefined) },
        { ALT: () => this.SUBRULE(this.query) },
      ]);
      const emit = this.SUBRULE(this.emit);
      const written = this.OPTION4(() => this.SUBRULE(this.onConflict));
      const shorthand: OnConflict | undefined =
        or === undefined
          ? undefined
          : {
              kind: "OnConflict",
              target: [],
              targetWhere: undefined,
              action: or,
              set: [],
              where: undefined,
              span: orSpan,
            };
      const returning = this.SUBRULE(this.returning);
      const span = this.spanFrom(start);
      return {
        kind: "Insert",
        with: common,
        table,
        alias,
        columns,
        byName,
        source,
        onConflict: written ?? shorthand,
        returning,
        emit,
        span,
      };
    },
  );

  /** `(SELECT ...` or `((SELECT ...` comes, not a list of columns. */
  protected isQueryInParentheses(): boolean {
    let distance = 2;
    while (this.is(distance, P.LeftParen)) distance++;
    return (
      distance > 2 ||
      this.is(distance, K.SELECT, K.FROM, K.WITH, K.TABLE, K.PIVOT, K.UNPIVOT) ||
      (this.is(2, K.VALUES) && this.is(3, P.LeftParen))
    );
  }

  private readonly onConflict: Production<OnConflict> = this.rule("onConflict", () => {
    const start = this.mark();
    this.CONSUME(K.ON);
    this.CONSUME(K.CONFLICT);
    let targetWhere: Expression | undefined;
    const target = this.OPTION(() => {
      const columns = this.SUBRULE(this.columnList);
      this.OPTION1(() => {
        this.CONSUME(K.WHERE);
        targetWhere = this.SUBRULE(this.expression);
      });
      return columns;
    });
    this.CONSUME(K.DO);
    let set: readonly Assignment[] = [];
    let where: Expression | undefined;
    const action = this.OR<"nothing" | "update">([
      { ALT: () => this.constant(this.CONSUME(K.NOTHING), "nothing") },
      {
        ALT: () => {
          this.CONSUME(K.UPDATE);
          set = this.SUBRULE(this.assignments);
          this.OPTION2(() => {
            this.CONSUME1(K.WHERE);
            where = this.SUBRULE1(this.expression);
          });
          return "update";
        },
      },
    ]);
    return { kind: "OnConflict", target: target ?? [], targetWhere, action, set, where, span: this.spanFrom(start) };
  });

  /** SET a = 1, (b, c) = (2, 3) */
  private readonly assignments: Production<readonly Assignment[]> = this.rule("assignments", () => {
    const assignments: Assignment[] = [];
    this.CONSUME(K.SET);
    this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => assignments.push(this.SUBRULE(this.assignment)) });
    return assignments;
  });

  private readonly assignment: Production<Assignment> = this.rule("assignment", () => {
    const start = this.mark();
    const columns: ObjectName[] = [];
    this.OR([
      { ALT: () => columns.push(this.SUBRULE(this.objectName)) },
      {
        ALT: () => {
          this.CONSUME(P.LeftParen);
          this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => columns.push(this.SUBRULE1(this.objectName)) });
          this.CONSUME(P.RightParen);
        },
      },
    ]);
    this.CONSUME(P.Equal);
    const value = this.SUBRULE(this.expression);
    return { kind: "Assignment", columns, value, span: this.spanFrom(start) };
  });

  private readonly returning: Production<readonly SelectItem[]> = this.rule("returning", () => {
    const items = this.OPTION(() => {
      this.CONSUME(K.RETURNING);
      return this.SUBRULE(this.selectList);
    });
    return items ?? [];
  });

  /** `[AS] alias` of the changed table; SET is no alias. */
  private readonly changedAlias: Production<Identifier | undefined> = this.rule("changedAlias", () =>
    this.OPTION({
      GATE: () => !this.is(1, K.SET),
      DEF: () => {
        this.OPTION1(() => this.CONSUME(K.AS));
        return this.SUBRULE(this.columnName);
      },
    }),
  );

  private readonly update: Production<Update, [common: With | undefined, start: number]> = this.rule(
    "update",
    (common: With | undefined, start: number) => {
      this.CONSUME(K.UPDATE);
      const table = this.SUBRULE(this.objectName);
      const alias = this.SUBRULE(this.changedAlias);
      const set = this.SUBRULE(this.assignments);
      const from = this.OPTION<readonly TableRef[]>(() => {
        this.CONSUME(K.FROM);
        return this.SUBRULE(this.tableList);
      });
      const where = this.OPTION1(() => {
        this.CONSUME(K.WHERE);
        return this.SUBRULE(this.expression);
      });
      const returning = this.SUBRULE(this.returning);
      return {
        kind: "Update",
        with: common,
        table,
        alias,
        set,
        from: from ?? [],
        where,
        returning,
        span: this.spanFrom(start),
      };
    },
  );

  private readonly deletion: Production<Delete, [common: With | undefined, start: number]> = this.rule(
    "deletion",
    (common: With | undefined, start: number) => {
      this.CONSUME(K.DELETE);
      this.CONSUME(K.FROM);
      const table = this.SUBRULE(this.objectName);
      const alias = this.SUBRULE(this.changedAlias);
      const using = this.OPTION<readonly TableRef[]>(() => {
        this.CONSUME(K.USING);
        return this.SUBRULE(this.tableList);
      });
      const where = this.OPTION1(() => {
        this.CONSUME(K.WHERE);
        return this.SUBRULE(this.expression);
      });
      const returning = this.SUBRULE(this.returning);
      return {
        kind: "Delete",
        with: common,
        table,
        alias,
        using: using ?? [],
        where,
        returning,
        span: this.spanFrom(start),
      };
    },
  );
}
