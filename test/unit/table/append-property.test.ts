import fc from "fast-check";
import { expect, it } from "vitest";
import { countRows } from "../../../src/exec/table/result-rows.ts";
import { instantiateKernels, loadKernels } from "../../../src/exec/kernels/kernels.ts";
import { FIRST_QUERY_OWNER, OWNER_TABLES, SharedMemory } from "../../../src/exec/memory/shared-memory.ts";
import { appendRows } from "../../../src/exec/table/append-rows.ts";
import { createTable, releaseVersion, type TableVersion } from "../../../src/exec/table/table-version.ts";
import * as types from "../../../src/planner/types/types.ts";
import { makeRows, type TestColumn } from "../../support/result-rows.ts";
import { tableColumn } from "../../support/table-values.ts";

/** Small values often, so that lanes change on the way. */
const integers = fc.oneof(fc.bigInt(-3n, 3n), fc.bigInt(-300n, 70_000n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n));
const strings = fc.oneof(fc.constantFrom("", "a", "bb", "ccc"), fc.string({ maxLength: 20, unit: "binary-ascii" }));

const batch = fc.tuple(
  fc.array(fc.tuple(fc.option(integers), fc.option(strings), fc.option(fc.integer({ min: -200, max: 200 }))), {
    maxLength: 40,
  }),
  // How often the batch is repeated, and rows a segment.
  fc.constantFrom(1, 3, 60, 2000),
  fc.constantFrom(7, 1000),
);

it("what was appended is there, in every version, under true statistics", () => {
  const module = loadKernels();
  const columns: TestColumn[] = [
    { name: "i", type: types.BIGINT },
    { name: "s", type: types.VARCHAR },
    { name: "d", type: types.decimal(30, 2), rep: "i32" },
  ];
  const memory = SharedMemory.create(2 ** 31);
  memory.startPoisoning();
  const kernels = instantiateKernels(module, memory.memory);
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 5 }), (batches) => {
      const expected: unknown[][][] = [columns.map(() => [])];
      const versions: TableVersion[] = [createTable(columns.map((column) => ({ ...column, nullable: true })))];
      for (const [rows, repeat, segmentRows] of batches) {
        const all = Array.from({ length: repeat }, () => rows).flat();
        const result = makeRows(memory, columns, all, segmentRows);
        expect(countRows(result)).toBe(all.length);
        versions.push(appendRows(memory, kernels, versions.at(-1)!, result));
        expected.push(columns.map((_, i) => [...expected.at(-1)![i]!, ...all.map((row) => row[i])]));
        memory.releaseOwner(FIRST_QUERY_OWNER);
      }
      for (const [v, version] of versions.entries()) {
        for (const i of columns.keys()) check(memory, version, i, expected[v]![i]!);
      }
      // What the last version needs outlives the others, whose memory is poisoned.
      const last = versions.pop()!;
      for (const version of versions) releaseVersion(memory, version);
      for (const i of columns.keys()) check(memory, last, i, expected.at(-1)![i]!);
      releaseVersion(memory, last);
      memory.releaseOwner(FIRST_QUERY_OWNER);
      expect(memory.pagesOf(OWNER_TABLES)).toBe(0);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

function check(memory: SharedMemory, version: TableVersion, i: number, expected: readonly unknown[]): void {
  const numeric = i !== 1;
  const stored = tableColumn(memory, version, i).map((value) =>
    numeric && value !== null ? BigInt(value as number) : value,
  );
  const values = expected.map((value) => (numeric && value !== null ? BigInt(value as number) : value));
  expect(stored).toEqual(values);
  const present = values.filter((value) => value !== null) as (bigint | string)[];
  const { min, max, nullCount, distinct } = version.statistics.columns[i]!;
  expect(nullCount).toBe(values.length - present.length);
  expect(version.schema[i]!.nullable).toBe(nullCount! > 0);
  const sorted = [...new Set(present)].sort((a, b) => (a < b ? -1 : 1));
  expect([min, max]).toEqual([sorted[0], sorted.at(-1)]);
  expect(Math.abs(distinct! - sorted.length)).toBeLessThanOrEqual(Math.max(3, sorted.length * 0.1));
}
