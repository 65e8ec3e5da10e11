/**
 * Expressions: one rule by precedence climbing. The binding powers are PostgreSQL's. What begins an operand and what
 * continues one is decided by a table lookup on the next token, which is faster than trying alternatives and takes
 * fewer stack frames; Chevrotain sees the same choice as an alternation while it records the grammar.
 */
import type { BinaryOperator, ComparisonOperator, Expression, LikeOperator } from "../ast.ts";
import { K, P, SYMBOLS, T, type SqlTokenType } from "../tokens.ts";
import type { Production } from "./parser.ts";
import { ABOVE_IN } from "./calls.ts";
import { NOT, OperandGrammar, POSTFIX, SIGN } from "./operands.ts";

/** Binding powers: an operator takes operands that bind tighter. */
const OR = 1;
const AND = 2;
const IS = 4;
const COMPARISON = 5;
/** BETWEEN, IN, LIKE. */
const MEMBERSHIP = 6;
export const OPERATOR: number = ABOVE_IN;
const ADDITIVE = 8;
const MULTIPLICATIVE = 9;
const POWER = 10;
/** COLLATE, AT TIME ZONE. */
const SUFFIX = 11;

export abstract class ExpressionGrammar extends OperandGrammar {
  /** Everything whose operators bind at least as tightly as `minimum`. */
  protected readonly expression: Production<Expression, [minimum?: number]> = this.rule("expression", (minimum = 0) => {
    this.enter();
    const start = this.mark();
    let left = this.operand();
    if (this.RECORDING_PHASE) this.MANY(() => this.infix(left, start));
    let nested = 1;
    let previous = POSTFIX;
    for (let power = this.power(); power > 0 && power >= minimum; power = this.power()) {
      // Comparisons do not chain: `a < b < c` is an error.
      if (power === COMPARISON && previous === COMPARISON) break;
      left = this.infix(left, start);
      previous = power;
      if (left.kind === "Binary" || left.kind === "Logical") continue;
      // Other nodes nest with every link: `x::INT::INT`.
      this.enter();
      nested++;
    }
    this.leave(nested);
    return left;
  });

  // -------------------------------------------------------------- what continues an operand

  private power(): number {
    const type = this.peek(1);
    if (type === K.NOT)
      return this.is(2, K.NULL) ? IS : this.is(2, K.IN, K.BETWEEN, K.LIKE, K.ILIKE, K.SIMILAR, K.GLOB) ? MEMBERSHIP : 0;
    // `LIMIT 10%`: a remainder needs a right operand.
    if (type === P.Percent && this.endsOperand(2)) return 0;
    if (type === K.AT) return this.is(2, K.TIME) ? SUFFIX : 0;
    return POWERS[type.tokenTypeIdx] ?? 0;
  }

  private endsOperand(distance: number): boolean {
    return this.is(distance, P.Semicolon, P.RightParen, K.OFFSET) || this.peek(distance).name === "EOF";
  }

  private infix(left: Expression, start: number): Expression {
    if (!this.RECORDING_PHASE) return this[INFIX_FORMS[this.LA(1).tokenTypeIdx] ?? "binary"](left, start);
    const forms = [...new Set<InfixForm>([...INFIX_FORMS.filter((form) => form !== undefined), "binary"])];
    return this.or(0, { IGNORE_AMBIGUITIES: true, DEF: forms.map((form) => ({ ALT: () => this[form](left, start) })) });
  }

  /** @internal */
  protected binary(left: Expression, start: number): Expression {
    const token = this.word(0, T.AnyOperator);
    const type = token.tokenType;
    const power = POWERS[type.tokenTypeIdx] ?? 0;
    if (power === COMPARISON && this.is(1, K.ANY, K.ALL, K.SOME) && this.is(2, P.LeftParen)) {
      return this.SUBRULE(this.quantified, { ARGS: [left, comparison(token.image), start] });
    }
    const right = this.subrule(1, this.expression, { ARGS: [power + 1] });
    const like = LIKE_SYMBOLS[token.image];
    if (like !== undefined) {
      return {
        kind: "Like",
        operator: like.operator,
        operand: left,
        pattern: right,
        escape: undefined,
        negated: like.negated,
        span: this.spanFrom(start),
      };
    }
    return { kind: "Binary", operator: binaryOperator(token.image), left, right, span: this.spanFrom(start) };
  }

