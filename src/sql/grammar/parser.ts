/**
 * Chevrotain's parser with a lighter start. Chevrotain records a grammar by running each rule once with its DSL methods
 * replaced; the classes that it records into, and the analysis behind them, take 40 ms for our grammar. Here the
 * recording goes into plain objects (4 ms), and the analysis is `Lookahead`.
 *
 * The members declared or redefined here are internal to the pinned version of Chevrotain: unit tests of the grammar cover them.
 */
import {
  EarlyExitException,
  EmbeddedActionsParser,
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type IToken,
  NoViableAltException,
  type ParserMethod,
} from "chevrotain";
import { T, type SqlTokenType } from "../tokens.ts";
import { Lookahead, type Alternative, type Part, type Predictor, type RepeatKind } from "./lookahead.ts";

export type Production<Result, Args extends unknown[] = []> = ParserMethod<Args, Result>;

type Action = () => unknown;
type Repetition = Action | { readonly DEF: Action };
type Choices = readonly { readonly ALT: Action; readonly GATE?: () => boolean }[];

/** An error's message is what was expected, as a noun, or empty: `syntaxError` makes the sentence. */
const EXPECTATIONS: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => (expected as SqlTokenType).title,
  buildNotAllInputParsedMessage: () => "",
  buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? "",
  buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? "",
};

/** The bits by which Chevrotain tells its DSL methods apart in the keys of predictors, beside the occurrence. */
const METHOD_BITS: Readonly<Record<RepeatKind | "or", number>> = {
  or: 1 << 8,
  option: 2 << 8,
  many: 3 << 8,
  atLeastOne: 4 << 8,
  manySep: 5 << 8,
  atLeastOneSep: 6 << 8,
};

/** More words than that help nobody. */
const MAX_TITLES = 12;

/** What a recording returns for a token and for a rule: nothing is known of them yet. */
const RECORDED_TOKEN: IToken = {
  image: "",
  startOffset: -1,
  endOffset: -1,
  tokenType: T.Identifier,
  tokenTypeIdx: T.Identifier.tokenTypeIdx,
};
const RECORDED_RESULT: object = Object.freeze({});

export abstract class Parser extends EmbeddedActionsParser {
  declare private readonly definedRulesNames: readonly string[];
  declare private readonly fullRuleNameToShort: Readonly<Record<string, number>>;
  declare private currRuleShortName: number;
  declare private selfAnalysisDone: boolean;
  declare private enableRecording: () => void;
  declare private disableRecording: () => void;
  declare private setLaFuncCache: (key: number, predictor: Predictor) => void;
  declare private getCurrRuleFullName: () => string;
  declare private SAVE_ERROR: (error: IRecognitionException) => Error;

  #parts: Part[] = [];
  #rules: ReadonlyMap<string, readonly Part[]> = new Map();
  #lookahead: Lookahead = new Lookahead(this.#rules);

  constructor() {
    super([T.Identifier], { skipValidations: true, maxLookahead: 1, errorMessageProvider: EXPECTATIONS });
  }

  /** The recorded grammar by rule, for checks and completion. */
  get grammar(): ReadonlyMap<string, readonly Part[]> {
    return this.#rules;
  }

  /**
   * `RULE` with the result's type taken from the field that holds it. Chevrotain's own wrapper around an action costs two
   * `try` statements and a stack frame per call, for error recovery; ours only keeps what predictors are found by.
   */
  protected rule<Result, Args extends unknown[]>(
    name: string,
    action: (...args: Args) => Result,
  ): Production<Result, Args> {
    const production = this.RULE(name, action);
    const rule = this.fullRuleNameToShort[name]!;
    const run = action as (...args: readonly unknown[]) => unknown;
    const coreRule = (first?: unknown, second?: unknown, third?: unknown): unknown => {
      const outer = this.currRuleShortName;
      this.currRuleShortName = rule;
      const result = run(first, second, third);
      this.currRuleShortName = outer;
      return result;
    };
    return Object.assign(production, { coreRule });
  }

  protected subruleInternal(
    rule: { readonly coreRule: (...args: readonly unknown[]) => unknown },
    _index: number,
    options?: { readonly ARGS?: readonly unknown[] },
  ): unknown {
    const args = options?.ARGS;
    return args === undefined ? rule.coreRule() : rule.coreRule(args[0], args[1], args[2]);
  }

