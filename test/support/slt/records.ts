/** A sqllogictest script as data. Texts still hold their loop variables (`${i}` or `{i}`). */

/** Lines of the file, counted from 0, `end` exclusive. */
export type Lines = { readonly start: number; readonly end: number };

export type SortMode = "nosort" | "rowsort" | "valuesort";

/** Whether a record runs: `onlyif`/`skipif` name an engine or compare a loop variable (`i=3`). */
export type Condition = { readonly kind: "onlyif" | "skipif"; readonly test: string };

type RecordBase = {
  /** Of the record's first line, counted from 1, for messages. */
  readonly line: number;
  readonly conditions: readonly Condition[];
};

export type StatementRecord = RecordBase & {
  readonly kind: "statement";
  readonly sql: string;
  readonly expect: "ok" | "error" | "maybe";
  /** Part of the error's message, or `<REGEX>:` and a pattern. */
  readonly message: string;
  /** Where the expectation stands, `----` included; empty when there is none. */
  readonly expectation: Lines;
};

export type QueryRecord = RecordBase & {
  readonly kind: "query";
  readonly sql: string;
  /** One letter a column: I integer, T text, R real. Only their number is checked. */
  readonly types: string;
  readonly sort: SortMode;
  /** Queries with the same label have the same result. */
  readonly label: string | undefined;
  /** undefined without `----`. */
  readonly expected: readonly string[] | undefined;
  readonly expectation: Lines;
};

/** `EXPLAIN (<stage>) sql` prints `expected`; rules named by `expect=A,B` appear in it, those of `expect-not=` do not. */
export type PlanRecord = RecordBase & {
  readonly kind: "plan";
  readonly sql: string;
  readonly stage: string;
  readonly rules: readonly string[];
  readonly absentRules: readonly string[];
  readonly expected: readonly string[] | undefined;
  readonly expectation: Lines;
};

/** `loop` and `foreach`: the body once for each row of values, one value for each variable. */
export type LoopRecord = RecordBase & {
  readonly kind: "loop";
  readonly variables: readonly string[];
  readonly values: readonly (readonly string[])[];
  readonly body: readonly SltRecord[];
};

export type ControlRecord = RecordBase & {
  readonly kind: "control";
  readonly action:
    | { readonly name: "halt" }
    | { readonly name: "skip"; readonly on: boolean }
    | { readonly name: "hash-threshold"; readonly values: number }
    /** `${variable}` from here on. */
    | { readonly name: "set"; readonly variable: string; readonly value: string }
    /** The records of another script, or what it stands for. */
    | { readonly name: "include"; readonly path: string }
    /** Something that this runner or the engine does not offer: the rest of the file cannot be judged. */
    | { readonly name: "unsupported"; readonly what: string };
};

export type SltRecord = StatementRecord | QueryRecord | PlanRecord | LoopRecord | ControlRecord;

export class SltSyntaxError extends Error {
  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
  }
}
