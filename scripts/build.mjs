/** Builds dist: runtime kernels, type declarations, the program, the assets beside the sources. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dist, filesBelow, fingerprint, root, stampFile } from "./sources.mjs";

/** Built aside and swapped in whole, so that dist never mixes two versions. */
const next = join(root, "dist.next");
const modules = join(next, "modules");
/** A bit of what most queries need. */
const FIRST_RUN = `
  CREATE TABLE t AS SELECT i AS a, i % 3 AS k, 'x' || i AS s, i / 7 AS d FROM range(10) r(i);
  SELECT k, count(*), sum(d), min(s) FROM t JOIN (VALUES (1, 'a'), (2, 'b')) v(n, m) ON k = n
  WHERE a > 1 AND s LIKE 'x%' GROUP BY k ORDER BY k LIMIT 5;`;

node("scripts/build-kernels.mjs");
const sources = fingerprint(); // after the kernels: their output lies among the sources
rmSync(next, { recursive: true, force: true });
node("node_modules/typescript/bin/tsc", "-p", "tsconfig.json", "--outDir", modules, "--declarationDir", next);
node("scripts/bundle.mjs", modules, next);
rmSync(modules, { recursive: true });
for (const asset of ["src", "tpch", "nexmark"].flatMap(filesBelow).filter((file) => !/\.m?[jt]s$/.test(file))) {
  mkdirSync(dirname(join(next, asset)), { recursive: true });
  cpSync(join(root, asset), join(next, asset));
}
chmodSync(join(next, "src/cli/main.js"), 0o755);
keepCompiledCode();
rmSync(dist, { recursive: true, force: true });
renameSync(next, dist);
writeFileSync(stampFile, sources);

/** By a first run of the shell: see `cached-program.mjs`. */
function keepCompiledCode() {
  const { status } = spawnSync(process.execPath, [join(next, "src/cli/main.js"), "-c", FIRST_RUN], {
    stdio: ["ignore", "ignore", 2],
  });
  if (status !== 0) process.exit(status ?? 1);
}

function node(script, ...args) {
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: "inherit" });
  if (status === 0) return;
  rmSync(next, { recursive: true, force: true });
  process.exit(status ?? 1);
}
