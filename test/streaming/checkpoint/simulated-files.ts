/** A file system in memory that fails at any step and, when the power goes, forgets what was not synced. */
import { dirname, basename } from "node:path";
import { ioError } from "../../../src/io/stores/file.ts";
import type { FileSystem, OpenFile } from "../../../src/streaming/checkpoint/file-system.ts";

type Write = { readonly position: number; readonly bytes: Buffer } | { readonly size: number };

/** What a file holds, what of it is on disk, and the writes between the two. */
class Content {
  now: Buffer = Buffer.alloc(0);
  durable: Buffer = Buffer.alloc(0);
  pending: Write[] = [];

  apply(write: Write): void {
    this.now = applied(this.now, write);
    this.pending.push(write);
  }

  sync(): void {
    this.durable = this.now;
    this.pending = [];
  }
}

function applied(bytes: Buffer, write: Write): Buffer {
  if ("size" in write) return Buffer.concat([bytes.subarray(0, write.size)], write.size);
  const { position, bytes: added } = write;
  const result = Buffer.concat([bytes], Math.max(bytes.length, position + added.length));
  added.copy(result, position);
  return result;
}

type Entry = Content | Folder;
/** A name that appears or goes, or a rename, which is both at once. */
type Change = readonly (readonly [name: string, entry: Entry | undefined])[];

class Folder {
  readonly now: Map<string, Entry> = new Map<string, Entry>();
  readonly durable: Map<string, Entry> = new Map<string, Entry>();
  pending: Change[] = [];

  apply(change: Change): void {
    make(this.now, change);
    this.pending.push(change);
  }

  sync(): void {
    for (const change of this.pending) make(this.durable, change);
    this.pending = [];
  }
}

