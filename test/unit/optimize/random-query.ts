/** Random queries over the small tables t, u, v of the test catalog: joins of all kinds and correlated subqueries of all kinds. */

const TABLES: { readonly [table: string]: readonly string[] } = {
  t: ["a", "b", "n"],
  u: ["c", "d", "m"],
  v: ["e", "f"],
};

type Source = { readonly from: string; readonly columns: readonly string[] };

/** A generator of queries; the same seed gives the same queries. */
export function createQueries(seed: number): () => string {
  let state = seed;
  let aliases = 0;
  const below = (bound: number): number => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % bound;
  };
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;

  const scalar = (columns: readonly string[], outer: readonly string[], depth: number): string => {
    const readable = outer.length > 0 && below(3) === 0 ? outer : columns;
    const form = depth <= 0 ? 0 : below(12);
    if (form < 6) return pick(readable);
    if (form < 8) return String(below(8));
    if (form < 9) return `coalesce(${pick(readable)}, ${below(8)})`;
    if (form < 10)
      return `(case when ${predicate(columns, outer, depth - 1)} then ${pick(readable)} else ${pick(columns)} end)`;
    return aggregateSubquery([...columns, ...outer], depth - 1);
  };
  const aggregateSubquery = (outer: readonly string[], depth: number): string => {
    const { from, columns } = source(outer, depth);
    const value = pick([
      "count(*)",
      `count(${pick(columns)})`,
      `count(distinct ${pick(columns)})`,
      `sum(${pick(columns)})`,
      `min(${pick(columns)})`,
      `max(${pick(columns)})`,
    ]);
    return `(select ${value} from ${from} where ${correlation(columns, outer, depth)})`;
  };
  const correlation = (columns: readonly string[], outer: readonly string[], depth: number): string => {
    const parts: string[] = [];
    const form = below(3);
    if (form > 0 && outer.length > 0)
      parts.push(`${pick(columns)} ${pick(["=", "=", "=", "<", ">=", "<>"])} ${pick(outer)}`);
    if (form > 1 || parts.length === 0) parts.push(predicate(columns, outer, depth - 1));
    return parts.join(" and ");
  };
  const predicate = (columns: readonly string[], outer: readonly string[], depth: number): string => {
    const form = depth <= 0 ? 0 : below(14);
    if (form < 5) {
      const right = below(2) === 0 ? String(below(8)) : pick(outer.length > 0 && below(3) === 0 ? outer : columns);
      return `${pick(columns)} ${pick(["=", "<", ">", "<>", "<=", ">="])} ${right}`;
    }
    if (form < 6) return `${pick(columns)} is ${pick(["", "not "])}null`;
    if (form < 7) return `${pick(columns)} ${pick(["", "not "])}in (${below(8)}, ${below(8)})`;
    if (form < 8)
      return `(${predicate(columns, outer, depth - 1)} ${pick(["and", "or"])} ${predicate(columns, outer, depth - 1)})`;
    if (form < 9) return `not (${predicate(columns, outer, depth - 1)})`;
    const all = [...columns, ...outer];
    const inner = source(all, depth - 1);
    const where = correlation(inner.columns, all, depth - 1);
    if (form < 11) return `${pick(["", "not "])}exists (select 1 from ${inner.from} where ${where})`;
    if (form < 12)
      return `${pick(columns)} ${pick(["", "not "])}in (select ${pick(inner.columns)} from ${inner.from} where ${where})`;
    if (form < 13) return `${pick(columns)} ${pick(["<", ">", "="])} ${aggregateSubquery(all, depth - 1)}`;
    // ANY and ALL only with an uncorrelated equality: the oracle loses rows in semi joins on several inequalities.
    return `${pick(columns)} ${pick(["=", "<>"])} ${pick(["any", "all"])} (select ${pick(inner.columns)} from ${inner.from} where ${predicate(inner.columns, [], 0)})`;
  };
  const relation = (depth: number): Source => {
    const alias = `q${aliases++}`;
    const table = pick(Object.keys(TABLES));
    const columns = TABLES[table] as readonly string[];
    if (depth <= 0 || below(5) > 0)
      return { from: `${table} ${alias}`, columns: columns.map((column) => `${alias}.${column}`) };
    const [x, y] = columns as readonly [string, string];
    const derived = pick([
      `select ${x} as x, count(*) as y from ${table} where ${predicate(columns, [], 0)} group by ${x}`,
      `select distinct ${x} as x, ${y} as y from ${table}`,
      `select a as x, b as y from t ${pick(["union", "union all", "intersect", "except"])} select c, d from u`,
      `select ${x} as x, ${y} as y from ${table} where ${predicate(columns, [], 0)}`,
    ]);
    return { from: `(${derived}) ${alias}`, columns: [`${alias}.x`, `${alias}.y`] };
  };
  const source = (_outer: readonly string[], depth: number): Source => {
    let { from, columns } = relation(depth);
    for (let joins = pick([0, 0, 1, 1, 2]); joins > 0; joins--) {
      const right = relation(depth);
      const more =
        below(4) === 0
          ? ` and ${pick(right.columns)} ${pick(["<", "="])} ${below(2) === 0 ? String(below(8)) : pick(columns)}`
          : "";
      const kind = pick(["join", "join", "left join", "right join", "full join"]);
      from = `${from} ${kind} ${right.from} on ${pick(columns)} = ${pick(right.columns)}${more}`;
      columns = [...columns, ...right.columns];
    }
    return { from, columns };
  };
  return () => {
    const { from, columns } = source([], 2);
    if (below(4) > 0)
      return `select ${scalar(columns, [], 2)} as r1, ${scalar(columns, [], 1)} as r2 from ${from} where ${predicate(columns, [], 3)}`;
    const group = pick(columns);
    const values = pick([
      "count(*)",
      `sum(${pick(columns)})`,
      `count(distinct ${pick(columns)})`,
      `max(${pick(columns)}), count(distinct ${pick(columns)})`,
    ]);
    return `select ${group}, ${values} from ${from} where ${predicate(columns, [], 2)} group by ${group}`;
  };
}
