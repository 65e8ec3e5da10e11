import type { WriteStream } from "node:tty";
import type { EditBuffer } from "./buffer.ts";
import { type ClusterWidth, layOut, type ScreenRow, visibleRows } from "./layout.ts";

const CLEAR_BELOW = "\x1b[J";
const MOST_NOTES = 12;

/** The part of a terminal that a text under edit takes: from the row where its prompt began to the end of the screen. */
export class Screen {
  private readonly output: WriteStream;
  private readonly prompts: { readonly first: string; readonly more: string };
  private readonly widthOf: ClusterWidth;
  /** What is drawn, down to the row with the cursor: after a resize the terminal may have folded these rows. */
  private above: readonly ScreenRow[] = [];
  /** Rows from the cursor to the last drawn one. */
  private below = 0;

  constructor(output: WriteStream, prompts: Screen["prompts"], widthOf: ClusterWidth) {
    this.output = output;
    this.prompts = prompts;
    this.widthOf = widthOf;
  }

  /** The cursor stands on an empty row: draw from there. */
  forget(): void {
    this.above = [];
    this.below = 0;
  }

  clear(): void {
    this.output.write(`\x1b[H\x1b[2J`);
    this.forget();
  }

  /** Puts the cursor on a row of its own below the text, after `mark`. */
  leave(mark = ""): void {
    this.output.write(`${this.below > 0 ? `\x1b[${this.below}B` : ""}${mark}\r\n`);
    this.forget();
  }

  /** `painted` gives a piece of the text with its colours; `notes` are shown below until the next drawing. */
  draw(buffer: EditBuffer, painted: (start: number, end: number) => string, notes: readonly string[]): void {
    const layout = layOut(buffer, this.prompts, this.output.columns, this.widthOf);
    const shownNotes = notes.slice(0, MOST_NOTES);
    const { from, to } = visibleRows(layout, this.output.rows - 1 - shownNotes.length);
    const rows = layout.rows.slice(from, to);
    const lines = rows.map(({ prompt, start, end }) => prompt + painted(start, end));
    const cursorRow = layout.cursorRow - from;
    const up = lines.length + shownNotes.length - 1 - cursorRow;
    this.output.write(
      `${this.toStart()}${[...lines, ...shownNotes].join("\r\n")}${up > 0 ? `\x1b[${up}A` : ""}\r` +
        (layout.cursorColumn > 0 ? `\x1b[${layout.cursorColumn}C` : ""),
    );
    this.above = rows.slice(0, cursorRow + 1);
    this.below = rows.length - 1 - cursorRow;
  }

  /** As many names as fit, in columns. */
  inColumns(names: readonly string[]): string[] {
    const width = Math.max(...names.map((name) => [...name].length)) + 2;
    const perRow = Math.max(1, Math.floor((this.output.columns - 1) / width));
    const rows: string[] = [];
    const most = perRow * (MOST_NOTES - 1);
    for (let i = 0; i < Math.min(names.length, most); i += perRow) {
      rows.push(
        names
          .slice(i, i + perRow)
          .map((name) => name.padEnd(width))
          .join("")
          .trimEnd()
          .slice(0, this.output.columns - 1),
      );
    }
    if (names.length > most) rows.push(`and ${names.length - most} more`);
    return rows;
  }

  /** Moves to where the drawing began and clears it; rows wider than the terminal has become take several of its rows. */
  private toStart(): string {
    const columns = this.output.columns;
    const up = this.above.reduce((sum, { width }) => sum + Math.max(1, Math.ceil(width / columns)), 0) - 1;
    return `${up > 0 ? `\x1b[${up}A` : ""}\r${CLEAR_BELOW}`;
  }
}
