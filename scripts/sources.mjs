/** What dist is built from, and whether it is current. Shared by `ensure.mjs` and `build.mjs`. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const dist = join(root, "dist");
/** Written last by a build that succeeded: the fingerprint of its sources. */
export const stampFile = join(dist, ".stamp");

const folders = ["src", "tpch", "nexmark", "scripts"];
const files = ["package.json", "tsconfig.json"];

/** Every file below `folder`, as paths relative to the project. */
export function filesBelow(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1))
    .sort();
}

/** Changes when a source is added, removed, resized or rewritten. */
export function fingerprint() {
  const hash = createHash("sha256");
  for (const file of [...folders.flatMap(filesBelow), ...files]) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

export function isBuilt() {
  return existsSync(stampFile) && readFileSync(stampFile, "utf8") === fingerprint();
}
