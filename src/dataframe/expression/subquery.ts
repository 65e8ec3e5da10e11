import { Column, type Frame } from "./column.ts";
import { deferredQuery, NO_SPAN } from "./nodes.ts";

/** Whether a DataFrame has any row. It may read columns of the rows around it, by their DataFrame's `col`. */
export function exists(frame: Frame): Column<boolean, never> {
  return new Column({ kind: "Exists", query: deferredQuery(frame.lazy), span: NO_SPAN });
}

/** The one value of a DataFrame with one column and at most one row (NULL without row). It may read columns of the rows around it. */
export function scalar(frame: Frame): Column<unknown, never> {
  return new Column({ kind: "ScalarSubquery", query: deferredQuery(frame.lazy), span: NO_SPAN });
}
