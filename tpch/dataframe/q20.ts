/** Clause 2.4.20: Potential Part Promotion. */
import { col, date, decimal, interval, scalar, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q20(db: Session): DataFrame<object> {
  const [partsupp, lineitem] = [db.table("partsupp"), db.table("lineitem")];
  const forest = db.table("part").filter(col("p_name").like("forest%")).select("p_partkey");
  const half = lineitem
    .filter(
      col("l_partkey")
        .eq(partsupp.col("ps_partkey"))
        .and(col("l_suppkey").eq(partsupp.col("ps_suppkey")))
        .and(col("l_shipdate").ge(date("1994-01-01")))
        .and(col("l_shipdate").lt(date("1994-01-01").add(interval(1, "year")))),
    )
    .agg({ half: decimal("0.5").mul(sum("l_quantity")) });
  const excess = partsupp
    .filter(
      col("ps_partkey")
        .isIn(forest)
        .and(col("ps_availqty").gt(scalar(half))),
    )
    .select("ps_suppkey");
  return db
    .table("supplier")
    .join(db.table("nation"), col("s_nationkey").eq(col("n_nationkey")))
    .filter(col("s_suppkey").isIn(excess).and(col("n_name").eq("CANADA")))
    .select("s_name", "s_address")
    .sort("s_name");
}
