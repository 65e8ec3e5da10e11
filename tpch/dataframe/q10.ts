/** Clause 2.4.10: Returned Item Reporting. */
import { col, date, interval, lit, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q10(db: Session): DataFrame<object> {
  return db
    .table("customer")
    .join(db.table("orders"), col("c_custkey").eq(col("o_custkey")))
    .join(db.table("lineitem"), col("l_orderkey").eq(col("o_orderkey")))
    .join(db.table("nation"), col("c_nationkey").eq(col("n_nationkey")))
    .filter(
      col("o_orderdate")
        .ge(date("1993-10-01"))
        .and(col("o_orderdate").lt(date("1993-10-01").add(interval(3, "month"))))
        .and(col("l_returnflag").eq("R")),
    )
    .groupBy("c_custkey", "c_name", "c_acctbal", "c_phone", "n_name", "c_address", "c_comment")
    .agg({ revenue: sum(col("l_extendedprice").mul(lit(1).sub(col("l_discount")))) })
    .select("c_custkey", "c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment")
    .sort(col("revenue").desc())
    .limit(20);
}
