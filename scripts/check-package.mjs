/**
 * `npm run check:package`: packs the package, installs it in an empty project, and uses it there as JavaScript, as
 * TypeScript and as a command. Fails on install scripts, native code, and sizes over the limits.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root } from "./sources.mjs";
import "./ensure.mjs";

const PACKED_LIMIT = 3e6;
const INSTALLED_LIMIT = 35e6;

const JAVASCRIPT = `
import { col, connect, sum } from "headrace";
const db = await connect({ workers: 2 });
try {
  await db.execute("CREATE TABLE t AS SELECT i AS a, i % 3 AS k FROM range(100000) r(i)");
  const rows = await db.table("t").groupBy("k").agg({ total: sum("a") }).sort("k").collect();
  await db.table("t").write.parquet("t.parquet");
  const [{ c }] = await db.sql("SELECT count(*) AS c FROM 't.parquet'").collect();
  console.log(rows.map(({ total }) => total).join(" "), c);
} finally {
  await db.close();
}
`;

const TYPESCRIPT = `
import { connect, type Session } from "headrace";
await using db: Session = await connect();
const rows = await db.sql\`SELECT \${41} + 1 AS answer\`.collect();
console.log(rows[0]?.["answer"]);
`;

const folder = mkdtempSync(join(tmpdir(), "headrace-package-"));
try {
  const packed = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder], root))[0];
  within("packed", packed.size, PACKED_LIMIT);
  writeFileSync(join(folder, "package.json"), '{ "name": "empty", "type": "module", "private": true }\n');
  run("npm", ["install", "--no-audit", "--no-fund", join(folder, packed.filename)], folder);
  const installed = [...filesOf(join(folder, "node_modules"))];
  within(
    "installed",
    installed.reduce((sum, path) => sum + statSync(path).size, 0),
    INSTALLED_LIMIT,
  );
  for (const path of installed) {
    if (/\.(node|so|dylib|dll)$/.test(path)) fail(`native code: ${path}`);
    if (basename(path) !== "package.json") continue;
    const { scripts = {} } = JSON.parse(readFileSync(path, "utf8"));
    // Installing runs these of the packages at the top of node_modules only; none is wanted anywhere.
    for (const name of ["preinstall", "install", "postinstall"]) if (name in scripts) fail(`${name} script: ${path}`);
  }
  writeFileSync(join(folder, "main.mjs"), JAVASCRIPT);
  expect("JavaScript", run(process.execPath, ["main.mjs"], folder), "1666683333 1666616667 1666650000 100000n\n");
  writeFileSync(join(folder, "typed.ts"), TYPESCRIPT);
  const options = ["--module", "nodenext", "--target", "es2022", "--lib", "es2022,esnext.disposable,dom", "--strict"];
  const types = ["--typeRoots", join(root, "node_modules/@types"), "--types", "node", "--skipLibCheck"];
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...options, ...types, "typed.ts"], folder);
  expect("TypeScript", run(process.execPath, ["typed.js"], folder), "42n\n");
  const command = ["exec", "--", "headrace", "--format", "csv", "-c", "SELECT 42 AS answer"];
  expect("the command", run("npm", command, folder), "answer\n42\n");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Its standard output. */
function run(command, args, cwd) {
  const shell = process.platform === "win32";
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", shell });
  if (status !== 0) fail(`${command} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

function* filesOf(directory) {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) yield join(entry.parentPath, entry.name);
  }
}

function within(what, bytes, limit) {
  console.log(`${what}: ${(bytes / 1e6).toFixed(1)} MB (at most ${limit / 1e6})`);
  if (bytes > limit) fail(`${what} is too large`);
}

function expect(what, actual, expected) {
  console.log(`${what}: ${actual.trim()}`);
  if (actual !== expected) fail(`${what}: expected ${expected}`);
}

function fail(message) {
  throw new Error(message);
}
