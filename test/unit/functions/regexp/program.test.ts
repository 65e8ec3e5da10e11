/** Compiled patterns against RE2 (re2js): random patterns over random texts. */
import fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { instantiateKernels, loadKernels } from "../../../../src/exec/kernels/kernels.ts";
import { compileRegexp, type Question, registerOf } from "../../../../src/planner/functions/regexp/compile.ts";
import type { Tag } from "../../../../src/planner/functions/regexp/nfa.ts";
import { parseRegexp } from "../../../../src/planner/functions/regexp/parse.ts";
import { EXAMPLES, somePattern, someText, TEXTS } from "./patterns.ts";
import type { ParsedRegexp } from "../../../../src/planner/functions/regexp/syntax.ts";

const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
const kernels = instantiateKernels(loadKernels(), memory);
const bytes = new Uint8Array(memory.buffer);
const registers = new Int32Array(memory.buffer, 4096, 4096);
const slots = new Uint32Array(memory.buffer, 32_768, 1024);
const TEXT = 65_536;
const PROGRAM = 131_072;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Writes a text, with bytes around it that must not matter. */
function put(text: string): number {
  const encoded = encoder.encode(text);
  bytes.fill(0x61, TEXT - 16, TEXT + encoded.length + 32);
  bytes.set(encoded, TEXT);
  return encoded.length;
}

const slice = (from: number, to: number): string => decoder.decode(bytes.slice(TEXT + from, TEXT + to));

/** Readies a question of a pattern; false: its automaton is too large. */
function load(regexp: ParsedRegexp, question: Question): boolean {
  const program = compileRegexp(regexp, question);
  if (program !== undefined) bytes.set(program.bytes, PROGRAM);
  return program !== undefined;
}

const allTags = (groups: number): readonly Tag[] =>
  Array.from({ length: groups + 1 }, (_, group) => group).flatMap((group): Tag[] =>
    group === 0
      ? [{ group, edge: "start" }]
      : [
          { group, edge: "start" },
          { group, edge: "end" },
        ],
  );

type Results = {
  readonly matches: readonly boolean[];
  readonly full: readonly boolean[];
  readonly first: readonly (readonly (string | null)[] | undefined)[];
  readonly all: readonly (readonly (string | null)[])[];
  readonly parts: readonly (readonly (string | null)[])[];
};

function expected(pattern: RE2JS, texts: readonly string[]): Results {
  const groupsOf = (matcher: ReturnType<RE2JS["matcher"]>): readonly (string | null)[] =>
    Array.from({ length: pattern.groupCount() + 1 }, (_, i) => matcher.group(i) ?? null);
  return {
    matches: texts.map((text) => pattern.matcher(text).find()),
    full: texts.map((text) => pattern.matches(text)),
    first: texts.map((text) => {
      const matcher = pattern.matcher(text);
      return matcher.find() ? groupsOf(matcher) : undefined;
    }),
    all: texts.map((text) => {
      const matcher = pattern.matcher(text);
      const found: (string | null)[] = [];
      while (matcher.find()) found.push(matcher.group(pattern.groupCount()) ?? null);
      return found;
    }),
    parts: texts.map((text) => {
      const parts: string[] = [];
      let rest = text;
      for (let matcher = pattern.matcher(rest); rest !== "" && matcher.find(); matcher = pattern.matcher(rest)) {
        const isEmpty = matcher.end() === 0;
        if (isEmpty && rest.length === 1) break;
        parts.push(rest.slice(0, isEmpty ? 1 : matcher.start()));
        rest = rest.slice(isEmpty ? 1 : matcher.end());
      }
      return [...parts, rest];
    }),
  };
}

/** undefined: it is no pattern. */
function re2Of(pattern: string, options: string): RE2JS | undefined {
  const flags = (options.includes("i") ? RE2JS.CASE_INSENSITIVE : 0) | (options.includes("s") ? RE2JS.DOTALL : 0);
  try {
    return RE2JS.compile(pattern, flags);
  } catch {
    return undefined;
  }
}

