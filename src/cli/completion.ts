import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Session } from "../index.ts";
import { FORMATS } from "./formats/format.ts";
import { KEYWORDS } from "./keywords.ts";

const COMMANDS = [".exit", ".help", ".maxrows", ".mode", ".output", ".quit", ".read", ".schema", ".tables", ".timer"];

/** Names that may stand where the text before the cursor ends, and the part of it that they replace. */
export async function completions(session: Session, before: string): Promise<[names: string[], replaced: string]> {
  if (/^\s*\.\w*$/.test(before)) return startingWith(COMMANDS, before.trim());
  const mode = /^\s*\.mode\s+(\w*)$/.exec(before);
  if (mode !== null) return startingWith([...FORMATS], mode[1]!);
  const path = openQuote(before) ?? /^\s*\.(?:read|output)\s+(\S*)$/.exec(before)?.[1];
  if (path !== undefined) return startingWith(filesLike(path), path);
  const [, qualifier, word = ""] = /(?:([\p{L}\p{N}_]+)\.)?([\p{L}\p{N}_]*)$/u.exec(before)!;
  const tables = session.tables().map(({ name }) => name);
  if (qualifier !== undefined) {
    const named = tables.filter((table) => table.toLowerCase() === qualifier.toLowerCase());
    return startingWith(await columnNames(session, named.length > 0 ? named : tables), word); // an alias may be any of them
  }
  if (
    /^\s*(?:\.schema|\\d)\s+\S*$/.test(before) ||
    /\b(?:from|join|into|update|table)\s+[\p{L}\p{N}_]*$/iu.test(before)
  ) {
    const found = startingWith(tables, word);
    if (found[0].length > 0) return found;
  }
  if (word === "") return startingWith(tables, word);
  const upper = word !== word.toLowerCase();
  const keywords = upper ? KEYWORDS : KEYWORDS.map((keyword) => keyword.toLowerCase());
  const calls = session.functionNames().map((name) => `${upper ? name.toUpperCase() : name}(`);
  return startingWith([...tables, ...(await columnNames(session, tables)), ...keywords, ...calls], word);
}

function startingWith(names: readonly string[], word: string): [string[], string] {
  const lower = word.toLowerCase();
  return [[...new Set(names.filter((name) => name.toLowerCase().startsWith(lower)))], word];
}

/** What stands behind a quote that is still open; quotes pair up. */
function openQuote(before: string): string | undefined {
  const pieces = before.split("'");
  return pieces.length % 2 === 0 ? pieces.at(-1) : undefined;
}

async function columnNames(session: Session, tables: readonly string[]): Promise<string[]> {
  const schemas = await Promise.all(
    tables.map((table) =>
      session
        .table(table)
        .schema()
        .catch(() => []),
    ),
  );
  return schemas.flat().map(({ name }) => name);
}

function filesLike(start: string): string[] {
  const folder = start.endsWith("/") ? start : dirname(start);
  try {
    return readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = start.startsWith("./")
        ? `./${join(folder, entry.name)}`
        : folder === "."
          ? entry.name
          : join(folder, entry.name);
      return entry.isDirectory() ? `${path}/` : path;
    });
  } catch {
    return [];
  }
}
