import type { SqlType } from "../../planner/types/types.ts";
import { isNumeric, typeName } from "../../planner/types/types.ts";
import type { Expression } from "../../sql/ast.ts";
import { parseType } from "../../sql/parse.ts";
import {
  call,
  columnRef,
  identifier,
  literal,
  NO_SPAN,
  query,
  select,
  selectItem,
  star,
  subquery,
} from "../expression/nodes.ts";
import type { Change, LazyQuery } from "../lazy-query.ts";
import { bindSource, ownQuery } from "../query-source.ts";

/** A row of `DataFrame.describe`. */
export type ColumnSummary = {
  readonly column: string;
  readonly type: string;
  /** Values that are not NULL. */
  readonly count: bigint;
  readonly nulls: bigint;
  /** About the number of different values. */
  readonly unique: bigint;
  readonly min: string | null;
  readonly max: string | null;
  /** Of numbers. */
  readonly mean: number | null;
  readonly stddev: number | null;
  readonly q25: number | null;
  readonly median: number | null;
  readonly q75: number | null;
};

/** One row a column, computed in one pass: a list of structs, taken apart. */
export function described(lazy: LazyQuery): Change {
  return {
    build: (ctx) => {
      const { columns } = bindSource(lazy.source, ctx);
      const items = columns.map(({ name, type }) => summaryOf(name, type));
      const rows = call("unnest", [{ kind: "ListLiteral", items, span: NO_SPAN }]);
      const from = subquery(ownQuery(lazy, ctx), lazy.alias);
      const summaries = query(select([from], [selectItem(rows, "summary")]));
      return query(select([subquery(summaries, "s")], [selectItem(star("summary"))]));
    },
  };
}

const COMPARED_AS_TEXT: ReadonlySet<SqlType["kind"]> = new Set(["List", "Array", "Struct", "Map", "Null"]);

function summaryOf(name: string, type: SqlType): Expression {
  const column = columnRef(name);
  const cast = (operand: Expression, to: string): Expression => {
    return { kind: "Cast", operand, type: parseType(to), try: false, span: NO_SPAN };
  };
  const double = (of: Expression): Expression => cast(of, "DOUBLE");
  const number = (of: Expression): Expression => (isNumeric(type) ? double(of) : double(literal(null)));
  const compared = COMPARED_AS_TEXT.has(type.kind) ? cast(column, "VARCHAR") : column;
  const quantile = (fraction: number): Expression =>
    isNumeric(type) ? double(call("quantile_cont", [double(column), literal(fraction)])) : double(literal(null));
  const nulls: Expression = {
    kind: "Binary",
    operator: "-",
    left: call("count", [star()]),
    right: call("count", [column]),
    span: NO_SPAN,
  };
  const fields: readonly (readonly [string, Expression])[] = [
    ["column", literal(name)],
    ["type", literal(typeName(type))],
    ["count", call("count", [column])],
    ["nulls", nulls],
    ["unique", call("approx_count_distinct", [compared])],
    ["min", cast(call("min", [compared]), "VARCHAR")],
    ["max", cast(call("max", [compared]), "VARCHAR")],
    ["mean", number(call("avg", [column]))],
    ["stddev", number(call("stddev", [column]))],
    ["q25", quantile(0.25)],
    ["median", quantile(0.5)],
    ["q75", quantile(0.75)],
  ];
  return {
    kind: "StructLiteral",
    fields: fields.map(([field, value]) => ({ name: identifier(field), value })),
    span: NO_SPAN,
  };
}
