import type { LikeOperator } from "../../sql/ast.ts";

/** Whether a column's name matches the pattern of LIKE, ILIKE, GLOB or SIMILAR TO: what the binder must know before anything runs. */
export function nameMatches(name: string, operator: LikeOperator, pattern: string): boolean {
  switch (operator) {
    case "LIKE":
      return wildcards(name, pattern, "%", "_");
    case "ILIKE":
      return wildcards(name.toLowerCase(), pattern.toLowerCase(), "%", "_");
    case "GLOB":
      return wildcards(name, pattern, "*", "?");
    case "SIMILAR TO":
      return new RegExp(`^(?:${pattern})$`, "u").test(name);
  }
}

/** Greedy matching that goes back to the last `any` only, so that no pattern takes more than quadratic time. */
function wildcards(name: string, pattern: string, any: string, one: string): boolean {
  const [text, signs] = [[...name], [...pattern]];
  let [t, p, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (p < signs.length && signs[p] === any) {
      star = p++;
      mark = t;
    } else if (p < signs.length && (signs[p] === one || signs[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (signs[p] === any) p++;
  return p === signs.length;
}
