/** Clause 2.4.18: Large Volume Customer. */
import { col, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q18(db: Session): DataFrame<object> {
  const large = db
    .table("lineitem")
    .groupBy("l_orderkey")
    .agg({ quantity: sum("l_quantity") })
    .filter(col("quantity").gt(300))
    .select("l_orderkey");
  return db
    .table("customer")
    .join(db.table("orders"), col("c_custkey").eq(col("o_custkey")))
    .join(db.table("lineitem"), col("o_orderkey").eq(col("l_orderkey")))
    .filter(col("o_orderkey").isIn(large))
    .groupBy("c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice")
    .agg({ "sum(l_quantity)": sum("l_quantity") })
    .sort(col("o_totalprice").desc(), "o_orderdate")
    .limit(100);
}
