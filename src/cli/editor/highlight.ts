/** Colours for SQL under edit. Knows the lexical rules only, so that half a statement has colours too. */
import { KEYWORDS } from "../keywords.ts";

export type Style = "keyword" | "string" | "number" | "comment" | "identifier" | "command";

/** `text[start, end)`, in ascending order, without overlaps. */
export type StyledSpan = { readonly start: number; readonly end: number; readonly style: Style };

const TOKEN =
  /(?<comment>--[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?)|(?<string>[eE]?'(?:[^']|'')*'?|\$(\w*)\$[^]*?(?:\$\3\$|$))|(?<identifier>"(?:[^"]|"")*"?)|(?<number>\b\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?\b)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/g;

const WORDS: ReadonlySet<string> = new Set(KEYWORDS);

export function highlight(text: string): StyledSpan[] {
  if (/^\s*[.\\]/.test(text)) return [{ start: 0, end: text.length, style: "command" }];
  const spans: StyledSpan[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const style = styleOf(match.groups!);
    if (style !== undefined) spans.push({ start: match.index, end: match.index + match[0].length, style });
  }
  return spans;
}

function styleOf(groups: Readonly<Record<string, string | undefined>>): Style | undefined {
  if (groups["word"] !== undefined) return WORDS.has(groups["word"].toUpperCase()) ? "keyword" : undefined;
  return (["comment", "string", "identifier", "number"] as const).find((style) => groups[style] !== undefined);
}

const CODES: Readonly<Record<Style, string>> = {
  keyword: "\x1b[1;34m",
  string: "\x1b[32m",
  number: "\x1b[35m",
  comment: "\x1b[90m",
  identifier: "\x1b[36m",
  command: "\x1b[33m",
};
const RESET = "\x1b[0m";

/** `text[start, end)` with the colours of `spans`. */
export function paint(text: string, start: number, end: number, spans: readonly StyledSpan[]): string {
  let painted = "";
  let at = start;
  for (const span of spans) {
    if (span.end <= at) continue;
    if (span.start >= end) break;
    const from = Math.max(span.start, at);
    const to = Math.min(span.end, end);
    painted += `${text.slice(at, from)}${CODES[span.style]}${text.slice(from, to)}${RESET}`;
    at = to;
  }
  return painted + text.slice(at, end);
}
