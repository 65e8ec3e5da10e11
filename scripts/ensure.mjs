/**
 * Installs and builds what a fresh clone lacks, and does nothing when all is there. Plain Node, no dependencies.
 *
 *     node scripts/ensure.mjs            node_modules and dist
 *     node scripts/ensure.mjs --install  node_modules only
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isBuilt, root } from "./sources.mjs";

if (!isInstalled()) run("npm", ["ci", "--no-audit", "--no-fund"]);
if (!process.argv.includes("--install") && !isBuilt()) run(process.execPath, [join(root, "scripts/build.mjs")]);

/** True when every package of the lockfile that this platform needs lies in node_modules at its locked version. */
function isInstalled() {
  const installedLock = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installedLock)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(installedLock, "utf8")).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "" || entry.optional === true) return true;
    return installed[path]?.version === entry.version && existsSync(join(root, path));
  });
}

/** What a helper prints goes to stderr: stdout belongs to the command that needed it. */
function run(command, args) {
  process.stderr.write(`> ${[command === process.execPath ? "node" : command, ...args].join(" ")}\n`);
  const shell = process.platform === "win32";
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell });
  if (error !== undefined) process.stderr.write(`${error.message}\n`);
  if (status !== 0) process.exit(status ?? 1);
}
