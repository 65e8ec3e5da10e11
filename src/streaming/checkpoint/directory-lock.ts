import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { HeadraceError } from "../../error.ts";
import { type FileSystem, isSystemError, readWhole, removeIfThere, writeWhole } from "./file-system.ts";

const NAME = "LOCK";

/** Who holds a directory. */
type Holder = {
  /** Random: no two holders have the same. */
  readonly id: string;
  readonly job: string;
  readonly host: string;
  /** Of the machine, since it was started; undefined where the system does not tell. */
  readonly boot: string | undefined;
  readonly pid: number;
  /** When the process began, in the system's ticks: numbers of processes are used again. */
  readonly started: string | undefined;
  readonly since: string;
};

/**
 * Makes a directory one job's. `LOCK` names its holder; it appears with all of its content, by a link. A lock that a dead process
 * has left is taken over by whoever gets the right to: that is `LOCK.<id of the dead holder>`, a lock like any other. The right
 * replaces the lock by a rename, so that at any time one file says who holds the directory.
 */
export class DirectoryLock {
  private readonly files: FileSystem;
  private readonly directory: string;
  private readonly holder: Holder;

  private constructor(files: FileSystem, directory: string, holder: Holder) {
    this.files = files;
    this.directory = directory;
    this.holder = holder;
  }

  /** Throws `io` naming the process that holds the directory. */
  static async acquire(files: FileSystem, directory: string, job: string): Promise<DirectoryLock> {
    const holder: Holder = {
      id: randomUUID(),
      job,
      host: hostname(),
      boot: readSystemFile("/proc/sys/kernel/random/boot_id"),
      pid: process.pid,
      started: processStart(process.pid),
      since: new Date().toISOString(),
    };
    const lock = new DirectoryLock(files, directory, holder);
    const draft = join(directory, `${NAME}.${holder.id}.new`);
    try {
      await lock.take(join(directory, NAME), draft);
      await lock.removeLeftovers();
      return lock;
    } catch (error) {
      await removeIfThere(files, draft).catch(() => undefined);
      await lock.release().catch(() => undefined);
      throw error;
    }
  }

  async release(): Promise<void> {
    const path = join(this.directory, NAME);
    if ((await this.read(path))?.id === this.holder.id) await this.files.remove(path);
  }

  private async take(path: string, draft: string): Promise<void> {
    for (;;) {
      if (await this.put(path, draft)) return;
      const other = await this.read(path);
      if (other === undefined) continue;
      this.refuseLiving(other);
      const right = join(this.directory, `${NAME}.${other.id}`);
      await this.take(right, draft);
      // Whoever had the right before may have used it.
      if ((await this.read(path))?.id === other.id) return this.files.rename(right, path);
      await removeIfThere(this.files, right);
    }
  }

  /** Whether the lock was free. */
  private async put(path: string, draft: string): Promise<boolean> {
    try {
      await this.files.link(draft, path);
      return true;
    } catch (error) {
      if (isSystemError(error, "EEXIST")) return false;
      // Not written yet, or tidied away by somebody else.
      if (!isSystemError(error, "ENOENT")) throw error;
    }
    await writeWhole(this.files, draft, Buffer.from(`${JSON.stringify(this.holder)}\n`));
    return this.put(path, draft);
  }

  private async read(path: string): Promise<Holder | undefined> {
    let text: string;
    try {
      text = (await readWhole(this.files, path)).toString("utf8");
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return undefined;
      throw error;
    }
    const holder = parseHolder(text);
    if (holder !== undefined) return holder;
    throw new HeadraceError("format", `"${path}" is damaged: it does not say who holds the directory`, {
      hint: "remove the file when no job uses the directory",
    });
  }

  private refuseLiving({ job, host, boot, pid, started, since }: Holder): void {
    const where = `"${this.directory}" is in use by the job "${job}"`;
    if (host !== this.holder.host) {
      throw new HeadraceError("io", `${where} in process ${pid} on ${host}, since ${since}`, {
        hint: `whether that process lives cannot be seen from here; if it does not, remove "${join(this.directory, NAME)}"`,
      });
    }
    if (boot !== this.holder.boot || !isAlive(pid, started)) return;
    const self = pid === process.pid ? "this process" : `process ${pid}`;
    throw new HeadraceError("io", `${where} in ${self}, since ${since}`, {
      hint: "stop that job, or give each job a directory of its own",
    });
  }

  private async removeLeftovers(): Promise<void> {
    for (const name of await this.files.list(this.directory)) {
      if (name.startsWith(`${NAME}.`)) await removeIfThere(this.files, join(this.directory, name));
    }
  }
}

/** Whether a file of the directory is about its lock. */
export function isLockFile(name: string): boolean {
  return name === NAME || name.startsWith(`${NAME}.`);
}

function parseHolder(text: string): Holder | undefined {
  try {
    const { id, job, host, pid, boot, started, since } = JSON.parse(text) as Holder;
    const isWhole = /^[\w-]{36}$/.test(id) && Number.isInteger(pid) && pid > 0 && typeof host === "string";
    return isWhole ? { id, job, host, pid, boot, started, since } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number, started: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (isSystemError(error, "ESRCH")) return false;
  }
  const now = processStart(pid);
  return now === undefined || started === undefined || now === started;
}

/** When a process began; undefined where the system does not tell, "ended" for one that only waits to be buried. */
function processStart(pid: number): string | undefined {
  // The second field is the program's name, in parentheses, with whatever is in it.
  const stat = readSystemFile(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields === undefined) return undefined;
  return fields[0] === "Z" || fields[0] === "X" ? "ended" : fields[19];
}

function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
