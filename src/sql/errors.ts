/** Chevrotain's exceptions as `syntax` errors: the token as it was written, what was expected, a hint for misspelt words. */
import type { IRecognitionException } from "chevrotain";
import { HeadraceError, type Span } from "../error.ts";
import { KEYWORDS, type Keyword } from "./keywords.ts";
import { T, type SqlToken } from "./tokens.ts";

export function syntaxError(exception: IRecognitionException, tokens: readonly SqlToken[], sql: string): HeadraceError {
  const at = tokens.indexOf(exception.token as SqlToken);
  const token = tokens[at];
  const expected = expectation(exception);
  const suffix = expected === undefined ? "" : `, expected ${expected}`;
  if (token === undefined) {
    const end = sql.trimEnd().length;
    return new HeadraceError("syntax", `unexpected end of input${suffix}`, { span: { start: end, end: end + 1 }, sql });
  }
  // A misspelt keyword may have passed as an alias, so that its successor is what surprises.
  const previous = tokens[at - 1];
  const earlier = previous === undefined ? undefined : suggestion(previous, expected);
  const hint = suggestion(token, expected) ?? earlier;
  const culprit = hint === earlier && previous !== undefined && earlier !== undefined ? previous : token;
  return new HeadraceError("syntax", `unexpected ${quote(culprit.image)}${suffix}`, {
    span: spanOf(culprit),
    hint,
    sql,
  });
}

function spanOf(token: SqlToken): Span {
  return { start: token.startOffset, end: token.endOffset! + 1 };
}

const LONGEST_SHOWN = 40;

function quote(image: string): string {
  const line = image.replaceAll(/\s+/g, " ");
  return `"${line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}...` : line}"`;
}

/** The grammar's messages are nouns: `")"`, `an expression`; see EXPECTATIONS. */
function expectation(exception: IRecognitionException): string | undefined {
  return exception.message === "" ? undefined : exception.message;
}

/** The words that people mistype: those that begin clauses and statements. */
const COMMON_WORDS: readonly Keyword[] = (
  "SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET JOIN LEFT RIGHT INNER OUTER CROSS ON USING UNION INTERSECT EXCEPT VALUES WITH AS AND OR NOT IN " +
  "LIKE BETWEEN CASE WHEN THEN ELSE END DISTINCT CREATE TABLE VIEW INSERT INTO UPDATE SET DELETE DROP ALTER EXPLAIN ANALYZE DESCRIBE SHOW " +
  "QUALIFY WINDOW OVER PARTITION EXISTS CAST NULL INTERVAL ASC DESC"
).split(" ") as Keyword[];

function suggestion(token: SqlToken, expected: string | undefined): string | undefined {
  const word = token.image.toUpperCase();
  if (token.tokenType !== T.Identifier || word.length < 2 || word.length > 12) return undefined;
  const limit = word.length < 5 ? 1 : 2;
  let best: string | undefined;
  let bestDistance = limit + 1;
  const candidates =
    expected !== undefined && KEYWORDS.has(expected as Keyword) ? [expected, ...COMMON_WORDS] : COMMON_WORDS;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === undefined || bestDistance >= best.length - 1 ? undefined : `did you mean "${best}"?`;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, before[column - 2]! + 1);
      current.push(cost);
    }
    before = last;
    last = current;
  }
  return last[b.length]!;
}
