/** Builds dist: runtime kernels, type declarations, the program, the assets beside the sources. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dist, filesBelow, fingerprint, root, stampFile } from "./sources.mjs";

/** Built aside and swapped in whole, so that dist never mixes two versions. */
const next = join(root, "dist.next");
const modules = join(next, "modules");

node("scripts/build-kernels.mjs");
const sources = fingerprint(); // after the kernels: their output lies among the sources
rmSync(next, { recursive: true, force: true });
node("node_modules/typescript/bin/tsc", "-p", "tsconfig.json", "--outDir", modules, "--declarationDir", next);
node("scripts/bundle.mjs", modules, next);
rmSync(modules, { recursive: true });
for (const asset of ["src", "tpch"].flatMap(filesBelow).filter((file) => !/\.m?[jt]s$/.test(file))) {
  mkdirSync(dirname(join(next, asset)), { recursive: true });
  cpSync(join(root, asset), join(next, asset));
}
chmodSync(join(next, "src/cli/main.js"), 0o755);
rmSync(dist, { recursive: true, force: true });
renameSync(next, dist);
writeFileSync(stampFile, sources);

function node(script, ...args) {
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: "inherit" });
  if (status === 0) return;
  rmSync(next, { recursive: true, force: true });
  process.exit(status ?? 1);
}
