/** Clause 2.4.21: Suppliers Who Kept Orders Waiting. */
import { col, count, exists, type Column, type DataFrame, type Session } from "../../src/index.ts";

export function q21(db: Session): DataFrame<object> {
  const lines = (name: string): DataFrame => db.table("lineitem").alias(name);
  const [l1, l2, l3] = [lines("l1"), lines("l2"), lines("l3")];
  const otherSupplier = (other: DataFrame): Column =>
    other
      .col("l_orderkey")
      .eq(l1.col("l_orderkey"))
      .and(other.col("l_suppkey").ne(l1.col("l_suppkey")));
  const late = (line: DataFrame): Column => line.col("l_receiptdate").gt(line.col("l_commitdate"));
  return db
    .table("supplier")
    .join(l1, col("s_suppkey").eq(l1.col("l_suppkey")))
    .join(db.table("orders"), col("o_orderkey").eq(l1.col("l_orderkey")))
    .join(db.table("nation"), col("s_nationkey").eq(col("n_nationkey")))
    .filter(
      col("o_orderstatus")
        .eq("F")
        .and(late(l1))
        .and(exists(l2.filter(otherSupplier(l2))))
        .and(exists(l3.filter(otherSupplier(l3).and(late(l3)))).not())
        .and(col("n_name").eq("SAUDI ARABIA")),
    )
    .groupBy("s_name")
    .agg({ numwait: count() })
    .sort(col("numwait").desc(), "s_name")
    .limit(100);
}
