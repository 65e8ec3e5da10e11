/** Clause 2.4.4: Order Priority Checking. */
import { col, count, date, exists, interval, type DataFrame, type Session } from "../../src/index.ts";

export function q04(db: Session): DataFrame<object> {
  const [orders, lineitem] = [db.table("orders"), db.table("lineitem")];
  const late = lineitem.filter(
    col("l_orderkey")
      .eq(orders.col("o_orderkey"))
      .and(col("l_commitdate").lt(col("l_receiptdate"))),
  );
  return orders
    .filter(
      col("o_orderdate")
        .ge(date("1993-07-01"))
        .and(col("o_orderdate").lt(date("1993-07-01").add(interval(3, "month"))))
        .and(exists(late)),
    )
    .groupBy("o_orderpriority")
    .agg({ order_count: count() })
    .sort("o_orderpriority");
}