  /** @internal */
  protected conjunction(left: Expression, start: number): Expression {
    return this.logical("AND", K.AND, left, start, 2);
  }

  /** @internal */
  protected disjunction(left: Expression, start: number): Expression {
    return this.logical("OR", K.OR, left, start, 3);
  }

  private logical(
    operator: "AND" | "OR",
    keyword: SqlTokenType,
    left: Expression,
    start: number,
    index: number,
  ): Expression {
    const operands = [left];
    this.atLeastOne(index, () => {
      this.consume(index, keyword);
      operands.push(this.subrule(index, this.expression, { ARGS: [operator === "AND" ? NOT : AND] }));
    });
    return { kind: "Logical", operator, operands, span: this.spanFrom(start) };
  }

  /** @internal */
  protected test(left: Expression, start: number): Expression {
    return this.subrule(4, this.isTest, { ARGS: [left, start] });
  }

  /** @internal */
  protected membership(left: Expression, start: number): Expression {
    if (!this.RECORDING_PHASE && this.is(1, K.NOT) && this.is(2, K.NULL)) return this.test(left, start);
    return this.subrule(5, this.membershipTest, { ARGS: [left, start] });
  }

  /** @internal */
  protected cast(left: Expression, start: number): Expression {
    this.consume(6, P.DoubleColon);
    const type = this.subrule(6, this.typeName);
    return { kind: "Cast", operand: left, type, try: false, span: this.spanFrom(start) };
  }

  /** @internal */
  protected brackets(left: Expression, start: number): Expression {
    return this.subrule(7, this.subscript, { ARGS: [left, start] });
  }

  /** @internal */
  protected dotted(left: Expression, start: number): Expression {
    return this.subrule(8, this.field, { ARGS: [left, start] });
  }

  /** @internal */
  protected collate(left: Expression, start: number): Expression {
    this.consume(9, K.COLLATE);
    const collation = this.subrule(9, this.objectName);
    return { kind: "Collate", operand: left, collation, span: this.spanFrom(start) };
  }

  /** @internal */
  protected timeZone(left: Expression, start: number): Expression {
    this.consume(10, K.AT);
    this.consume(10, K.TIME);
    this.consume(10, K.ZONE);
    const zone = this.subrule(10, this.expression, { ARGS: [SIGN] });
    return { kind: "AtTimeZone", operand: left, zone, span: this.spanFrom(start) };
  }

  /** @internal */
  protected factorial(left: Expression, start: number): Expression {
    this.consume(11, P.Bang);
    return { kind: "Unary", operator: "!", operand: left, span: this.spanFrom(start) };
  }

  private readonly quantified: Production<
    Expression,
    [operand: Expression, operator: ComparisonOperator, start: number]
  > = this.rule("quantified", (operand: Expression, operator: ComparisonOperator, start: number) => {
    const quantifier = this.OR<"ANY" | "ALL">([
      { ALT: () => this.constant(this.CONSUME(K.ANY), "ANY") },
      { ALT: () => this.constant(this.CONSUME(K.SOME), "ANY") },
      { ALT: () => this.constant(this.CONSUME(K.ALL), "ALL") },
    ]);
    const inner = this.SUBRULE(this.parenthesized);
    const right = inner.kind === "ScalarSubquery" ? inner.query : inner;
    return { kind: "Quantified", operator, quantifier, operand, right, span: this.spanFrom(start) };
  });

