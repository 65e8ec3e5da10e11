/** What an expression may begin with: literals, names, calls, parentheses, prefix operators. And subscripts, fields. */
import type { Expression, Identifier, ObjectName, SelectItem, Star, UnaryOperator } from "../ast.ts";
import { K, P, T, TOKEN_TYPES, type SqlTokenType } from "../tokens.ts";
import { numberText } from "../tokenize.ts";
import type { Production } from "./parser.ts";
import { ValueGrammar } from "./values.ts";

/** Binding powers of the prefix operators' operands. */
export const NOT = 3;
const PREFIX_OPERATOR = 8;
export const SIGN = 12;
/** `::`, `[...]`, `.field`. */
export const POSTFIX = 13;

/** The numbers of Chevrotain's occurrences in the rule `expression`: here from 20 on. */
export abstract class OperandGrammar extends ValueGrammar {
  /** Runs inside the rule `expression`. */
  protected operand(): Expression {
    if (!this.RECORDING_PHASE) {
      const form = OPERAND_FORMS[this.LA(1).tokenTypeIdx];
      if (form !== undefined) return this[form]();
    }
    return this.or(20, {
      ERR_MSG: "an expression",
      IGNORE_AMBIGUITIES: true,
      DEF: FORMS.map((form) => ({ ALT: () => this[form]() })),
    });
  }

  // -------------------------------------------------------------- literals

  /** @internal */
  protected numberLiteral(): Expression {
    const token = this.word(20, T.AnyNumber);
    const form = token.tokenType === T.Integer ? "integer" : token.tokenType === T.Decimal ? "decimal" : "double";
    const text = this.RECORDING_PHASE ? "" : numberText(token);
    return { kind: "NumberLiteral", form, text, span: { start: token.startOffset, end: token.endOffset! + 1 } };
  }

  /** @internal */
  protected stringLiteral(): Expression {
    const start = this.mark();
    const value = this.stringText(20);
    return { kind: "StringLiteral", value, span: this.spanFrom(start) };
  }

  /** @internal */
  protected blobLiteral(): Expression {
    const { image, startOffset, endOffset } = this.consume(20, T.Blob);
    const span = { start: startOffset, end: endOffset! + 1 };
    const hex = image.slice(2, -1);
    if (!this.RECORDING_PHASE && !/^(?:[0-9a-fA-F]{2})*$/.test(hex)) {
      this.fail("a blob literal needs an even number of hexadecimal digits", span);
    }
    return { kind: "BlobLiteral", hex, span };
  }

  /** @internal */
  protected trueLiteral(): Expression {
    const start = this.mark();
    this.consume(20, K.TRUE);
    return { kind: "BooleanLiteral", value: true, span: this.spanFrom(start) };
  }

  /** @internal */
  protected falseLiteral(): Expression {
    const start = this.mark();
    this.consume(20, K.FALSE);
    return { kind: "BooleanLiteral", value: false, span: this.spanFrom(start) };
  }

  /** @internal */
  protected nullLiteral(): Expression {
    const start = this.mark();
    this.consume(20, K.NULL);
    return { kind: "NullLiteral", span: this.spanFrom(start) };
  }

  /** @internal */
  protected defaultValue(): Expression {
    const start = this.mark();
    this.consume(20, K.DEFAULT);
    return { kind: "DefaultValue", span: this.spanFrom(start) };
  }

  /** @internal */
  protected parameter(): Expression {
    const { image, startOffset, endOffset } = this.consume(20, T.Parameter);
    const span = { start: startOffset, end: endOffset! + 1 };
    if (image === "?") return { kind: "Parameter", index: ++this.parameters, name: undefined, span };
    const name = image.slice(1);
    if (!/^[0-9]+$/.test(name)) return { kind: "Parameter", index: 0, name, span };
    const index = Number(name);
    if (index === 0 || index > 65_535) this.fail("parameters are numbered from $1 to $65535", span);
    return { kind: "Parameter", index, name: undefined, span };
  }

  /** @internal */
  protected positionalReference(): Expression {
    const start = this.mark();
    this.consume(20, P.Hash);
    const { image } = this.consume(21, T.Integer);
    return { kind: "PositionalReference", index: Number(image), span: this.spanFrom(start) };
  }

  // -------------------------------------------------------------- prefix operators

  /** @internal */
  protected negation(): Expression {
    return this.prefix(K.NOT, "NOT", NOT);
  }

