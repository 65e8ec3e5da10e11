/** What was entered before, the newest last, kept in a file across runs. Shells that run side by side append to the same file. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const LIMIT = 1000;

export function historyPath(): string {
  return process.env["HEADRACE_HISTORY"] ?? join(homedir(), ".headrace_history");
}

export class History {
  private readonly path: string;
  private readonly entries: string[];

  constructor(path: string) {
    this.path = path;
    this.entries = read(path);
    if (this.entries.length > 2 * LIMIT) {
      this.entries.splice(0, this.entries.length - LIMIT);
      quietly(() => writeFileSync(path, this.entries.map((entry) => `${encode(entry)}\n`).join("")));
    }
  }

  get length(): number {
    return this.entries.length;
  }

  /** The entry `back` steps before the newest one, which is 1. */
  at(back: number): string | undefined {
    return this.entries[this.entries.length - back];
  }

  /** A shell without a writable home still remembers within its run. */
  add(entry: string): void {
    const text = entry.trimEnd();
    if (text.trim() === "" || text === this.entries.at(-1)) return;
    this.entries.push(text);
    quietly(() => {
      mkdirSync(dirname(this.path), { recursive: true });
      appendFileSync(this.path, `${encode(text)}\n`, { mode: 0o600 });
    });
  }

  /** How far back, `from` or further, the next entry that contains `part` lies. */
  search(part: string, from: number): number | undefined {
    for (let back = from; back <= this.entries.length; back++) if (this.at(back)!.includes(part)) return back;
    return undefined;
  }
}

/** One line for each entry. */
const encode = (entry: string): string => entry.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");

const decode = (line: string): string => line.replaceAll(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));

function read(path: string): string[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map(decode);
  } catch {
    return [];
  }
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // History is a convenience.
  }
}
