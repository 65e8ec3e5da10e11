/** Builds dist: runtime kernels, TypeScript, the assets beside the sources, and the executable bit of the CLI. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dist, filesBelow, fingerprint, root, stampFile } from "./sources.mjs";

/** Built aside and swapped in whole, so that dist never mixes two versions. */
const next = join(root, "dist.next");

const kernels = join(root, "scripts/build-kernels.mjs");
if (existsSync(kernels)) node(kernels);
const sources = fingerprint(); // after the kernels: their output lies among the sources
rmSync(next, { recursive: true, force: true });
node(join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json", "--outDir", next);
for (const asset of ["src", "tpch"].flatMap(filesBelow).filter((file) => !file.endsWith(".ts"))) {
  mkdirSync(dirname(join(next, asset)), { recursive: true });
  cpSync(join(root, asset), join(next, asset));
}
const cli = join(next, "src/cli/main.js");
if (existsSync(cli)) chmodSync(cli, 0o755);
rmSync(dist, { recursive: true, force: true });
renameSync(next, dist);
writeFileSync(stampFile, sources);

function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    rmSync(next, { recursive: true, force: true });
    process.exit(status ?? 1);
  }
}
