/**
 * LL(1) prediction for Chevrotain, computed where it is first needed. Chevrotain's own strategy computes the paths of
 * the whole grammar at start-up, which would take longer than most queries; here FIRST sets are memoised per rule.
 *
 * Of several alternatives that fit, the first whose GATE holds is taken: the grammar orders them so.
 */
import type { IOrAlt, IProduction, ILookaheadStrategy, Rule } from "chevrotain";
import { gast } from "./chevrotain.ts";
import { TOKEN_INDEX_LIMIT, TOKEN_TYPES, type SqlTokenType } from "../tokens.ts";

/** One flag per `tokenTypeIdx`. */
type TokenSet = Uint8Array;
type First = { readonly set: TokenSet; readonly nullable: boolean };
type Parser = { LA(howMuch: number): { readonly tokenTypeIdx: number } };

export class LazyLookahead implements ILookaheadStrategy {
  readonly #firstOfRule = new Map<string, First>();
  readonly #productions = new Map<string, ReadonlyMap<string, IProduction>>();

  validate(): [] {
    return [];
  }

  buildLookaheadForAlternation(options: {
    prodOccurrence: number;
    rule: Rule;
  }): (this: Parser, alternatives?: IOrAlt<unknown>[]) => number | undefined {
    const strategy = this;
    // Per token, the alternatives that may begin with it, in order.
    let candidates: (readonly number[] | undefined)[] | undefined;
    return function (alternatives) {
      candidates ??= strategy.#candidates(options.rule, options.prodOccurrence);
      const fitting = candidates[this.LA(1).tokenTypeIdx];
      if (fitting === undefined) return undefined;
      for (const index of fitting) {
        const gate = alternatives?.[index]?.GATE;
        if (gate === undefined || gate.call(this)) return index;
      }
      return undefined;
    };
  }

  buildLookaheadForOptional(options: { prodOccurrence: number; prodType: string; rule: Rule }): (this: Parser) => boolean {
    const strategy = this;
    let set: TokenSet | undefined;
    return function () {
      set ??= strategy.#first(definitionOf(strategy.#production(options.rule, options.prodType, options.prodOccurrence))).set;
      return set[this.LA(1).tokenTypeIdx] === 1;
    };
  }

  #candidates(rule: Rule, occurrence: number): (readonly number[] | undefined)[] {
    const table: number[][] = [];
    for (const [index, alternative] of definitionOf(this.#production(rule, "Alternation", occurrence)).entries()) {
      const { set, nullable } = this.#first(definitionOf(alternative));
      for (let token = 0; token < TOKEN_INDEX_LIMIT; token++) {
        if (nullable || set[token] === 1) (table[token] ??= []).push(index);
      }
    }
    return table;
  }

  #production(rule: Rule, type: string, occurrence: number): IProduction {
    let productions = this.#productions.get(rule.name);
    if (productions === undefined) {
      const found = new Map<string, IProduction>();
      collect(rule.definition, found);
      productions = found;
      this.#productions.set(rule.name, productions);
    }
    return productions.get(`${type} ${occurrence}`)!;
  }

  #first(sequence: readonly IProduction[]): First {
    const set = new Uint8Array(TOKEN_INDEX_LIMIT);
    for (const production of sequence) {
      if (!this.#addFirst(production, set)) return { set, nullable: false };
    }
    return { set, nullable: true };
  }

  /** Adds the tokens that `production` may begin with; true when it may also be empty. */
  #addFirst(production: IProduction, set: TokenSet): boolean {
    if (production instanceof gast.Terminal) {
      addTerminal(production.terminalType as SqlTokenType, set);
      return false;
    }
    if (production instanceof gast.NonTerminal) return unite(this.#firstOf(production.referencedRule), set);
    if (production instanceof gast.Alternation) {
      let nullable = false;
      for (const alternative of definitionOf(production)) nullable = unite(this.#first(definitionOf(alternative)), set) || nullable;
      return nullable;
    }
    const nullable = unite(this.#first(definitionOf(production)), set);
    return (
      nullable || !(production instanceof gast.RepetitionMandatory || production instanceof gast.RepetitionMandatoryWithSeparator)
    );
  }

  #firstOf(rule: Rule): First {
    let first = this.#firstOfRule.get(rule.name);
    if (first === undefined) {
      first = this.#first(rule.definition);
      this.#firstOfRule.set(rule.name, first);
    }
    return first;
  }
}

function addTerminal(type: SqlTokenType, set: TokenSet): void {
  set[type.tokenTypeIdx] = 1;
  if (!(type.members > 0)) return;
  for (const member of TOKEN_TYPES) {
    if ((member.classes & type.members) !== 0) set[member.tokenTypeIdx] = 1;
  }
}

function unite({ set, nullable }: First, into: TokenSet): boolean {
  for (let token = 0; token < set.length; token++) into[token]! |= set[token]!;
  return nullable;
}

/** The productions inside one; none inside a rule's reference, which is no part of the rule. */
function definitionOf(production: IProduction): readonly IProduction[] {
  const holder = production as { readonly definition?: readonly IProduction[] };
  return production instanceof gast.NonTerminal ? [] : (holder.definition ?? []);
}

function collect(sequence: readonly IProduction[], found: Map<string, IProduction>): void {
  for (const production of sequence) {
    if (!(production instanceof gast.Alternative) && "idx" in production) found.set(`${typeName(production)} ${String(production.idx)}`, production);
    collect(definitionOf(production), found);
  }
}

/** As Chevrotain's `prodType` names them. */
function typeName(production: IProduction): string {
  if (production instanceof gast.Alternation) return "Alternation";
  if (production instanceof gast.Option) return "Option";
  if (production instanceof gast.RepetitionMandatoryWithSeparator) return "RepetitionMandatoryWithSeparator";
  if (production instanceof gast.RepetitionMandatory) return "RepetitionMandatory";
  if (production instanceof gast.RepetitionWithSeparator) return "RepetitionWithSeparator";
  if (production instanceof gast.Repetition) return "Repetition";
  return "Terminal";
}
