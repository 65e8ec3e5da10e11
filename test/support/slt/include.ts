/** What `include` brings into foreign scripts. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestSession } from "../session.ts";
import { defineTables, tpchData } from "../tpch-data.ts";
import { parseSlt } from "./parse.ts";
import type { Included, Variables } from "./run.ts";

/** Scripts include by their place in DuckDB's repository. */
const FOREIGN_ROOT = "test/sql/";

/** For the script at `from`: TPC-H tables at scale factor `sf`, or a file in the folder that holds the foreign scripts. */
export function includeFor(from: string) {
  return async (path: string, variables: Variables, session: TestSession): Promise<Included> => {
    if (path.endsWith("/tpch_setup.test_template")) {
      await defineTables(session, await tpchData(Number(variables.get("sf") ?? 0.01)), "TABLE");
      return [];
    }
    const inside = path.startsWith(FOREIGN_ROOT) ? path.slice(FOREIGN_ROOT.length) : path;
    for (let folder = dirname(from); folder !== dirname(folder); folder = dirname(folder)) {
      const file = join(folder, inside);
      if (existsSync(file)) return parseSlt(await readFile(file, "utf8"));
    }
    return undefined;
  };
}
