/** A record that was left out, and why. `column`: the one whose value is wrong; undefined: the record as a whole. */
export type Reject = {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: string | undefined;
  /** The record as written, or the value. */
  readonly text: string;
  readonly message: string;
};
