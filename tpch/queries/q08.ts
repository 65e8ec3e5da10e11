/** Clause 2.4.8: National Market Share. */
import { NATIONS, PART_TYPES, REGIONS } from "../gen/words.ts";
import type { QueryTemplate } from "./template.ts";

export const q08: QueryTemplate = {
  defaults: { nation: "BRAZIL", region: "AMERICA", type: "ECONOMY ANODIZED STEEL" },
  random: (draw) => {
    const [nation, region] = draw.one(NATIONS);
    return { nation, region: REGIONS[region]!, type: draw.one(PART_TYPES) };
  },
  orderBy: ["o_year"],
  doubles: ["mkt_share"],
  sql: `
select o_year, sum(case when nation = ':nation' then volume else 0 end) / sum(volume) as mkt_share
from (
  select
    extract(year from o_orderdate) as o_year,
    l_extendedprice * (1 - l_discount) as volume,
    n2.n_name as nation
  from part, supplier, lineitem, orders, customer, nation n1, nation n2, region
  where p_partkey = l_partkey
    and s_suppkey = l_suppkey
    and l_orderkey = o_orderkey
    and o_custkey = c_custkey
    and c_nationkey = n1.n_nationkey
    and n1.n_regionkey = r_regionkey
    and r_name = ':region'
    and s_nationkey = n2.n_nationkey
    and o_orderdate between date '1995-01-01' and date '1996-12-31'
    and p_type = ':type'
) as all_nations
group by o_year
order by o_year
`,
};
