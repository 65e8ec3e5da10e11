import { nativePattern } from "./native-pattern.ts";

/**
 * What every text contains that matches a regular expression, to look for first: the longest run of characters outside of groups that
 * are not repeated. Empty where the pattern has alternatives, or more in it than `nativePattern` knows.
 */
export function requiredText(pattern: string): string {
  if (nativePattern(pattern, "") === undefined) return "";
  const chars = [...pattern];
  const runs: string[][] = [[]];
  let depth = 0;
  for (let at = 0; at < chars.length; at++) {
    const c = chars[at]!;
    if (c === "|" && depth === 0) return "";
    if (!"\\^$.|?*+()[{".includes(c)) {
      if (depth === 0) runs.at(-1)!.push(c);
      continue;
    }
    // What is repeated may be missing.
    if ("*+?{".includes(c)) runs.at(-1)!.pop();
    runs.push([]);
    if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === "\\") at++;
    else if (c === "{") at = chars.indexOf("}", at);
    else if (c === "[") for (at++; chars[at] !== "]"; at++) if (chars[at] === "\\") at++;
  }
  return runs.map((run) => run.join("")).reduce((longest, run) => (run.length > longest.length ? run : longest), "");
}
