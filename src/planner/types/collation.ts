/** Collations by name: `nocase`, `noaccent`, `nfc` and combinations, or `binary` (`c`, `posix`) for the bytes as they are. */
import { HeadraceError } from "../../error.ts";
import type { SqlType } from "./types.ts";

/** Texts are equal, and in order, as what these functions make of them is. In the order in which they are applied. */
const KEYS = [
  ["nfc", "nfc_normalize"],
  ["noaccent", "strip_accents"],
  ["nocase", "lower"],
] as const;

const BINARY = "binary";
const SAME: ReadonlySet<string> = new Set([BINARY, "c", "posix"]);

/** The collation as types have it: parts in one order, each once. Throws `bind` for an unknown name, `unsupported` for a language. */
export function parseCollation(name: string): string {
  const parts = name.toLowerCase().split(".");
  const unknown = parts.find((part) => !SAME.has(part) && !KEYS.some(([known]) => known === part));
  if (unknown !== undefined) {
    if (isLanguage(unknown)) throw new HeadraceError("unsupported", `the collation ${unknown} is not supported yet`);
    const hint = "collations are nocase, noaccent, nfc, binary, and combinations like nocase.noaccent";
    throw new HeadraceError("bind", `there is no collation "${unknown}"`, { hint });
  }
  const known = KEYS.flatMap(([part]) => (parts.includes(part) ? [part] : []));
  return known.length === 0 ? BINARY : known.join(".");
}

function isLanguage(name: string): boolean {
  try {
    return Intl.Collator.supportedLocalesOf(name.replaceAll("_", "-")).length > 0;
  } catch {
    return false;
  }
}

/** The functions to apply one after the other for a key by which texts compare; none for `binary`. */
export function keyFunctions(collation: string): readonly string[] {
  const parts = collation.split(".");
  return KEYS.flatMap(([part, fn]) => (parts.includes(part) ? [fn] : []));
}

/** The collation that a type says; undefined: none, the session's default counts. */
export function collationOf(type: SqlType): string | undefined {
  return type.kind === "Varchar" ? type.collation : undefined;
}

export function collatedText(collation: string | undefined): SqlType {
  return collation === undefined ? { kind: "Varchar" } : { kind: "Varchar", collation };
}