function make(names: Map<string, Entry>, change: Change): void {
  for (const [name, entry] of change) {
    if (entry === undefined) names.delete(name);
    else names.set(name, entry);
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** What fails: the step of this number, and all after it when the process dies there. */
export type Fault = { readonly step: number; readonly code: string; readonly dies: boolean };

export class SimulatedFiles implements FileSystem {
  private readonly root: Folder;
  fault: Fault | undefined;
  /** Steps so far that could have failed. */
  steps = 0;
  /** The files that are open. */
  open_ = 0;

  constructor(root: Folder = new Folder()) {
    this.root = root;
  }

  /** What another process finds after this one was killed. */
  afterKill(): SimulatedFiles {
    return new SimulatedFiles(
      copyFolder(
        this.root,
        (content) => content.now,
        (folder) => folder.now,
      ),
    );
  }

  /** What is found after a loss of power: what was synced, and of the rest a part. `random` gives numbers from 0 to 1. */
  afterPowerLoss(random: () => number): SimulatedFiles {
    const contentOf = ({ durable, pending }: Content): Buffer => {
      let bytes = durable;
      const kept = Math.floor(random() * (pending.length + 1));
      for (const write of pending.slice(0, kept)) bytes = applied(bytes, write);
      const torn = pending[kept];
      if (torn === undefined || "size" in torn || random() < 0.3) return bytes;
      const length = Math.floor(random() * torn.bytes.length);
      bytes = applied(bytes, { position: torn.position, bytes: torn.bytes.subarray(0, length) });
      // The size may be on disk before the bytes are.
      return random() < 0.5
        ? bytes
        : applied(bytes, { size: Math.max(bytes.length, torn.position + torn.bytes.length) });
    };
    const namesOf = ({ durable, pending }: Folder): ReadonlyMap<string, Entry> => {
      const names = new Map(durable);
      for (const change of pending.slice(0, Math.floor(random() * (pending.length + 1)))) make(names, change);
      return names;
    };
    return new SimulatedFiles(copyFolder(this.root, contentOf, namesOf));
  }

  /** All files by path, to look at and to damage. */
  contents(): ReadonlyMap<string, Buffer> {
    const found = new Map<string, Buffer>();
    const walk = (folder: Folder, path: string): void => {
      for (const [name, entry] of folder.now) {
        if (entry instanceof Folder) walk(entry, `${path}/${name}`);
        else found.set(`${path}/${name}`, entry.now);
      }
    };
    walk(this.root, "");
    return found;
  }

  /** Puts other bytes in place of a file, or removes it. */
  replace(path: string, bytes: Buffer | undefined): void {
    const folder = this.folder(dirname(path));
    const content = new Content();
    if (bytes !== undefined) content.now = content.durable = bytes;
    make(folder.now, [[basename(path), bytes === undefined ? undefined : content]]);
    make(folder.durable, [[basename(path), bytes === undefined ? undefined : content]]);
  }

  async open(path: string, mode: "read" | "create" | "update"): Promise<OpenFile> {
    if (mode === "create") await this.step("write", path);
    const folder = this.folder(dirname(path), path);
    let content = folder.now.get(basename(path));
    if (content instanceof Folder) throw ioError("open", path, systemError("EISDIR"));
    if (mode === "create") {
      if (content !== undefined) throw ioError("write", path, systemError("EEXIST"));
      content = new Content();
      folder.apply([[basename(path), content]]);
    }
    if (content === undefined) throw ioError("open", path, systemError("ENOENT"));
    this.open_++;
    return this.handle(path, content);
  }

  private handle(path: string, content: Content): OpenFile {
    const write = async (change: Write): Promise<void> => {
      await this.step("write", path, () => {
        // A write that fails may have done a part.
        if ("bytes" in change)
          content.apply({ position: change.position, bytes: change.bytes.subarray(0, change.bytes.length / 2) });
      });
      content.apply(change);
    };
    return {
      size: async () => content.now.length,
      read: async (buffers, position) => {
        let at = position;
        for (const buffer of buffers) {
          const part = content.now.subarray(at, at + buffer.length);
          buffer.set(part);
          at += part.length;
        }
        return at - position;
      },
      write: async (buffers, position) => {
        // A turn of the event loop between asking and writing, as in a real system: views must stay as they are.
        await new Promise((resolve) => setImmediate(resolve));
        await write({ position, bytes: Buffer.concat(buffers.map((buffer) => new Uint8Array(buffer))) });
      },
      truncate: (size) => write({ size }),
      sync: async () => {
        await this.step("write", path);
        content.sync();
      },
      close: async () => {
        this.open_--;
      },
    };
  }

  async list(path: string): Promise<readonly string[]> {
    return [...this.folder(path).now.keys()].sort();
  }

  async makeDirectory(path: string): Promise<void> {
    await this.step("create", path);
    let folder = this.root;
    for (const name of path.split("/").filter((part) => part !== "")) {
      let next = folder.now.get(name);
      if (next === undefined) {
        next = new Folder();
        folder.apply([[name, next]]);
        folder.sync();
      }
      if (next instanceof Content) throw ioError("create", path, systemError("EEXIST"));
      folder = next;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.step("write", to);
    if (dirname(from) !== dirname(to)) throw new Error("renames are within a folder");
    const folder = this.folder(dirname(from), from);
    const entry = folder.now.get(basename(from));
    if (entry === undefined) throw ioError("write", to, systemError("ENOENT"));
    folder.apply([
      [basename(from), undefined],
      [basename(to), entry],
    ]);
  }

  async link(from: string, to: string): Promise<void> {
    await this.step("write", to);
    const entry = this.folder(dirname(from), from).now.get(basename(from));
    if (entry === undefined) throw ioError("write", to, systemError("ENOENT"));
    const target = this.folder(dirname(to), to);
    if (target.now.has(basename(to))) throw ioError("write", to, systemError("EEXIST"));
    target.apply([[basename(to), entry]]);
  }

  async remove(path: string): Promise<void> {
    await this.step("remove", path);
    const folder = this.folder(dirname(path), path);
    if (!folder.now.has(basename(path))) throw ioError("remove", path, systemError("ENOENT"));
    folder.apply([[basename(path), undefined]]);
  }

  async removeTree(path: string): Promise<void> {
    await this.step("remove", path);
    this.folder(dirname(path), path).apply([[basename(path), undefined]]);
  }

  async syncDirectory(path: string): Promise<void> {
    await this.step("write", path);
    this.folder(path).sync();
  }

  /** Fails when it is time to; `partly` is what a failing step does all the same. */
  private async step(action: string, path: string, partly: () => void = () => undefined): Promise<void> {
    const step = this.steps++;
    if (this.fault === undefined || step < this.fault.step || (step > this.fault.step && !this.fault.dies)) return;
    if (step === this.fault.step) partly();
    throw ioError(action, path, systemError(this.fault.code));
  }

  private folder(path: string, name: string = path): Folder {
    let folder: Entry | undefined = this.root;
    for (const part of path.split("/").filter((text) => text !== "")) {
      folder = folder.now instanceof Map ? folder.now.get(part) : undefined;
      if (folder === undefined) throw ioError("open", name, systemError("ENOENT"));
      if (folder instanceof Content) throw ioError("open", name, systemError("ENOTDIR"));
    }
    return folder;
  }
}

/** A copy in which everything is durable; entries that were one thing stay one. */
function copyFolder(
  root: Folder,
  contentOf: (content: Content) => Buffer,
  namesOf: (folder: Folder) => ReadonlyMap<string, Entry>,
): Folder {
  const contents = new Map<Content, Content>();
  const copy = (folder: Folder): Folder => {
    const made = new Folder();
    for (const [name, entry] of namesOf(folder)) {
      let copied: Entry;
      if (entry instanceof Folder) copied = copy(entry);
      else {
        copied = contents.get(entry) ?? new Content();
        if (!contents.has(entry)) copied.now = copied.durable = Buffer.from(contentOf(entry));
        contents.set(entry, copied);
      }
      made.now.set(name, copied);
      made.durable.set(name, copied);
    }
    return made;
  };
  return copy(root);
}
