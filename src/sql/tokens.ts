/**
 * Token types, made by hand in the shape that Chevrotain's parser reads: its own `createToken` costs 30 us each, and
 * its token categories more. Instead a token type has class bits, and the classes (`T.ColumnName`, ...) are token
 * types that never occur in the input: see `SqlGrammar.name` and the lookahead strategy.
 */
import type { IToken, TokenType } from "chevrotain";
import { BARE_LABEL, COLUMN_NAME, FUNCTION_NAME, KEYWORDS, type Keyword } from "./keywords.ts";

/** How a highlighter would colour it. */
export type TokenCategory =
  | "keyword"
  | "identifier"
  | "number"
  | "string"
  | "parameter"
  | "operator"
  | "punctuation"
  | "comment";

export interface SqlTokenType extends TokenType {
  readonly tokenTypeIdx: number;
  /** The classes this token belongs to: COLUMN_NAME | FUNCTION_NAME | BARE_LABEL | LABEL for a word, ... */
  readonly classes: number;
  /** For the class token types: a token whose `classes` has this bit belongs to it. For most tokens none. */
  readonly members: number;
  /** What to call it in an error: `","`, `an expression`. */
  readonly title: string;
  readonly category: TokenCategory;
}

/** `endOffset` is inclusive, as Chevrotain wants it. */
export interface SqlToken extends IToken {
  readonly tokenType: SqlTokenType;
}

/** More class bits: any word, an infix operator, a string, a number. */
const LABEL = 8;
const OPERATOR = 16;
const STRING = 32;
const NUMBER = 64;

// Chevrotain's own EOF has index 1.
const FIRST_INDEX = 4;
const all: SqlTokenType[] = [];

function define(name: string, title: string, category: TokenCategory, classes = 0, members = 0): SqlTokenType {
  const type: SqlTokenType = {
    name,
    title,
    category,
    classes,
    members,
    tokenTypeIdx: FIRST_INDEX + all.length,
    CATEGORIES: [],
    categoryMatches: [],
    categoryMatchesMap: {},
    isParent: false,
  };
  all.push(type);
  return type;
}

const ANY_NAME = COLUMN_NAME | FUNCTION_NAME | BARE_LABEL | LABEL;

type LexicalName =
  | "Identifier"
  | "QuotedIdentifier"
  | "String"
  | "EscapeString"
  | "DollarString"
  | "Blob"
  | "Integer"
  | "Decimal"
  | "Double"
  | "Parameter"
  | "ColumnName"
  | "FunctionName"
  | "BareLabel"
  | "Label"
  | "AnyName"
  | "AnyOperator"
  | "AnyString"
  | "AnyNumber";

/** Everything that is no keyword and no operator. */
export const T: Readonly<Record<LexicalName, SqlTokenType>> = {
  Identifier: define("Identifier", "a name", "identifier", ANY_NAME),
  QuotedIdentifier: define("QuotedIdentifier", "a name", "identifier", ANY_NAME),
  String: define("String", "a string", "string", STRING),
  EscapeString: define("EscapeString", "a string", "string", STRING),
  DollarString: define("DollarString", "a string", "string", STRING),
  Blob: define("Blob", "a blob", "string"),
  Integer: define("Integer", "a number", "number", NUMBER),
  Decimal: define("Decimal", "a number", "number", NUMBER),
  Double: define("Double", "a number", "number", NUMBER),
  Parameter: define("Parameter", "a parameter", "parameter"),
  ColumnName: define("ColumnName", "a name", "identifier", 0, COLUMN_NAME),
  FunctionName: define("FunctionName", "a name", "identifier", 0, FUNCTION_NAME),
  BareLabel: define("BareLabel", "a name", "identifier", 0, BARE_LABEL),
  Label: define("Label", "a name", "identifier", 0, LABEL),
  AnyName: define("AnyName", "a name", "identifier", 0, COLUMN_NAME | FUNCTION_NAME),
  AnyOperator: define("AnyOperator", "an operator", "operator", 0, OPERATOR),
  AnyString: define("AnyString", "a string", "string", 0, STRING),
  AnyNumber: define("AnyNumber", "a number", "number", 0, NUMBER),
};

const operator = (text: string): SqlTokenType => define(text, `"${text}"`, "operator", OPERATOR);
const punctuation = (text: string): SqlTokenType => define(text, `"${text}"`, "punctuation");

type SymbolName =
  | "LeftParen"
  | "RightParen"
  | "LeftBracket"
  | "RightBracket"
  | "LeftBrace"
  | "RightBrace"
  | "Comma"
  | "Semicolon"
  | "Dot"
  | "Colon"
  | "DoubleColon"
  | "Assign"
  | "Named"
  | "Equal"
  | "Plus"
  | "Minus"
  | "Star"
  | "Percent"
  | "Tilde"
  | "At"
  | "Bang"
  | "Hash"
  | "Arrow"
  | "Less"
  | "Greater"
  | "ShiftRight";

/** The symbols that the grammar calls by name. */
export const P: Readonly<Record<SymbolName, SqlTokenType>> = {
  LeftParen: punctuation("("),
  RightParen: punctuation(")"),
  LeftBracket: punctuation("["),
  RightBracket: punctuation("]"),
  LeftBrace: punctuation("{"),
  RightBrace: punctuation("}"),
  Comma: punctuation(","),
  Semicolon: punctuation(";"),
  Dot: punctuation("."),
  Colon: punctuation(":"),
  DoubleColon: punctuation("::"),
  Assign: punctuation(":="),
  Named: punctuation("=>"),
  Equal: operator("="),
  Plus: operator("+"),
  Minus: operator("-"),
  Star: operator("*"),
  Percent: operator("%"),
  Tilde: operator("~"),
  At: punctuation("@"),
  Bang: punctuation("!"),
  Hash: punctuation("#"),
  Arrow: operator("->"),
  Less: operator("<"),
  Greater: operator(">"),
  ShiftRight: operator(">>"),
};

/** Operators that the grammar only knows as "an infix operator of this precedence". */
const INFIX = [
  ..."<= >= <> != ==".split(" "),
  ..."/ // ^ ** || & | << !~ ~* !~* ^@ @> <@ && ->> <-> <=> <#> #> #>> ~~ ~~* !~~ !~~* ~~~".split(" "),
];

/** From operator or punctuation text to its token type. */
export const SYMBOLS: ReadonlyMap<string, SqlTokenType> = new Map([
  ...Object.values(P).map((type): [string, SqlTokenType] => [type.name, type]),
  ...INFIX.map((text): [string, SqlTokenType] => [text, operator(text)]),
]);

/** Keyword token types by upper-case keyword. */
export const K: { readonly [W in Keyword]: SqlTokenType } = Object.fromEntries(
  Array.from(KEYWORDS, ([word, classes]) => [word, define(word, word, "keyword", classes | LABEL)]),
) as { [W in Keyword]: SqlTokenType };

export const TOKEN_TYPES: readonly SqlTokenType[] = all;

/** One more than the greatest `tokenTypeIdx`. */
export const TOKEN_INDEX_LIMIT: number = FIRST_INDEX + all.length;
