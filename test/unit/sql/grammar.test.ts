/** The grammar itself: what Chevrotain would validate, if its validation knew our lookahead. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { KEYWORDS } from "../../../src/sql/keywords.ts";
import { StatementGrammar } from "../../../src/sql/grammar/statements.ts";
import { Lookahead, type Part } from "../../../src/sql/grammar/lookahead.ts";
import { TOKEN_TYPES } from "../../../src/sql/tokens.ts";

const parser = new StatementGrammar();
parser.analyze();
const { grammar } = parser;
const lookahead = new Lookahead(grammar);

function* walk(parts: readonly Part[]): Generator<Part> {
  for (const part of parts) {
    yield part;
    if (part.kind === "or") for (const { body } of part.alternatives) yield* walk(body);
    else if (part.kind !== "token" && part.kind !== "rule") yield* walk(part.body);
  }
}

test("every rule is defined and reachable", () => {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const part of walk(grammar.get(name) ?? [])) if (part.kind === "rule") visit(part.name);
  };
  for (const entry of ["script", "onlyExpression", "onlyType"]) visit(entry);
  // Taken by a look at the tokens that follow, not by a choice that the recording sees.
  for (const name of ["typedLiteral", "arrowLambda", "quantified"]) reached.add(name);
  expect([...grammar.keys()].filter((name) => !reached.has(name))).toEqual([]);
  expect([...reached].filter((name) => !grammar.has(name))).toEqual([]);
});

test("no left recursion", () => {
  // A rule that can begin with itself would make FIRST recurse without end.
  for (const parts of grammar.values()) expect(lookahead.first(parts).set).toBeInstanceOf(Uint8Array);
});

describe("occurrences are numbered apart", () => {
  test.each([...grammar.keys()])("%s", (name) => {
    const seen = new Set<string>();
    for (const part of walk(grammar.get(name)!)) {
      if (part.kind === "token" || part.kind === "rule") continue;
      const key = `${part.kind} ${part.index}`;
      expect(seen, `${key} twice`).not.toContain(key);
      seen.add(key);
    }
  });
});

describe("alternatives that begin alike are told apart by gates", () => {
  test.each([...grammar.keys()])("%s", (name) => {
    for (const part of walk(grammar.get(name)!)) {
      // Operands and operators are chosen by a table, and look further by themselves.
      if (part.kind !== "or" || name === "expression") continue;
      const firsts = part.alternatives.map(({ body }) => lookahead.first(body));
      for (const [index, { set, nullable }] of firsts.entries()) {
        if (part.alternatives[index]!.gated) continue;
        const hidden = firsts
          .slice(index + 1)
          .flatMap((later) => TOKEN_TYPES.filter(({ tokenTypeIdx: t }) => set[t] && later.set[t]));
        expect(
          hidden.map((type) => type.name),
          `alternative ${index} of OR ${part.index} hides later ones`,
        ).toEqual([]);
        expect(!nullable || index === firsts.length - 1, "an empty alternative comes last").toBe(true);
      }
    }
  });
});

test("every keyword is used", () => {
  const folder = new URL("../../../src/sql/grammar/", import.meta.url);
  const text = readdirSync(folder)
    .map((file) => readFileSync(new URL(file, folder), "utf8"))
    .join("");
  expect([...KEYWORDS.keys()].filter((word) => !new RegExp(`\\bK\\.${word}\\b`).test(text))).toEqual([]);
});
