/** A terminal in memory: understands what the editor writes, and types keys. */
import { PassThrough } from "node:stream";
import type { ReadStream, WriteStream } from "node:tty";
import { EventEmitter } from "node:events";

export class Terminal {
  readonly input: ReadStream;
  readonly output: WriteStream;
  columns: number;
  private readonly lines: string[][] = [[]];
  private row = 0;
  private column = 0;

  constructor(columns: number, rows = 24) {
    this.columns = columns;
    const input = new PassThrough();
    this.input = Object.assign(input, { setRawMode: () => input, isTTY: true }) as unknown as ReadStream;
    const write = (text: string): boolean => {
      this.write(text);
      return true;
    };
    const output = Object.assign(new EventEmitter(), { rows, write });
    Object.defineProperty(output, "columns", { get: () => this.columns });
    this.output = output as unknown as WriteStream;
  }

  /** Resolves when the keys have been read. */
  async type(keys: string): Promise<void> {
    (this.input as unknown as PassThrough).write(keys);
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Rows without trailing blanks. */
  get screen(): string[] {
    const rows = this.lines.map((line) =>
      Array.from(line, (c) => c ?? " ")
        .join("")
        .trimEnd(),
    );
    while (rows.length > 1 && rows.at(-1) === "") rows.pop();
    return rows;
  }

  get cursor(): { row: number; column: number } {
    return { row: this.row, column: this.column };
  }

  private write(text: string): void {
    // oxlint-disable-next-line no-control-regex -- terminals are driven by control characters
    for (const [piece, parameter, command] of text.matchAll(/\u001b\[([?\d;]*)([A-Za-z])|[^]/gu)) {
      if (command !== undefined) this.control(command, Number(parameter === "" ? 1 : parameter));
      else if (piece === "\r") this.column = 0;
      else if (piece === "\n") this.row++;
      else {
        if (this.column >= this.columns) throw new Error("wrote past the last column");
        this.line(this.row)[this.column++] = piece;
      }
    }
  }

  private control(command: string, count: number): void {
    if (command === "A") this.row -= count;
    else if (command === "B") this.row += count;
    else if (command === "C") this.column += count;
    else if (command === "J") {
      this.line(this.row).length = this.column;
      this.lines.length = this.row + 1;
    } else if (command !== "m" && command !== "h" && command !== "l") throw new Error(`unknown sequence ${command}`);
    if (this.row < 0) throw new Error("moved above the screen");
  }

  private line(row: number): string[] {
    while (this.lines.length <= row) this.lines.push([]);
    return this.lines[row]!;
  }
}
