/** Clause 2.4.11: Important Stock Identification. The fraction of the answers is that of scale factor 1 at every scale factor. */
import { NATIONS } from "../gen/words.ts";
import type { QueryTemplate } from "./template.ts";

export const q11: QueryTemplate = {
  defaults: { nation: "GERMANY", fraction: "0.0001000000" },
  random: (draw, scaleFactor) => ({
    nation: draw.one(NATIONS)[0],
    fraction: (0.0001 / scaleFactor).toFixed(10),
  }),
  orderBy: ["value"],
  doubles: [],
  sql: `
select ps_partkey, sum(ps_supplycost * ps_availqty) as value
from partsupp, supplier, nation
where ps_suppkey = s_suppkey
  and s_nationkey = n_nationkey
  and n_name = ':nation'
group by ps_partkey
having sum(ps_supplycost * ps_availqty) > (
  select sum(ps_supplycost * ps_availqty) * :fraction
  from partsupp, supplier, nation
  where ps_suppkey = s_suppkey
    and s_nationkey = n_nationkey
    and n_name = ':nation'
)
order by value desc
`,
};
