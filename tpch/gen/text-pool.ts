/**
 * The text pool: 300 MiB of grammatical nonsense, of which every comment column cuts its values (clause 4.2.2.10).
 *
 * The pool is one sequence of draws, but each sentence starts from a known state. `SEGMENTS` notes 32 of these, so that
 * workers fill their segments of the shared pool in parallel.
 */
import {
  ADJECTIVES,
  ADVERBS,
  AUXILIARIES,
  NOUN_PHRASES,
  NOUNS,
  PREPOSITIONS,
  SENTENCES,
  TERMINATORS,
  VERB_PHRASES,
  VERBS,
  type Weighted,
} from "./grammar.ts";
import { next, pick } from "./random.ts";

export const POOL_SIZE: number = 300 * 1024 * 1024;

/** Readers copy text in 8-byte words, so they may look this far past the end. */
const SLACK = 8;

/** Sentences are composed in a private block of this size, then copied into the pool. */
const BLOCK_SIZE = 65536;
/** More than a sentence. */
const BLOCK_SLACK = 1024;

/** Where each segment starts (the first sentence at or after a 32nd of the pool) and the state that draws it. */
const SEGMENTS: readonly (readonly [start: number, state: number])[] = [
  [0, 933588178],
  [9830424, 1925335473],
  [19660810, 563391851],
  [29491204, 2096013216],
  [39321619, 374858592],
  [49152080, 138671338],
  [58982448, 1037153816],
  [68812820, 1524107],
  [78643223, 123793686],
  [88473607, 1628772256],
  [98304011, 181171974],
  [108134421, 764823328],
  [117964817, 1062410537],
  [127795221, 1546339090],
  [137625648, 652432975],
  [147456075, 2144846129],
  [157286442, 400078567],
  [167116822, 1027504690],
  [176947229, 46453828],
  [186777602, 1724970504],
  [196608019, 1105413057],
  [206438492, 1689164023],
  [216268868, 1956087994],
  [226099227, 1380217445],
  [235929648, 1407925218],
  [245760024, 75277368],
  [255590452, 1660456561],
  [265420831, 569786304],
  [275251227, 42055684],
  [285081613, 1039810711],
  [294912013, 2013011059],
  [304742424, 788345060],
];

export const SEGMENT_COUNT: number = SEGMENTS.length;
/** Longest word with its trailing space, in 8-byte units. */
const WORD_UNITS = 3;

/** Where a word comes from, and what follows it. */
type Slot = { readonly words: Weighted; readonly suffix: string };

const SLOTS = {
  noun: { words: NOUNS, suffix: " " },
  verb: { words: VERBS, suffix: " " },
  adjective: { words: ADJECTIVES, suffix: " " },
  listedAdjective: { words: ADJECTIVES, suffix: ", " },
  adverb: { words: ADVERBS, suffix: " " },
  auxiliary: { words: AUXILIARIES, suffix: " " },
  preposition: { words: PREPOSITIONS, suffix: " the " },
  terminator: { words: TERMINATORS, suffix: " " },
} as const satisfies { readonly [name: string]: Slot };

type SlotName = keyof typeof SLOTS;

const SLOT_NAMES = Object.keys(SLOTS) as SlotName[];

function totalWeight(choices: Weighted): number {
  return choices.reduce((sum, [, weight]) => sum + weight, 0);
}

/** For each draw in [0, total weight), the index of the choice. */
function expand(choices: Weighted): number[] {
  return choices.flatMap(([, weight], index) => Array.from({ length: weight }, () => index));
}

const PHRASE_LETTERS: { readonly [letter: string]: SlotName } = {
  N: "noun",
  V: "verb",
  J: "adjective",
  L: "listedAdjective",
  D: "adverb",
  X: "auxiliary",
};

/** A phrase such as "DJN" as slot numbers. */
function phraseSlots(phrase: string): Uint8Array {
  return Uint8Array.from(phrase, (letter) => SLOT_NAMES.indexOf(PHRASE_LETTERS[letter]!));
}

const NOUN_PHRASE = 0;
const VERB_PHRASE = 1;
const PREPOSITION = 2;
const TERMINATOR = 3;

/** A sentence form such as "NVPT" as parts; P is a preposition followed by a noun phrase. */
function sentenceParts(sentence: string): Uint8Array {
  const parts: { readonly [letter: string]: readonly number[] } = {
    N: [NOUN_PHRASE],
    V: [VERB_PHRASE],
    P: [PREPOSITION, NOUN_PHRASE],
    T: [TERMINATOR],
  };
  return Uint8Array.from([...sentence].flatMap((letter) => parts[letter]!));
}

type Tables = {
  /** Per slot: where its draws start in `drawWord`, and how many there are. */
  readonly slotStart: Int32Array;
  readonly slotWeight: Int32Array;
  /** Draw of a slot -> word. */
  readonly drawWord: Uint16Array;
  /** Per word: its bytes in `WORD_UNITS` floats, and its length. */
  readonly image: Float64Array;
  readonly length: Uint8Array;
  /** Draw -> the parts of the sentence: `PREPOSITION`, `NOUN_PHRASE`, `VERB_PHRASE`, `TERMINATOR`. */
  readonly sentences: readonly Uint8Array[];
  readonly nounPhrases: readonly Uint8Array[];
  readonly verbPhrases: readonly Uint8Array[];
};

