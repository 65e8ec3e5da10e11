/** Regular expressions as trees. A literal character is a class of one. */
import type { Ranges } from "./ranges.ts";

export type Assertion = "text start" | "text end" | "line start" | "line end" | "word boundary";

export type Regexp =
  | { readonly kind: "Empty" }
  /** One character out of these. */
  | { readonly kind: "Class"; readonly ranges: Ranges }
  | { readonly kind: "Assert"; readonly assertion: Assertion }
  /** A capturing group; groups are numbered from 1. */
  | { readonly kind: "Group"; readonly index: number; readonly body: Regexp }
  | { readonly kind: "Sequence"; readonly parts: readonly Regexp[] }
  /** The first option that leads to a match is taken. */
  | { readonly kind: "Alternatives"; readonly options: readonly Regexp[] }
  | {
      readonly kind: "Repeat";
      readonly body: Regexp;
      readonly least: number;
      readonly most: number | undefined;
      readonly lazy: boolean;
    };

export type ParsedRegexp = { readonly root: Regexp; readonly groups: number };

/** Whether the empty text matches. */
export function isNullable(regexp: Regexp): boolean {
  switch (regexp.kind) {
    case "Empty":
    case "Assert":
      return true;
    case "Class":
      return false;
    case "Group":
      return isNullable(regexp.body);
    case "Sequence":
      return regexp.parts.every(isNullable);
    case "Alternatives":
      return regexp.options.some(isNullable);
    case "Repeat":
      return regexp.least === 0 || isNullable(regexp.body);
  }
}
