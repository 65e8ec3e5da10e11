import type { UserFunction } from "../../planner/functions/host/javascript.ts";
import { type TakenCode, takeCode } from "./create-function.ts";

/**
 * Code around users' functions: `text` is an expression that refers to them by the names of `parts`. It runs in the workers if all
 * of them can, else here: then `local` is what it stands for.
 */
export function composed(
  text: string,
  parts: Readonly<Record<string, (...args: never[]) => unknown>>,
  id: number,
): TakenCode & { readonly local: UserFunction | undefined } {
  const names = Object.keys(parts);
  const taken = names.map((name) => takeCode({ fn: parts[name] as (...args: never[]) => unknown }, id));
  const isAsync = taken.some((part) => part.isAsync);
  const here = taken.find(({ place }) => place === "main thread");
  if (here !== undefined) {
    // eslint-disable-next-line typescript/no-implied-eval -- text of our own around functions of the program
    const make = new Function(...names, `"use strict"; return ${text};`) as (...fns: unknown[]) => UserFunction;
    return { ...here, isAsync, local: make(...Object.values(parts)) };
  }
  const declared = taken.map(
    ({ code }, i) => `const ${names[i]} = ${code.kind === "source" ? expressionOf(code.source) : ""};`,
  );
  const source = `(() => { ${declared.join("\n")}\nreturn ${text}; })()`;
  return {
    code: { kind: "source", source },
    place: "workers",
    reason: "it refers to nothing outside",
    isAsync,
    local: undefined,
  };
}

/** The text of a function as an expression; that of a method is none by itself. */
function expressionOf(source: string): string {
  const expression = `(${source}\n)`;
  try {
    // eslint-disable-next-line typescript/no-implied-eval -- only asks whether the text is an expression
    return typeof new Function(`return ${expression}`) === "function" ? expression : "";
  } catch {
    return `Object.values({${source}\n})[0]`;
  }
}
