import fc from "fast-check";
import { expect, it } from "vitest";
import { instantiateKernels, loadKernels } from "../../../src/exec/kernels/kernels.ts";
import { FIRST_QUERY_OWNER, OWNER_TABLES, SharedMemory } from "../../../src/exec/memory/shared-memory.ts";
import { appendRows, changeInSteps } from "../../../src/exec/table/append-rows.ts";
import { runAtOnce } from "../../../src/exec/table/slices.ts";
import { createTable, releaseVersion, type TableVersion } from "../../../src/exec/table/table-version.ts";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import * as types from "../../../src/planner/types/types.ts";
import { makeRows, type TestColumn } from "../../support/result-rows.ts";
import { tableColumn } from "../../support/table-values.ts";

const COLUMNS: readonly TestColumn[] = [
  { name: "i", type: types.BIGINT },
  { name: "s", type: types.VARCHAR },
  { name: "f", type: types.DOUBLE },
  { name: "b", type: types.BOOLEAN },
];

const integers = fc.oneof(fc.bigInt(-3n, 3n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n));
const strings = fc.oneof(fc.constantFrom("", "a", "bb"), fc.string({ maxLength: 20, unit: "binary-ascii" }));
const row = fc.tuple(fc.option(integers), fc.option(strings), fc.option(fc.double()), fc.option(fc.boolean()));

/** `part`: which rows, by a linear congruence; a step of 0 is none, of 1 is all. */
const part = fc.record({ step: fc.constantFrom(0, 1, 2, 3, 17), offset: fc.nat(20) });
const step = fc.oneof(
  fc.record({
    kind: fc.constant("append" as const),
    rows: fc.array(row, { maxLength: 30 }),
    repeat: fc.constantFrom(1, 40),
  }),
  fc.record({ kind: fc.constant("delete" as const), part }),
  fc.record({ kind: fc.constant("update" as const), part, row, columns: fc.subarray([0, 1, 2, 3], { minLength: 1 }) }),
);

it("replaced and deleted rows, in every version, under true statistics", () => {
  const memory = SharedMemory.create(2 ** 31);
  memory.startPoisoning();
  const kernels = instantiateKernels(loadKernels(), memory.memory);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), fc.constantFrom(16, 1000, 65_536), (steps, chunkRows) => {
      let table: (readonly Datum[])[] = [];
      const versions: TableVersion[] = [createTable(COLUMNS.map((column) => ({ ...column, nullable: true })))];
      const expected = [table];
      for (const action of steps) {
        const old = versions.at(-1)!;
        if (action.kind === "append") {
          const rows = Array.from({ length: action.repeat }, () => action.rows).flat();
          versions.push(appendRows(memory, kernels, old, makeRows(memory, COLUMNS, rows), { chunkRows }));
          table = [...table, ...rows];
        } else {
          const { step: every, offset } = action.part;
          const numbers = Float64Array.from([...table.keys()].filter((i) => every > 0 && (i + offset) % every === 0));
          const chosen = new Set(numbers);
          const columns = action.kind === "update" ? action.columns : [];
          const shapes = columns.map((i) => COLUMNS[i]!);
          const fresh = makeRows(
            memory,
            shapes,
            [...numbers].map((n) => columns.map((i) => valueFor(action, i, n))),
          );
          const addresses = fresh.segments.flatMap(({ address, rows }) =>
            Array.from({ length: rows }, (_, i) => address + i * fresh.stride),
          );
          const rows = action.kind === "update" ? Uint32Array.from(addresses) : undefined;
          const fields = COLUMNS.map((_, i) => (columns.includes(i) ? columns.indexOf(i) : undefined));
          const change = changeInSteps(memory, kernels, old, { numbers, rows }, { rows: fresh, fields }, { chunkRows });
          versions.push(runAtOnce(change));
          table =
            action.kind === "delete"
              ? table.filter((_, i) => !chosen.has(i))
              : table.map((values, i) =>
                  chosen.has(i) ? values.map((v, c) => (columns.includes(c) ? valueFor(action, c, i) : v)) : values,
                );
        }
        memory.releaseOwner(FIRST_QUERY_OWNER);
        expected.push(table);
      }
      for (const [v, version] of versions.entries()) check(memory, version, expected[v]!);
      const last = versions.pop()!;
      for (const version of versions) releaseVersion(memory, version);
      check(memory, last, table);
      releaseVersion(memory, last);
      expect(memory.pagesOf(OWNER_TABLES)).toBe(0);
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

/** The value that an update gives to row `n`: some rows differ from others. */
function valueFor(
  action: { readonly kind: string; readonly row?: readonly Datum[] },
  column: number,
  n: number,
): Datum {
  const value = action.row?.[column] ?? null;
  if (typeof value === "string" && n % 3 === 0) return `${value}${n}`;
  return n % 5 === 0 ? null : value;
}

function check(memory: SharedMemory, version: TableVersion, rows: readonly (readonly Datum[])[]): void {
  expect(version.rows).toBe(rows.length);
  for (const [i, { type }] of COLUMNS.entries()) {
    const normal = (value: unknown): unknown => {
      if (value === null || type.kind === "Varchar" || type.kind === "Double") return value;
      return type.kind === "Boolean" ? Boolean(value) : BigInt(value as number);
    };
    expect(tableColumn(memory, version, i).map(normal)).toEqual(rows.map((values) => normal(values[i])));
    const { nullCount, min, max } = version.statistics.columns[i]!;
    expect(nullCount).toBe(rows.filter((values) => values[i] === null).length);
    expect(version.schema[i]!.nullable).toBe(nullCount! > 0);
    for (const values of rows) {
      const value = values[i];
      if (value === null || value === undefined || min === undefined || type.kind === "Boolean") continue;
      expect(value >= min! && value <= max!).toBe(true);
    }
  }
}