  /** IS ..., ISNULL, NOTNULL, NOT NULL. */
  private readonly isTest: Production<Expression, [operand: Expression, start: number]> = this.rule(
    "isTest",
    (operand: Expression, start: number) => {
      let negated = false;
      return this.OR<Expression>([
        {
          ALT: () =>
            this.constant(this.CONSUME(K.ISNULL), {
              kind: "IsNull",
              operand,
              negated: false,
              span: this.spanFrom(start),
            }),
        },
        {
          ALT: () =>
            this.constant(this.CONSUME(K.NOTNULL), {
              kind: "IsNull",
              operand,
              negated: true,
              span: this.spanFrom(start),
            }),
        },
        {
          ALT: () => {
            this.CONSUME1(K.NOT);
            this.CONSUME1(K.NULL);
            return { kind: "IsNull", operand, negated: true, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.IS);
            this.OPTION(() => {
              this.CONSUME(K.NOT);
              negated = true;
            });
            return this.OR1<Expression>([
              {
                ALT: () =>
                  this.constant(this.CONSUME(K.NULL), { kind: "IsNull", operand, negated, span: this.spanFrom(start) }),
              },
              {
                ALT: () =>
                  this.constant(this.CONSUME(K.TRUE), {
                    kind: "IsBoolean",
                    operand,
                    value: true,
                    negated,
                    span: this.spanFrom(start),
                  }),
              },
              {
                ALT: () =>
                  this.constant(this.CONSUME(K.FALSE), {
                    kind: "IsBoolean",
                    operand,
                    value: false,
                    negated,
                    span: this.spanFrom(start),
                  }),
              },
              {
                ALT: () =>
                  this.constant(this.CONSUME(K.UNKNOWN), {
                    kind: "IsBoolean",
                    operand,
                    value: undefined,
                    negated,
                    span: this.spanFrom(start),
                  }),
              },
              {
                ALT: () => {
                  this.CONSUME(K.DISTINCT);
                  this.CONSUME(K.FROM);
                  const right = this.SUBRULE(this.expression, { ARGS: [COMPARISON] });
                  return { kind: "IsDistinctFrom", left: operand, right, negated, span: this.spanFrom(start) };
                },
              },
            ]);
          },
        },
      ]);
    },
  );

  /** [NOT] IN, BETWEEN, LIKE and their like. */
  private readonly membershipTest: Production<Expression, [operand: Expression, start: number]> = this.rule(
    "membershipTest",
    (operand: Expression, start: number) => {
      const negated = this.OPTION(() => this.CONSUME(K.NOT)) !== undefined;
      return this.OR<Expression>([
        {
          GATE: () => !this.is(2, P.LeftParen),
          ALT: () => {
            this.CONSUME(K.IN);
            const collection = this.SUBRULE(this.expression, { ARGS: [POSTFIX] });
            return { kind: "InCollection", operand, collection, negated, span: this.spanFrom(start) };
          },
        },
        {
          ALT: () => {
            this.CONSUME1(K.IN);
            this.enter();
            const inside = this.SUBRULE(this.listOrQuery);
            this.leave();
            const span = this.spanFrom(start);
            if (inside.kind === "ScalarSubquery")
              return { kind: "InSubquery", operand, query: inside.query, negated, span };
            return { kind: "InList", operand, list: inside.items, negated, span };
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.BETWEEN);
            const symmetric = this.OPTION1(() =>
              this.OR1([
                { ALT: () => this.constant(this.CONSUME(K.SYMMETRIC), true) },
                { ALT: () => this.constant(this.CONSUME(K.ASYMMETRIC), false) },
              ]),
            );
            const low = this.SUBRULE2(this.expression, { ARGS: [OPERATOR] });
            this.CONSUME(K.AND);
            const high = this.SUBRULE3(this.expression, { ARGS: [OPERATOR] });
            return {
              kind: "Between",
              operand,
              low,
              high,
              negated,
              symmetric: symmetric ?? false,
              span: this.spanFrom(start),
            };
          },
        },
        {
          ALT: () => {
            const operator = this.OR2<LikeOperator>([
              { ALT: () => this.constant(this.CONSUME(K.LIKE), "LIKE") },
              { ALT: () => this.constant(this.CONSUME(K.ILIKE), "ILIKE") },
              { ALT: () => this.constant(this.CONSUME(K.GLOB), "GLOB") },
              { ALT: () => this.constant([this.CONSUME(K.SIMILAR), this.CONSUME(K.TO)], "SIMILAR TO") },
            ]);
            const pattern = this.SUBRULE4(this.expression, { ARGS: [OPERATOR] });
            const escape = this.OPTION2(() => {
              this.CONSUME(K.ESCAPE);
              return this.SUBRULE5(this.expression, { ARGS: [OPERATOR] });
            });
            const span = this.spanFrom(start);
            if (operand?.kind === "Star" && operand.like === undefined)
              return { ...operand, like: { operator, pattern, negated }, span };
            return { kind: "Like", operator, operand, pattern, escape, negated, span };
          },
        },
      ]);
    },
  );
}

