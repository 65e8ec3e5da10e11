import type { Progress } from "../index.ts";

const SHOWN_AFTER_MS = 2000;
const WIDTH = 30;
const CLEAR = "\r\x1b[K";

/** A line on the terminal while a statement takes long: how far it is, what it does, and for how long it has run. */
export class ProgressBar {
  private readonly terminal: NodeJS.WriteStream;
  private readonly started = performance.now();
  private shown = false;

  constructor(terminal: NodeJS.WriteStream) {
    this.terminal = terminal;
  }

  update(progress: Progress): void {
    const ms = performance.now() - this.started;
    if (ms < SHOWN_AFTER_MS) return;
    this.shown = true;
    this.terminal.write(CLEAR + barText(progress, ms).slice(0, this.terminal.columns - 1));
  }

  clear(): void {
    if (this.shown) this.terminal.write(CLEAR);
    this.shown = false;
  }
}

export function barText({ step, stepsDone, steps, morselsDone, morsels }: Progress, ms: number): string {
  const within = morsels === 0 ? 0 : morselsDone / morsels;
  const fraction = steps === 0 ? 0 : Math.min(1, (stepsDone + within) / steps);
  const full = Math.round(fraction * WIDTH);
  const bar = "█".repeat(full) + "░".repeat(WIDTH - full);
  return `${bar} ${Math.floor(fraction * 100)
    .toString()
    .padStart(3)} % ${(ms / 1000).toFixed(0)} s  ${step}`;
}
