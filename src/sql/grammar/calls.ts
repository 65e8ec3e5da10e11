/** Function calls with everything that may follow their arguments, windows, ordering, and the calls with a syntax of their own. */
import type {
  Columns,
  Expression,
  FrameBound,
  FunctionArgument,
  FunctionCall,
  Identifier,
  Lambda,
  NullsOrder,
  ObjectName,
  OrderBy,
  OrderItem,
  WindowFrame,
  WindowReference,
  WindowSpecification,
} from "../ast.ts";
import { K, P, T } from "../tokens.ts";
import type { Production } from "./parser.ts";
import { TypeGrammar } from "./types.ts";

/** Binding power above IN: the operands inside `POSITION(a IN b)`. */
export const ABOVE_IN = 7;

type OrderSuffix = { readonly direction: OrderItem["direction"]; readonly nulls: NullsOrder | undefined };

export abstract class CallGrammar extends TypeGrammar {
  // -------------------------------------------------------------- calls

  /** From the opening parenthesis on; `first` is the operand of a method call. */
  protected readonly call: Production<FunctionCall, [name: ObjectName, start: number, first: Expression | undefined]> =
    this.rule("call", (name: ObjectName, start: number, first: Expression | undefined) => {
      this.enter();
      const args: FunctionArgument[] = [];
      if (first !== undefined) args.push({ kind: "FunctionArgument", name: undefined, value: first, span: first.span });
      this.CONSUME(P.LeftParen);
      let distinct = false;
      this.OPTION(() => {
        distinct = this.OR([
          { ALT: () => this.CONSUME(K.DISTINCT) !== undefined },
          { ALT: () => this.CONSUME(K.ALL) === undefined },
        ]);
      });
      this.MANY_SEP({ SEP: P.Comma, DEF: () => args.push(this.argument()) });
      // `FLOOR(time TO DAY)` is floor(time, 'day').
      this.option(10, {
        GATE: () => args.length === 1 && this.isUnit(2) && /^(floor|ceil|ceiling)$/i.test(name.parts.at(-1)!.name),
        DEF: () => {
          this.consume(10, K.TO);
          const at = this.mark();
          const unit = this.unit(11) ?? "";
          const value: Expression = { kind: "StringLiteral", value: unit, span: this.spanFrom(at) };
          args.push({ kind: "FunctionArgument", name: undefined, value, span: value.span });
        },
      });
      const orderBy = this.OPTION1(() => this.SUBRULE(this.orderBy));
      let nulls = this.OPTION2(() => this.SUBRULE(this.nullTreatment));
      this.CONSUME(P.RightParen);
      const withinGroup = this.OPTION3({
        GATE: () => this.is(2, K.GROUP),
        DEF: () => {
          this.CONSUME(K.WITHIN);
          this.CONSUME(K.GROUP);
          this.CONSUME1(P.LeftParen);
          const order = this.SUBRULE1(this.orderBy);
          this.CONSUME1(P.RightParen);
          return order;
        },
      });
      const filter = this.OPTION4({
        GATE: () => this.is(2, P.LeftParen),
        DEF: () => {
          this.CONSUME(K.FILTER);
          this.CONSUME2(P.LeftParen);
          this.OPTION5(() => this.CONSUME(K.WHERE));
          const condition = this.SUBRULE(this.expression);
          this.CONSUME2(P.RightParen);
          return condition;
        },
      });
      // In `first_value(max(x) IGNORE NULLS) OVER ...` it is the outer call's.
      nulls =
        this.OPTION6({ GATE: () => !this.is(3, P.RightParen), DEF: () => this.SUBRULE1(this.nullTreatment) }) ?? nulls;
      const exportState = this.OPTION8(() => this.CONSUME(K.EXPORT_STATE)) !== undefined;
      const over = this.OPTION7(() => {
        this.CONSUME(K.OVER);
        return this.OR1<WindowReference | WindowSpecification>([
          { ALT: () => this.SUBRULE(this.windowReference) },
          { ALT: () => this.SUBRULE(this.windowSpecification) },
        ]);
      });
      this.leave();
      return {
        kind: "FunctionCall",
        name,
        args,
        distinct,
        orderBy,
        withinGroup,
        filter,
        nulls,
        over,
        exportState,
        span: this.spanFrom(start),
      };
    });

