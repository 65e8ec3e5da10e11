/** `npm run test:matrix`: the SQL scripts and TPC-H under every configuration of test/configs. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./sources.mjs";

const names = readdirSync(join(root, "test/configs"))
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));
const failed = names.filter((name) => {
  console.log(`\n== ${name}`);
  const command = [join(root, "scripts/test.mjs"), "--config", name, "test/slt", "test/tpch"];
  return spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" }).status !== 0;
});
console.log(`\n${names.length - failed.length} configurations passed, ${failed.length} failed ${failed.join(", ")}`);
process.exit(failed.length === 0 ? 0 : 1);
