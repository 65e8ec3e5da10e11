/**
 * What all parts of the grammar share: names, spans, the nesting limit.
 *
 * Rules are Chevrotain rules with embedded actions. While Chevrotain records the grammar, once per parser, tokens and
 * results of subrules are placeholders: an action may store them, and looks inside only under `ACTION`.
 */
import type { IToken, TokenType } from "chevrotain";
import { HeadraceError, type Span } from "../../error.ts";
import type { Expression, Identifier, ObjectName, Query } from "../ast.ts";
import { P, T, type SqlToken, type SqlTokenType } from "../tokens.ts";
import { nameText } from "../tokenize.ts";
import { Parser, type Production } from "./parser.ts";

/** Expressions, queries and types inside each other. Deeper text is an error, so that recursion cannot exhaust the stack. */
export const MAX_DEPTH = 500;

export abstract class BaseGrammar extends Parser {
  protected abstract readonly expression: Production<Expression, [minimum?: number]>;
  protected abstract readonly query: Production<Query>;
  /** Set operations, ORDER BY and LIMIT behind a query in parentheses. */
  protected abstract readonly queryRest: Production<Query, [first: Query | undefined]>;

  #sql = "";
  #depth = 0;
  /** `?` seen so far in this statement. */
  protected parameters = 0;

  /** Starts a new text. */
  load(sql: string, tokens: SqlToken[]): void {
    this.#sql = sql;
    this.#depth = 0;
    this.parameters = 0;
    this.input = tokens;
  }

  // -------------------------------------------------------------- tokens and spans

  protected peek(distance: number): SqlTokenType {
    return this.LA(distance).tokenType as SqlTokenType;
  }

  protected is(distance: number, ...types: readonly SqlTokenType[]): boolean {
    return types.includes(this.peek(distance));
  }

  /** Where the next token begins. */
  protected mark(): number {
    return this.LA(1).startOffset;
  }

  /** From `start` to the end of the token before. */
  protected spanFrom(start: number): Span {
    return { start, end: this.LA(0).endOffset! + 1 };
  }

  protected fail(message: string, span: Span, hint?: string): never {
    throw new HeadraceError("syntax", message, { span, hint, sql: this.#sql });
  }

  /** The syntax of something that there is not. */
  protected refuse(feature: string, span: Span): never {
    throw new HeadraceError("unsupported", `${feature} is not supported yet`, { span, sql: this.#sql });
  }

  /** A word that is no keyword. */
  protected isWord(distance: number, word: string): boolean {
    return this.peek(distance) === T.Identifier && this.LA(distance).image.toUpperCase() === word;
  }

  // -------------------------------------------------------------- nesting

  protected enter(): void {
    if (++this.#depth > MAX_DEPTH) {
      const token = this.LA(1);
      const start = Number.isNaN(token.startOffset) ? this.#sql.length : token.startOffset;
      this.fail(`nested too deeply: more than ${MAX_DEPTH} levels`, { start, end: start + 1 });
    }
  }

  protected leave(levels: number = 1): void {
    this.#depth -= levels;
  }

  // -------------------------------------------------------------- names

  /** A token of one of the name classes (T.ColumnName, ...), whichever its own type. */
  protected word(index: number, nameClass: SqlTokenType): SqlToken {
    return this.consume(index, this.RECORDING_PHASE ? nameClass : this.memberOf(nameClass)) as SqlToken;
  }

  protected memberOf(nameClass: SqlTokenType): TokenType {
    const type = this.peek(1);
    return (type.classes & nameClass.members) !== 0 ? type : nameClass;
  }

  protected isName(distance: number, nameClass: SqlTokenType): boolean {
    return (this.peek(distance).classes & nameClass.members) !== 0;
  }

  protected toIdentifier(token: IToken): Identifier {
    const start = token.startOffset;
    const quoted = token.tokenType === T.QuotedIdentifier;
    const name = this.RECORDING_PHASE ? "" : nameText(token as SqlToken);
    return { kind: "Identifier", name, quoted, span: { start, end: token.endOffset! + 1 } };
  }

  protected readonly columnName: Production<Identifier> = this.rule("columnName", () =>
    this.toIdentifier(this.word(0, T.ColumnName)),
  );
  /** Any word at all: after a dot or AS. */
  protected readonly label: Production<Identifier> = this.rule("label", () => this.toIdentifier(this.word(0, T.Label)));

  protected readonly objectName: Production<ObjectName> = this.rule("objectName", () => {
    const start = this.mark();
    const parts = [this.toIdentifier(this.word(0, T.ColumnName))];
    this.MANY(() => {
      this.CONSUME(P.Dot);
      parts.push(this.toIdentifier(this.word(1, T.Label)));
    });
    return { kind: "ObjectName", parts, span: this.spanFrom(start) };
  });

  /** `(a, b)`. */
  protected readonly columnList: Production<readonly Identifier[]> = this.rule("columnList", () => {
    const columns: Identifier[] = [];
    this.CONSUME(P.LeftParen);
    this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => columns.push(this.SUBRULE(this.columnName)) });
    this.CONSUME(P.RightParen);
    return columns;
  });

  protected singleName(name: Identifier): ObjectName {
    return { kind: "ObjectName", parts: [name], span: name.span };
  }
}