const CAPACITY = 256;

const readSlots = (count: number): readonly (string | null)[] =>
  Array.from({ length: count }, (_, i) => {
    const [at, length, valid] = [slots[2 * i]! - TEXT, slots[2 * i + 1]!, bytes[slots.byteOffset + 8 * CAPACITY + i]];
    return valid === 1 ? slice(at, at + length) : null;
  });

function actual(regexp: ParsedRegexp, texts: readonly string[]): Results | undefined {
  const ask = <T>(question: Question, answer: (length: number) => T): readonly T[] | undefined =>
    load(regexp, question) ? texts.map((text) => answer(put(text))) : undefined;
  const at = registers.byteOffset;
  const find = (length: number): boolean => kernels.regexpFind(PROGRAM, TEXT, length, 0, at) === 1;
  const matches = ask({ wanted: "any", extent: "part", tags: [] }, find);
  const full = ask({ wanted: "any", extent: "whole", tags: [] }, find);
  const tags = allTags(regexp.groups);
  const first = ask({ wanted: "first", extent: "part", tags }, (length) => {
    if (!find(length)) return undefined;
    return Array.from({ length: regexp.groups + 1 }, (_, group) => {
      const start = registers[registerOf(tags, group, "start")]!;
      return start < 0 ? null : slice(start, registers[registerOf(tags, group, "end")]!);
    });
  });
  const last: readonly Tag[] = allTags(regexp.groups).filter(({ group }) => group === 0 || group === regexp.groups);
  const all = ask({ wanted: "first", extent: "part", tags: last }, (length) => {
    const [start, end] = (["start", "end"] as const).map((edge) => registerOf(last, regexp.groups, edge));
    return readSlots(kernels.regexpGroups(PROGRAM, TEXT, length, at, start!, end!, slots.byteOffset, CAPACITY));
  });
  const parts = ask({ wanted: "first", extent: "part", tags: allTags(0) }, (length) =>
    readSlots(kernels.regexpSplit(PROGRAM, TEXT, length, at, slots.byteOffset, CAPACITY)),
  );
  if (matches === undefined || full === undefined || first === undefined || all === undefined || parts === undefined)
    return undefined;
  return { matches, full, first, all, parts };
}

const PATTERNS = Number(process.env["HEADRACE_TEST_PATTERNS"] ?? 400);

describe("compiled patterns", () => {
  it.each([
    ["as they are", "", 3],
    ["regardless of case", "i", 4],
    ["with dots for newlines", "s", 5],
  ])("find what RE2 finds, %s", (_, options, seed) => {
    const seen = { compiled: 0, tooLarge: 0, matching: 0, wrong: [] as string[] };
    fc.assert(
      fc.property(somePattern, fc.array(someText, { minLength: 8, maxLength: 8 }), (source, texts) => {
        const regexp = parseRegexp(source, options);
        const re2 = re2Of(source, options);
        // What is no pattern must not be taken for one.
        if (re2 === undefined && regexp !== undefined) seen.wrong.push(source);
        if (regexp === undefined || re2 === undefined) return;
        const found = actual(regexp, texts);
        if (found === undefined) {
          seen.tooLarge++;
          return;
        }
        seen.compiled++;
        seen.matching += found.matches.filter(Boolean).length;
        expect(found).toEqual(expected(re2, texts));
      }),
      { numRuns: PATTERNS, seed, examples: EXAMPLES.map((example): [string, string[]] => [example, TEXTS]) },
    );
    expect(seen.wrong).toEqual([]);
    expect(seen.compiled).toBeGreaterThan(PATTERNS / 5);
    expect(seen.matching).toBeGreaterThan(PATTERNS);
    expect(seen.tooLarge).toBeLessThan(PATTERNS / 10);
  });
});
