/** Queries over streams: what changes in their results is printed as it comes. */
import { setFlagsFromString } from "node:v8";
import type { DataFrame, Session } from "../index.ts";
import type { Format, FormatOptions } from "./formats/format.ts";
import type { Output } from "./output.ts";

/** What lives of V8's heap is an epoch's; without a word it lets garbage grow to four times that, up and down over minutes. */
const HEAP_GROWTH = 30;

/** For as long as something runs on and on. */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
}

/** The statement as a query over streams; undefined: it is something else, or wrong. */
export async function continuousQuery(session: Session, text: string): Promise<DataFrame | undefined> {
  if (!session.hasStreams) return undefined;
  try {
    const query = session.sql(text);
    return (await query.isContinuous()) ? query : undefined;
  } catch {
    // Whoever executes it tells what is wrong.
    return undefined;
  }
}

/**
 * Prints the changes of each epoch as a result of its own: `+I` for rows that are new, `-D` for those that are gone. Resolves when the
 * streams have come to their end, or the signal is raised.
 */
export async function printChanges(
  query: DataFrame,
  format: Format,
  output: Output,
  options: FormatOptions,
  signal?: AbortSignal,
): Promise<void> {
  keepHeapSmall();
  const schema = await query.schema();
  const columns = [{ name: "op", type: "VARCHAR" }, ...schema];
  const line = (op: string, row: Readonly<Record<string, unknown>>): readonly unknown[] => [
    op,
    ...schema.map(({ name }) => row[name]),
  ];
  try {
    for await (const { added, removed } of query.subscribe({ signal })) {
      const rows = [...removed.map((row) => line("-D", row)), ...added.map((row) => line("+I", row))];
      await format({ columns, rows }, output, options);
      await output.flush();
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
