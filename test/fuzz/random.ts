/** Reproducible random choices (sfc32 seeded through a string hash). */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 1;

  constructor(seed: string) {
    for (let i = 0; i < seed.length; i++) {
      this.a = Math.imul(this.a ^ seed.charCodeAt(i), 0x9e3779b1);
      this.b = Math.imul(this.b ^ this.a, 0x85ebca6b) + i;
      this.c = Math.imul(this.c ^ this.b, 0xc2b2ae35);
    }
    for (let i = 0; i < 12; i++) this.next();
  }

  /** 32 bits. */
  next(): number {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** In [0, 1). */
  unit(): number {
    return this.next() / 2 ** 32;
  }

  /** From 0 to `end`, exclusive. */
  below(end: number): number {
    return Math.floor(this.unit() * end);
  }

  /** From `low` to `high`, both inclusive. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** One of the items, by weight; zero weights never. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let left = this.unit() * items.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, item] of items) {
      left -= weight;
      if (left < 0 && weight > 0) return item;
    }
    return (items.find(([weight]) => weight > 0) ?? items[0]!)[1];
  }

  shuffle<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }

  bigBetween(low: bigint, high: bigint): bigint {
    let bits = 0n;
    for (let i = 0; i < 5; i++) bits = (bits << 32n) | BigInt(this.next());
    return low + (bits % (high - low + 1n));
  }
}
