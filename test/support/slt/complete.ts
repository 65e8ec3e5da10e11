/** Rewrites a script's expectations from what the engine returned. */
import type { Outcome } from "./run.ts";

/**
 * The script with every expectation that was not met replaced by the actual one. Records in loops stay: one text stands
 * for several results there. Errors keep an expectation that holds, and otherwise get the whole message.
 */
export function completeSlt(text: string, outcomes: readonly Outcome[]): string {
  const lines = text.split("\n");
  const changes = outcomes
    .filter(({ actual, inLoop, status, record }) => {
      const isNew = record.kind !== "statement" && record.expected === undefined;
      return actual !== undefined && !inLoop && (status === "failed" || isNew);
    })
    .sort((a, b) => b.record.expectation.start - a.record.expectation.start);
  for (const { record, actual } of changes) {
    const { start, end } = record.expectation;
    lines.splice(start, end - start, "----", ...actual!);
  }
  return lines.join("\n");
}
