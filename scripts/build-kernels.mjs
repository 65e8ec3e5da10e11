/**
 * Compiles the runtime kernels (AssemblyScript) to src/exec/kernels/kernels.wasm.
 *
 * No runtime, no managed objects, no static data: every worker instantiates the module on the same shared memory, so a
 * data segment would be rewritten under the feet of the others. `memoryBase` only reserves the addresses below it.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import asc from "assemblyscript/asc";
import { root } from "./sources.mjs";

const folder = "src/exec/kernels";
const sources = readdirSync(join(root, folder, "assembly")).map((file) => join(root, folder, "assembly", file));
const output = join(root, folder, "kernels.wasm");
const modified = (file) => statSync(file).mtimeMs;

const current =
  existsSync(output) && [...sources, import.meta.filename ?? process.argv[1]].every((file) => modified(file) <= modified(output));
if (!current) {
  const { error, stderr } = await asc.main([
    ...["--baseDir", root, `${folder}/assembly/index.ts`, "--outFile", `${folder}/kernels.wasm`],
    ...["--runtime", "stub", "--importMemory", "--noExportMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
    ...["--memoryBase", "1024", "--noAssert", "--optimizeLevel", "3", "--enable", "simd,threads,bulk-memory"],
  ]);
  if (error !== null) {
    process.stderr.write(`${stderr.toString()}\n${error.message}\n`);
    process.exit(1);
  }
}
