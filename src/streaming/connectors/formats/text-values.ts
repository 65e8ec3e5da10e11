/** Texts as values of columns. */
import { nestedColumn } from "../../../exec/worker/json-nested.ts";
import { isNested } from "../../../planner/types/nested.ts";
import {
  type BadValue,
  convertTexts,
  type TextColumn,
  type TextConversion,
} from "../../../exec/worker/text-columns.ts";
import type { ScanMemory } from "../../../exec/worker/scan-memory.ts";
import { isInteger, typeName } from "../../../planner/types/types.ts";
import type { RecordColumn } from "./record-reader.ts";

export type ConvertedTexts = { readonly columns: readonly TextColumn[]; readonly bad: Map<number, string> };

type TextReading = {
  readonly nullText: string;
  /** Whether nested values are JSON. */
  readonly json: boolean;
  readonly parse: (column: RecordColumn) => TextConversion["parse"];
};

/**
 * The columns of references {u32 address, u32 length}, 0 being NULL. Texts that are no values of their column, and NULL where there
 * must not be any, make their record bad. Whole numbers are not rounded; DECIMALs are, as by CAST.
 *
 * @param refs by column; undefined: the records do not have it
 */
export function convertColumns(
  memory: ScanMemory,
  columns: readonly RecordColumn[],
  refs: readonly (number | undefined)[],
  rows: number,
  { nullText, json, parse }: TextReading,
): ConvertedTexts {
  const bad = new Map<number, string>();
  const note = (row: number, message: string): void => {
    if (!bad.has(row)) bad.set(row, message);
  };
  const converted = columns.map((column, i) => {
    const { name, type, nullable } = column;
    const own = refs[i] ?? memory.zeroed(rows * 8);
    const conversion = { type, nullText, exact: isInteger(type), parse: parse(column) };
    const wrong: BadValue = (row, text) => note(row, `${shown(text)} in column "${name}" is no ${typeName(type)}`);
    const nested =
      json && isNested(type) ? nestedColumn(memory, own, rows, type, false, conversion.parse, wrong) : undefined;
    const made = nested ?? convertTexts(memory, own, rows, conversion, wrong);
    if (!nullable) {
      for (let row = 0; row < rows; row++) {
        const valid = (memory.shared.u8[made.validity + (row >> 3)]! >> (row & 7)) & 1;
        if (valid === 0) note(row, `the column "${name}" has no value, and it is NOT NULL`);
      }
    }
    return made;
  });
  return { columns: converted, bad };
}

const MOST_SHOWN = 60;

function shown(text: string): string {
  return `"${text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text}"`;
}
