/** Random patterns and texts. */
import fc from "fast-check";

const atom = fc.constantFrom(
  ...["a", "a", "b", "b", "c", "&", "=", "é", "ж", "ab", "a", ".", ".", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S"],
  ...["[ab]", "[^&]", "[^a]", "[a-c1]", "[^\\s=]", "[é-ж]", "[^é]", "[]a]", "[b\\-=]", "[[:alpha:]]", "[[:^digit:]_]"],
  ...["\\.", "\\n", "\\x61", "\\x{436}", "()", "(?:)", "(?s:.)", "[\\d\\s]", "[€-𝄞]"],
);
const assertion = fc.constantFrom("^", "$", "\\b", "\\A", "\\z", "(?m:^)", "(?m:$)");
const quantifier = fc.constantFrom("", "", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{0,2}?", "{1,}?");

const { regexp } = fc.letrec<{ regexp: string; sequence: string; part: string }>((tie) => ({
  regexp: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((options) => options.join("|")),
  sequence: fc.array(tie("part"), { maxLength: 3 }).map((parts) => parts.join("")),
  part: fc.oneof(
    { depthSize: "small" },
    { weight: 6, arbitrary: fc.tuple(atom, quantifier).map((parts) => parts.join("")) },
    { weight: 1, arbitrary: assertion },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom("(", "(", "(?:", "(?s:", "(?P<n>"), tie("regexp"), quantifier)
        .map(([open, body, times]) => `${open}${body})${times}`),
    },
  ),
}));

/** Patterns of every kind, some of them wrong. */
export const somePattern: fc.Arbitrary<string> = regexp;

export const someText: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      "a",
      "a",
      "a",
      "b",
      "b",
      "c",
      "&",
      "=",
      "é",
      "ж",
      "€",
      " ",
      "_",
      "1",
      "\n",
      "-",
      ".",
      "aaaaaaaaaaaaaaaaaaab",
      "ab",
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(""));

/** Patterns with which something was once wrong elsewhere, or nearly was here. */
export const EXAMPLES: readonly string[] = [
  ...[
    "(.*?)*x",
    "(.*)*x",
    "(?:(.*?)a|b)*",
    "(|a)*",
    "(|a)+",
    "(a*)*",
    "(a*)+",
    "(a|b*)*c?",
    "(a??)*b",
    "(a*|b)*?c",
    "(?:a?b?)*?c",
  ],
  ...["(.*?)(.*)é", "(.*)(.*?)a", "([^é]*?)(.+)", "(?:.*?a){2}", "é*?(.*)", "(^a|b$)*", "(\\b|a)*", "(a$|b)*"],
  ...["a|ab|abc", "(a|ab)(c|bcd)(d*)", "(a+)(a+)", "(a+?)(a+)", "x*", "[^a]*", "(?:(a)|b)*", "(a(b)?)+", "((a)|(b))+c"],
];
export const TEXTS: string[] = ["", "éx", "aéx", "abcd", "aab", "abab", "ab\n", "ééaé", "aaaa", "cab", "acbb"];
