/** Clause 2.4.4: Order Priority Checking. */
import { monthStart, type QueryTemplate } from "./template.ts";

export const q04: QueryTemplate = {
  defaults: { date: "1993-07-01" },
  random: (draw) => ({ date: monthStart(1993, draw.integer(0, 57)) }),
  orderBy: ["o_orderpriority"],
  doubles: [],
  sql: `
select o_orderpriority, count(*) as order_count
from orders
where o_orderdate >= date ':date'
  and o_orderdate < date ':date' + interval '3' month
  and exists (
    select *
    from lineitem
    where l_orderkey = o_orderkey
      and l_commitdate < l_receiptdate
  )
group by o_orderpriority
order by o_orderpriority
`,
};
