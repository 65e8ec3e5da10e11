/** Clause 2.4.2: Minimum Cost Supplier. */
import { col, min, scalar, type DataFrame, type Session } from "../../src/index.ts";

export function q02(db: Session): DataFrame<object> {
  const european = (): DataFrame =>
    db.table("partsupp").crossJoin(db.table("supplier")).crossJoin(db.table("nation")).crossJoin(db.table("region"));
  const part = db.table("part");
  const least = european()
    .filter(
      part
        .col("p_partkey")
        .eq(col("ps_partkey"))
        .and(col("s_suppkey").eq(col("ps_suppkey")))
        .and(col("s_nationkey").eq(col("n_nationkey")))
        .and(col("n_regionkey").eq(col("r_regionkey")))
        .and(col("r_name").eq("EUROPE")),
    )
    .agg({ least: min("ps_supplycost") });
  return part
    .crossJoin(db.table("supplier"))
    .crossJoin(db.table("partsupp"))
    .crossJoin(db.table("nation"))
    .crossJoin(db.table("region"))
    .filter(
      col("p_partkey")
        .eq(col("ps_partkey"))
        .and(col("s_suppkey").eq(col("ps_suppkey")))
        .and(col("p_size").eq(15))
        .and(col("p_type").like("%BRASS"))
        .and(col("s_nationkey").eq(col("n_nationkey")))
        .and(col("n_regionkey").eq(col("r_regionkey")))
        .and(col("r_name").eq("EUROPE"))
        .and(col("ps_supplycost").eq(scalar(least))),
    )
    .select("s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment")
    .sort(col("s_acctbal").desc(), "n_name", "s_name", "p_partkey")
    .limit(100);
}
