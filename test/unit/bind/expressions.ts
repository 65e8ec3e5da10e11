/** Expressions over the table `types` whose type and name are compared with DuckDB's. One per line. */
export const EXPRESSIONS: readonly string[] = `
ti+1
ti+1000
si+1
i+1
bi+1
ti+ti
uti+1
uti+(-1)
ubi+1
ui+i
hi+ubi
d42*2
d42+2
d42+200
d42*1000
1-d152
d42+i
d42*ti
d42/2
d42+1.5
d42+1.5e0
d42+f
d152*d42
d152*(1-d152)
d152*(1-d152)*(1+d152)
d3810*2
d180*d180
d180+d180
r+1
r+1.5
r+d42
r+f
i/2
i//2
bi//2
d42//2
f//2
d42%2
i%2
-i
-ti
-d42
-f
+i
ti=1
b=1
b=i
b<1
s=1
s=i
s=dt
dt='1994-01-01'
i='1'
i=1.5
i<'1.5'
s||1
i||s
dt||s
s||'a'||'b'
case when b then 1 else 2.5 end
case when b then ti else 1 end
case when b then ti else 1000 end
case when b then i else '1' end
case when b then dt else ts end
case when b then dt else '1994-01-01' end
case when b then b else i end
case when b then b else 1 end
case when 1 then 2 end
case when s then 2 end
case i when 1 then 2 when 3 then 4 end
case i when '1' then 1 end
case when i > 1 then d42 else 0 end
case when i > 1 then d152 * (1 - d152) else 0 end
case null when 1 then 1 end
case when null then 1 end
coalesce(i, 1.5)
coalesce(i, 2)
coalesce(d42,d152,i)
coalesce(d3810, d180)
coalesce(d3810, bi)
coalesce(d3810, hi)
coalesce(d42, f)
coalesce(d42, r)
coalesce(ubi, i)
coalesce(ubi, bi)
coalesce(ui, i)
coalesce(uti, ti)
coalesce(usi, si)
coalesce(r, i)
coalesce(r, f)
coalesce(hi, f)
coalesce(hi, d42)
coalesce(tss, ts)
coalesce(tsn, ts)
coalesce(tss, dt)
coalesce(tz, ts)
coalesce(tz, dt)
coalesce(u, '00112233-4455-6677-8899-aabbccddeeff')
coalesce(null, null)
coalesce(null, d42)
coalesce(1, d42)
coalesce(1, d3810)
coalesce(d3810, 1.5)
coalesce(b, 'x')
coalesce(s, 'x')
coalesce(ti, 300)
coalesce(ti, 1, 300)
coalesce(uti, -1)
coalesce(300, uti)
coalesce(1, 1)
coalesce(1, 1.5, f)
coalesce(iv, '1 day')
coalesce(i)
ifnull(i, 1.5)
nullif(i, 1.5)
nullif(d42, 1)
nullif(s, '1')
if(i, 1, 2)
if(b, 1, 2.5)
null
i in (1,2,3)
i in (1)
i not in (1,2)
i in (1, 2.5)
i in ('1', 2)
s in ('a', 'b')
i in (bi, 2)
i in (1, null)
dt in ('1994-01-01', '1995-01-01')
i between 1 and 2
i not between 1 and 2
i between 1 and 2.5
i between '1' and 5
i between 1 and null
dt between '1994-01-01' and '1994-12-31'
1
2147483647
2147483648
1000000000000
100000000000000000000
100000000000000000000000000000000000000000
-9223372036854775808
-2147483648
-5
-5.5
1.5
.5
0.05
00.50
5.
10.0
1.50
1e3
1.5e3
1e10
123456789012345678901234567890.1234567890123
'a'
'it''s'
b
not b
not 1
i and b
1 and b
b and b and not b
b or b or b
(b or b) and b
i = 1
i <> 1
i != 1
i == 1
i is null
i is not null
i is distinct from 2
i is not distinct from 2
s like 'a%'
s not like 'a%'
s ilike 'a%'
s not ilike 'a%'
s like null
i + 1
i+1*2
(i+1)*2
- (i + 1)
i - (i - 1)
1 + 2 + 3
1 - (2 - 3)
count(*)
count()
count(i)
count(distinct i)
count(*) filter (where i > 3)
sum(ti)
sum(i)
sum(bi)
sum(d42)
sum(d152)
sum(d3810)
sum(f)
sum(r)
sum(d152 * (1 - d152))
sum(d152 * (1 - d152) * (1 + d152))
sum(case when i = 1 then 1 else 0 end)
sum(i) filter (where i > 3)
sum(distinct i)
sum(null)
avg(i)
avg(d42)
avg(f)
min(s)
min(d42)
max(dt)
max(i) + 1
sum(i) / count(*)
100.00 * sum(d152) / sum(d152)
sum(d152) / 7.0
0.2 * avg(d152)
sum(d152) * 0.0001
cast(i as varchar)
i::varchar
try_cast(s as int)
cast(i as decimal(10,2))
cast(i as decimal)
cast(i as decimal(5))
cast(i as numeric)
cast(i as text)
cast(i as int8)
cast(i as float)
cast(i as float8)
cast(i as real)
cast(i as bool)
cast(ts as date)
cast(s as uuid)
i::int::bigint
cast('1' as integer)
date '1994-01-01'
timestamp '1994-01-01 00:00:00'
interval '1' day
interval '3' month
interval 3 days
interval '1 year 2 months'
dt + interval '1' day
dt - interval '90' day
date '1998-12-01' - interval '90' day
interval '1' year + dt
ts + iv
ts - iv
dt - dt
ts - ts
dt + 1
dt - 1
extract(year from dt)
date_part('year', dt)
extract(month from ts)
year(dt)
substring(s from 1 for 2)
substring(s, 1, 2)
upper(s)
UPPER(s)
lower(s) || 'x'
types.i
types.i + types.ti
exists(select 1)
(select 1)
(select max(i) from types)
i in (select 1)
i in (select 1.5)
i not in (select 1)
i = any(select 1)
i < all(select 1)
(1, 2) = (3, 4)
i as j
i "A b"
I
lower(null)
null + 1
null = 1
null and true
`
  .trim()
  .split("\n");
