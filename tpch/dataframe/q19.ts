/** Clause 2.4.19: Discounted Revenue. */
import { col, lit, sum, type Column, type DataFrame, type Session } from "../../src/index.ts";

export function q19(db: Session): DataFrame<object> {
  const choice = (brand: string, containers: readonly string[], quantity: number, size: number): Column =>
    col("p_partkey")
      .eq(col("l_partkey"))
      .and(col("p_brand").eq(brand))
      .and(col("p_container").isIn(containers))
      .and(col("l_quantity").ge(quantity))
      .and(col("l_quantity").le(quantity + 10))
      .and(col("p_size").between(1, size))
      .and(col("l_shipmode").isIn(["AIR", "AIR REG"]))
      .and(col("l_shipinstruct").eq("DELIVER IN PERSON"));
  return db
    .table("lineitem")
    .crossJoin(db.table("part"))
    .filter(
      choice("Brand#12", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1, 5)
        .or(choice("Brand#23", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 10))
        .or(choice("Brand#34", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20, 15)),
    )
    .agg({ revenue: sum(col("l_extendedprice").mul(lit(1).sub(col("l_discount")))) });
}
