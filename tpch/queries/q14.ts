/** Clause 2.4.14: Promotion Effect. */
import { monthStart, type QueryTemplate } from "./template.ts";

export const q14: QueryTemplate = {
  defaults: { date: "1995-09-01" },
  random: (draw) => ({ date: monthStart(1993, draw.integer(0, 59)) }),
  orderBy: [],
  doubles: ["promo_revenue"],
  sql: `
select
  100.00 * sum(case when p_type like 'PROMO%' then l_extendedprice * (1 - l_discount) else 0 end)
    / sum(l_extendedprice * (1 - l_discount)) as promo_revenue
from lineitem, part
where l_partkey = p_partkey
  and l_shipdate >= date ':date'
  and l_shipdate < date ':date' + interval '1' month
`,
};
