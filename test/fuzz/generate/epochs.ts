/** Random changes of tables in random epochs. */
import type { Random } from "../random.ts";
import type { Table } from "./database.ts";

/** Statements that are committed together. */
export type Epoch = readonly string[];

/** Rows go and come, some of them in one epoch; in one of them all are gone. */
export function randomEpochs(random: Random, tables: readonly Table[]): readonly Epoch[] {
  const count = random.between(2, 7);
  const emptied = random.below(2 * count);
  return Array.from({ length: count }, (_, i) => {
    if (i === emptied) return tables.map(({ name }) => `DELETE FROM ${name}`);
    return tables.flatMap((table) =>
      random.chance(0.3) ? [] : random.shuffle([...deletions(random, table), ...insertions(random, table)]),
    );
  });
}

function insertions(random: Random, { name, rows }: Table): readonly string[] {
  if (rows.length === 0 || random.chance(0.3)) return [];
  const most = random.pick([1, 3, rows.length]);
  const some = Array.from(
    { length: Math.min(MOST, random.between(1, most)) },
    () => `(${random.pick(rows).join(", ")})`,
  );
  return [`INSERT INTO ${name} VALUES ${some.join(", ")}`];
}

/** Of one statement. */
const MOST = 60;

/** Rows that have a value of another row in a column, NULL being a value. */
function deletions(random: Random, { name, columns, rows }: Table): readonly string[] {
  if (rows.length === 0 || random.chance(0.3)) return [];
  const column = random.below(columns.length);
  const { name: of, type } = columns[column]!;
  return [`DELETE FROM ${name} WHERE ${of} IS NOT DISTINCT FROM CAST(${random.pick(rows)[column]!} AS ${type.name})`];
}
