/** Clause 2.4.22: Global Sales Opportunity. */
import { avg, col, count, decimal, exists, fn, scalar, sum, type DataFrame, type Session } from "../../src/index.ts";

export function q22(db: Session): DataFrame<object> {
  const code = fn("substring", col("c_phone"), 1, 2);
  const wanted = code.isIn(["13", "31", "23", "29", "30", "18", "17"]);
  const [customer, orders] = [db.table("customer"), db.table("orders")];
  const usual = db
    .table("customer")
    .filter(col("c_acctbal").gt(decimal("0.00")).and(wanted))
    .agg({ "avg(c_acctbal)": avg("c_acctbal") });
  const own = orders.filter(col("o_custkey").eq(customer.col("c_custkey")));
  return customer
    .filter(wanted.and(col("c_acctbal").gt(scalar(usual))).and(exists(own).not()))
    .select(code.as("cntrycode"), "c_acctbal")
    .groupBy("cntrycode")
    .agg({ numcust: count(), totacctbal: sum("c_acctbal") })
    .sort("cntrycode");
}
