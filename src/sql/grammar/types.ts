/** Type names: `DECIMAL(10, 2)`, `STRUCT(a INTEGER[])`, `TIMESTAMP WITH TIME ZONE`. */
import type { Expression, Identifier, IntervalUnit, ObjectName, Query, TypeField, TypeName } from "../ast.ts";
import { K, P, T, type SqlToken } from "../tokens.ts";
import { stringValue } from "../tokenize.ts";
import { BaseGrammar } from "./base.ts";
import type { Production } from "./parser.ts";

export abstract class TypeGrammar extends BaseGrammar {
  /** `<` of types that are open. */
  #angles = 0;
  /** The type around has been closed by the second half of `>>`. */
  #closed = false;

  override load(sql: string, tokens: SqlToken[]): void {
    this.#angles = 0;
    this.#closed = false;
    super.load(sql, tokens);
  }

  protected readonly typeName: Production<TypeName> = this.rule("typeName", () => {
    this.enter();
    const start = this.mark();
    let type = this.OR<TypeName>([
      {
        GATE: () => this.is(1, K.STRUCT, K.ROW) && this.is(2, P.LeftParen, P.Less),
        ALT: () => this.SUBRULE(this.structType),
      },
      { GATE: () => this.is(1, K.MAP) && this.is(2, P.LeftParen, P.Less), ALT: () => this.SUBRULE(this.mapType) },
      { GATE: () => this.is(2, P.Less), ALT: () => this.SUBRULE(this.arrayType) },
      { GATE: () => this.is(1, K.UNION), ALT: () => this.SUBRULE(this.unionType) },
      { GATE: () => this.is(2, P.LeftParen), ALT: () => this.SUBRULE(this.enumType) },
      { ALT: () => this.SUBRULE(this.namedType) },
    ]);
    this.MANY({
      GATE: () => !this.#closed,
      DEF: () => {
        type = this.SUBRULE(this.typeSuffix, { ARGS: [type, start] });
      },
    });
    this.leave();
    return type;
  });

