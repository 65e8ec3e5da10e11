/** One statement of a script: `text` without its semicolon, `start` its offset in the script. */
export type Statement = { readonly text: string; readonly start: number };

/**
 * Cuts a script at the semicolons outside quotes, dollar quotes and comments, so that each statement's result is printed
 * before the next one runs. Pieces without any token are dropped. Knows the lexical rules only: an unclosed quote or
 * comment runs to the end and is the parser's to report.
 */
export function splitStatements(script: string): Statement[] {
  const statements: Statement[] = [];
  let start = 0;
  let empty = true;
  /** The words of the statement up to here, as far as they matter. */
  let words: string[] = [];
  /** Behind a semicolon inside of a statement set. */
  let between = false;
  const finish = (end: number): void => {
    if (!empty) statements.push({ text: script.slice(start, end), start });
    start = end + 1;
    empty = true;
    words = [];
    between = false;
  };
  for (let i = 0; i < script.length;) {
    const c = script.charAt(i);
    if (c === ";") {
      if (/^(EXECUTE STATEMENT SET BEGIN|BEGIN STATEMENT SET)\b/.test(words.join(" "))) between = true;
      else finish(i);
      i++;
      continue;
    }
    const after = skipQuietly(script, i);
    if (after > i) {
      i = after;
      continue;
    }
    empty = false;
    const end = skipToken(script, i);
    const word = script.slice(i, end).toUpperCase();
    if (words.length < 4) words.push(word);
    // The end of a set, behind which a statement ends as others do.
    if (between && word === "END") words = [word];
    between = false;
    i = end;
  }
  finish(script.length);
  return statements;
}

/** The offset after white space or a comment at `i`; `i` itself when there is none. */
function skipQuietly(script: string, i: number): number {
  const c = script.charAt(i);
  if (/\s/.test(c)) return i + 1;
  if (script.startsWith("--", i)) return endOf(script, "\n", i);
  return script.startsWith("/*", i) ? skipBlockComment(script, i) : i;
}

/** Block comments nest, as in PostgreSQL. */
function skipBlockComment(script: string, from: number): number {
  let depth = 0;
  for (let i = from; i < script.length; i++) {
    if (script.startsWith("/*", i)) {
      depth++;
      i++;
    } else if (script.startsWith("*/", i)) {
      depth--;
      i++;
      if (depth === 0) return i + 1;
    }
  }
  return script.length;
}

/** The offset after a quoted text, a dollar-quoted text, a word or one other character at `i`. */
function skipToken(script: string, i: number): number {
  const c = script.charAt(i);
  if ((c === "e" || c === "E") && script.charAt(i + 1) === "'") return skipEscapeString(script, i + 2);
  if (c === "'" || c === '"' || c === "`") return endOf(script, c, i + 1);
  if (c === "$") {
    const tag = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(script.slice(i, i + 100))?.[0];
    if (tag !== undefined) return endOf(script, tag, i + tag.length);
  }
  let end = i + 1;
  if (/[\w\u0080-\uffff]/.test(c)) while (/[\w$\u0080-\uffff]/.test(script.charAt(end))) end++;
  return end;
}

function skipEscapeString(script: string, from: number): number {
  for (let i = from; i < script.length; i++) {
    if (script.charAt(i) === "\\") i++;
    else if (script.charAt(i) === "'") return i + 1;
  }
  return script.length;
}

function endOf(script: string, mark: string, from: number): number {
  const found = script.indexOf(mark, from);
  return found < 0 ? script.length : found + mark.length;
}
