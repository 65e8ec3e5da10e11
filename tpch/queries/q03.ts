/** Clause 2.4.3: Shipping Priority. */
import { MARKET_SEGMENTS } from "../gen/words.ts";
import type { QueryTemplate } from "./template.ts";

export const q03: QueryTemplate = {
  defaults: { segment: "BUILDING", date: "1995-03-15" },
  random: (draw) => ({
    segment: draw.one(MARKET_SEGMENTS),
    date: `1995-03-${String(draw.integer(1, 31)).padStart(2, "0")}`,
  }),
  orderBy: ["revenue", "o_orderdate"],
  doubles: [],
  sql: `
select l_orderkey, sum(l_extendedprice * (1 - l_discount)) as revenue, o_orderdate, o_shippriority
from customer, orders, lineitem
where c_mktsegment = ':segment'
  and c_custkey = o_custkey
  and l_orderkey = o_orderkey
  and o_orderdate < date ':date'
  and l_shipdate > date ':date'
group by l_orderkey, o_orderdate, o_shippriority
order by revenue desc, o_orderdate
limit 10
`,
};
