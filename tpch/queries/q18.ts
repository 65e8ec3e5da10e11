/** Clause 2.4.18: Large Volume Customer. */
import type { QueryTemplate } from "./template.ts";

export const q18: QueryTemplate = {
  defaults: { quantity: "300" },
  random: (draw) => ({ quantity: String(draw.integer(312, 315)) }),
  orderBy: ["o_totalprice", "o_orderdate"],
  doubles: [],
  sql: `
select c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity)
from customer, orders, lineitem
where o_orderkey in (
    select l_orderkey
    from lineitem
    group by l_orderkey
    having sum(l_quantity) > :quantity
  )
  and c_custkey = o_custkey
  and o_orderkey = l_orderkey
group by c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice
order by o_totalprice desc, o_orderdate
limit 100
`,
};
