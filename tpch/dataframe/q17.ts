/** Clause 2.4.17: Small-Quantity-Order Revenue. */
import { avg, col, decimal, scalar, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q17(db: Session): DataFrame<object> {
  const [lineitem, part, others] = [db.table("lineitem"), db.table("part"), db.table("lineitem")];
  const fifth = others
    .filter(col("l_partkey").eq(part.col("p_partkey")))
    .agg({ fifth: decimal("0.2").mul(avg("l_quantity")) });
  return lineitem
    .join(part, col("p_partkey").eq(col("l_partkey")))
    .filter(
      part
        .col("p_brand")
        .eq("Brand#23")
        .and(col("p_container").eq("MED BOX"))
        .and(col("l_quantity").lt(scalar(fifth))),
    )
    .agg({ avg_yearly: sum("l_extendedprice").div(decimal("7.0")) });
}
