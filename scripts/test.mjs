/**
 * `npm test [-- options]`: installs and builds what is missing, then runs vitest.
 *
 *     --complete       rewrite the expectations of the .slt scripts from what the engine returns
 *     --config NAME    run them under test/configs/NAME.json
 *
 * All other options are vitest's.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./sources.mjs";
import "./ensure.mjs";

const vitest = [];
const args = process.argv.slice(2);
for (let i = 0; i < args.length; i++) {
  if (args[i] === "--complete") process.env.HEADRACE_SLT_COMPLETE = "1";
  else if (args[i] === "--config") process.env.HEADRACE_TEST_CONFIG = args[++i];
  else vitest.push(args[i]);
}
const command = [join(root, "node_modules/vitest/vitest.mjs"), "run", ...vitest];
process.exit(spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" }).status ?? 1);
