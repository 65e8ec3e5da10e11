/** Lets asynchronous work through one piece at a time, in the order in which it came. */
export class Turnstile {
  private last: Promise<unknown> = Promise.resolve();

  /** Begins when all before has ended, well or not. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}
