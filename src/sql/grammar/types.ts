/** Type names: `DECIMAL(10, 2)`, `STRUCT(a INTEGER[])`, `TIMESTAMP WITH TIME ZONE`. */
import type { Expression, Identifier, IntervalUnit, ObjectName, Query, TypeField, TypeName } from "../ast.ts";
import { K, P, T, type SqlToken } from "../tokens.ts";
import { stringValue } from "../tokenize.ts";
import { BaseGrammar } from "./base.ts";
import type { Production } from "./parser.ts";

export abstract class TypeGrammar extends BaseGrammar {
  protected readonly typeName: Production<TypeName> = this.rule("typeName", () => {
    this.enter();
    const start = this.mark();
    let type = this.OR<TypeName>([
      { GATE: () => this.is(1, K.STRUCT, K.ROW) && this.is(2, P.LeftParen), ALT: () => this.SUBRULE(this.structType) },
      { GATE: () => this.is(1, K.MAP) && this.is(2, P.LeftParen), ALT: () => this.SUBRULE(this.mapType) },
      { GATE: () => this.is(1, K.UNION), ALT: () => this.SUBRULE(this.unionType) },
      { GATE: () => this.is(2, P.LeftParen), ALT: () => this.SUBRULE(this.enumType) },
      { ALT: () => this.SUBRULE(this.namedType) },
    ]);
    this.MANY(() => {
      this.OR1([
        {
          ALT: () => {
            this.CONSUME(P.LeftBracket);
            const size = this.OPTION(() => this.CONSUME(T.Integer));
            this.CONSUME(P.RightBracket);
            type = this.suffixed(type, start, size?.image);
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
            type = this.suffixed(type, start, size?.image);
          },
        },
      ]);
    });
    this.leave();
    return type;
  });

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
      GATE: () => (first.tokenType === K.TIMESTAMP || first.tokenType === K.TIME) && this.is(2, K.TIME),
      DEF: () => {
        zoned = this.OR([
          { ALT: () => this.CONSUME(K.WITH) !== undefined },
          { ALT: () => this.CONSUME(K.WITHOUT) === undefined },
        ]);
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
    this.CONSUME(P.LeftParen);
    const key = this.SUBRULE(this.typeName);
    this.CONSUME(P.Comma);
    const value = this.SUBRULE1(this.typeName);
    this.CONSUME(P.RightParen);
    return { kind: "MapType", key, value, span: this.spanFrom(start) };
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
    this.CONSUME(P.LeftParen);
    this.AT_LEAST_ONE_SEP({
      SEP: P.Comma,
      DEF: () => {
        const start = this.mark();
        // A field without a name is followed by nothing that could be its type.
        const named = !this.is(2, P.Comma, P.RightParen, P.LeftParen, P.LeftBracket, P.Dot);
        const name = this.OPTION({ GATE: () => named, DEF: () => this.SUBRULE(this.label) });
        const type = this.SUBRULE(this.typeName);
        fields.push({ kind: "TypeField", name, type, span: this.spanFrom(start) });
      },
    });
    this.CONSUME(P.RightParen);
    this.leave();
    return fields;
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
