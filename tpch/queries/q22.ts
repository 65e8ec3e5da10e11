/** Clause 2.4.22: Global Sales Opportunity. Country codes are nation keys plus ten. */
import { NATIONS } from "../gen/words.ts";
import type { QueryTemplate } from "./template.ts";

export const q22: QueryTemplate = {
  defaults: { codes: "'13', '31', '23', '29', '30', '18', '17'" },
  random: (draw) => ({
    codes: draw
      .several(7, [...NATIONS.keys()])
      .map((key) => `'${key + 10}'`)
      .join(", "),
  }),
  orderBy: ["cntrycode"],
  doubles: [],
  sql: `
select cntrycode, count(*) as numcust, sum(c_acctbal) as totacctbal
from (
  select substring(c_phone from 1 for 2) as cntrycode, c_acctbal
  from customer
  where substring(c_phone from 1 for 2) in (:codes)
    and c_acctbal > (
      select avg(c_acctbal)
      from customer
      where c_acctbal > 0.00
        and substring(c_phone from 1 for 2) in (:codes)
    )
    and not exists (
      select *
      from orders
      where o_custkey = c_custkey
    )
) as custsale
group by cntrycode
order by cntrycode
`,
};
