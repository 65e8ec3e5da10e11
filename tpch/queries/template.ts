/** What a TPC-H query is to this project: text with named parameters, and the rules that choose them. */
import { next, pick, skip } from "../gen/random.ts";

/** The text of each parameter, as it stands in the SQL. */
export type Parameters = { readonly [name: string]: string };

export type QueryTemplate = {
  /** PostgreSQL's syntax; `:name` stands for a parameter. */
  readonly sql: string;
  /** The validation values of clause 2.4, for which the answers are known. */
  readonly defaults: Parameters;
  /** Draws parameters by the substitution rules of clause 2.4. */
  readonly random: (draw: Draw, scaleFactor: number) => Parameters;
  /** The output columns that ORDER BY names, in its order. */
  readonly orderBy: readonly string[];
  /** The output columns that are floating point; all others are exact. */
  readonly doubles: readonly string[];
};

/** A source of uniform choices. */
export type Draw = {
  /** Both ends included. */
  integer(low: number, high: number): number;
  one<T>(choices: readonly T[]): T;
  /** Different ones, in random order. */
  several<T>(count: number, choices: readonly T[]): readonly T[];
};

/** The same choices for the same seed (an integer) and query. */
export function createDraw(seed: number, query: number): Draw {
  let state = skip(19620718, Math.abs(Math.trunc(seed)) * 1000 + query * 31);
  const below = (range: number): number => {
    state = next(state);
    return pick(state, range);
  };
  return {
    integer: (low, high) => low + below(high - low + 1),
    one: (choices) => choices[below(choices.length)]!,
    several: (count, choices) => {
      const rest = [...choices];
      return Array.from({ length: count }, () => rest.splice(below(rest.length), 1)[0]!);
    },
  };
}

/** The first day of the month `months` after January of `year`. */
export function monthStart(year: number, months: number): string {
  return `${year + Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, "0")}-01`;
}

/** "Brand#MN" with M and N between 1 and 5. */
export function randomBrand(draw: Draw): string {
  return `Brand#${draw.integer(1, 5)}${draw.integer(1, 5)}`;
}

/** January 1st of 1993 to 1997. */
export function randomYear(draw: Draw): string {
  return `${draw.integer(1993, 1997)}-01-01`;
}

/** Puts parameters into the text. Throws a RangeError when one is missing. */
export function substitute(sql: string, parameters: Parameters): string {
  return sql.replace(/:([a-z]\w*)/g, (_, name: string) => {
    const value = parameters[name];
    if (value === undefined) throw new RangeError(`missing parameter ${name}`);
    return value;
  });
}
