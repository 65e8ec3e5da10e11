import { describe, expect, it } from "vitest";
import { splitStatements } from "../../src/cli/split.ts";

describe("splitStatements", () => {
  it.each([
    ["SELECT 1", ["SELECT 1"]],
    ["SELECT 1; SELECT 2;", ["SELECT 1", " SELECT 2"]],
    ["", []],
    [" ;; -- nothing\n /* nothing; */ ;", []],
    ["SELECT ';' ; SELECT \";\"", ["SELECT ';' ", ' SELECT ";"']],
    ["SELECT `a;``b`; x", ["SELECT `a;``b`", " x"]],
    ["SELECT 'it'';s'; x", ["SELECT 'it'';s'", " x"]],
    ["SELECT E'\\';'; x", ["SELECT E'\\';'", " x"]],
    ["SELECT 'C:\\'; x", ["SELECT 'C:\\'", " x"]],
    ["SELECT $$;$$; x", ["SELECT $$;$$", " x"]],
    ["SELECT $tag$ ; $$ ; $tag$; x", ["SELECT $tag$ ; $$ ; $tag$", " x"]],
    ["SELECT $1; x", ["SELECT $1", " x"]],
    ["SELECT a$$b; x", ["SELECT a$$b", " x"]],
    ["SELECT 1 -- a; b\n + 2; x", ["SELECT 1 -- a; b\n + 2", " x"]],
    ["SELECT /* a /* ; */ ; */ 1; x", ["SELECT /* a /* ; */ ; */ 1", " x"]],
    ["SELECT 'open; x", ["SELECT 'open; x"]],
    ["SELECT 1 /* open; x", ["SELECT 1 /* open; x"]],
    ["execute statement set begin a; b; end; x", ["execute statement set begin a; b; end", " x"]],
    ["BEGIN STATEMENT SET; a; b; /* ; */ END; x", ["BEGIN STATEMENT SET; a; b; /* ; */ END", " x"]],
    ["EXECUTE STATEMENT SET BEGIN a, CASE END; END; x", ["EXECUTE STATEMENT SET BEGIN a, CASE END; END", " x"]],
    ["EXECUTE statement; BEGIN; x", ["EXECUTE statement", " BEGIN", " x"]],
  ])("%j", (script, expected) => {
    const statements = splitStatements(script);
    expect(statements.map(({ text }) => text)).toEqual(expected);
    for (const { text, start } of statements) expect(script.slice(start, start + text.length)).toBe(text);
  });

  it("takes linear time", () => {
    const started = performance.now();
    expect(splitStatements("SELECT 'x' AS a, $$y$$ AS b; ".repeat(100_000))).toHaveLength(100_000);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
