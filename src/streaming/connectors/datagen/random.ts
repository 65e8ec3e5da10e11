/** The finaliser of MurmurHash3: every bit of the input changes every bit of the output with probability 1/2. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const GOLDEN = 0x9e3779b9;
const WORD = 2 ** 32;

/** Random numbers that are a function of seed, stream and row number alone. */
export class RowRandom {
  private readonly seed: number;
  private low = 0;
  private high = 0;
  private drawn = 0;

  /** @param stream numbers of different streams have nothing to do with each other */
  constructor(seed: number, stream: number) {
    this.seed = mix(mix(seed >>> 0) ^ mix(Math.floor(seed / WORD) + GOLDEN) ^ mix(stream * 2 + 1));
  }

  /** From now on numbers are those of row `number`. */
  seek(number: number): void {
    this.low = mix((number ^ this.seed) >>> 0);
    this.high = mix(this.low ^ (Math.floor(number / WORD) + this.seed));
    this.drawn = 0;
  }

  /** 32 bits. */
  word(): number {
    const drawn = Math.imul(++this.drawn, GOLDEN);
    return mix(mix(this.low + drawn) ^ this.high);
  }

  /** In [0, 1), 53 bits. */
  unit(): number {
    return ((this.word() >>> 5) * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  /** In [0, span). */
  big(span: bigint): bigint {
    let bits = 0n;
    for (let i = 0; i < 6; i++) bits = (bits << 32n) | BigInt(this.word());
    return (bits * span) >> 192n;
  }
}
