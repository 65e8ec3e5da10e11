/** Clause 2.4.16: Parts/Supplier Relationship. */
import { col, countDistinct, type DataFrame, type Session } from "../../src/index.ts";

export function q16(db: Session): DataFrame<object> {
  const complaints = db.table("supplier").filter(col("s_comment").like("%Customer%Complaints%")).select("s_suppkey");
  return db
    .table("partsupp")
    .join(db.table("part"), col("p_partkey").eq(col("ps_partkey")))
    .filter(
      col("p_brand")
        .ne("Brand#45")
        .and(col("p_type").like("MEDIUM POLISHED%").not())
        .and(col("p_size").isIn([49, 14, 23, 45, 19, 3, 36, 9]))
        .and(col("ps_suppkey").isIn(complaints).not()),
    )
    .groupBy("p_brand", "p_type", "p_size")
    .agg({ supplier_cnt: countDistinct("ps_suppkey") })
    .sort(col("supplier_cnt").desc(), "p_brand", "p_type", "p_size");
}
