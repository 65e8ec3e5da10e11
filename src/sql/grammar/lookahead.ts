/**
 * LL(1) prediction. FIRST sets are computed where they are first needed and memoised per rule: computing those of the
 * whole grammar at start-up would take longer than most queries.
 *
 * Of several alternatives that fit, the first whose GATE holds is taken: the grammar orders them so.
 */
import { TOKEN_INDEX_LIMIT, TOKEN_TYPES, type SqlTokenType } from "../tokens.ts";

/** The recorded grammar: what a rule consists of. `index` is Chevrotain's number of the occurrence in its rule. */
export type Part =
  | { readonly kind: "token"; readonly type: SqlTokenType }
  | { readonly kind: "rule"; readonly name: string }
  | { readonly kind: "or"; readonly index: number; readonly alternatives: readonly Alternative[] }
  | { readonly kind: RepeatKind; readonly index: number; readonly body: readonly Part[] };
export type RepeatKind = "option" | "many" | "manySep" | "atLeastOne" | "atLeastOneSep";
export type Alternative = { readonly gated: boolean; readonly body: readonly Part[] };

/** One flag per `tokenTypeIdx`. */
export type First = { readonly set: Uint8Array; readonly nullable: boolean };

/** What the functions see of the parser. */
type Input = { LA(howMuch: number): { readonly tokenTypeIdx: number } };
type Choice = { readonly GATE?: () => boolean };
/** As Chevrotain calls them, on the parser: the chosen alternative's number, or whether to go on. */
export type Predictor =
  | ((this: Input, alternatives: readonly Choice[] | { readonly DEF: readonly Choice[] }) => number | undefined)
  | ((this: Input) => boolean);

export class Lookahead {
  readonly #rules: ReadonlyMap<string, readonly Part[]>;
  readonly #firsts = new Map<string, First>();

  constructor(rules: ReadonlyMap<string, readonly Part[]>) {
    this.#rules = rules;
  }

  choose(alternatives: readonly Alternative[]): Predictor {
    let candidates: (readonly number[] | undefined)[] | undefined;
    const compute = (): (readonly number[] | undefined)[] => this.#candidates(alternatives);
    return function (this: Input, choices) {
      candidates ??= compute();
      const fitting = candidates[this.LA(1).tokenTypeIdx];
      if (fitting === undefined) return undefined;
      const list = "DEF" in choices ? choices.DEF : choices;
      for (const index of fitting) {
        const gate = list[index]!.GATE;
        if (gate === undefined || gate.call(this)) return index;
      }
      return undefined;
    };
  }

  enter(body: readonly Part[]): Predictor {
    let set: Uint8Array | undefined;
    const compute = (): Uint8Array => this.first(body).set;
    return function (this: Input) {
      set ??= compute();
      return set[this.LA(1).tokenTypeIdx] === 1;
    };
  }

  /** The tokens that a sequence may begin with, and whether it may be empty. */
  first(sequence: readonly Part[]): First {
    const set = new Uint8Array(TOKEN_INDEX_LIMIT);
    for (const part of sequence) {
      if (!this.#add(part, set)) return { set, nullable: false };
    }
    return { set, nullable: true };
  }

  /** What a part may begin with, by its names. */
  titles(part: Part): string[] {
    const { set } = this.first([part]);
    const classes = TOKEN_TYPES.filter((type) => type.members !== 0 && set[type.tokenTypeIdx] === 1);
    const covered = classes.reduce((bits, type) => bits | type.members, 0);
    const single = TOKEN_TYPES.filter(
      (type) => type.members === 0 && (type.classes & covered) === 0 && set[type.tokenTypeIdx] === 1,
    );
    return [...new Set([...single, ...classes].map((type) => type.title))];
  }

  /** Per token, the alternatives that may begin with it, in order. */
  #candidates(alternatives: readonly Alternative[]): (readonly number[] | undefined)[] {
    const table: number[][] = [];
    for (const [index, { body }] of alternatives.entries()) {
      const { set, nullable } = this.first(body);
      for (let token = 0; token < TOKEN_INDEX_LIMIT; token++) {
        if (nullable || set[token] === 1) (table[token] ??= []).push(index);
      }
    }
    return table;
  }

  /** Adds what `part` may begin with; true when it may also be empty. */
  #add(part: Part, set: Uint8Array): boolean {
    switch (part.kind) {
      case "token":
        addToken(part.type, set);
        return false;
      case "rule":
        return unite(this.#firstOf(part.name), set);
      case "or": {
        let nullable = false;
        for (const { body } of part.alternatives) nullable = unite(this.first(body), set) || nullable;
        return nullable;
      }
      case "atLeastOne":
      case "atLeastOneSep":
        return unite(this.first(part.body), set);
      case "option":
      case "many":
      case "manySep":
        unite(this.first(part.body), set);
        return true;
    }
  }

  #firstOf(name: string): First {
    let first = this.#firsts.get(name);
    if (first === undefined) {
      first = this.first(this.#rules.get(name)!);
      this.#firsts.set(name, first);
    }
    return first;
  }
}

function addToken(type: SqlTokenType, set: Uint8Array): void {
  set[type.tokenTypeIdx] = 1;
  if (type.members === 0) return;
  for (const member of TOKEN_TYPES) {
    if ((member.classes & type.members) !== 0) set[member.tokenTypeIdx] = 1;
  }
}

function unite({ set, nullable }: First, into: Uint8Array): boolean {
  for (let token = 0; token < set.length; token++) into[token]! |= set[token]!;
  return nullable;
}