/** For each draw, the encoded choice. */
function forms(choices: Weighted, encode: (text: string) => Uint8Array): readonly Uint8Array[] {
  const encoded = choices.map(([text]) => encode(text));
  return expand(choices).map((index) => encoded[index]!);
}

function buildTables(): Tables {
  const slots = SLOT_NAMES.map((name) => SLOTS[name]);
  const words = slots.flatMap((slot) => slot.words.map(([word]) => word + slot.suffix));
  const bytes = new Uint8Array(words.length * WORD_UNITS * 8).fill(0x20);
  words.forEach((word, index) => new TextEncoder().encodeInto(word, bytes.subarray(index * WORD_UNITS * 8)));

  const slotStart = new Int32Array(slots.length);
  const drawWord: number[] = [];
  let firstWord = 0;
  slots.forEach((slot, index) => {
    slotStart[index] = drawWord.length;
    drawWord.push(...expand(slot.words).map((word) => firstWord + word));
    firstWord += slot.words.length;
  });
  return {
    slotStart,
    slotWeight: Int32Array.from(slots, (slot) => totalWeight(slot.words)),
    drawWord: Uint16Array.from(drawWord),
    image: new Float64Array(bytes.buffer),
    length: Uint8Array.from(words, (word) => word.length),
    sentences: forms(SENTENCES, sentenceParts),
    nounPhrases: forms(NOUN_PHRASES, phraseSlots),
    verbPhrases: forms(VERB_PHRASES, phraseSlots),
  };
}

/**
 * Writes whole sentences from the start of `view` on until they fill at least `limit` bytes, drawing from `state`.
 * Returns the bytes written and the state of the next sentence.
 *
 * Words are copied as 8-byte floats: V8 turns these into plain unaligned moves, and no ASCII bytes form a NaN, so the
 * bits survive. A copy may reach 15 bytes past its word, where the next word goes. One loop over local variables: 45
 * million words pass here.
 */
function writeSentences(
  tables: Tables,
  view: DataView,
  limit: number,
  state: number,
): { written: number; state: number } {
  const { slotStart, slotWeight, drawWord, image, length, sentences, nounPhrases, verbPhrases } = tables;
  const preposition = Uint8Array.of(SLOT_NAMES.indexOf("preposition"));
  const terminator = Uint8Array.of(SLOT_NAMES.indexOf("terminator"));
  let at = 0;
  while (at < limit) {
    state = next(state);
    const sentence = sentences[pick(state, sentences.length)]!;
    for (let i = 0; i < sentence.length; i++) {
      const part = sentence[i]!;
      let phrase: Uint8Array;
      if (part === PREPOSITION) phrase = preposition;
      else if (part === TERMINATOR) {
        at -= 1;
        phrase = terminator;
      } else {
        const phrases = part === VERB_PHRASE ? verbPhrases : nounPhrases;
        state = next(state);
        phrase = phrases[pick(state, phrases.length)]!;
      }
      for (let j = 0; j < phrase.length; j++) {
        const slot = phrase[j]!;
        state = next(state);
        const word = drawWord[slotStart[slot]! + pick(state, slotWeight[slot]!)]!;
        const unit = word * WORD_UNITS;
        view.setFloat64(at, image[unit]!, true);
        view.setFloat64(at + 8, image[unit + 1]!, true);
        const bytes = length[word]!;
        if (bytes > 16) view.setFloat64(at + 16, image[unit + 2]!, true);
        at += bytes;
      }
    }
  }
  return { written: at, state };
}

/** An empty pool, in memory that workers can share; each of its `SEGMENT_COUNT` segments is to be filled once. */
export function allocateTextPool(): SharedArrayBuffer {
  return new SharedArrayBuffer(POOL_SIZE + SLACK);
}

/** Fills the given segments of a pool; they are independent of the others. */
export function fillTextPool(pool: SharedArrayBuffer, segments: Iterable<number>): void {
  const tables = buildTables();
  const target = new Uint8Array(pool, 0, POOL_SIZE);
  const block = new Uint8Array(BLOCK_SIZE + BLOCK_SLACK);
  const view = new DataView(block.buffer);
  for (const segment of segments) {
    let [at, state] = SEGMENTS[segment]!;
    const end = SEGMENTS[segment + 1]?.[0] ?? POOL_SIZE;
    while (at < end) {
      const { written, state: following } = writeSentences(tables, view, Math.min(BLOCK_SIZE, end - at), state);
      target.set(block.subarray(0, Math.min(written, end - at)), at);
      at += written;
      state = following;
    }
  }
}

/** The whole pool, filled on this thread: about two seconds. */
export function createTextPool(): SharedArrayBuffer {
  const pool = allocateTextPool();
  fillTextPool(pool, SEGMENTS.keys());
  return pool;
}