  /** Records the grammar. To be called before parsing; once it is done, it does nothing. */
  analyze(): void {
    if (this.selfAnalysisDone) return;
    const rules = new Map<string, readonly Part[]>();
    const members = this as unknown as Readonly<Record<string, { readonly originalGrammarAction: Action }>>;
    this.selfAnalysisDone = true;
    this.enableRecording();
    try {
      for (const name of this.definedRulesNames) rules.set(name, this.#record(members[name]!.originalGrammarAction));
    } finally {
      this.disableRecording();
    }
    this.#rules = rules;
    toFastProperties(this);
    this.#lookahead = new Lookahead(rules);
    for (const [name, parts] of rules) this.#predict(parts, this.fullRuleNameToShort[name]!);
  }

  #predict(parts: readonly Part[], rule: number): void {
    for (const part of parts) {
      if (part.kind === "token" || part.kind === "rule") continue;
      const key = rule | METHOD_BITS[part.kind] | part.index;
      if (part.kind === "or") {
        this.setLaFuncCache(key, this.#lookahead.choose(part.alternatives));
        for (const { body } of part.alternatives) this.#predict(body, rule);
      } else {
        this.setLaFuncCache(key, this.#lookahead.enter(part.body));
        this.#predict(part.body, rule);
      }
    }
  }

  // -------------------------------------------------------------- recording: what the DSL methods do meanwhile

  #record(action: Action): readonly Part[] {
    const outer = this.#parts;
    const parts: Part[] = [];
    this.#parts = parts;
    action.call(this);
    this.#parts = outer;
    return parts;
  }

  #repeat(kind: RepeatKind, index: number, repetition: Repetition): object {
    const body = this.#record(typeof repetition === "function" ? repetition : repetition.DEF);
    this.#parts.push({ kind, index, body });
    return RECORDED_RESULT;
  }

  protected consumeInternalRecord(type: SqlTokenType): IToken {
    this.#parts.push({ kind: "token", type });
    return RECORDED_TOKEN;
  }

  protected subruleInternalRecord(rule: { readonly ruleName: string }): object {
    this.#parts.push({ kind: "rule", name: rule.ruleName });
    return RECORDED_RESULT;
  }

  protected orInternalRecord(choices: Choices | { readonly DEF: Choices }, index: number): object {
    const list = "DEF" in choices ? choices.DEF : choices;
    const alternatives = list.map(({ ALT, GATE }): Alternative => ({
      gated: GATE !== undefined,
      body: this.#record(ALT),
    }));
    this.#parts.push({ kind: "or", index, alternatives });
    return RECORDED_RESULT;
  }

  protected optionInternalRecord(option: Repetition, index: number): object {
    return this.#repeat("option", index, option);
  }

  protected manyInternalRecord(index: number, many: Repetition): void {
    this.#repeat("many", index, many);
  }

  protected manySepFirstInternalRecord(index: number, many: Repetition): void {
    this.#repeat("manySep", index, many);
  }

  protected atLeastOneInternalRecord(index: number, many: Repetition): void {
    this.#repeat("atLeastOne", index, many);
  }

  protected atLeastOneSepFirstInternalRecord(index: number, many: Repetition): void {
    this.#repeat("atLeastOneSep", index, many);
  }

  // -------------------------------------------------------------- errors

  /** `TABLE, VIEW or SCHEMA`: what an occurrence in the current rule may begin with, unless that is too much to tell. */
  #expected(kinds: readonly Part["kind"][], index: number): string {
    const part = find(this.#rules.get(this.getCurrRuleFullName()) ?? [], kinds, index);
    const titles = part === undefined ? [] : this.#lookahead.titles(part);
    return titles.length > MAX_TITLES ? "" : titles.join(", ").replace(/, ([^,]+)$/, " or $1");
  }

  protected raiseNoAltException(index: number, expected: string | undefined): never {
    throw this.SAVE_ERROR(new NoViableAltException(expected ?? this.#expected(["or"], index), this.LA(1), this.LA(0)));
  }

  protected raiseEarlyExitException(index: number, _kind: string, expected: string | undefined): never {
    throw this.SAVE_ERROR(
      new EarlyExitException(
        expected ?? this.#expected(["atLeastOne", "atLeastOneSep"], index),
        this.LA(1),
        this.LA(0),
      ),
    );
  }
}

function find(parts: readonly Part[], kinds: readonly Part["kind"][], index: number): Part | undefined {
  for (const part of parts) {
    if (part.kind === "token" || part.kind === "rule") continue;
    if (kinds.includes(part.kind) && part.index === index) return part;
    const inner = part.kind === "or" ? part.alternatives.flatMap(({ body }) => body) : part.body;
    const found = find(inner, kinds, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Replacing and deleting the DSL methods has made a dictionary of the parser, at half the speed: V8 makes prototypes fast again. */
function toFastProperties(parser: object): void {
  function Heir(): void {}
  Heir.prototype = parser;
  Reflect.construct(Heir, []);
}
