/** Replacements of regexp_replace: `\0` to `\9` are groups of the match, `\\` is a backslash, anything else stands for itself. */
import type { Tag } from "./nfa.ts";

export type ReplacementTemplate = {
  /** The groups that are referred to. */
  readonly groups: readonly number[];
  readonly literalBytes: number;
  /** The template that the kernel `regexpReplace` takes; `register`: where a group's start or end will be. */
  readonly encode: (register: (group: number, edge: Tag["edge"]) => number) => {
    readonly bytes: Uint8Array;
    readonly pieces: number;
  };
};

const IS_GROUP = 2 ** 31;

export function replacementTemplate(replacement: string): ReplacementTemplate {
  const pieces = replacement
    .split(/(\\[0-9\\])/)
    .filter((piece) => piece !== "")
    .map((piece) => {
      if (!/^\\[0-9\\]$/.test(piece)) return { group: undefined, bytes: new TextEncoder().encode(piece) };
      return piece === "\\\\"
        ? { group: undefined, bytes: new TextEncoder().encode("\\") }
        : { group: Number(piece[1]), bytes: new Uint8Array(0) };
    });
  const literalBytes = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return {
    groups: pieces.flatMap(({ group }) => (group === undefined ? [] : [group])),
    literalBytes,
    encode: (register) => {
      const template = new Uint8Array(8 * pieces.length + literalBytes);
      const view = new DataView(template.buffer);
      let end = 8 * pieces.length;
      for (const [i, { group, bytes }] of pieces.entries()) {
        view.setUint32(8 * i, group === undefined ? end : IS_GROUP + register(group, "start"), true);
        view.setUint32(8 * i + 4, group === undefined ? bytes.length : register(group, "end"), true);
        template.set(bytes, end);
        end += bytes.length;
      }
      return { bytes: template, pieces: pieces.length };
    },
  };
}
