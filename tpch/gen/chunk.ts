import type { GeneratedColumn } from "./columns.ts";
import type { TableName } from "./schema.ts";
import { customer } from "./tables/customer.ts";
import { lineitem } from "./tables/lineitem.ts";
import { nation } from "./tables/nation.ts";
import { orders } from "./tables/orders.ts";
import { part } from "./tables/part.ts";
import { partsupp } from "./tables/partsupp.ts";
import { region } from "./tables/region.ts";
import { supplier } from "./tables/supplier.ts";

/** Rows of one table, the columns in the order of its schema. */
export type GeneratedChunk = {
  readonly table: TableName;
  readonly rows: number;
  readonly columns: readonly GeneratedColumn[];
};

/**
 * Generates any range of a table, alone and in time proportional to the range. `first` (from 0) and `count` are in
 * units of the table (see `unitCount`): rows, but parts for partsupp and orders for lineitem. `pool` comes from
 * `createTextPool`.
 */
export function generateChunk(
  table: TableName,
  scaleFactor: number,
  first: number,
  count: number,
  pool: SharedArrayBuffer,
): GeneratedChunk {
  const columns = generateColumns(table, scaleFactor, first, count, pool);
  return { table, rows: columnLength(columns[0]!), columns };
}

function generateColumns(
  table: TableName,
  scaleFactor: number,
  first: number,
  count: number,
  pool: SharedArrayBuffer,
): GeneratedColumn[] {
  switch (table) {
    case "region":
      return region(first, count, pool);
    case "nation":
      return nation(first, count, pool);
    case "supplier":
      return supplier(first, count, pool);
    case "customer":
      return customer(first, count, pool);
    case "part":
      return part(first, count, pool);
    case "partsupp":
      return partsupp(scaleFactor, first, count, pool);
    case "orders":
      return orders(scaleFactor, first, count, pool);
    case "lineitem":
      return lineitem(scaleFactor, first, count, pool);
    default:
      return table satisfies never;
  }
}

function columnLength(column: GeneratedColumn): number {
  switch (column.type) {
    case "string":
      return column.offsets.length - 1;
    case "dictionary":
      return column.codes.length;
    default:
      return column.values.length;
  }
}
