/** `npx tsx tpch/gen/verify.ts --sf 1 [--workers N]`: writes .tbl files aside and compares them with the reference generator's. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { referenceChecksums } from "./checksums.ts";
import { generateTpch } from "./generate.ts";

const { values } = parseArgs({ options: { sf: { type: "string", default: "0.01" }, workers: { type: "string" } } });
const scaleFactor = Number(values.sf);
const expected = referenceChecksums(scaleFactor);
const directory = await mkdtemp(join(tmpdir(), "headrace-tpch-"));
try {
  const start = performance.now();
  const workers = values.workers === undefined ? undefined : Number(values.workers);
  await generateTpch({ scaleFactor, directory, format: "tbl", workers });
  process.stderr.write(`generated in ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  for (const { table, sha256 } of expected) {
    const actual = await sha256Of(join(directory, `${table}.tbl`));
    if (actual !== sha256) process.exitCode = 1;
    process.stdout.write(`${table.padEnd(8)}  ${actual}  ${actual === sha256 ? "ok" : `expected ${sha256}`}\n`);
  }
} finally {
  await rm(directory, { recursive: true });
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}