  /** @internal */
  protected minus(): Expression {
    return this.prefix(P.Minus, "-", SIGN);
  }

  /** @internal */
  protected plus(): Expression {
    return this.prefix(P.Plus, "+", SIGN);
  }

  /** @internal */
  protected complement(): Expression {
    return this.prefix(P.Tilde, "~", PREFIX_OPERATOR);
  }

  /** @internal */
  protected absolute(): Expression {
    return this.prefix(P.At, "@", PREFIX_OPERATOR);
  }

  private prefix(token: SqlTokenType, operator: UnaryOperator, power: number): Expression {
    const start = this.mark();
    this.consume(20, token);
    const operand = this.subrule(20 + UNARY.indexOf(operator), this.expression, { ARGS: [power] });
    return { kind: "Unary", operator, operand, span: this.spanFrom(start) };
  }

  // -------------------------------------------------------------- words: a special form, or else a name

  /** @internal */
  protected name(): Expression {
    return this.subrule(20, this.nameExpression);
  }

  /** @internal */
  protected columnsCall(): Expression {
    if (!this.followedByParen()) return this.name();
    const start = this.mark();
    this.consume(20, K.COLUMNS);
    return this.subrule(20, this.columns, { ARGS: [undefined, false, start] });
  }

  /** @internal */
  protected extractCall(): Expression {
    return this.followedByParen() ? this.subrule(20, this.extract) : this.name();
  }

  /** @internal */
  protected positionCall(): Expression {
    return this.followedByParen() ? this.subrule(20, this.position) : this.name();
  }

  /** @internal */
  protected substringCall(): Expression {
    return this.followedByParen() ? this.subrule(20, this.substring) : this.name();
  }

  /** @internal */
  protected trimCall(): Expression {
    return this.followedByParen() ? this.subrule(20, this.trim) : this.name();
  }

  /** @internal */
  protected overlayCall(): Expression {
    return this.followedByParen() ? this.subrule(20, this.overlay) : this.name();
  }

  /** @internal */
  protected existsTest(): Expression {
    if (!this.followedByParen()) return this.name();
    const start = this.mark();
    this.consume(20, K.EXISTS);
    const inside = this.subrule(20, this.listOrQuery);
    if (inside.kind === "Row") {
      if (!this.RECORDING_PHASE) this.fail("EXISTS needs a query", inside.span);
      return inside;
    }
    return { kind: "Exists", query: inside.query, span: this.spanFrom(start) };
  }

  /** @internal */
  protected rowConstructor(): Expression {
    if (!this.followedByParen()) return this.name();
    return this.subrule(20, this.row);
  }

  /** @internal */
  protected intervalLiteral(): Expression {
    const literal =
      this.RECORDING_PHASE ||
      this.is(2, T.String, T.EscapeString, T.DollarString, T.Integer, T.Decimal, P.LeftParen, T.Parameter);
    return literal ? this.subrule(20, this.interval) : this.name();
  }

  /** @internal */
  protected mapLiteral(): Expression {
    return this.RECORDING_PHASE || this.is(2, P.LeftBrace) ? this.subrule(20, this.map) : this.name();
  }

  /** @internal */
  protected tryCast(): Expression {
    const start = this.mark();
    this.consume(20, K.TRY_CAST);
    return this.subrule(20, this.castTail, { ARGS: [true, start] });
  }

  /** @internal */
  protected castCall(): Expression {
    const start = this.mark();
    this.consume(20, K.CAST);
    return this.subrule(21, this.castTail, { ARGS: [false, start] });
  }

  /** @internal */
  protected caseExpression(): Expression {
    return this.subrule(20, this.caseWhen);
  }

  /** @internal */
  protected arrayConstructor(): Expression {
    return this.subrule(20, this.array);
  }

  /** @internal */
  protected lambdaExpression(): Expression {
    return this.subrule(20, this.lambda);
  }

  /** @internal */
  protected list(): Expression {
    return this.subrule(20, this.listLiteral);
  }

  /** @internal */
  protected struct(): Expression {
    return this.subrule(20, this.structLiteral);
  }

  /** @internal */
  protected star(): Expression {
    return this.subrule(20, this.starExpression);
  }

  private followedByParen(): boolean {
    return this.RECORDING_PHASE || this.is(2, P.LeftParen);
  }

  // -------------------------------------------------------------- names and calls

