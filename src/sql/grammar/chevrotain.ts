/**
 * Chevrotain from its bundled build, which imports in a tenth of the time of the package's main entry.
 * The package does not export that file by name, so we find it beside the main entry.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const entry = pathToFileURL(createRequire(import.meta.url).resolve("chevrotain"));
const bundle = (await import(new URL("../chevrotain.min.mjs", entry).href)) as typeof import("chevrotain");

export const EmbeddedActionsParser: typeof import("chevrotain").EmbeddedActionsParser = bundle.EmbeddedActionsParser;
export const gast: Pick<
  typeof import("chevrotain"),
  | "Alternation"
  | "Alternative"
  | "NonTerminal"
  | "Option"
  | "Repetition"
  | "RepetitionMandatory"
  | "RepetitionMandatoryWithSeparator"
  | "RepetitionWithSeparator"
  | "Terminal"
> = bundle;
