/**
 * Compiles the runtime kernels (AssemblyScript) to src/exec/kernels/kernels.wasm.
 *
 * No runtime, no managed objects, no static data: every worker instantiates the module on the same shared memory, so a
 * data segment would be rewritten under the feet of the others. `memoryBase` only reserves the addresses below it.
 */
import { existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./sources.mjs";

const folder = "src/exec/kernels";
const output = `${folder}/kernels.wasm`;
/** Written aside and renamed, so that nobody loads half a module. */
const next = `${folder}/kernels.${process.pid}.wasm`;

const modified = (file) => statSync(join(root, file)).mtimeMs;
const sources = readdirSync(join(root, folder, "assembly")).map((file) => `${folder}/assembly/${file}`);
sources.push(fileURLToPath(import.meta.url).slice(root.length + 1));
const current = existsSync(join(root, output)) && sources.every((file) => modified(file) <= modified(output));

if (!current) {
  const { default: asc } = await import("assemblyscript/asc");
  const options = [
    "--runtime stub --importMemory --noExportMemory --sharedMemory --initialMemory 1 --maximumMemory 65536",
    "--memoryBase 1024 --noAssert --optimizeLevel 3 --enable simd,threads,bulk-memory",
  ];
  const files = ["--baseDir", root, `${folder}/assembly/index.ts`, "--outFile", next];
  const { error, stderr } = await asc.main([...files, ...options.join(" ").split(" ")]);
  const messages = String(stderr);
  if (messages !== "") process.stderr.write(`${messages}\n`);
  if (error !== null) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  renameSync(join(root, next), join(root, output));
}