  private readonly nameExpression: Production<Expression> = this.rule("nameExpression", () => {
    const start = this.mark();
    const second = this.peek(2);
    const called =
      this.RECORDING_PHASE ||
      second === P.LeftParen ||
      second === T.String ||
      second === T.EscapeString ||
      second === T.DollarString;
    if (isClock(this.peek(1)) && !called && second !== P.Dot) {
      const token = this.consume(2, this.memberOf(T.AnyName));
      return this.plainCall(token.image.toLowerCase(), token, [], start);
    }
    if (this.isTypedLiteral()) return this.subrule(2, this.typedLiteral);
    const parts: Identifier[] = [];
    parts.push(
      this.toIdentifier(this.word(0, this.RECORDING_PHASE ? T.AnyName : called ? T.FunctionName : T.ColumnName)),
    );
    let starred = false;
    this.MANY({
      GATE: () => !starred,
      DEF: () => {
        this.CONSUME(P.Dot);
        this.OR([
          { ALT: () => (starred = this.CONSUME(P.Star) !== undefined) },
          { ALT: () => parts.push(this.toIdentifier(this.word(1, T.Label))) },
        ]);
      },
    });
    const name: ObjectName = { kind: "ObjectName", parts, span: this.spanFrom(start) };
    if (starred && !this.RECORDING_PHASE) return this.SUBRULE(this.starTail, { ARGS: [name, start] });
    const call = this.OPTION({ GATE: () => this.is(1, P.LeftParen), DEF: () => this.called(name, start) });
    return call ?? { kind: "ColumnRef", parts, span: name.span };
  });

  private called(name: ObjectName, start: number): Expression {
    const last = name.parts.at(-1)!;
    if (this.RECORDING_PHASE || name.parts.length === 1 || last.name.toUpperCase() !== "COLUMNS") {
      return this.SUBRULE(this.call, { ARGS: [name, start, undefined] });
    }
    const qualifier: ObjectName = { ...name, parts: name.parts.slice(0, -1) };
    return this.SUBRULE(this.columns, { ARGS: [qualifier, false, start] });
  }

  /** `DATE '...'`, `TIMESTAMP WITH TIME ZONE '...'`, `DECIMAL(4, 1) '...'`. */
  private isTypedLiteral(): boolean {
    if (this.RECORDING_PHASE) return false;
    if (this.isName(2, T.AnyString)) return this.isName(1, T.FunctionName);
    if (this.is(1, K.TIMESTAMP, K.TIME)) return this.is(2, K.WITH, K.WITHOUT) && this.is(3, K.TIME);
    if (this.is(1, K.DOUBLE)) return this.is(2, K.PRECISION) && this.isName(3, T.AnyString);
    if (!this.is(2, P.LeftParen) || !this.is(3, T.Integer)) return false;
    if (this.is(4, P.RightParen)) return this.isName(5, T.AnyString);
    return this.is(4, P.Comma) && this.is(5, T.Integer) && this.is(6, P.RightParen) && this.isName(7, T.AnyString);
  }

  private readonly typedLiteral: Production<Expression> = this.rule("typedLiteral", () => {
    const start = this.mark();
    const type = this.SUBRULE(this.typeName);
    const value = this.stringText(0);
    return { kind: "TypedLiteral", type, value, span: this.spanFrom(start) };
  });

  /** `.field`, `.method(...)` behind an operand. */
  protected readonly field: Production<Expression, [operand: Expression, start: number]> = this.rule(
    "field",
    (operand: Expression, start: number) => {
      this.CONSUME(P.Dot);
      const field = this.SUBRULE(this.label);
      return this.OR<Expression>([
        {
          GATE: () => this.is(1, P.LeftParen),
          ALT: () => this.SUBRULE(this.call, { ARGS: [this.singleName(field), start, operand] }),
        },
        { ALT: () => ({ kind: "FieldAccess", operand, field, span: this.spanFrom(start) }) },
      ]);
    },
  );

