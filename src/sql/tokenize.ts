/**
 * The scanner: one pass over the text, no regular expressions. PostgreSQL's lexical rules with DuckDB's numbers and
 * the backticks of Flink.
 */
import { HeadraceError, type Span } from "../error.ts";
import { KEYWORDS, type Keyword } from "./keywords.ts";
import { K, SYMBOLS, T, type SqlToken, type SqlTokenType, type TokenCategory } from "./tokens.ts";

export type Token = { readonly category: TokenCategory; readonly text: string; readonly span: Span };

/**
 * The tokens and comments of any text, for highlighting: never throws. What is unterminated runs to the end; characters
 * outside the language are left out.
 */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  const add = (category: TokenCategory, start: number, end: number): void => {
    tokens.push({ category, text: sql.slice(start, end), span: { start, end } });
  };
  scan(sql, {
    token: (type, start, end) => add(type.category, start, end),
    comment: (start, end) => add("comment", start, end),
    error: (_message, start, _end, type) => {
      if (type !== undefined) add(type, start, sql.length);
    },
  });
  return tokens;
}

/** The parser's input. Throws `syntax` on characters outside the language and on unterminated strings and comments. */
export function lex(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  scan(sql, {
    token: (tokenType, start, end) => {
      tokens.push({
        image: sql.slice(start, end),
        startOffset: start,
        endOffset: end - 1,
        tokenTypeIdx: tokenType.tokenTypeIdx,
        tokenType,
      });
    },
    comment: () => {},
    error: (message, start, end) => {
      throw new HeadraceError("syntax", message, { span: { start, end }, sql });
    },
  });
  return tokens;
}

type Sink = {
  readonly token: (type: SqlTokenType, start: number, end: number) => void;
  readonly comment: (start: number, end: number) => void;
  /** `category`: what the text began as that does not end; the scanner then stops. */
  readonly error: (message: string, start: number, end: number, category?: TokenCategory) => void;
};

const MAX_OPERATOR = 4;

function scan(sql: string, sink: Sink): void {
  const length = sql.length;
  let at = 0;
  while (at < length) {
    const start = at;
    const code = sql.charCodeAt(at);
    if (isSpace(code)) {
      at++;
    } else if (isWordStart(code)) {
      const next = sql.charCodeAt(at + 1);
      if (next === QUOTE && (code === 101 || code === 69)) {
        at = text(sql, sink, T.EscapeString, start, quotedEnd(sql, at + 2, QUOTE, true), "string");
      } else if (next === QUOTE && (code === 120 || code === 88)) {
        at = text(sql, sink, T.Blob, start, quotedEnd(sql, at + 2, QUOTE, false), "blob");
      } else {
        at++;
        while (at < length && isWord(sql.charCodeAt(at))) at++;
        sink.token(wordType(sql, start, at), start, at);
      }
    } else if (isDigit(code) || (code === DOT && isDigit(sql.charCodeAt(at + 1)))) {
      at = number(sql, sink, start);
    } else if (code === QUOTE) {
      at = text(sql, sink, T.String, start, stringEnd(sql, at), "string");
    } else if (code === DOUBLE_QUOTE || code === BACKTICK) {
      const end = quotedEnd(sql, at + 1, code, false);
      if (end === at + 2) sink.error("a quoted name cannot be empty", start, end);
      at = text(sql, sink, T.QuotedIdentifier, start, end, "quoted name");
    } else if (code === MINUS && sql.charCodeAt(at + 1) === MINUS) {
      const newline = sql.indexOf("\n", at);
      at = newline < 0 ? length : newline;
      sink.comment(start, at);
    } else if (code === SLASH && sql.charCodeAt(at + 1) === STAR) {
      const end = commentEnd(sql, at + 2);
      at = end < 0 ? length : end;
      if (end < 0) sink.error("unterminated comment", start, start + 2, "comment");
      else sink.comment(start, at);
    } else if (code === DOLLAR) {
      at = dollar(sql, sink, start);
    } else if (code === QUESTION) {
      at++;
      sink.token(T.Parameter, start, at);
    } else {
      at = symbol(sql, sink, start);
    }
  }
}

// ---------------------------------------------------------------- words and symbols

const LONGEST_KEYWORD = 17;

