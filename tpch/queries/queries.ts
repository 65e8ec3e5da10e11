/** The 22 queries of TPC-H. */
import { q01 } from "./q01.ts";
import { q02 } from "./q02.ts";
import { q03 } from "./q03.ts";
import { q04 } from "./q04.ts";
import { q05 } from "./q05.ts";
import { q06 } from "./q06.ts";
import { q07 } from "./q07.ts";
import { q08 } from "./q08.ts";
import { q09 } from "./q09.ts";
import { q10 } from "./q10.ts";
import { q11 } from "./q11.ts";
import { q12 } from "./q12.ts";
import { q13 } from "./q13.ts";
import { q14 } from "./q14.ts";
import { q15 } from "./q15.ts";
import { q16 } from "./q16.ts";
import { q17 } from "./q17.ts";
import { q18 } from "./q18.ts";
import { q19 } from "./q19.ts";
import { q20 } from "./q20.ts";
import { q21 } from "./q21.ts";
import { q22 } from "./q22.ts";
import { createDraw, substitute, type Parameters, type QueryTemplate } from "./template.ts";

const TEMPLATES: readonly QueryTemplate[] = [
  q01,
  q02,
  q03,
  q04,
  q05,
  q06,
  q07,
  q08,
  q09,
  q10,
  q11,
  q12,
  q13,
  q14,
  q15,
  q16,
  q17,
  q18,
  q19,
  q20,
  q21,
  q22,
];

export const QUERY_COUNT: number = TEMPLATES.length;

/** Query 1 to 22; a RangeError for other numbers. */
export function template(number: number): QueryTemplate {
  const found = TEMPLATES[number - 1];
  if (found === undefined) throw new RangeError(`TPC-H has queries 1 to ${QUERY_COUNT}, not ${number}`);
  return found;
}

/** The SQL of a query, by default with the parameters for which the answers are known. */
export function query(number: number, parameters: Parameters = defaultParameters(number)): string {
  return substitute(template(number).sql, parameters).trim();
}

/** The validation values of the specification. */
export function defaultParameters(number: number): Parameters {
  return template(number).defaults;
}

/** Parameters by the rules of clause 2.4, the same for the same seed (an integer). */
export function randomParameters(number: number, seed: number, scaleFactor: number): Parameters {
  return template(number).random(createDraw(seed, number), scaleFactor);
}