  protected readonly subscript: Production<Expression, [operand: Expression, start: number]> = this.rule(
    "subscript",
    (operand: Expression, start: number) => {
      this.CONSUME(P.LeftBracket);
      const lower = this.OPTION(() => this.SUBRULE(this.expression));
      let sliced = false;
      let upper: Expression | undefined;
      let step: Expression | undefined;
      this.OPTION1(() => {
        this.CONSUME(P.Colon);
        sliced = true;
        upper = this.OR<Expression | undefined>([
          {
            GATE: () => this.is(2, P.Colon, P.RightBracket),
            ALT: () => this.constant(this.CONSUME(P.Minus), undefined),
          },
          { ALT: () => this.OPTION2(() => this.SUBRULE1(this.expression)) },
        ]);
        this.OPTION3(() => {
          this.CONSUME1(P.Colon);
          step = this.SUBRULE2(this.expression);
        });
      });
      this.CONSUME(P.RightBracket);
      const span = this.spanFrom(start);
      if (sliced) return { kind: "Slice", operand, lower, upper, step, span };
      if (lower === undefined) this.fail("a subscript needs an index", span);
      return { kind: "Subscript", operand, index: lower, span };
    },
  );

  // -------------------------------------------------------------- stars

  private readonly starExpression: Production<Expression> = this.rule("starExpression", () => {
    const start = this.mark();
    this.CONSUME(P.Star);
    return this.OR<Expression>([
      {
        GATE: () => this.is(2, P.LeftParen),
        ALT: () => {
          this.CONSUME(K.COLUMNS);
          return this.SUBRULE(this.columns, { ARGS: [undefined, true, start] });
        },
      },
      { ALT: () => this.SUBRULE(this.starTail, { ARGS: [undefined, start] }) },
    ]);
  });

  /** What may follow the star itself. */
  private readonly starTail: Production<Star, [qualifier: ObjectName | undefined, start: number]> = this.rule(
    "starTail",
    (qualifier: ObjectName | undefined, start: number) => {
      const exclude: ObjectName[] = [];
      const replace: SelectItem[] = [];
      const rename: { from: ObjectName; to: Identifier }[] = [];
      const excluded = (): void => void exclude.push(this.subrule(0, this.objectName));
      const replaced = (): void => void replace.push(this.subrule(1, this.replaceItem));
      const renamed = (): void => {
        const from = this.subrule(2, this.objectName);
        this.consume(2, K.AS);
        rename.push({ from, to: this.subrule(2, this.label) });
      };
      this.OPTION({
        GATE: () => this.is(2, P.LeftParen) || this.isName(2, T.ColumnName),
        DEF: () => this.starList(K.EXCLUDE, 0, excluded),
      });
      this.OPTION1({ GATE: () => !this.is(2, K.FROM, P.Comma), DEF: () => this.starList(K.REPLACE, 1, replaced) });
      this.OPTION2({ GATE: () => !this.is(2, K.FROM, P.Comma), DEF: () => this.starList(K.RENAME, 2, renamed) });
      return { kind: "Star", qualifier, exclude, replace, rename, like: undefined, span: this.spanFrom(start) };
    },
  );

  /** `keyword item` or `keyword (item, ...)`. */
  private starList(keyword: SqlTokenType, index: number, item: () => void): void {
    this.consume(index, keyword);
    this.or(index, [
      {
        GATE: () => this.is(1, P.LeftParen),
        ALT: () => {
          this.consume(index, P.LeftParen);
          item();
          this.many(index, {
            DEF: () => {
              this.consume(index, P.Comma);
              item();
            },
          });
          this.consume(index, P.RightParen);
        },
      },
      { ALT: item },
    ]);
  }

  private readonly replaceItem: Production<SelectItem> = this.rule("replaceItem", () => {
    const start = this.mark();
    const expression = this.SUBRULE(this.expression);
    this.CONSUME(K.AS);
    const alias = this.SUBRULE(this.label);
    return { kind: "SelectItem", expression, alias, span: this.spanFrom(start) };
  });

  // -------------------------------------------------------------- INTERVAL

  private readonly interval: Production<Expression> = this.rule("interval", () => {
    const start = this.mark();
    this.CONSUME(K.INTERVAL);
    const value = this.OR<Expression>([
      { ALT: () => this.numberLiteral() },
      { ALT: () => this.stringLiteral() },
      { ALT: () => this.parameter() },
      { ALT: () => this.SUBRULE(this.parenthesized) },
    ]);
    const unit = this.OPTION({
      GATE: () => this.isUnit(1),
      DEF: () => {
        const name = this.unit(0);
        this.SUBRULE(this.fieldPrecision);
        return name;
      },
    });
    const to = this.OPTION1({
      GATE: () => unit !== undefined && this.isUnit(2),
      DEF: () => {
        this.CONSUME(K.TO);
        const name = this.unit(1);
        this.SUBRULE1(this.fieldPrecision);
        return name;
      },
    });
    return { kind: "Interval", value, unit, to, span: this.spanFrom(start) };
  });

