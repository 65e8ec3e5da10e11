import type { EngineName, Execution } from "./cases.ts";

/** `setup` makes the tables; sessions that have run the same one are used again. */
export type Request = {
  readonly setup: readonly string[];
  /** Their names. */
  readonly tables: readonly string[];
  readonly executions: readonly [Execution, Execution];
  readonly ordered: boolean;
};

/** Before each execution, and at the end. */
export type Answer =
  | { readonly kind: "running"; readonly engine: EngineName }
  | { readonly kind: "verdict"; readonly verdict: Verdict };

export type Verdict =
  | { readonly kind: "same" | "both errors" | "unsupported"; readonly detail: string }
  /** A finding. `signature`: alike for the same cause, as far as can be told. */
  | { readonly kind: "finding"; readonly what: Finding; readonly detail: string; readonly signature: string };

export type Finding = "wrong result" | "wrong types" | "error" | "missing error" | "internal error" | "crash" | "hang";
