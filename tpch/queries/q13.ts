/** Clause 2.4.13: Customer Distribution. */
import type { QueryTemplate } from "./template.ts";

export const q13: QueryTemplate = {
  defaults: { word1: "special", word2: "requests" },
  random: (draw) => ({
    word1: draw.one(["special", "pending", "unusual", "express"]),
    word2: draw.one(["packages", "requests", "accounts", "deposits"]),
  }),
  orderBy: ["custdist", "c_count"],
  doubles: [],
  sql: `
select c_count, count(*) as custdist
from (
  select c_custkey, count(o_orderkey)
  from customer
  left outer join orders on c_custkey = o_custkey and o_comment not like '%:word1%:word2%'
  group by c_custkey
) as c_orders (c_custkey, c_count)
group by c_count
order by custdist desc, c_count desc
`,
};
