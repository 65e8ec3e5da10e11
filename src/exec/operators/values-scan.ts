import type { Expr } from "../../planner/expr/expr.ts";
import type { Produce } from "../codegen/env.ts";
import { i32 } from "../../planner/ir/builder.ts";
import { keepRow } from "../codegen/keep-row.ts";
import { nullOperand, naturalRep } from "../codegen/natural.ts";
import { compileRowRun, compileRun, countRow } from "../codegen/pipeline.ts";
import { RowLayout, widen } from "../codegen/row-layout.ts";
import type { Location, Position } from "../codegen/scope.ts";

/** Rows per function, so that no function gets too large to compile well. */
const ROWS_PER_RUN = 200;

/** Evaluates constant rows: one in place; several are kept first, then scanned. */
export const produceValuesScan: Produce<"ValuesScan"> = (env, plan, consumer) => {
  const { compiler } = env;
  const counter = compiler.counter(env.nodeId(plan));
  const columns = plan.columns
    .map((column, k) => ({ column, k }))
    .filter(({ column }) => consumer.required.has(column.id));
  const [only] = plan.values;
  if (plan.values.length === 1 && only !== undefined) {
    compileRun(compiler, "ValuesScan", { kind: "once" }, false, (b, pipeline) => {
      const scope = compiler.scope(b, new Map(), undefined);
      for (const { column, k } of columns) scope.define(column, { kind: "expr", expr: only[k] as Expr });
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    });
    return;
  }
  const layout = new RowLayout(0);
  for (const { column } of columns) layout.add(column.id, nullOperand(column.type), true);
  const store = compiler.addStore(Math.max(8, layout.stride), true);
  for (let first = 0; first < plan.values.length; first += ROWS_PER_RUN) {
    compileRun(compiler, "ValuesScan", { kind: "once" }, false, (b, pipeline) => {
      pipeline.stores.add(store);
      for (const row of plan.values.slice(first, first + ROWS_PER_RUN)) {
        const scope = compiler.scope(b, new Map(), undefined);
        const kept = columns.map(({ column, k }) => {
          const value = compiler.lower(scope, row[k] as Expr);
          return {
            id: column.id,
            operand: { ...widen(value, naturalRep(column.type), b), valid: value.valid ?? i32(1) },
          };
        });
        keepRow(compiler, scope, layout, kept, () => store);
      }
    });
  }
  const position: Position = { name: "values" };
  const locations = new Map<number, Location>();
  for (const { column } of columns)
    locations.set(column.id, { kind: "row", field: layout.field(column), optional: false, position });
  compileRowRun(compiler, "ValuesScan", { kind: "store", store }, compiler.store(store).stride, position, locations, {
    required: consumer.required,
    consume: (pipeline, scope) => {
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  });
};
