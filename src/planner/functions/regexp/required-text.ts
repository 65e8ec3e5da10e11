import type { Regexp } from "./syntax.ts";

/** What every match contains, to look for first. */
export type RequiredText = {
  /** The longest text that is in every match; may be empty. */
  readonly anywhere: string;
  /** What every match begins with; may be empty. */
  readonly prefix: string;
};

export function requiredText(root: Regexp): RequiredText {
  /** Runs of characters that follow each other; the first one begins where the match does. */
  const runs: string[] = [""];
  const visit = (regexp: Regexp): void => {
    switch (regexp.kind) {
      case "Empty":
        break;
      case "Class": {
        const [range, ...others] = regexp.ranges;
        if (range === undefined || others.length > 0 || range.low !== range.high) runs.push("");
        else runs[runs.length - 1] += String.fromCodePoint(range.low);
        break;
      }
      case "Group":
        visit(regexp.body);
        break;
      case "Sequence":
        for (const part of regexp.parts) visit(part);
        break;
      case "Repeat":
        runs.push("");
        if (regexp.least > 0) visit(regexp.body);
        runs.push("");
        break;
      case "Assert":
      case "Alternatives":
        runs.push("");
    }
  };
  visit(root);
  const anywhere = runs.reduce((longest, run) => (run.length > longest.length ? run : longest), "");
  return { anywhere, prefix: runs[0]! };
}
