import { ref } from "../../planner/expr/columns.ts";
import type { Column } from "../../planner/expr/expr.ts";
import { highestId } from "../../planner/logical/highest-id.ts";
import type { DecodeRows } from "../../streaming/connectors/callback.ts";
import type { StatementContext } from "../context.ts";
import type { BoundRows } from "../engine.ts";
import { uniqueNames } from "../results/names.ts";
import { decodeObjects } from "../results/rows.ts";

/** The query's columns, each once and under a name of its own: those of row objects. */
export function namedColumns(rows: BoundRows): BoundRows {
  let id = highestId(rows.plan);
  const names = uniqueNames(rows.columns.map(({ name }) => name));
  const outputs = rows.columns.map((source, i) => {
    const column: Column = { ...source, id: ++id, name: names[i]! };
    return { column, expr: ref(source) };
  });
  return {
    ...rows,
    plan: { kind: "Project", input: rows.plan, outputs },
    columns: outputs.map(({ column }) => column),
  };
}

/** Makes row objects of changed rows. */
export function changeRows<Row>({ options }: StatementContext): DecodeRows<Row> {
  return (rows) => decodeObjects(rows, options.values) as Promise<Row[]>;
}
