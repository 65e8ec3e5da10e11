/**
 * `npm run slt -- DIR... [options]`: runs foreign sqllogictest files (.slt, .test) and counts by folder.
 *
 *     --json            the counts and every failure as JSON on standard output
 *     --failures        print every record that did not pass
 *     --jobs N          processes side by side (default 2)
 *     --timeout S       seconds for one file (default 60)
 *
 * HEADRACE_TEST_CONFIG names the configuration. The exit code is 0 even when records fail: this measures.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFile, readdir, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { countByFolder, formatCounts, sumCounts } from "./report.ts";
import type { FileReport } from "./report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    failures: { type: "boolean", default: false },
    jobs: { type: "string", default: "2" },
    timeout: { type: "string", default: "60" },
  },
});
if (positionals.length === 0) {
  process.stderr.write("Usage: npm run slt -- DIR... [--json] [--failures] [--jobs N] [--timeout SECONDS]\n");
  process.exit(2);
}

const root = resolve(positionals[0]!);
const files = (await Promise.all(positionals.map(findScripts))).flat();
const queue = files.toReversed();
const reports: (FileReport & { expectedQueries: number })[] = [];
await Promise.all(Array.from({ length: Number(values.jobs) }, () => drain(Number(values.timeout) * 1000)));
reports.sort((a, b) => (a.path < b.path ? -1 : 1));

const folders = countByFolder(root, reports);
if (values.json) {
  const failures = reports.map(({ path, failure, records }) => ({
    file: relative(root, path),
    ...(failure !== undefined && { failure }),
    records: records.filter(({ status }) => status !== "passed"),
  }));
  const open = failures.filter((file) => "failure" in file || file.records.length > 0);
  process.stdout.write(`${JSON.stringify({ total: sumCounts(folders), folders, files: open }, null, 1)}\n`);
} else {
  for (const { path, failure, records } of reports) {
    if (failure !== undefined) process.stdout.write(`${relative(root, path)}: ${failure.split("\n")[0]}\n`);
    if (!values.failures) continue;
    for (const { line, status, message, sql } of records) {
      if (status === "passed") continue;
      process.stdout.write(
        `${relative(root, path)}:${line} ${status}: ${message}\n    ${sql.split("\n").join("\n    ")}\n`,
      );
    }
  }
  process.stdout.write(`${formatCounts(folders)}\n`);
}

async function findScripts(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [resolve(path)];
  const entries = await readdir(path, { recursive: true });
  return entries
    .filter((entry) => /\.(slt|test)$/.test(entry))
    .map((entry) => resolve(join(path, entry)))
    .sort();
}

/** Feeds one child after another from the queue; a child that crashed or hung is replaced. */
async function drain(timeout: number): Promise<void> {
  let child: ChildProcess | undefined;
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    child ??= await startChild();
    const report = await runFile(child, path, timeout);
    if (report.failure !== undefined && child.exitCode === null) child.kill("SIGKILL");
    if (report.failure !== undefined) child = undefined;
    const text = await readFile(path, "utf8");
    reports.push({ ...report, expectedQueries: text.match(/^query /gm)?.length ?? 0 });
    if (process.stderr.isTTY) process.stderr.write(`\r${reports.length}/${files.length}`);
  }
  child?.kill();
}

function startChild(): Promise<ChildProcess> {
  const child = fork(new URL("./child.ts", import.meta.url), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  return new Promise((done, fail) => {
    child.once("message", () => done(child));
    child.once("exit", (code) => fail(new Error(`the test process ended with code ${code} before its first file`)));
  });
}

function runFile(child: ChildProcess, path: string, timeout: number): Promise<FileReport> {
  return new Promise((done) => {
    const finish = (report: FileReport): void => {
      clearTimeout(timer);
      child.removeAllListeners();
      done(report);
    };
    const fail = (failure: string): void => finish({ path, failure, records: [] });
    const timer = setTimeout(() => fail(`no end after ${timeout / 1000} s`), timeout);
    child.once("message", (report: FileReport) => finish(report));
    child.once("exit", (code, signal) => fail(`the process ended (${signal ?? `code ${code}`})`));
    child.send(path);
  });
}
