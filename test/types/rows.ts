/** What the compiler knows of rows: this file is only checked, never run. Each `@ts-expect-error` must be one. */
import { expectTypeOf } from "vitest";
import { avg, coalesce, col, type Column, count, date, expr, functions, lit, max, sum, when } from "../../src/index.ts";
import type { DataFrame, Row, Session } from "../../src/index.ts";

type Order = { id: bigint; customer: number; price: string; comment: string | null; tags: string[] | null; day: Date };
type Customer = { customer: number; name: string; comment: string };

type RowOf<F> = F extends DataFrame<infer R> ? R : never;

export async function rows(db: Session, text: readonly string[]): Promise<void> {
  const orders = db.table<Order>("orders");
  const customers = db.table<Customer>("customers");

  const [row] = await orders.collect();
  row!.id satisfies bigint;
  // @ts-expect-error -- no such column
  void row!.idd;

  // Names
  const some = orders.select("id", "price", col("customer").as("c"));
  expectTypeOf<RowOf<typeof some>>().toEqualTypeOf<{ id: bigint; price: string; c: number }>();
  // @ts-expect-error -- a typo
  orders.select("id", "prise");
  // @ts-expect-error -- a typo in an expression
  orders.select("id", col("prise").add(1).as("p"));
  // @ts-expect-error -- gone after select
  some.filter(col("customer").gt(1));
  const all = orders.select("*", col("id").as("again"));
  (await all.first())!.again satisfies bigint;
  (await all.first())!.day satisfies Date;

  // Filters and orders
  orders.filter(col("id").gt(1).and(col("comment").like("%x%"))).sort("id", col("price").desc());
  // @ts-expect-error -- deep inside
  orders.filter(col("id").gt(1).and(col("coment").isNull()));
  // @ts-expect-error -- no such sort key
  orders.sort("id", "nothing");
  // @ts-expect-error -- no such sort key
  orders.sort(col("nothing").desc());
  orders.filter(when(col("id").gt(1), col("price")).otherwise("0").eq(lit("1")));
  // @ts-expect-error -- in a branch of CASE
  orders.filter(when(col("id").gt(1), col("prices")).otherwise("0").eq(lit("1")));
  // @ts-expect-error -- in an argument
  orders.filter(functions.startsWith(col("coment"), "a"));
  // @ts-expect-error -- in a window
  orders.select(sum("customer").over({ partitionBy: "nobody" }).as("s"));
  orders.select(
    sum("customer")
      .over({ partitionBy: "day", orderBy: col("id").desc() })
      .as("s"),
  );

  // New columns
  const more = orders
    .withColumn("double", col("id").mul(2n))
    .withColumns({ id: lit("text"), year: functions.year(col("day")) });
  const [wide] = await more.collect();
  wide!.double satisfies bigint;
  wide!.id satisfies string;
  wide!.year satisfies bigint | null;
  // @ts-expect-error -- a bigint no more
  wide!.id satisfies bigint;
  // @ts-expect-error -- a typo
  orders.withColumn("x", col("idd"));
  // @ts-expect-error -- a typo
  orders.withColumns({ x: col("idd") });
  const fewer = orders.drop("tags", "day").rename({ price: "cost" });
  expectTypeOf<RowOf<typeof fewer>>().toEqualTypeOf<{
    id: bigint;
    customer: number;
    cost: string;
    comment: string | null;
  }>();
  // @ts-expect-error -- a typo
  orders.drop("tag");
  // @ts-expect-error -- a typo
  orders.rename({ prise: "cost" });

  // Values
  const values = orders.select(
    col("customer").add(1).as("number"),
    col("id").add(1n).as("bigint"),
    col("price").mul(col("price")).as("decimal"),
    col("comment").eq("x").as("maybe"),
    col("customer").eq(1).as("surely"),
    col("customer").cast("VARCHAR").as("text"),
    col("comment").cast("DATE").as("date"),
    coalesce(col("comment"), "none").as("filled"),
  );
  expectTypeOf<RowOf<typeof values>>().toEqualTypeOf<{
    number: number;
    bigint: bigint;
    decimal: string;
    maybe: boolean | null;
    surely: boolean;
    text: string;
    date: Date | null;
    filled: string;
  }>();

  // Functions whose results have one type whatever their arguments are
  const called = orders.select(
    functions.reverse(col("comment")).as("text"),
    functions.sqrt(col("customer")).as("root"),
    functions.regexpMatches(col("comment"), "a").as("matches"),
    functions.stringSplit(col("comment"), ",").as("parts"),
    functions.lastDay(col("day")).as("end"),
    functions.greatest(col("id"), 1n).as("unknown"),
  );
  expectTypeOf<RowOf<typeof called>>().toEqualTypeOf<{
    text: string | null;
    root: number | null;
    matches: boolean | null;
    parts: (string | null)[] | null;
    end: Date | null;
    unknown: unknown;
  }>();
  // @ts-expect-error -- a typo in an argument
  orders.select(functions.reverse(col("coment")).as("text"));

  // Groups
  const groups = orders
    .groupBy("customer", functions.year(col("day")).as("year"))
    .agg({ n: count(), total: sum("price"), last: max("day"), mean: avg("customer") });
  expectTypeOf<RowOf<typeof groups>>().toEqualTypeOf<{
    customer: number;
    year: bigint | null;
    n: bigint;
    total: string | null;
    last: Date | null;
    mean: number | null;
  }>();
  // @ts-expect-error -- a typo in a key
  orders.groupBy("custommer");
  // @ts-expect-error -- a typo in an aggregate
  orders.groupBy("customer").agg({ total: sum("prise") });
  // @ts-expect-error -- a typo in an aggregate
  orders.agg({ total: sum("prise") });
  const totals = orders.rollup("customer").agg({ n: count() });
  expectTypeOf<RowOf<typeof totals>>().toEqualTypeOf<{ customer: number | null; n: bigint }>();

  // Joins
  const joined = orders.select("id", "customer", "comment").join(customers, "customer");
  expectTypeOf<RowOf<typeof joined>>().toEqualTypeOf<{
    id: bigint;
    customer: number;
    comment: string | null;
    name: string;
    comment_1: string;
  }>();
  const left = orders.select("id", "customer").join(customers.select("customer", "name"), "customer", "left");
  expectTypeOf<RowOf<typeof left>>().toEqualTypeOf<{ id: bigint; customer: number; name: string | null }>();
  const semi = orders.select("id", "customer").join(customers, "customer", "semi");
  expectTypeOf<RowOf<typeof semi>>().toEqualTypeOf<{ id: bigint; customer: number }>();
  orders.join(customers, orders.col("customer").eq(customers.col("customer")));
  // @ts-expect-error -- only one side has it
  orders.join(customers, "id");
  // @ts-expect-error -- a typo
  orders.col("idd");
  // @ts-expect-error -- neither side has it
  orders.join(customers, col("nothing").eq(1));

  // NULLs, lists, sets
  const present = orders.select("id", "comment").dropNulls(["comment"]);
  expectTypeOf<RowOf<typeof present>>().toEqualTypeOf<{ id: bigint; comment: string }>();
  const filled = orders.select("id", "comment").fillNull("none", ["comment"]);
  expectTypeOf<RowOf<typeof filled>>().toEqualTypeOf<{ id: bigint; comment: string }>();
  const maybe = orders.select("id", "comment").fillNull("none");
  expectTypeOf<RowOf<typeof maybe>>().toEqualTypeOf<{ id: bigint; comment: string | null }>();
  const tags = orders.select("id", "tags").explode("tags");
  expectTypeOf<RowOf<typeof tags>>().toEqualTypeOf<{ id: bigint; tags: string }>();
  const long = customers.unpivot(["name", "comment"]);
  (await long.first())!.value satisfies string;
  (await long.first())!.customer satisfies number;
  const both = orders.select("id").unionByName(customers.select("name"));
  expectTypeOf<RowOf<typeof both>>().toEqualTypeOf<{ id: bigint | null; name: string | null }>();

  // What is not known is not checked.
  const loose = db.sql("SELECT 1 AS a");
  expectTypeOf<RowOf<typeof loose>>().toEqualTypeOf<Row>();
  loose
    .filter(col("c").gt(1))
    .groupBy("d")
    .agg({ e: sum("f") });
  // @ts-expect-error -- but what is selected is known by name
  loose.select("a", "b").filter(col("c").gt(1));
  orders.filter(col(text.at(0) ?? "").gt(1)).filter(expr("anything > 1"));
  const helper = (column: Column): Column => column.add(1);
  orders.filter(helper(col("id")).gt(1));
  const unnamed = orders.select("id", col("customer").add(1));
  (await unnamed.first())!.id satisfies bigint;
  orders.filter(col("day").ge(date("1995-01-01")));

  // Results by key have the types that the names of SQL types say, and functions get them.
  const spent = orders.mapReduceMerge({
    map: (order) => (order.tags ?? []).map((tag) => [`${order.customer} ${tag}`, Number(order.id)] as const),
    reduce: (key, amounts) => {
      key satisfies string;
      return amounts.reduce((a, b) => a + b);
    },
    merge: (old, amount, state, key) => {
      expectTypeOf(old).toEqualTypeOf<Date | undefined>();
      expectTypeOf(amount).toEqualTypeOf<bigint>();
      expectTypeOf(state).toEqualTypeOf<{ total: bigint | null; seen: string | null }>();
      state.total = (state.total ?? 0n) + amount;
      // @ts-expect-error -- no such field
      state.sum = 1n;
      // @ts-expect-error -- of another type
      state.seen = 1n;
      return key === "" ? undefined : new Date(0);
    },
    key: "VARCHAR",
    value: "BIGINT",
    result: "DATE",
    state: { total: "BIGINT", seen: "VARCHAR" },
  });
  expectTypeOf<RowOf<typeof spent>>().toEqualTypeOf<{ key: string; result: Date }>();
  const counted = orders.mapReduceMerge({
    map: ({ customer }) => [[customer, 1]],
    reduce: (_customer, counts) => counts.length,
    merge: (old = 0, n, state) => {
      // @ts-expect-error -- none was declared
      state["n"] = 1;
      return old + n;
    },
    key: "INTEGER",
    value: "DOUBLE",
  });
  expectTypeOf<RowOf<typeof counted>>().toEqualTypeOf<{ key: number; result: number }>();
  orders.mapReduceMerge({
    // @ts-expect-error -- no such column
    map: ({ custommer }) => [[custommer, 1]],
    reduce: (_customer, counts) => counts.length,
    // @ts-expect-error -- of another type
    merge: () => "x",
    key: "INTEGER",
    value: "DOUBLE",
  });
}
