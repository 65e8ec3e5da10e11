/** Patterns to programs: parsed, made an automaton over bytes, that made deterministic, that encoded. */
import { makeAutomaton, type Wanted } from "./automaton.ts";
import { type Extent, makeNfa, type Tag } from "./nfa.ts";
import { encodeProgram, type Program } from "./program.ts";
import { requiredText } from "./required-text.ts";
import type { ParsedRegexp } from "./syntax.ts";

/** What a function asks of a match. */
export type Question = { readonly wanted: Wanted; readonly extent: Extent; readonly tags: readonly Tag[] };

/** undefined: its automaton would be too large. */
export function compileRegexp({ root }: ParsedRegexp, { wanted, extent, tags }: Question): Program | undefined {
  const nfa = makeNfa(root, tags, extent);
  const automaton = nfa === undefined ? undefined : makeAutomaton(nfa, tags.length, wanted);
  if (automaton === undefined) return undefined;
  const prefix = extent === "part" ? requiredText(root).prefix : "";
  return encodeProgram(automaton, tags.length, wanted === "first", new TextEncoder().encode(prefix));
}

/** The register of a tag; the end of the match is in the first one. */
export const registerOf = (tags: readonly Tag[], group: number, edge: Tag["edge"]): number =>
  group === 0 && edge === "end" ? 0 : 1 + tags.findIndex((tag) => tag.group === group && tag.edge === edge);
