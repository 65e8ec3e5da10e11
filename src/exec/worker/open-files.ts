import { LocalFile } from "../../io/stores/file.ts";

/** Files that a thread reads, opened when they are first needed. */
export class OpenFiles {
  private readonly sources: readonly { readonly path: string; readonly name: string }[];
  private readonly open = new Map<number, LocalFile>();

  constructor(sources: readonly { readonly path: string; readonly name: string }[]) {
    this.sources = sources;
  }

  get(index: number): LocalFile {
    const known = this.open.get(index);
    if (known !== undefined) return known;
    const source = this.sources[index];
    if (source === undefined) throw new RangeError(`file ${index}`);
    // A glob may name more files than a process may open.
    if (this.open.size >= MOST_OPEN) this.close();
    const file = new LocalFile(source.path, source.name);
    this.open.set(index, file);
    return file;
  }

  close(): void {
    for (const file of this.open.values()) file.close();
    this.open.clear();
  }
}

const MOST_OPEN = 64;

const STEP = 2 ** 20;

/** Numbers of lines of a file, for errors and rejects: it reads the file as far as it is asked about, once. */
export class LineCounter {
  private readonly path: string;
  /** Line feeds before each multiple of `STEP`. */
  private readonly counts: number[] = [0];

  constructor(path: string) {
    this.path = path;
  }

  /** From 1. */
  lineAt(offset: number): number {
    using file = new LocalFile(this.path);
    const step = Math.floor(offset / STEP);
    while (this.counts.length <= step) {
      const known = this.counts.length - 1;
      this.counts.push((this.counts[known] as number) + newlines(file, known * STEP, STEP));
    }
    return 1 + (this.counts[step] as number) + newlines(file, step * STEP, offset - step * STEP);
  }
}

function newlines(file: LocalFile, start: number, length: number): number {
  const bytes = Buffer.alloc(length);
  file.readAt(bytes, start);
  let count = 0;
  for (let i = bytes.indexOf(10); i >= 0; i = bytes.indexOf(10, i + 1)) count++;
  return count;
}