// ---------------------------------------------------------------- tables

type InfixForm =
  | "binary"
  | "conjunction"
  | "disjunction"
  | "test"
  | "membership"
  | "cast"
  | "brackets"
  | "dotted"
  | "collate"
  | "timeZone"
  | "factorial";

/** By token: how tightly it binds as an infix or postfix operator. NOT and AT depend on the word behind them. */
const POWERS: readonly (number | undefined)[] = byToken([
  [OR, [K.OR]],
  [AND, [K.AND]],
  [IS, [K.IS, K.ISNULL, K.NOTNULL]],
  [COMPARISON, symbols("= == <> != < <= > >=")],
  [MEMBERSHIP, [K.IN, K.BETWEEN, K.LIKE, K.ILIKE, K.SIMILAR, K.GLOB]],
  [OPERATOR, symbols("|| & | << >> ~ !~ ~* !~* ^@ @> <@ && -> ->> <-> <=> <#> #> #>> ~~ ~~* !~~ !~~* ~~~ !")],
  [ADDITIVE, symbols("+ -")],
  [MULTIPLICATIVE, symbols("* / // %")],
  [POWER, symbols("^ **")],
  [SUFFIX, [K.COLLATE]],
  [POSTFIX, [P.DoubleColon, P.LeftBracket, P.Dot]],
]);

/** By token: the method that parses it; "binary" where there is none. */
const INFIX_FORMS: readonly (InfixForm | undefined)[] = byToken<InfixForm>([
  ["conjunction", [K.AND]],
  ["disjunction", [K.OR]],
  ["test", [K.IS, K.ISNULL, K.NOTNULL]],
  ["membership", [K.NOT, K.IN, K.BETWEEN, K.LIKE, K.ILIKE, K.SIMILAR, K.GLOB]],
  ["cast", [P.DoubleColon]],
  ["brackets", [P.LeftBracket]],
  ["dotted", [P.Dot]],
  ["collate", [K.COLLATE]],
  ["timeZone", [K.AT]],
  ["factorial", [P.Bang]],
]);

const LIKE_SYMBOLS: Readonly<Record<string, { readonly operator: LikeOperator; readonly negated: boolean }>> = {
  "~~": { operator: "LIKE", negated: false },
  "!~~": { operator: "LIKE", negated: true },
  "~~*": { operator: "ILIKE", negated: false },
  "!~~*": { operator: "ILIKE", negated: true },
  "~~~": { operator: "GLOB", negated: false },
};

function comparison(image: string): ComparisonOperator {
  return binaryOperator(image) as ComparisonOperator;
}

function binaryOperator(image: string): BinaryOperator {
  switch (image) {
    case "==":
      return "=";
    case "!=":
      return "<>";
    case "^":
      return "**";
    default:
      return image as BinaryOperator;
  }
}

function symbols(texts: string): SqlTokenType[] {
  return texts.split(" ").map((text) => SYMBOLS.get(text)!);
}

function byToken<Value>(entries: readonly (readonly [Value, readonly SqlTokenType[]])[]): (Value | undefined)[] {
  const table: (Value | undefined)[] = [];
  for (const [value, types] of entries) {
    for (const type of types) table[type.tokenTypeIdx] = value;
  }
  return table;
}
