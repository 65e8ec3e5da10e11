/**
 * Chevrotain from its bundled build, which imports in a tenth of the time of the package's main entry.
 * The package does not export that file by name, so we find it beside the main entry.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

type Chevrotain = typeof import("chevrotain");

const entry = pathToFileURL(createRequire(import.meta.url).resolve("chevrotain"));
const bundle = (await import(new URL("../chevrotain.min.mjs", entry).href)) as Chevrotain;

export const EmbeddedActionsParser: Chevrotain["EmbeddedActionsParser"] = bundle.EmbeddedActionsParser;
export const NoViableAltException: Chevrotain["NoViableAltException"] = bundle.NoViableAltException;
export const EarlyExitException: Chevrotain["EarlyExitException"] = bundle.EarlyExitException;
