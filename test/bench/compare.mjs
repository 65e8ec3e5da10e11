/**
 * Runs each case here and with a peer in turn, so that what else the machine does meets both, and prints medians and ratios.
 *
 * @param cases { name, own, peer }: functions that resolve when the work is done; each is run once before it counts
 * @param options runs: how many times; most: the greatest ratio that passes
 * @returns whether all ratios pass
 */
export async function compare(cases, { runs, most }) {
  let passes = true;
  for (const { name, own, peer } of cases) {
    await own();
    await peer();
    const [mine, theirs] = [[], []];
    for (let run = 0; run < runs; run++) {
      mine.push(await timed(own));
      theirs.push(await timed(peer));
    }
    const [a, b] = [median(mine), median(theirs)];
    passes &&= a / b <= most;
    const figures = [a, b].map((ms) => `${ms.toFixed(0)} ms`.padStart(12)).join("");
    process.stdout.write(`${name.padEnd(30)}${figures}${(a / b).toFixed(2).padStart(8)}\n`);
  }
  process.stdout.write(`at most ${most}: ${passes ? "passes" : "fails"}\n`);
  return passes;
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];
