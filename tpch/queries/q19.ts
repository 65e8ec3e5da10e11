/** Clause 2.4.19: Discounted Revenue. */
import { randomBrand, type QueryTemplate } from "./template.ts";

export const q19: QueryTemplate = {
  defaults: {
    brand1: "Brand#12",
    brand2: "Brand#23",
    brand3: "Brand#34",
    quantity1: "1",
    quantity2: "10",
    quantity3: "20",
  },
  random: (draw) => ({
    brand1: randomBrand(draw),
    brand2: randomBrand(draw),
    brand3: randomBrand(draw),
    quantity1: String(draw.integer(1, 10)),
    quantity2: String(draw.integer(10, 20)),
    quantity3: String(draw.integer(20, 30)),
  }),
  orderBy: [],
  doubles: [],
  sql: `
select sum(l_extendedprice * (1 - l_discount)) as revenue
from lineitem, part
where (
    p_partkey = l_partkey
    and p_brand = ':brand1'
    and p_container in ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG')
    and l_quantity >= :quantity1 and l_quantity <= :quantity1 + 10
    and p_size between 1 and 5
    and l_shipmode in ('AIR', 'AIR REG')
    and l_shipinstruct = 'DELIVER IN PERSON'
  )
  or (
    p_partkey = l_partkey
    and p_brand = ':brand2'
    and p_container in ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK')
    and l_quantity >= :quantity2 and l_quantity <= :quantity2 + 10
    and p_size between 1 and 10
    and l_shipmode in ('AIR', 'AIR REG')
    and l_shipinstruct = 'DELIVER IN PERSON'
  )
  or (
    p_partkey = l_partkey
    and p_brand = ':brand3'
    and p_container in ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG')
    and l_quantity >= :quantity3 and l_quantity <= :quantity3 + 10
    and p_size between 1 and 15
    and l_shipmode in ('AIR', 'AIR REG')
    and l_shipinstruct = 'DELIVER IN PERSON'
  )
`,
};