function wordType(sql: string, start: number, end: number): SqlTokenType {
  if (end - start > LONGEST_KEYWORD) return T.Identifier;
  const word = sql.slice(start, end).toUpperCase() as Keyword;
  return KEYWORDS.has(word) ? K[word] : T.Identifier;
}

function symbol(sql: string, sink: Sink, start: number): number {
  for (let size = Math.min(MAX_OPERATOR, sql.length - start); size > 0; size--) {
    const type = SYMBOLS.get(sql.slice(start, start + size));
    if (type === undefined) continue;
    sink.token(type, start, start + size);
    return start + size;
  }
  const end = start + (sql.codePointAt(start)! > 0xffff ? 2 : 1);
  sink.error(`unexpected character ${JSON.stringify(sql.slice(start, end))}`, start, end);
  return end;
}

// ---------------------------------------------------------------- numbers

function number(sql: string, sink: Sink, start: number): number {
  const radixEnd = radixNumberEnd(sql, start);
  if (radixEnd > 0) {
    sink.token(T.Integer, start, radixEnd);
    return radixEnd;
  }
  let type: SqlTokenType = T.Integer;
  let at = digitsEnd(sql, start);
  if (sql.charCodeAt(at) === DOT && sql.charCodeAt(at + 1) !== DOT) {
    type = T.Decimal;
    at = digitsEnd(sql, at + 1);
  }
  const code = sql.charCodeAt(at);
  if (code === 101 || code === 69) {
    const sign = sql.charCodeAt(at + 1);
    const digits = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
    if (isDigit(sql.charCodeAt(digits))) {
      type = T.Double;
      at = digitsEnd(sql, digits);
    }
  }
  sink.token(type, start, at);
  return at;
}

/** The end of `0x1F`, `0o17`, `0b101`, or 0. */
function radixNumberEnd(sql: string, start: number): number {
  if (sql.charCodeAt(start) !== ZERO) return 0;
  const radix = sql.charCodeAt(start + 1) | 32;
  const isRadixDigit =
    radix === 120 ? isHexDigit : radix === 111 ? isOctalDigit : radix === 98 ? isBinaryDigit : undefined;
  if (isRadixDigit === undefined) return 0;
  let at = start + 2;
  while (
    isRadixDigit(sql.charCodeAt(at)) ||
    (sql.charCodeAt(at) === UNDERSCORE && isRadixDigit(sql.charCodeAt(at + 1)))
  )
    at++;
  return at > start + 2 && !isWord(sql.charCodeAt(at)) ? at : 0;
}

function digitsEnd(sql: string, start: number): number {
  let at = start;
  while (
    isDigit(sql.charCodeAt(at)) ||
    (sql.charCodeAt(at) === UNDERSCORE && at > start && isDigit(sql.charCodeAt(at + 1)))
  )
    at++;
  return at;
}

// ---------------------------------------------------------------- strings and comments

/** Sends a quoted token, or an error at its opening when `end` is negative. Returns where to go on. */
function text(sql: string, sink: Sink, type: SqlTokenType, start: number, end: number, what: string): number {
  if (end >= 0) {
    sink.token(type, start, end);
    return end;
  }
  sink.error(
    `unterminated ${what}`,
    start,
    type === T.EscapeString || type === T.Blob ? start + 2 : start + 1,
    type.category,
  );
  return sql.length;
}

/** Behind the closing quote, or -1. */
function quotedEnd(sql: string, from: number, quote: number, escapes: boolean): number {
  for (let at = from; at < sql.length; at++) {
    const code = sql.charCodeAt(at);
    if (escapes && code === BACKSLASH) at++;
    else if (code === quote) {
      if (sql.charCodeAt(at + 1) !== quote) return at + 1;
      at++;
    }
  }
  return -1;
}

/** Strings that only whitespace with a newline separates are one: `'a'\n'b'` is 'ab'. */
function stringEnd(sql: string, start: number): number {
  let end = quotedEnd(sql, start + 1, QUOTE, false);
  while (end >= 0) {
    let at = end;
    let newline = false;
    while (isSpace(sql.charCodeAt(at))) newline = sql.charCodeAt(at++) === NEWLINE || newline;
    if (!newline || sql.charCodeAt(at) !== QUOTE) return end;
    end = quotedEnd(sql, at + 1, QUOTE, false);
  }
  return end;
}

