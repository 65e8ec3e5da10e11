/** SQL text to syntax trees. All functions throw `HeadraceError` with code `syntax`, a span and the text. */
import { HeadraceError } from "../error.ts";
import type { Expression, Statement, TypeName } from "./ast.ts";
import { syntaxError } from "./errors.ts";
import { StatementGrammar } from "./grammar/statements.ts";
import { lex } from "./tokenize.ts";

/** The statements of a text, separated by semicolons; empty ones are left out. Spans count from the text's beginning. */
export function parseStatements(sql: string): readonly Statement[] {
  return run(sql, (grammar) => grammar.script());
}

/** A single expression, such as `a + 1`. */
export function parseExpression(sql: string): Expression {
  return run(sql, (grammar) => grammar.onlyExpression());
}

/** A single type, such as `DECIMAL(15, 2)[]`. */
export function parseType(sql: string): TypeName {
  return run(sql, (grammar) => grammar.onlyType());
}

/** Makes the parser, in two turns of the event loop: the first text would wait for both. */
export async function prepareParser(): Promise<void> {
  const grammar = sharedGrammar();
  await new Promise((resolve) => setImmediate(resolve));
  grammar.analyze();
}

function run<Result>(sql: string, rule: (grammar: StatementGrammar) => Result): Result {
  const tokens = lex(sql);
  const grammar = sharedGrammar();
  grammar.analyze();
  grammar.load(sql, tokens);
  const result = guard(sql, () => rule(grammar));
  const [exception] = grammar.errors;
  if (exception !== undefined) throw syntaxError(exception, tokens, sql);
  return result;
}

/** The depth limit keeps the parser from exhausting a fresh stack; a caller may have left less. */
function guard<Result>(sql: string, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (error instanceof RangeError)
      throw new HeadraceError("syntax", "nested too deeply for the stack that is left", { sql, cause: error });
    throw error;
  }
}

/** The grammar is immutable apart from the text that it is reading, and parsing is synchronous: one serves all callers. */
const sharedGrammar: () => StatementGrammar = (() => {
  let grammar: StatementGrammar | undefined;
  return () => (grammar ??= new StatementGrammar());
})();
