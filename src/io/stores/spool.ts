/** Files of our own for what workers cannot read where it lies: remote, compressed, or in another encoding. */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ioError } from "./file.ts";

/** A folder of temporary files, made when it is first needed and removed by `close`. */
export class Spool {
  private readonly parent: string;
  private folder: string | undefined;
  private readonly removeAtExit = (): void => this.close();

  constructor(parent: string | undefined) {
    this.parent = parent ?? tmpdir();
  }

  /** The path of a file that is not there yet. Throws `io`. */
  newPath(): string {
    if (this.folder === undefined) {
      try {
        mkdirSync(this.parent, { recursive: true });
        this.folder = mkdtempSync(join(this.parent, "headrace-"));
      } catch (cause) {
        throw ioError("write to", this.parent, cause);
      }
      process.once("exit", this.removeAtExit);
    }
    return join(this.folder, randomUUID());
  }

  remove(path: string): void {
    rmSync(path, { force: true });
  }

  close(): void {
    process.off("exit", this.removeAtExit);
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
    this.folder = undefined;
  }
}