/** `$tag$ ... $tag$` or a parameter: `$1`, `$name`. */
function dollar(sql: string, sink: Sink, start: number): number {
  let at = start + 1;
  while (isWord(sql.charCodeAt(at)) && sql.charCodeAt(at) !== DOLLAR) at++;
  if (sql.charCodeAt(at) === DOLLAR && !isDigit(sql.charCodeAt(start + 1))) {
    const tag = sql.slice(start, at + 1);
    const close = sql.indexOf(tag, at + 1);
    return text(sql, sink, T.DollarString, start, close < 0 ? -1 : close + tag.length, "string");
  }
  if (at === start + 1) sink.error('unexpected character "$"', start, at);
  else sink.token(T.Parameter, start, at);
  return at;
}

/** Comments nest. Behind the closing, or -1. */
function commentEnd(sql: string, from: number): number {
  let depth = 1;
  for (let at = from; at < sql.length - 1; at++) {
    const code = sql.charCodeAt(at);
    const next = sql.charCodeAt(at + 1);
    if (code === STAR && next === SLASH) {
      at++;
      if (--depth === 0) return at + 1;
    } else if (code === SLASH && next === STAR) {
      at++;
      depth++;
    }
  }
  return -1;
}

// ---------------------------------------------------------------- values of tokens

/** The string that a String, EscapeString or DollarString token means. */
export function stringValue(token: SqlToken): string {
  const { image } = token;
  switch (token.tokenType) {
    case T.EscapeString:
      return unescape(image.slice(2, -1));
    case T.DollarString: {
      const tag = image.indexOf("$", 1) + 1;
      return image.slice(tag, -tag);
    }
    default: {
      const inner = image.slice(1, -1);
      if (!inner.includes("'")) return inner;
      return inner.replaceAll(/''|'\s+'/g, (quotes) => (quotes === "''" ? "'" : ""));
    }
  }
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function unescape(inner: string): string {
  return inner.replaceAll(
    /''|\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([^]))/g,
    (all, hex?: string, short?: string, long?: string, octal?: string, other?: string) => {
      if (all === "''") return "'";
      const digits = hex ?? short ?? long;
      if (digits !== undefined) return codePoint(Number.parseInt(digits, 16));
      if (octal !== undefined) return codePoint(Number.parseInt(octal, 8));
      return ESCAPES[other!] ?? other!;
    },
  );
}

function codePoint(value: number): string {
  return value <= 0x10ffff ? String.fromCodePoint(value) : "\ufffd";
}

/** A number as decimal text: no underscores, radix integers converted. */
export function numberText(token: SqlToken): string {
  const image = token.image.includes("_") ? token.image.replaceAll("_", "") : token.image;
  return token.tokenType === T.Integer && image.length > 2 && image.charCodeAt(1) > 57
    ? BigInt(image.toLowerCase()).toString()
    : image;
}

/** A name without its quotes. */
export function nameText(token: SqlToken): string {
  const { image, tokenType } = token;
  if (tokenType !== T.QuotedIdentifier) return image;
  const quote = image.charAt(0);
  return image.slice(1, -1).replaceAll(quote + quote, quote);
}

// ---------------------------------------------------------------- character classes

const NEWLINE = 10;
const DOUBLE_QUOTE = 34;
const DOLLAR = 36;
const QUOTE = 39;
const STAR = 42;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const ZERO = 48;
const QUESTION = 63;
const BACKSLASH = 92;
const BACKTICK = 96;
const UNDERSCORE = 95;

function isSpace(code: number): boolean {
  return (
    code === 32 ||
    (code >= 9 && code <= 13) ||
    code === 0xa0 ||
    code === 0xfeff ||
    (code >= 0x2000 && code <= 0x200b) ||
    code === 0x202f ||
    code === 0x3000
  );
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || ((code | 32) >= 97 && (code | 32) <= 102);
}

function isOctalDigit(code: number): boolean {
  return code >= 48 && code <= 55;
}

function isBinaryDigit(code: number): boolean {
  return code === 48 || code === 49;
}

function isWordStart(code: number): boolean {
  return ((code | 32) >= 97 && (code | 32) <= 122) || code === UNDERSCORE || (code >= 128 && !isSpace(code));
}

function isWord(code: number): boolean {
  return isWordStart(code) || isDigit(code) || code === DOLLAR;
}