  private readonly nullTreatment: Production<"ignore" | "respect"> = this.rule("nullTreatment", () => {
    const treatment = this.OR<"ignore" | "respect">([
      { ALT: () => this.constant(this.CONSUME(K.IGNORE), "ignore") },
      { ALT: () => this.constant(this.CONSUME(K.RESPECT), "respect") },
    ]);
    this.CONSUME(K.NULLS);
    return treatment;
  });

  /** Runs inside the rules `call` and `argumentList`. */
  private argument(): FunctionArgument {
    const start = this.mark();
    const name = this.OPTION9({
      GATE: () => this.is(2, P.Assign, P.Named),
      DEF: () => {
        const parameter = this.toIdentifier(this.word(9, T.AnyName));
        this.OR9([{ ALT: () => this.CONSUME(P.Assign) }, { ALT: () => this.CONSUME(P.Named) }]);
        return parameter;
      },
    });
    const value = this.lambdaOrExpression();
    return { kind: "FunctionArgument", name, value, span: this.spanFrom(start) };
  }

  /** `(a, b := 1)`: arguments alone. */
  protected readonly argumentList: Production<readonly FunctionArgument[]> = this.rule("argumentList", () => {
    const args: FunctionArgument[] = [];
    this.CONSUME(P.LeftParen);
    this.MANY_SEP({ SEP: P.Comma, DEF: () => args.push(this.argument()) });
    this.CONSUME(P.RightParen);
    return args;
  });

  // -------------------------------------------------------------- lambdas and COLUMNS

  /** Runs inside the rules that take lambdas. */
  private lambdaOrExpression(): Expression {
    return this.isArrowLambda() ? this.SUBRULE9(this.arrowLambda) : this.SUBRULE9(this.expression);
  }

  /** `x ->` or `(x, y) ->` comes next. */
  private isArrowLambda(): boolean {
    if (this.RECORDING_PHASE) return false;
    if (!this.is(1, P.LeftParen)) return this.is(2, P.Arrow) && this.isName(1, T.ColumnName);
    let distance = 2;
    while (this.isName(distance, T.ColumnName)) {
      if (this.is(distance + 1, P.RightParen)) return this.is(distance + 2, P.Arrow);
      if (!this.is(distance + 1, P.Comma)) return false;
      distance += 2;
    }
    return false;
  }

  private readonly arrowLambda: Production<Lambda> = this.rule("arrowLambda", () => {
    this.enter();
    const start = this.mark();
    const parameters = this.OR([
      { ALT: () => [this.SUBRULE(this.columnName)] },
      { ALT: () => this.SUBRULE(this.columnList) },
    ]);
    this.CONSUME(P.Arrow);
    const body = this.lambdaOrExpression();
    this.leave();
    return { kind: "Lambda", parameters, body, arrow: true, span: this.spanFrom(start) };
  });

