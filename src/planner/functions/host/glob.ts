import type { HostFunction } from "./host.ts";
import { cached, readText } from "./host.ts";

/** One place of a pattern: any characters, or one that passes. */
type Part = "any" | ((point: string) => boolean);

/** `*` any characters, `?` one, `[a-z]` one of a set, `[!a-z]` one outside it, `\` takes the next literally. */
function partsOf(pattern: string): readonly Part[] {
  const points = [...pattern];
  const parts: Part[] = [];
  for (let i = 0; i < points.length; i++) {
    const c = points[i] as string;
    if (c === "*") parts.push("any");
    else if (c === "?") parts.push(() => true);
    else if (c === "[") {
      const end = points.indexOf("]", points[i + 1] === "!" ? i + 3 : i + 2);
      // A set that does not end matches nothing.
      if (end < 0) return [() => false];
      parts.push(setOf(points.slice(i + 1, end)));
      i = end;
    } else {
      const wanted = c === "\\" && i + 1 < points.length ? (points[++i] as string) : c;
      parts.push((point) => point === wanted);
    }
  }
  return parts;
}

function setOf(points: readonly string[]): (point: string) => boolean {
  const negated = points[0] === "!";
  const members = negated ? points.slice(1) : points;
  const ranges: (readonly [low: string, high: string])[] = [];
  for (let i = 0; i < members.length; i++) {
    const low = members[i] as string;
    const isRange = members[i + 1] === "-" && i + 2 < members.length;
    ranges.push([low, isRange ? (members[i + 2] as string) : low]);
    if (isRange) i += 2;
  }
  const code = (point: string): number => point.codePointAt(0) ?? 0;
  return (point) => ranges.some(([low, high]) => code(point) >= code(low) && code(point) <= code(high)) !== negated;
}

/** Falls back to the last `*` only: time is at most text x pattern. */
function matches(points: readonly string[], parts: readonly Part[]): boolean {
  let [at, part] = [0, 0];
  let [retryAt, retryPart] = [-1, -1];
  while (at < points.length || part < parts.length) {
    const test = parts[part];
    if (test === "any") {
      retryPart = ++part;
      retryAt = at;
    } else if (test !== undefined && at < points.length && test(points[at] as string)) {
      at++;
      part++;
    } else if (retryAt >= 0 && retryAt < points.length) {
      at = ++retryAt;
      part = retryPart;
    } else return false;
  }
  return true;
}

/** (text, pattern) -> 0 or 1. */
export const glob: HostFunction = (
  rt,
  address: number,
  length: number,
  patternAddress: number,
  patternLength: number,
) => {
  const pattern = readText(rt, patternAddress, patternLength);
  const parts = cached(rt, "glob", pattern, () => partsOf(pattern));
  return matches([...readText(rt, address, length)], parts) ? 1 : 0;
};
