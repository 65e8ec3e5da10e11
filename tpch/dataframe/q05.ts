/** Clause 2.4.5: Local Supplier Volume. */
import { col, date, interval, lit, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q05(db: Session): DataFrame<object> {
  return db
    .table("customer")
    .join(db.table("orders"), col("c_custkey").eq(col("o_custkey")))
    .join(db.table("lineitem"), col("l_orderkey").eq(col("o_orderkey")))
    .join(
      db.table("supplier"),
      col("l_suppkey")
        .eq(col("s_suppkey"))
        .and(col("c_nationkey").eq(col("s_nationkey"))),
    )
    .join(db.table("nation"), col("s_nationkey").eq(col("n_nationkey")))
    .join(db.table("region"), col("n_regionkey").eq(col("r_regionkey")))
    .filter(
      col("r_name")
        .eq("ASIA")
        .and(col("o_orderdate").ge(date("1994-01-01")))
        .and(col("o_orderdate").lt(date("1994-01-01").add(interval(1, "year")))),
    )
    .groupBy("n_name")
    .agg({ revenue: sum(col("l_extendedprice").mul(lit(1).sub(col("l_discount")))) })
    .sort(col("revenue").desc());
}
