/**
 * `npm run fuzz -- [options]`: random queries over random tables, judged by other ways to the same rows.
 *
 *     --seed N          the first seed (default 1)
 *     --seeds N         how many seeds (default 1)
 *     --queries M       cases for each seed and oracle (default 1000)
 *     --from I          the first case (default 0): to run one again, --from I --queries 1
 *     --oracle O        duckdb: the same query there; tlp: the parts where a condition is TRUE, FALSE and NULL; norec: the
 *                       condition counted in the SELECT list; config: optimizer and compiler off; all (default duckdb)
 *     --out DIR         where scripts of failures are written (default .fuzz)
 *     --timeout MS      for one case (default 30000)
 *     --shrink-ms MS    for making one failure small (default 20000)
 *     --reasons         print what was unsupported or an error on both sides
 *
 * The exit code is 1 when there was a failure.
 */
import { parseArgs } from "node:util";
import { type Counts, runCampaign } from "./campaign.ts";
import type { Oracle } from "./cases.ts";
import { Runner } from "./runner.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "1" },
    queries: { type: "string", default: "1000" },
    from: { type: "string", default: "0" },
    oracle: { type: "string", default: "duckdb" },
    out: { type: "string", default: ".fuzz" },
    timeout: { type: "string", default: "30000" },
    "shrink-ms": { type: "string", default: "20000" },
    reasons: { type: "boolean", default: false },
  },
});

const ORACLES: readonly Oracle[] = ["duckdb", "tlp", "norec", "config"];
const oracles = values.oracle === "all" ? ORACLES : ORACLES.filter((oracle) => oracle === values.oracle);
if (oracles.length === 0) {
  process.stderr.write(`there is no oracle "${values.oracle}": duckdb, tlp, norec, config or all\n`);
  process.exit(2);
}

const runner = new Runner(Number(values.timeout));
const known = new Map<string, number>();
const first = Number(values.seed);
let findings = 0;
for (const oracle of oracles) {
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    const started = performance.now();
    const counts = await runCampaign(runner, {
      oracle,
      seed,
      from: Number(values.from),
      cases: Number(values.queries),
      folder: values.out,
      known,
      shrinkMs: Number(values["shrink-ms"]),
      report: (text) => void process.stdout.write(text),
    });
    findings += counts.findings;
    process.stdout.write(`${summary(oracle, seed, counts)} ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    if (values.reasons) {
      for (const [reason, count] of [...counts.reasons].sort((a, b) => b[1] - a[1])) {
        process.stdout.write(`  ${String(count).padStart(5)} ${reason}\n`);
      }
    }
  }
}
for (const [signature, count] of known) {
  if (signature !== "" && count > 1) process.stdout.write(`${String(count).padStart(6)} times ${signature}\n`);
}
runner.close();
process.exitCode = findings === 0 ? 0 : 1;

function summary(
  oracle: string,
  seed: number,
  { cases, same, bothErrors, unsupported, findings: found }: Counts,
): string {
  const share = (count: number): string => `${((100 * count) / cases).toFixed(1)} %`;
  return `${oracle} seed ${seed}: ${cases} cases, ${same} the same, ${bothErrors} errors on both sides (${share(bothErrors)}), ${unsupported} unsupported (${share(unsupported)}), ${found === 0 ? "no finding" : `${found} FINDINGS`}`;
}
