/** Clause 2.4.6: Forecasting Revenue Change. */
import { randomYear, type QueryTemplate } from "./template.ts";

export const q06: QueryTemplate = {
  defaults: { date: "1994-01-01", discount: "0.06", quantity: "24" },
  random: (draw) => ({
    date: randomYear(draw),
    discount: `0.0${draw.integer(2, 9)}`,
    quantity: String(draw.integer(24, 25)),
  }),
  orderBy: [],
  doubles: [],
  sql: `
select sum(l_extendedprice * l_discount) as revenue
from lineitem
where l_shipdate >= date ':date'
  and l_shipdate < date ':date' + interval '1' year
  and l_discount between :discount - 0.01 and :discount + 0.01
  and l_quantity < :quantity
`,
};
