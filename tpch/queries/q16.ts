/** Clause 2.4.16: Parts/Supplier Relationship. */
import { PART_TYPES } from "../gen/words.ts";
import { randomBrand, type QueryTemplate } from "./template.ts";

export const q16: QueryTemplate = {
  defaults: { brand: "Brand#45", type: "MEDIUM POLISHED", sizes: "49, 14, 23, 45, 19, 3, 36, 9" },
  random: (draw) => ({
    brand: randomBrand(draw),
    type: draw.one(PART_TYPES).split(" ").slice(0, 2).join(" "),
    sizes: draw
      .several(
        8,
        Array.from({ length: 50 }, (_, i) => i + 1),
      )
      .join(", "),
  }),
  orderBy: ["supplier_cnt", "p_brand", "p_type", "p_size"],
  doubles: [],
  sql: `
select p_brand, p_type, p_size, count(distinct ps_suppkey) as supplier_cnt
from partsupp, part
where p_partkey = ps_partkey
  and p_brand <> ':brand'
  and p_type not like ':type%'
  and p_size in (:sizes)
  and ps_suppkey not in (
    select s_suppkey
    from supplier
    where s_comment like '%Customer%Complaints%'
  )
group by p_brand, p_type, p_size
order by supplier_cnt desc, p_brand, p_type, p_size
`,
};
