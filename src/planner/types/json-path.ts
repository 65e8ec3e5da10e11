/** Paths into JSON values: `$.a[0]`, `$.a[#-1]`, `$.*`, `$[*]`, `$..a`, JSON pointers `/a/0`, and plain keys. */
import { isJsonArray, isJsonObject, type JsonValue } from "./json.ts";

export type JsonStep =
  | { readonly kind: "key"; readonly key: string }
  /** From the end where it is negative. */
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "anyKey" | "anyIndex" | "descend" }
  /** A part of a pointer: a key of an object, an index of an array. */
  | { readonly kind: "part"; readonly part: string };

const STEP = /\.\.|\.\*|\.(?:"((?:[^"\\]|\\.)*)"|([^.[\]"*]+))|\[\*\]|\[(#?)(-?\d*)\]/y;

/** undefined: the path is malformed. */
export function parseJsonPath(path: string): readonly JsonStep[] | undefined {
  if (path.startsWith("/")) {
    const parts = path.slice(1).split("/");
    return parts.map((part) => ({ kind: "part", part: part.replaceAll("~1", "/").replaceAll("~0", "~") }));
  }
  if (!path.startsWith("$")) return [{ kind: "key", key: path }];
  const steps: JsonStep[] = [];
  STEP.lastIndex = 1;
  let at = 1;
  while (at < path.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(path);
    if (match === null) return undefined;
    const [text, quoted, plain, hash, index] = match;
    at += text.length;
    if (text === "..") {
      steps.push({ kind: "descend" });
      if (path[at] !== "[" && path[at] !== "*" && path[at] !== '"' && at < path.length) {
        // `..key`: the key follows without a point of its own.
        const key = /[^.[\]"*]+/y;
        key.lastIndex = at;
        const name = key.exec(path)?.[0];
        if (name === undefined) return undefined;
        steps.push({ kind: "key", key: name });
        at += name.length;
      } else if (path[at] === "*") {
        steps.push({ kind: "anyKey" });
        at++;
      }
    } else if (text === ".*") steps.push({ kind: "anyKey" });
    else if (text === "[*]") steps.push({ kind: "anyIndex" });
    else if (quoted !== undefined) steps.push({ kind: "key", key: quoted.replace(/\\(.)/g, "$1") });
    else if (plain !== undefined) steps.push({ kind: "key", key: plain });
    else {
      if (index === undefined || index === "" || index === "-") return undefined;
      const offset = Number(index);
      if (hash === "#" && offset > 0) return undefined;
      steps.push({ kind: "index", index: hash === "#" && offset === 0 ? Number.POSITIVE_INFINITY : offset });
    }
  }
  return steps;
}

/** Whether a path may find several values. */
export function hasWildcard(steps: readonly JsonStep[]): boolean {
  return steps.some(({ kind }) => kind === "anyKey" || kind === "anyIndex" || kind === "descend");
}

/** The values that the path finds, in order. */
export function findJson(value: JsonValue, steps: readonly JsonStep[]): readonly JsonValue[] {
  return steps.reduce<readonly JsonValue[]>((found, step) => found.flatMap((one) => children(one, step)), [value]);
}

function children(value: JsonValue, step: JsonStep): readonly JsonValue[] {
  switch (step.kind) {
    case "key":
      return byKey(value, step.key);
    case "index":
      return byIndex(value, step.index);
    case "part":
      if (!isJsonArray(value)) return byKey(value, step.part);
      return /^\d+$/.test(step.part) ? byIndex(value, Number(step.part)) : [];
    case "anyKey":
      return isJsonObject(value) ? value.entries.map(([, item]) => item) : [];
    case "anyIndex":
      return isJsonArray(value) ? value : [];
    case "descend": {
      const all: JsonValue[] = [];
      const pending: JsonValue[] = [value];
      for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
        all.push(next);
        if (isJsonArray(next)) pending.push(...next);
        else if (isJsonObject(next)) pending.push(...next.entries.map(([, item]) => item));
      }
      return all;
    }
  }
}

function byKey(value: JsonValue, key: string): readonly JsonValue[] {
  if (!isJsonObject(value)) return [];
  const entry = value.entries.find(([own]) => own === key);
  return entry === undefined ? [] : [entry[1]];
}

function byIndex(value: JsonValue, index: number): readonly JsonValue[] {
  if (!isJsonArray(value)) return [];
  const item = value[index < 0 ? value.length + index : index];
  return item === undefined ? [] : [item];
}
