/** The first rows of a result as a box for people. */
import type { ResultRows } from "../../exec/table/result-rows.ts";
import { typeName } from "../../planner/types/types.ts";
import { uniqueNames } from "./names.ts";
import { decodeText } from "./text.ts";

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DOUBLE|FLOAT|REAL|DECIMAL\(.*\))$/;

/** Texts longer than `width` are cut. `rows`: at most so many are shown. */
export async function tableText(result: ResultRows, rows: number, width: number): Promise<string> {
  const { default: stringWidth } = await import("string-width");
  const names = uniqueNames(result.columns.map(({ name }) => name));
  const types = result.columns.map(({ type }) => typeName(type));
  const all = decodeText(result);
  const shown = all.slice(0, rows).map((row) => row.map((text) => cut(plain(text ?? "NULL"), width)));
  const lines = [
    names.map((name) => cut(plain(name), width)),
    types.map((type) => cut(type.toLowerCase(), width)),
    ...shown,
  ];
  const widths = names.map((_, c) => Math.max(...lines.map((line) => stringWidth(line[c] as string))));
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((w) => "─".repeat(w + 2)).join(middle) + right;
  const line = (cells: readonly string[], isData: boolean): string => {
    const padded = cells.map((text, c) => {
      const space = " ".repeat((widths[c] as number) - stringWidth(text));
      return isData && NUMBER.test(types[c] as string) ? space + text : text + space;
    });
    return `│ ${padded.join(" │ ")} │`;
  };
  const more = all.length > rows;
  const count = `${more ? "the first " : ""}${shown.length} row${shown.length === 1 ? "" : "s"}`;
  const [header = [], typeLine = [], ...body] = lines;
  return [
    rule("┌", "┬", "┐"),
    line(header, false),
    line(typeLine, false),
    rule("├", "┼", "┤"),
    ...body.map((cells) => line(cells, true)),
    rule("└", "┴", "┘"),
    count,
  ].join("\n");
}

/** Control characters would spoil the box. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(1, width) - 1).join("")}…`;
}
