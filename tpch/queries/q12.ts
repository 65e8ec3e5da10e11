/** Clause 2.4.12: Shipping Modes and Order Priority. */
import { SHIP_MODES } from "../gen/words.ts";
import { randomYear, type QueryTemplate } from "./template.ts";

export const q12: QueryTemplate = {
  defaults: { mode1: "MAIL", mode2: "SHIP", date: "1994-01-01" },
  random: (draw) => {
    const [mode1, mode2] = draw.several(2, SHIP_MODES);
    return { mode1: mode1!, mode2: mode2!, date: randomYear(draw) };
  },
  orderBy: ["l_shipmode"],
  doubles: [],
  sql: `
select
  l_shipmode,
  sum(case when o_orderpriority = '1-URGENT' or o_orderpriority = '2-HIGH' then 1 else 0 end) as high_line_count,
  sum(case when o_orderpriority <> '1-URGENT' and o_orderpriority <> '2-HIGH' then 1 else 0 end) as low_line_count
from orders, lineitem
where o_orderkey = l_orderkey
  and l_shipmode in (':mode1', ':mode2')
  and l_commitdate < l_receiptdate
  and l_shipdate < l_commitdate
  and l_receiptdate >= date ':date'
  and l_receiptdate < date ':date' + interval '1' year
group by l_shipmode
order by l_shipmode
`,
};
