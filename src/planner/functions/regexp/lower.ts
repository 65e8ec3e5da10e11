/** Code that matches constant patterns: calls of the kernels that run their programs. */
import { call, get, i32, i64, kernel, load, num, select } from "../../ir/builder.ts";
import type { Ir } from "../../ir/ir.ts";
import { makeStruct, packList } from "../../ir/lower/nested.ts";
import { addressOf, lengthOf, makeString } from "../../ir/lower/rep.ts";
import { allocateText, findText, MOST_TEXT_BYTES, TEXT_TOO_LONG } from "../../ir/lower/text.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { type SqlType, VARCHAR } from "../../types/types.ts";
import type { LowerContext } from "../function.ts";
import { compileRegexp, type Question, registerOf } from "./compile.ts";
import type { Extent, Tag } from "./nfa.ts";
import { replacementTemplate } from "./replacement.ts";
import { requiredText } from "./required-text.ts";
import type { ParsedRegexp } from "./syntax.ts";

/** (program, text, length, from, registers) -> 1 where there is a match. */
const FIND = kernel("regexpFind", ["i32", "i32", "i32", "i32", "i32"], ["i32"]);
/** (program, text, length, registers, template, pieces, all, target, capacity) -> bytes of the result. */
const REPLACE = kernel("regexpReplace", ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"], ["i64"]);
/** (program, text, length, registers, first, last, slots, capacity) -> number of matches. */
const GROUPS = kernel("regexpGroups", ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"], ["i32"]);
/** (program, text, length, registers, slots, capacity) -> number of parts. */
const SPLIT = kernel("regexpSplit", ["i32", "i32", "i32", "i32", "i32", "i32"], ["i32"]);

const MATCH_START: Tag = { group: 0, edge: "start" };

/** A program in memory, and the registers that it runs with: one position each. */
type Ready = { readonly program: Ir; readonly registers: Ir };

function prepare(ctx: LowerContext, regexp: ParsedRegexp, question: Question): Ready | undefined {
  const compiled = compileRegexp(regexp, question);
  if (compiled === undefined) return undefined;
  const program = ctx.b.let(addressOf(ctx.constantString(compiled.bytes)));
  return { program, registers: ctx.scratch(compiled.registerBytes) };
}

const find = ({ program, registers }: Ready, text: Operand): Ir =>
  call(FIND, program, addressOf(text.lo), lengthOf(text.lo), i32(0), registers);

const position = ({ registers }: Ready, register: number): Ir => load("i32.load", registers, 4 * register);

/** `emit`s for the texts alone that contain what every match does. */
export function whereRequired(
  ctx: LowerContext,
  regexp: ParsedRegexp | undefined,
  text: Operand,
  emit: () => void,
): void {
  const { anywhere, prefix } = regexp === undefined ? { anywhere: "", prefix: "" } : requiredText(regexp.root);
  // Programs look for the prefix themselves.
  if (anywhere === "" || anywhere === prefix) return emit();
  const at = findText(addressOf(text.lo), lengthOf(text.lo), ctx.constantString(anywhere));
  ctx.b.if(num("i32.ge_s", at, i32(0)), emit);
}

/** 1 where the text, or some part of it, matches. undefined, as in what follows: the pattern is left to JavaScript. */
export function hasMatch(ctx: LowerContext, regexp: ParsedRegexp, text: Operand, extent: Extent): Ir | undefined {
  const ready = prepare(ctx, regexp, { wanted: "any", extent, tags: [] });
  if (ready === undefined) return undefined;
  const found = ctx.b.bind(i32(0));
  whereRequired(ctx, regexp, text, () => ctx.b.set(found, find(ready, text)));
  return get(found);
}

/** A group of the first match; empty without one. */
export function extractMatch(
  ctx: LowerContext,
  regexp: ParsedRegexp,
  text: Operand,
  group: number,
): Operand | undefined {
  const { b } = ctx;
  if (group < 0 || group > regexp.groups) return operand("str", i64(0), { stable: true });
  const tags = tagsOf([group]);
  const ready = prepare(ctx, regexp, { wanted: "first", extent: "part", tags });
  if (ready === undefined) return undefined;
  const result = b.bind(i64(0));
  whereRequired(ctx, regexp, text, () => {
    b.if(find(ready, text), () => b.set(result, groupOf(ctx, ready, tags, text, group)));
  });
  return operand("str", get(result), { stable: text.stable });
}

/** A group of the match that was found; empty where it takes no part. */
function groupOf({ b }: LowerContext, ready: Ready, tags: readonly Tag[], text: Operand, group: number): Ir {
  const start = b.let(position(ready, registerOf(tags, group, "start")));
  const length = num("i32.sub", position(ready, registerOf(tags, group, "end")), start);
  const part = makeString(num("i32.add", addressOf(text.lo), start), length);
  return group === 0 ? part : select(num("i32.ge_s", start, i32(0)), part, i64(0));
}

/** The first groups of the first match as a struct; those that take no part in it are empty. */
export function extractGroups(
  ctx: LowerContext,
  regexp: ParsedRegexp,
  text: Operand,
  fields: readonly SqlType[],
): Operand | undefined {
  const { b } = ctx;
  const groups = fields.map((_, i) => i + 1);
  if (groups.length > regexp.groups) return undefined;
  const tags = tagsOf(groups);
  const ready = prepare(ctx, regexp, { wanted: "first", extent: "part", tags });
  if (ready === undefined) return undefined;
  const parts = groups.map(() => b.bind(i64(0)));
  whereRequired(ctx, regexp, text, () => {
    b.if(find(ready, text), () => {
      for (const [i, part] of parts.entries()) b.set(part, groupOf(ctx, ready, tags, text, i + 1));
    });
  });
  const values = parts.map((part) => operand("str", get(part), { stable: text.stable }));
  return makeStruct(ctx, values, fields);
}

/** The tags by which groups are found; the end of the match always is. */
const tagsOf = (groups: readonly number[]): readonly Tag[] =>
  [...new Set(groups)].flatMap((group): readonly Tag[] =>
    group === 0
      ? [MATCH_START]
      : [
          { group, edge: "start" },
          { group, edge: "end" },
        ],
  );

/** The text with its first match, or all of them, replaced. */
export function replaceMatches(
  ctx: LowerContext,
  regexp: ParsedRegexp,
  text: Operand,
  replacement: string,
  all: boolean,
): Operand | undefined {
  const { b } = ctx;
  const { groups, literalBytes, encode } = replacementTemplate(replacement);
  // A reference to a group that the pattern lacks leaves the text as it is.
  if (groups.some((group) => group > regexp.groups)) return text;
  const tags = tagsOf([0, ...groups]);
  const ready = prepare(ctx, regexp, { wanted: "first", extent: "part", tags });
  if (ready === undefined) return undefined;
  const template = encode((group, edge) => registerOf(tags, group, edge));
  const pieces = b.let(addressOf(ctx.constantString(template.bytes)));
  const [address, length] = [b.let(addressOf(text.lo)), b.let(lengthOf(text.lo))];
  const result = b.bind(text.lo);
  whereRequired(ctx, regexp, text, () => {
    const capacity = b.bind(num("i32.add", length, i32(2 * literalBytes + 16)));
    b.block((leave) => {
      b.loop((again) => {
        b.br(leave, num("i32.eqz", find(ready, text)));
        const target = allocateText(ctx, get(capacity));
        const { program, registers } = ready;
        const size = b.let(
          call(
            REPLACE,
            program,
            address,
            length,
            registers,
            pieces,
            i32(template.pieces),
            i32(all ? 1 : 0),
            target,
            get(capacity),
          ),
        );
        ctx.fail("out_of_memory", TEXT_TOO_LONG, num("i64.gt_u", size, i64(MOST_TEXT_BYTES)));
        const bytes = b.let(num("i32.wrap_i64", size));
        const isTooLong = b.let(num("i32.gt_u", bytes, get(capacity)));
        b.set(capacity, bytes);
        b.br(again, isTooLong);
        b.set(result, makeString(target, bytes));
      });
    });
  });
  return operand("str", get(result), { stable: text.stable });
}

/** A group of every match, as a list. */
export function listMatches(
  ctx: LowerContext,
  regexp: ParsedRegexp,
  text: Operand,
  group: number,
): Operand | undefined {
  const tags = tagsOf([0, group]);
  const ready = prepare(ctx, regexp, { wanted: "first", extent: "part", tags });
  if (ready === undefined) return undefined;
  const [first, last] = [registerOf(tags, group, "start"), registerOf(tags, group, "end")];
  return listOfTexts(ctx, (slots, capacity) =>
    call(
      GROUPS,
      ready.program,
      addressOf(text.lo),
      lengthOf(text.lo),
      ready.registers,
      i32(first),
      i32(last),
      slots,
      capacity,
    ),
  );
}

/** What lies between the matches, as a list. */
export function splitText(ctx: LowerContext, regexp: ParsedRegexp, text: Operand): Operand | undefined {
  const ready = prepare(ctx, regexp, { wanted: "first", extent: "part", tags: [MATCH_START] });
  if (ready === undefined) return undefined;
  return listOfTexts(ctx, (slots, capacity) =>
    call(SPLIT, ready.program, addressOf(text.lo), lengthOf(text.lo), ready.registers, slots, capacity),
  );
}

/** Address and length, and a byte behind all slots that says whether the element is not NULL. */
const SLOT_BYTES = 9;
const FIRST_SLOTS = 16;
const MOST_SLOTS = 2 ** 26;

/** A list of the parts of texts for which `fill` fills as many slots as there are; it returns how many there should have been. */
function listOfTexts(ctx: LowerContext, fill: (slots: Ir, capacity: Ir) => Ir): Operand {
  const { b } = ctx;
  const capacity = b.bind(i32(FIRST_SLOTS));
  const slots = b.bind(ctx.scratch(FIRST_SLOTS * SLOT_BYTES));
  const count = b.bind(fill(get(slots), get(capacity)));
  b.if(num("i32.gt_u", get(count), get(capacity)), () => {
    ctx.fail("out_of_memory", TEXT_TOO_LONG, num("i32.gt_u", get(count), i32(MOST_SLOTS)));
    b.set(capacity, get(count));
    b.set(slots, ctx.allocate(num("i32.mul", get(count), i32(SLOT_BYTES))));
    b.set(count, fill(get(slots), get(capacity)));
  });
  const validity = b.let(num("i32.add", get(slots), num("i32.shl", get(capacity), i32(3))));
  return packList(ctx, VARCHAR, get(slots), validity, get(count));
}
