/** Parentheses, lists, structs, maps, CASE and CAST. */
import type {
  Case,
  CaseBranch,
  Expression,
  Identifier,
  ListComprehension,
  MapLiteral,
  Row,
  ScalarSubquery,
  StructLiteral,
} from "../ast.ts";
import { K, P } from "../tokens.ts";
import { CallGrammar } from "./calls.ts";
import type { Production } from "./parser.ts";

export abstract class ValueGrammar extends CallGrammar {
  // -------------------------------------------------------------- parentheses

  /** A query in parentheses, or a list of expressions: the items of a Row. */
  protected readonly listOrQuery: Production<ScalarSubquery | Row> = this.rule("listOrQuery", () =>
    this.OR<ScalarSubquery | Row>([
      { GATE: () => this.isQueryStart(2), ALT: () => this.SUBRULE(this.subquery) },
      { ALT: () => this.SUBRULE(this.expressionList) },
    ]),
  );

  private readonly subquery: Production<ScalarSubquery> = this.rule("subquery", () => {
    const start = this.mark();
    this.CONSUME(P.LeftParen);
    const query = this.SUBRULE(this.query);
    this.CONSUME(P.RightParen);
    return { kind: "ScalarSubquery", query, span: this.spanFrom(start) };
  });

  /** What begins with a subquery may be a query that goes on behind it: `((SELECT 1) UNION (SELECT 2))`. */
  private readonly expressionList: Production<ScalarSubquery | Row> = this.rule("expressionList", () => {
    const start = this.mark();
    const items: Expression[] = [];
    this.CONSUME(P.LeftParen);
    const first = this.SUBRULE(this.expression);
    const query = this.OPTION({
      GATE: () => first.kind === "ScalarSubquery",
      DEF: () => this.SUBRULE(this.queryRest, { ARGS: [first.kind === "ScalarSubquery" ? first.query : undefined] }),
    });
    items.push(first);
    this.MANY({
      GATE: () => !this.is(2, P.RightParen),
      DEF: () => {
        this.CONSUME(P.Comma);
        items.push(this.SUBRULE1(this.expression));
      },
    });
    this.OPTION1(() => this.CONSUME1(P.Comma));
    this.CONSUME(P.RightParen);
    const span = this.spanFrom(start);
    if (query !== undefined) return { kind: "ScalarSubquery", query, span };
    return first.kind === "ScalarSubquery" && items.length === 1 ? { ...first, span } : { kind: "Row", items, span };
  });

  protected readonly parenthesized: Production<Expression> = this.rule("parenthesized", () => this.parentheses());

  protected isQueryStart(distance: number): boolean {
    const type = this.peek(distance);
    if (type === K.VALUES) return this.is(distance + 1, P.LeftParen);
    return (
      type === K.SELECT ||
      type === K.WITH ||
      type === K.FROM ||
      type === K.TABLE ||
      type === K.PIVOT ||
      type === K.UNPIVOT
    );
  }

  protected readonly row: Production<Row> = this.rule("row", () => {
    const start = this.mark();
    const items: Expression[] = [];
    this.CONSUME(K.ROW);
    this.CONSUME(P.LeftParen);
    this.MANY_SEP({ SEP: P.Comma, DEF: () => items.push(this.SUBRULE(this.expression)) });
    this.CONSUME(P.RightParen);
    return { kind: "Row", items, span: this.spanFrom(start) };
  });

  /** @internal */
  protected parentheses(): Expression {
    const inside =
      this.RECORDING_PHASE || !this.isQueryStart(2)
        ? this.subrule(20, this.expressionList)
        : this.subrule(20, this.subquery);
    return inside.kind === "Row" && inside.items.length === 1 ? inside.items[0]! : inside;
  }

  // -------------------------------------------------------------- lists, structs, maps

  /** `ARRAY[1, 2]`, `ARRAY(SELECT ...)` */
  protected readonly array: Production<Expression> = this.rule("array", () => {
    const start = this.mark();
    this.CONSUME(K.ARRAY);
    return this.OR<Expression>([
      { ALT: () => ({ ...this.SUBRULE(this.listLiteral), span: this.spanFrom(start) }) },
      {
        ALT: () => {
          const inside = this.SUBRULE(this.listOrQuery);
          const span = this.spanFrom(start);
          if (inside.kind === "ScalarSubquery") return { kind: "ArraySubquery", query: inside.query, span };
          return this.RECORDING_PHASE
            ? inside
            : this.fail("ARRAY(...) needs a query", inside.span, "write ARRAY[...] for a list of values");
        },
      },
    ]);
  });