  private readonly typeSuffix: Production<TypeName, [element: TypeName, start: number]> = this.rule(
    "typeSuffix",
    (element: TypeName, start: number) =>
      this.OR<TypeName>([
        {
          ALT: () => {
            this.CONSUME(P.LeftBracket);
            const size = this.OPTION(() => this.CONSUME(T.Integer));
            this.CONSUME(P.RightBracket);
            return this.suffixed(element, start, size?.image);
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.ARRAY);
            const size = this.OPTION1(() => {
              this.CONSUME1(P.LeftBracket);
              const token = this.CONSUME1(T.Integer);
              this.CONSUME1(P.RightBracket);
              return token;
            });
            return this.suffixed(element, start, size?.image);
          },
        },
      ]),
  );

  private suffixed(element: TypeName, start: number, size: string | undefined): TypeName {
    const span = this.spanFrom(start);
    if (size === undefined) return { kind: "ListType", element, span };
    return { kind: "ArrayType", element, size: Number(size.replaceAll("_", "")), span };
  }

  private readonly namedType: Production<TypeName> = this.rule("namedType", () => {
    const start = this.mark();
    const parts: Identifier[] = [];
    const first = this.word(0, T.AnyName);
    parts.push(this.toIdentifier(first));
    this.MANY(() => {
      this.CONSUME(P.Dot);
      parts.push(this.toIdentifier(this.word(1, T.Label)));
    });
    this.OPTION({ GATE: () => first.tokenType === K.DOUBLE, DEF: () => this.CONSUME(K.PRECISION) });
    const varying = this.OPTION1({ GATE: () => isCharacter(first), DEF: () => this.CONSUME(K.VARYING) });
    const modifiers: Expression[] = [];
    this.OPTION2(() => {
      this.CONSUME(P.LeftParen);
      this.MANY_SEP({ SEP: P.Comma, DEF: () => modifiers.push(this.SUBRULE(this.expression)) });
      this.CONSUME(P.RightParen);
    });
    let zoned = false;
    this.OPTION3({
      GATE: () =>
        (first.tokenType === K.TIMESTAMP || first.tokenType === K.TIME) &&
        (this.is(2, K.TIME) || (this.is(2, K.LOCAL) && this.is(3, K.TIME))),
      DEF: () => {
        zoned = this.OR([
          { ALT: () => this.CONSUME(K.WITH) !== undefined },
          { ALT: () => this.CONSUME(K.WITHOUT) === undefined },
        ]);
        this.OPTION6(() => this.CONSUME(K.LOCAL));
        this.CONSUME(K.TIME);
        this.CONSUME(K.ZONE);
      },
    });
    // The fields of an INTERVAL type do not restrict it.
    this.OPTION4({
      GATE: () => first.tokenType === K.INTERVAL && this.isUnit(1),
      DEF: () => {
        this.unit(2);
        this.OPTION5({
          GATE: () => this.isUnit(2),
          DEF: () => {
            this.CONSUME(K.TO);
            this.unit(3);
          },
        });
      },
    });
    const nameSpan = { start, end: first.endOffset! + 1 };
    const renamed =
      parts.length > 1
        ? undefined
        : zoned
          ? `${first.image.toUpperCase()}TZ`
          : varying !== undefined || isCharacter(first)
            ? "VARCHAR"
            : undefined;
    const name: ObjectName =
      renamed === undefined
        ? { kind: "ObjectName", parts, span: nameSpan }
        : this.singleName({ kind: "Identifier", name: renamed, quoted: false, span: nameSpan });
    return { kind: "NamedType", name, modifiers, span: this.spanFrom(start) };
  });

  private readonly structType: Production<TypeName> = this.rule("structType", () => {
    const start = this.mark();
    this.OR([{ ALT: () => this.CONSUME(K.STRUCT) }, { ALT: () => this.CONSUME(K.ROW) }]);
    const fields = this.SUBRULE(this.typeFields);
    return { kind: "StructType", fields, span: this.spanFrom(start) };
  });

  private readonly unionType: Production<TypeName> = this.rule("unionType", () => {
    const start = this.mark();
    this.CONSUME(K.UNION);
    const members = this.SUBRULE(this.typeFields);
    return { kind: "UnionType", members, span: this.spanFrom(start) };
  });

  private readonly mapType: Production<TypeName> = this.rule("mapType", () => {
    const start = this.mark();
    this.CONSUME(K.MAP);
    const angled = this.SUBRULE(this.openType);
    const key = this.SUBRULE(this.typeName);
    this.CONSUME(P.Comma);
    const value = this.SUBRULE1(this.typeName);
    this.SUBRULE(this.closeType, { ARGS: [angled] });
    return { kind: "MapType", key, value, span: this.spanFrom(start) };
  });

  /** `ARRAY<INTEGER>`, a list. */
  private readonly arrayType: Production<TypeName> = this.rule("arrayType", () => {
    const start = this.mark();
    this.CONSUME(K.ARRAY);
    const angled = this.SUBRULE(this.openType);
    const element = this.SUBRULE(this.typeName);
    this.SUBRULE(this.closeType, { ARGS: [angled] });
    return { kind: "ListType", element, span: this.spanFrom(start) };
  });

  /** `(`, or `<` as Flink has it: true. */
  private readonly openType: Production<boolean> = this.rule("openType", () =>
    this.OR([
      {
        ALT: () => {
          this.CONSUME(P.LeftParen);
          return false;
        },
      },
      {
        ALT: () => {
          this.CONSUME(P.Less);
          this.#angles++;
          return true;
        },
      },
    ]),
  );

  /** `>>` is one token that closes two types: the inner one takes it. */
  private readonly closeType: Production<void, [angled: boolean]> = this.rule("closeType", (angled: boolean) => {
    if (angled) this.#angles--;
    if (angled && this.#closed) this.#closed = false;
    else
      this.OR({
        ERR_MSG: (angled ? P.Greater : P.RightParen).title,
        DEF: [
          { GATE: () => !angled, ALT: () => this.CONSUME(P.RightParen) },
          { GATE: () => angled, ALT: () => this.CONSUME(P.Greater) },
          {
            GATE: () => angled && this.#angles > 0,
            ALT: () => {
              this.CONSUME(P.ShiftRight);
              this.#closed = !this.RECORDING_PHASE;
            },
          },
        ],
      });
  });

  private readonly enumType: Production<TypeName> = this.rule("enumType", () => {
    const start = this.mark();
    this.CONSUME(K.ENUM);
    this.CONSUME(P.LeftParen);
    const values = this.OR<readonly string[] | Query>([
      { ALT: () => this.SUBRULE(this.query) },
      {
        ALT: () => {
          const labels: string[] = [];
          this.MANY_SEP({ SEP: P.Comma, DEF: () => labels.push(this.stringText(0)) });
          return labels;
        },
      },
    ]);
    this.CONSUME(P.RightParen);
    return { kind: "EnumType", values, span: this.spanFrom(start) };
  });

  private readonly typeFields: Production<readonly TypeField[]> = this.rule("typeFields", () => {
    this.enter();
    const fields: TypeField[] = [];
    const angled = this.SUBRULE(this.openType);
    fields.push(this.SUBRULE(this.typeField));
    this.MANY({
      GATE: () => !this.#closed,
      DEF: () => {
        this.CONSUME(P.Comma);
        fields.push(this.SUBRULE1(this.typeField));
      },
    });
    this.SUBRULE(this.closeType, { ARGS: [angled] });
    this.leave();
    return fields;
  });

  private readonly typeField: Production<TypeField> = this.rule("typeField", () => {
    const start = this.mark();
    // A field without a name is followed by nothing that could be its type.
    const named = !this.is(
      2,
      P.Comma,
      P.RightParen,
      P.LeftParen,
      P.LeftBracket,
      P.Dot,
      P.Less,
      P.Greater,
      P.ShiftRight,
    );
    const name = this.OPTION({ GATE: () => named, DEF: () => this.SUBRULE(this.label) });
    const type = this.SUBRULE(this.typeName);
    return { kind: "TypeField", name, type, span: this.spanFrom(start) };
  });

  protected isUnit(distance: number): boolean {
    return this.peek(distance) === T.Identifier && UNITS.has(this.LA(distance).image.toLowerCase());
  }

  protected unit(index: number): IntervalUnit | undefined {
    return UNITS.get(this.consume(index, T.Identifier).image.toLowerCase());
  }

  /** The value of a string token of any form. */
  protected stringText(index: number): string {
    const token = this.word(index, T.AnyString);
    return this.RECORDING_PHASE ? "" : stringValue(token);
  }
}

function isCharacter(token: SqlToken): boolean {
  return token.tokenType === K.CHARACTER || (token.tokenType === T.Identifier && token.image.toUpperCase() === "CHAR");
}

const UNIT_NAMES: readonly IntervalUnit[] = [
  "millennium",
  "century",
  "decade",
  "year",
  "quarter",
  "month",
  "week",
  "day",
  "hour",
  "minute",
  "second",
  "millisecond",
  "microsecond",
];

/** Singular, plural and irregular spellings. */
const UNITS: ReadonlyMap<string, IntervalUnit> = new Map([
  ...UNIT_NAMES.map((unit): [string, IntervalUnit] => [unit, unit]),
  ...UNIT_NAMES.map((unit): [string, IntervalUnit] => [`${unit}s`, unit]),
  ["millennia", "millennium"],
  ["centuries", "century"],
]);