  protected readonly lambda: Production<Lambda> = this.rule("lambda", () => {
    const start = this.mark();
    const parameters: Identifier[] = [];
    this.CONSUME(K.LAMBDA);
    this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => parameters.push(this.SUBRULE(this.columnName)) });
    this.CONSUME(P.Colon);
    const body = this.SUBRULE(this.expression);
    return { kind: "Lambda", parameters, body, arrow: false, span: this.spanFrom(start) };
  });

  /** From the opening parenthesis on. */
  protected readonly columns: Production<Columns, [qualifier: ObjectName | undefined, unpack: boolean, start: number]> =
    this.rule("columns", (qualifier: ObjectName | undefined, unpack: boolean, start: number) => {
      this.CONSUME(P.LeftParen);
      const selector = this.lambdaOrExpression();
      this.CONSUME(P.RightParen);
      return { kind: "Columns", qualifier, selector, unpack, span: this.spanFrom(start) };
    });

  // -------------------------------------------------------------- calls with a syntax of their own

  /** EXTRACT(field FROM source) */
  protected readonly extract: Production<FunctionCall> = this.rule("extract", () => {
    const start = this.mark();
    const keyword = this.CONSUME(K.EXTRACT);
    this.CONSUME(P.LeftParen);
    const fieldStart = this.mark();
    const field = this.OR([
      { ALT: () => this.stringText(0) },
      { ALT: () => this.CONSUME(T.Parameter).image },
      { ALT: () => this.word(1, T.Label).image.toLowerCase() },
    ]);
    const fieldSpan = this.spanFrom(fieldStart);
    this.CONSUME(K.FROM);
    const source = this.SUBRULE(this.expression);
    this.CONSUME(P.RightParen);
    return this.plainCall(
      "date_part",
      keyword,
      [{ kind: "StringLiteral", value: field, span: fieldSpan }, source],
      start,
    );
  });

  /** POSITION(needle IN haystack) */
  protected readonly position: Production<FunctionCall> = this.rule("position", () => {
    const start = this.mark();
    const keyword = this.CONSUME(K.POSITION);
    this.CONSUME(P.LeftParen);
    const needle = this.SUBRULE(this.expression, { ARGS: [ABOVE_IN] });
    this.CONSUME(K.IN);
    const haystack = this.SUBRULE1(this.expression);
    this.CONSUME(P.RightParen);
    return this.plainCall("strpos", keyword, [haystack, needle], start);
  });

  /** SUBSTRING(string FROM start FOR length), SUBSTRING(string, start, length) */
  protected readonly substring: Production<FunctionCall> = this.rule("substring", () => {
    const start = this.mark();
    const keyword = this.CONSUME(K.SUBSTRING);
    this.CONSUME(P.LeftParen);
    const args = [this.SUBRULE(this.expression)];
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.FROM);
          args.push(this.SUBRULE1(this.expression));
          this.OPTION(() => {
            this.CONSUME(K.FOR);
            args.push(this.SUBRULE2(this.expression));
          });
        },
      },
      {
        ALT: () => {
          const from = this.mark();
          this.CONSUME1(K.FOR);
          const length = this.SUBRULE3(this.expression);
          const first: Expression = {
            kind: "NumberLiteral",
            form: "integer",
            text: "1",
            span: { start: from, end: from },
          };
          args.push(first, length);
          this.OPTION1(() => {
            this.CONSUME1(K.FROM);
            args[1] = this.SUBRULE4(this.expression);
          });
        },
      },
      {
        ALT: () =>
          this.MANY(() => {
            this.CONSUME(P.Comma);
            args.push(this.SUBRULE5(this.expression));
          }),
      },
    ]);
    this.CONSUME(P.RightParen);
    return this.plainCall("substring", keyword, args, start);
  });

  /** TRIM([BOTH | LEADING | TRAILING] [characters] FROM string), TRIM(string [, characters]) */
  protected readonly trim: Production<FunctionCall> = this.rule("trim", () => {
    const start = this.mark();
    const keyword = this.CONSUME(K.TRIM);
    this.CONSUME(P.LeftParen);
    let name = "trim";
    this.OPTION(() => {
      name = this.OR([
        { ALT: () => this.constant(this.CONSUME(K.BOTH), "trim") },
        { ALT: () => this.constant(this.CONSUME(K.LEADING), "ltrim") },
        { ALT: () => this.constant(this.CONSUME(K.TRAILING), "rtrim") },
      ]);
    });
    const args: Expression[] = [];
    this.OPTION1({ GATE: () => !this.is(1, K.FROM), DEF: () => args.push(this.SUBRULE(this.expression)) });
    this.OR1([
      {
        ALT: () => {
          this.CONSUME(K.FROM);
          args.unshift(this.SUBRULE1(this.expression));
        },
      },
      {
        ALT: () =>
          this.MANY(() => {
            this.CONSUME(P.Comma);
            args.push(this.SUBRULE2(this.expression));
          }),
      },
    ]);
    this.CONSUME(P.RightParen);
    return this.plainCall(name, keyword, args, start);
  });

  /** OVERLAY(string PLACING replacement FROM start FOR length), OVERLAY(string, replacement, start, length) */
  protected readonly overlay: Production<FunctionCall> = this.rule("overlay", () => {
    const start = this.mark();
    const keyword = this.CONSUME(K.OVERLAY);
    this.CONSUME(P.LeftParen);
    const args = [this.SUBRULE(this.expression)];
    this.OR([
      {
        ALT: () => {
          this.CONSUME(K.PLACING);
          args.push(this.SUBRULE1(this.expression));
          this.CONSUME(K.FROM);
          args.push(this.SUBRULE2(this.expression));
          this.OPTION(() => {
            this.CONSUME(K.FOR);
            args.push(this.SUBRULE3(this.expression));
          });
        },
      },
      {
        ALT: () =>
          this.MANY(() => {
            this.CONSUME(P.Comma);
            args.push(this.SUBRULE4(this.expression));
          }),
      },
    ]);
    this.CONSUME(P.RightParen);
    return this.plainCall("overlay", keyword, args, start);
  });

  // -------------------------------------------------------------- ordering

  protected readonly orderBy: Production<OrderBy> = this.rule("orderBy", () => {
    const start = this.mark();
    this.CONSUME(K.ORDER);
    this.CONSUME(K.BY);
    return this.OR<OrderBy>([
      {
        ALT: () => {
          this.CONSUME(K.ALL);
          const suffix = this.SUBRULE(this.orderSuffix);
          return { kind: "OrderByAll", direction: suffix.direction, nulls: suffix.nulls, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          const items: OrderItem[] = [];
          this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => items.push(this.SUBRULE(this.orderItem)) });
          return { kind: "OrderByItems", items, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  private readonly orderItem: Production<OrderItem> = this.rule("orderItem", () => {
    const start = this.mark();
    const expression = this.SUBRULE(this.expression);
    const suffix = this.SUBRULE(this.orderSuffix);
    return {
      kind: "OrderItem",
      expression,
      direction: suffix.direction,
      nulls: suffix.nulls,
      span: this.spanFrom(start),
    };
  });

  private readonly orderSuffix: Production<OrderSuffix> = this.rule("orderSuffix", () => {
    const direction = this.OPTION(() =>
      this.OR<"asc" | "desc">([
        { ALT: () => this.constant(this.CONSUME(K.ASC), "asc") },
        { ALT: () => this.constant(this.CONSUME(K.DESC), "desc") },
      ]),
    );
    const nulls = this.OPTION1(() => {
      this.CONSUME(K.NULLS);
      return this.OR1<NullsOrder>([
        { ALT: () => this.constant(this.CONSUME(K.FIRST), "first") },
        { ALT: () => this.constant(this.CONSUME(K.LAST), "last") },
      ]);
    });
    return { direction, nulls };
  });

  // -------------------------------------------------------------- windows

  private readonly windowReference: Production<WindowReference> = this.rule("windowReference", () => {
    const start = this.mark();
    const name = this.SUBRULE(this.columnName);
    return { kind: "WindowReference", name, span: this.spanFrom(start) };
  });

  protected readonly windowSpecification: Production<WindowSpecification> = this.rule("windowSpecification", () => {
    const start = this.mark();
    this.CONSUME(P.LeftParen);
    const base = this.OPTION({
      GATE: () => !this.is(1, K.PARTITION, K.ROWS, K.RANGE, K.GROUPS) || this.is(2, P.RightParen),
      DEF: () => this.SUBRULE(this.columnName),
    });
    const partitionBy: Expression[] = [];
    this.OPTION1(() => {
      this.CONSUME(K.PARTITION);
      this.CONSUME(K.BY);
      this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => partitionBy.push(this.SUBRULE(this.expression)) });
    });
    const orderBy = this.OPTION2(() => this.SUBRULE(this.orderBy));
    const frame = this.OPTION3(() => this.SUBRULE(this.windowFrame));
    this.CONSUME(P.RightParen);
    return { kind: "WindowSpecification", base, partitionBy, orderBy, frame, span: this.spanFrom(start) };
  });

  private readonly windowFrame: Production<WindowFrame> = this.rule("windowFrame", () => {
    const from = this.mark();
    const unit = this.OR<WindowFrame["unit"]>([
      { ALT: () => this.constant(this.CONSUME(K.ROWS), "rows") },
      { ALT: () => this.constant(this.CONSUME(K.RANGE), "range") },
      { ALT: () => this.constant(this.CONSUME(K.GROUPS), "groups") },
    ]);
    const bounds = this.OR1<readonly [FrameBound, FrameBound | undefined]>([
      {
        GATE: () => this.is(1, K.BETWEEN),
        ALT: () => {
          this.CONSUME(K.BETWEEN);
          const lower = this.SUBRULE(this.frameBound);
          this.CONSUME(K.AND);
          return [lower, this.SUBRULE1(this.frameBound)];
        },
      },
      { ALT: () => [this.SUBRULE2(this.frameBound), undefined] },
    ]);
    const exclude = this.OPTION(() => {
      this.CONSUME(K.EXCLUDE);
      return this.OR2<WindowFrame["exclude"]>([
        { ALT: () => this.constant([this.CONSUME(K.NO), this.CONSUME(K.OTHERS)], "no others") },
        { ALT: () => this.constant([this.CONSUME(K.CURRENT), this.CONSUME(K.ROW)], "current row") },
        { ALT: () => this.constant(this.CONSUME(K.GROUP), "group") },
        { ALT: () => this.constant(this.CONSUME(K.TIES), "ties") },
      ]);
    });
    const span = this.spanFrom(from);
    const [start, end = { kind: "CurrentRow", span: { start: span.end, end: span.end } }] = this.RECORDING_PHASE
      ? [NO_BOUND, NO_BOUND]
      : bounds;
    return { kind: "WindowFrame", unit, start, end, exclude: exclude ?? "no others", span };
  });

  private readonly frameBound: Production<FrameBound> = this.rule("frameBound", () => {
    const start = this.mark();
    return this.OR<FrameBound>([
      {
        GATE: () => this.is(2, K.PRECEDING, K.FOLLOWING),
        ALT: () => {
          this.CONSUME(K.UNBOUNDED);
          const kind = this.OR1<"UnboundedPreceding" | "UnboundedFollowing">([
            { ALT: () => this.constant(this.CONSUME(K.PRECEDING), "UnboundedPreceding") },
            { ALT: () => this.constant(this.CONSUME(K.FOLLOWING), "UnboundedFollowing") },
          ]);
          return { kind, span: this.spanFrom(start) };
        },
      },
      {
        GATE: () => this.is(2, K.ROW),
        ALT: () => {
          this.CONSUME(K.CURRENT);
          this.CONSUME(K.ROW);
          return { kind: "CurrentRow", span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          const offset = this.SUBRULE(this.expression);
          const kind = this.OR2<"Preceding" | "Following">([
            { ALT: () => this.constant(this.CONSUME1(K.PRECEDING), "Preceding") },
            { ALT: () => this.constant(this.CONSUME1(K.FOLLOWING), "Following") },
          ]);
          return { kind, offset, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  // -------------------------------------------------------------- building

  /** `value`, once the tokens are consumed. */
  protected constant<Value>(_tokens: unknown, value: Value): Value {
    return value;
  }

  /** A call of the function `name` that was written as `keyword`. */
  protected plainCall(
    name: string,
    keyword: { readonly startOffset: number; readonly endOffset?: number },
    values: readonly Expression[],
    start: number,
  ): FunctionCall {
    const span = { start: keyword.startOffset, end: keyword.endOffset! + 1 };
    return {
      kind: "FunctionCall",
      name: this.singleName({ kind: "Identifier", name, quoted: false, span }),
      args: values.map((value) => ({ kind: "FunctionArgument", name: undefined, value, span: value.span })),
      distinct: false,
      orderBy: undefined,
      withinGroup: undefined,
      filter: undefined,
      nulls: undefined,
      over: undefined,
      exportState: false,
      span: this.spanFrom(start),
    };
  }
}

const NO_BOUND: FrameBound = { kind: "CurrentRow", span: { start: 0, end: 0 } };
