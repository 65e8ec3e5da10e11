import { expect, test } from "vitest";
import { lex, numberText, stringValue, tokenize } from "../../../src/sql/tokenize.ts";

const images = (sql: string): string[] => lex(sql).map((token) => token.image);

test("longest operators first", () => {
  expect(images("a<=b<>c!=d||e::f->>g->h:=i=>j**k//l~~*m!~~n")).toEqual(
    "a <= b <> c != d || e :: f ->> g -> h := i => j ** k // l ~~* m !~~ n".split(" "),
  );
  expect(images("1<-1, 1=-1")).toEqual(["1", "<", "-", "1", ",", "1", "=", "-", "1"]);
});

test("numbers", () => {
  expect(images("1 1.5 .5 2. 1e3 1E-3 1_000 0x1F 1..2 t.1")).toEqual([
    "1",
    "1.5",
    ".5",
    "2.",
    "1e3",
    "1E-3",
    "1_000",
    "0x1F",
    "1",
    ".",
    ".2",
    "t",
    ".1",
  ]);
  expect(lex("1_000 0x1F 0b101 1_0.5").map(numberText)).toEqual(["1000", "31", "5", "10.5"]);
});

test("strings", () => {
  const values = lex("'it''s' 'a'\n  'b' E'\\t\\x41\\'\\\\' $$a'b$$ $q$a$$b$q$").map(stringValue);
  expect(values).toEqual(["it's", "ab", "\tA'\\", "a'b", "a$$b"]);
  expect(images("'a' 'b'")).toEqual(["'a'", "'b'"]);
});

test("comments", () => {
  expect(images("a--b\nc/* d /* e */ f */g-- end")).toEqual(["a", "c", "g"]);
});

test("words are keywords in any case; the rest are names", () => {
  expect(lex('select SeLeCt selec "select"').map((token) => token.tokenType.name)).toEqual([
    "SELECT",
    "SELECT",
    "Identifier",
    "QuotedIdentifier",
  ]);
});

test("tokenize is for highlighting: it keeps comments and never throws", () => {
  const sql = "SELECT a, 1 + $1 -- c\nFROM 't' \u0001 'open";
  expect(tokenize(sql).map(({ category, text }) => `${category} ${text}`)).toEqual([
    "keyword SELECT",
    "identifier a",
    "punctuation ,",
    "number 1",
    "operator +",
    "parameter $1",
    "comment -- c",
    "keyword FROM",
    "string 't'",
    "string 'open",
  ]);
  expect(tokenize("/* open").map(({ category, text }) => `${category} ${text}`)).toEqual(["comment /* open"]);
});
