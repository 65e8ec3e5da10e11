/** Clause 2.4.13: Customer Distribution. */
import { col, count, type DataFrame, type Session } from "../../src/index.ts";

export function q13(db: Session): DataFrame<object> {
  const wanted = col("o_comment").like("%special%requests%").not();
  return db
    .table("customer")
    .join(db.table("orders"), col("c_custkey").eq(col("o_custkey")).and(wanted), "left")
    .groupBy("c_custkey")
    .agg({ c_count: count("o_orderkey") })
    .groupBy("c_count")
    .agg({ custdist: count() })
    .sort(col("custdist").desc(), col("c_count").desc());
}