  /** `(3)`, `(2, 6)` behind a field of an interval: how many digits it has at most, which restricts nothing here. */
  private readonly fieldPrecision: Production<void> = this.rule("fieldPrecision", () => {
    this.OPTION(() => {
      this.CONSUME(P.LeftParen);
      this.CONSUME(T.Integer);
      this.OPTION1(() => {
        this.CONSUME(P.Comma);
        this.CONSUME1(T.Integer);
      });
      this.CONSUME(P.RightParen);
    });
  });
}

// ---------------------------------------------------------------- tables

const UNARY: readonly UnaryOperator[] = ["NOT", "-", "+", "~", "@"];

type OperandForm =
  | "numberLiteral"
  | "stringLiteral"
  | "blobLiteral"
  | "trueLiteral"
  | "falseLiteral"
  | "nullLiteral"
  | "defaultValue"
  | "parameter"
  | "positionalReference"
  | "negation"
  | "minus"
  | "plus"
  | "complement"
  | "absolute"
  | "name"
  | "columnsCall"
  | "extractCall"
  | "positionCall"
  | "substringCall"
  | "trimCall"
  | "overlayCall"
  | "existsTest"
  | "rowConstructor"
  | "intervalLiteral"
  | "mapLiteral"
  | "tryCast"
  | "castCall"
  | "caseExpression"
  | "arrayConstructor"
  | "lambdaExpression"
  | "list"
  | "struct"
  | "parentheses"
  | "star";

/** By token: the method that parses the operand which begins with it. */
const OPERAND_FORMS: readonly (OperandForm | undefined)[] = operandForms();

const FORMS: readonly OperandForm[] = [...new Set(OPERAND_FORMS.filter((form) => form !== undefined))];

function operandForms(): (OperandForm | undefined)[] {
  const forms: (OperandForm | undefined)[] = [];
  for (const type of TOKEN_TYPES) {
    if ((type.classes & T.AnyName.members) !== 0) forms[type.tokenTypeIdx] = "name";
    if ((type.classes & T.AnyNumber.members) !== 0) forms[type.tokenTypeIdx] = "numberLiteral";
    if ((type.classes & T.AnyString.members) !== 0) forms[type.tokenTypeIdx] = "stringLiteral";
  }
  const special: readonly (readonly [SqlTokenType, OperandForm])[] = [
    [T.Blob, "blobLiteral"],
    [K.TRUE, "trueLiteral"],
    [K.FALSE, "falseLiteral"],
    [K.NULL, "nullLiteral"],
    [K.DEFAULT, "defaultValue"],
    [T.Parameter, "parameter"],
    [P.Hash, "positionalReference"],
    [K.NOT, "negation"],
    [P.Minus, "minus"],
    [P.Plus, "plus"],
    [P.Tilde, "complement"],
    [P.At, "absolute"],
    [K.COLUMNS, "columnsCall"],
    [K.EXTRACT, "extractCall"],
    [K.POSITION, "positionCall"],
    [K.SUBSTRING, "substringCall"],
    [K.TRIM, "trimCall"],
    [K.OVERLAY, "overlayCall"],
    [K.EXISTS, "existsTest"],
    [K.ROW, "rowConstructor"],
    [K.INTERVAL, "intervalLiteral"],
    [K.MAP, "mapLiteral"],
    [K.TRY_CAST, "tryCast"],
    [K.CAST, "castCall"],
    [K.CASE, "caseExpression"],
    [K.ARRAY, "arrayConstructor"],
    [K.LAMBDA, "lambdaExpression"],
    [P.LeftBracket, "list"],
    [P.LeftBrace, "struct"],
    [P.LeftParen, "parentheses"],
    [P.Star, "star"],
  ];
  for (const [type, form] of special) forms[type.tokenTypeIdx] = form;
  return forms;
}

const CLOCKS: ReadonlySet<SqlTokenType> = new Set([
  K.CURRENT_CATALOG,
  K.CURRENT_DATE,
  K.CURRENT_ROLE,
  K.CURRENT_SCHEMA,
  K.CURRENT_TIME,
  K.CURRENT_TIMESTAMP,
  K.CURRENT_USER,
  K.LOCALTIME,
  K.LOCALTIMESTAMP,
]);

/** SQL's functions that are called without parentheses. */
function isClock(type: SqlTokenType): boolean {
  return CLOCKS.has(type);
}
