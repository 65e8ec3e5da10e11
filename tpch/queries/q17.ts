/** Clause 2.4.17: Small-Quantity-Order Revenue. */
import { CONTAINERS } from "../gen/words.ts";
import { randomBrand, type QueryTemplate } from "./template.ts";

export const q17: QueryTemplate = {
  defaults: { brand: "Brand#23", container: "MED BOX" },
  random: (draw) => ({ brand: randomBrand(draw), container: draw.one(CONTAINERS) }),
  orderBy: [],
  doubles: ["avg_yearly"],
  sql: `
select sum(l_extendedprice) / 7.0 as avg_yearly
from lineitem, part
where p_partkey = l_partkey
  and p_brand = ':brand'
  and p_container = ':container'
  and l_quantity < (
    select 0.2 * avg(l_quantity)
    from lineitem
    where l_partkey = p_partkey
  )
`,
};