  protected readonly listLiteral: Production<Expression> = this.rule("listLiteral", () => {
    const start = this.mark();
    const items: Expression[] = [];
    let comprehension: ListComprehension | undefined;
    this.CONSUME(P.LeftBracket);
    this.OPTION(() => {
      items.push(this.SUBRULE(this.expression));
      this.OR([
        { ALT: () => (comprehension = this.SUBRULE(this.comprehension, { ARGS: [items[0]!, start] })) },
        {
          ALT: () =>
            this.MANY({
              GATE: () => !this.is(2, P.RightBracket),
              DEF: () => {
                this.CONSUME(P.Comma);
                items.push(this.SUBRULE1(this.expression));
              },
            }),
        },
      ]);
      this.OPTION1(() => this.CONSUME1(P.Comma));
    });
    this.CONSUME(P.RightBracket);
    const span = this.spanFrom(start);
    return comprehension === undefined ? { kind: "ListLiteral", items, span } : { ...comprehension, span };
  });

  /** `[result FOR x, i IN source IF filter]` from FOR on. */
  private readonly comprehension: Production<ListComprehension, [result: Expression, start: number]> = this.rule(
    "comprehension",
    (result: Expression, start: number) => {
      const variables: Identifier[] = [];
      this.CONSUME(K.FOR);
      this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => variables.push(this.SUBRULE(this.columnName)) });
      this.CONSUME(K.IN);
      const source = this.SUBRULE(this.expression);
      const filter = this.OPTION(() => {
        this.CONSUME(K.IF);
        return this.SUBRULE1(this.expression);
      });
      return { kind: "ListComprehension", result, variables, source, filter, span: this.spanFrom(start) };
    },
  );

  protected readonly structLiteral: Production<StructLiteral> = this.rule("structLiteral", () => {
    const start = this.mark();
    const fields: { name: Identifier; value: Expression }[] = [];
    this.CONSUME(P.LeftBrace);
    this.MANY_SEP({
      SEP: P.Comma,
      DEF: () => {
        const fieldStart = this.mark();
        const name = this.OR<Identifier>([
          { ALT: () => this.SUBRULE(this.label) },
          {
            ALT: () => ({
              kind: "Identifier",
              name: this.stringText(0),
              quoted: true,
              span: this.spanFrom(fieldStart),
            }),
          },
        ]);
        this.CONSUME(P.Colon);
        fields.push({ name, value: this.SUBRULE(this.expression) });
      },
    });
    this.CONSUME(P.RightBrace);
    return { kind: "StructLiteral", fields, span: this.spanFrom(start) };
  });

  protected readonly map: Production<MapLiteral> = this.rule("map", () => {
    const start = this.mark();
    const entries: { key: Expression; value: Expression }[] = [];
    this.CONSUME(K.MAP);
    this.CONSUME(P.LeftBrace);
    this.MANY_SEP({
      SEP: P.Comma,
      DEF: () => {
        const key = this.SUBRULE(this.expression);
        this.CONSUME(P.Colon);
        entries.push({ key, value: this.SUBRULE1(this.expression) });
      },
    });
    this.CONSUME(P.RightBrace);
    return { kind: "MapLiteral", entries, span: this.spanFrom(start) };
  });

  // -------------------------------------------------------------- CASE, CAST

  protected readonly caseWhen: Production<Case> = this.rule("caseWhen", () => {
    const start = this.mark();
    this.enter();
    const branches: CaseBranch[] = [];
    this.CONSUME(K.CASE);
    const operand = this.OPTION(() => this.SUBRULE(this.expression));
    this.AT_LEAST_ONE(() => {
      this.CONSUME(K.WHEN);
      const when = this.SUBRULE1(this.expression);
      this.CONSUME(K.THEN);
      branches.push({ when, then: this.SUBRULE2(this.expression) });
    });
    const otherwise = this.OPTION1(() => {
      this.CONSUME(K.ELSE);
      return this.SUBRULE3(this.expression);
    });
    this.CONSUME(K.END);
    this.leave();
    return { kind: "Case", operand, branches, otherwise, span: this.spanFrom(start) };
  });

  /** `(operand AS type)` */
  protected readonly castTail: Production<Expression, [attempt: boolean, start: number]> = this.rule(
    "castTail",
    (attempt: boolean, start: number) => {
      this.CONSUME(P.LeftParen);
      const operand = this.SUBRULE(this.expression);
      this.CONSUME(K.AS);
      const type = this.SUBRULE(this.typeName);
      this.CONSUME(P.RightParen);
      return { kind: "Cast", operand, type, try: attempt, span: this.spanFrom(start) };
    },
  );
}
