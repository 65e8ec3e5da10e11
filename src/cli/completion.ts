import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Session } from "../index.ts";
import { FORMATS } from "./formats/format.ts";

const KEYWORDS = (
  "ALL AND ANALYZE ANTI AS ASC BETWEEN BY CASE CAST COLUMNS CREATE CROSS CUBE DELETE DESC DESCRIBE DISTINCT DROP ELSE END EXCEPT " +
  "EXCLUDE EXISTS EXPLAIN FALSE FILTER FROM FULL GROUP HAVING IN INNER INSERT INTERSECT INTERVAL INTO IS JOIN LEFT LIKE LIMIT NOT " +
  "NULL OFFSET ON OR ORDER OUTER OVER PARTITION PIVOT QUALIFY RECURSIVE RIGHT ROLLUP SELECT SEMI SET SHOW SUMMARIZE TABLE TABLES " +
  "THEN TRUE UNION UNPIVOT UPDATE USING VALUES VIEW WHEN WHERE WINDOW WITH"
).split(" ");

const COMMANDS = [".exit", ".help", ".maxrows", ".mode", ".output", ".quit", ".read", ".schema", ".tables", ".timer"];

/** Names that may go on where the line ends, and the part of the line that they replace. */
export async function completions(session: Session, line: string): Promise<[string[], string]> {
  if (/^\s*\.\w*$/.test(line)) return startingWith(COMMANDS, line.trim());
  const mode = /^\s*\.mode\s+(\w*)$/.exec(line);
  if (mode !== null) return startingWith([...FORMATS], mode[1] as string);
  const path = /'([^']*)$/.exec(line) ?? /^\s*\.(?:read|output)\s+(\S*)$/.exec(line);
  if (path !== null) return startingWith(filesLike(path[1] as string), path[1] as string);
  const word = /[\w.]*$/.exec(line)?.[0] ?? "";
  const tables = session.tables().map(({ name }) => name);
  const columns = word === "" ? [] : await columnNames(session, tables);
  const keywords =
    word !== "" && word === word.toLowerCase() ? KEYWORDS.map((keyword) => keyword.toLowerCase()) : KEYWORDS;
  return startingWith([...new Set([...tables, ...columns, ...keywords])], word);
}

function startingWith(names: readonly string[], word: string): [string[], string] {
  const lower = word.toLowerCase();
  return [names.filter((name) => name.toLowerCase().startsWith(lower)), word];
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
      const path = start.startsWith("./") || folder !== "." ? join(folder, entry.name) : entry.name;
      return entry.isDirectory() ? `${path}/` : path;
    });
  } catch {
    return [];
  }
}
