/** A progress bar on standard error: one line that is rewritten on a terminal, only its last state elsewhere. */
export type ProgressBar = {
  /** `share` from 0 to 1. Cheap enough to be called for every piece of work. */
  update(share: number, detail: string): void;
  finish(): void;
  /** Leaves the line as it is. */
  abandon(): void;
};

const WIDTH = 30;
const REDRAW_MS = 50;

export function progressBar(title: string): ProgressBar {
  const started = performance.now();
  const terminal = process.stderr.isTTY;
  let drawn = -Infinity;
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  return {
    update: (share, detail) => {
      const now = performance.now();
      if (!terminal || now - drawn < REDRAW_MS) return;
      drawn = now;
      const filled = Math.round(Math.min(1, share) * WIDTH);
      const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
      process.stderr.write(
        `\r\u001b[K${title} ${bar} ${Math.floor(Math.min(1, share) * 100)} % ${detail} ${seconds()}`,
      );
    },
    finish: () => {
      process.stderr.write(`${terminal ? "\r\u001b[K" : ""}${title}: ${seconds()}\n`);
    },
    abandon: () => {
      if (terminal) process.stderr.write("\n");
    },
  };
}
