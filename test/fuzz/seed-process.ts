/** Runs the cases of one seed as the campaign asks, and ends with it. */
import type { Job } from "./campaign.ts";
import { Runner } from "./runner.ts";
import { type Counts, runSeed } from "./seed.ts";

export type SeedTask = Job & {
  readonly folder: string;
  readonly timeout: number;
  readonly shrinkMs: number;
  /** Signatures that have been reported. */
  readonly known: readonly string[];
};

export type SeedMessage =
  | { readonly kind: "progress"; readonly cases: number }
  | { readonly kind: "report"; readonly text: string }
  | { readonly kind: "done"; readonly counts: Counts };

const send = (message: SeedMessage): void => void process.send?.(message);

process.once("message", ({ oracle, seed, queries, folder, timeout, shrinkMs, known }: SeedTask) => {
  let cases = 0;
  const runner = new Runner(timeout, () => send({ kind: "progress", cases }));
  process.once("disconnect", () => {
    runner.close();
    process.exit(0);
  });
  const report = (text: string): void => send({ kind: "report", text });
  void runSeed(runner, {
    ...{ oracle, seed, from: 0, cases: queries, folder, shrinkMs, report },
    known: new Set(known),
    onCase: () => cases++,
  }).then((counts) => {
    send({ kind: "done", counts });
    runner.close();
  });
});
