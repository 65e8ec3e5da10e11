/** Clause 2.4.11: Important Stock Identification. */
import { col, decimal, scalar, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q11(db: Session): DataFrame<object> {
  const german = (): DataFrame =>
    db
      .table("partsupp")
      .join(db.table("supplier"), col("ps_suppkey").eq(col("s_suppkey")))
      .join(db.table("nation"), col("s_nationkey").eq(col("n_nationkey")))
      .filter(col("n_name").eq("GERMANY"));
  const value = sum(col("ps_supplycost").mul(col("ps_availqty")));
  const least = german().select(value.mul(decimal("0.0001000000")));
  return german()
    .groupBy("ps_partkey")
    .agg({ value })
    .filter(col("value").gt(scalar(least)))
    .sort(col("value").desc());
}
