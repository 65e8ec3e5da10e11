/** Which code a result is about. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Version } from "./results.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * `engine`: the module that is fuzzed; what lies beside and below it counts, and that names the chunks of a build by their
 * content. Of the generator, what makes and judges cases.
 */
export function currentVersion(engine: URL): Version {
  return {
    engine: hashOf(dirname(fileURLToPath(engine)), /\.(js|ts|wasm)$/),
    generator: hashOf(join(root, "test/fuzz"), /^generate[/\\]|^(cases|child|compare|random|tree)\.ts$/),
    commit: commit(),
  };
}

/** Of the content of the files below a folder whose names match. */
function hashOf(folder: string, pattern: RegExp): string {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => pattern.test(name));
  const hash = createHash("sha256");
  for (const name of files.sort())
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(folder, name)))
      .update("\0");
  return hash.digest("hex").slice(0, 12);
}

/** Of the work tree, with a plus sign when files differ from it; "unknown" outside of a repository. */
function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
    return `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain") === "" ? "" : "+"}`;
  } catch {
    return "unknown";
  }
}
