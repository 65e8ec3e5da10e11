import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { instantiateKernels, loadKernels } from "../../../src/exec/kernels/kernels.ts";
import { FIRST_QUERY_OWNER } from "../../../src/exec/memory/shared-memory.ts";
import { appendRows } from "../../../src/exec/table/append-rows.ts";
import { encodeColumns } from "../../../src/exec/table/encode-columns.ts";
import { releaseVersion, type TableVersion } from "../../../src/exec/table/table-version.ts";
import type { Datum } from "../../../src/planner/expr/expr.ts";
import { BIGINT, DOUBLE, type SqlType, typeName, VARCHAR } from "../../../src/planner/types/types.ts";
import { Checkpoints } from "../../../src/streaming/checkpoint/checkpoints.ts";
import { makeRows } from "../../support/result-rows.ts";
import { EVERY_TYPE, scattered, valuesOfType } from "./random-tables.ts";
import { SimulatedFiles } from "./simulated-files.ts";
import { concatenated, fixedTable, forget, newMemory, recordOf, snapshotOf, tablePages, valuesOf } from "./support.ts";

const memory = newMemory();
const other = newMemory();
const kernels = instantiateKernels(loadKernels(), memory.memory);
afterEach(() => {
  forget(memory);
  forget(other);
});

/** Writes a version, lets go of it, and reads it into another memory. */
async function throughFiles(version: TableVersion): Promise<TableVersion> {
  const files = new SimulatedFiles();
  const layout = fixedTable(version.columns.map(({ type }) => type));
  const first = await Checkpoints.open("/job", { job: "j", memory, files });
  await first.log.append(recordOf(1));
  await first.write(snapshotOf(1), [{ name: "s", fingerprint: "f", version }]);
  await first.close();
  const second = await Checkpoints.open("/job", { job: "j", memory: other, files });
  const recovered = await second.recover([{ name: "s", fingerprint: "f", layout }]);
  await second.close();
  expect(recovered!.mismatches).toEqual([]);
  return recovered!.states.get("s")!;
}

const zonesOf = ({ chunks }: TableVersion): unknown =>
  chunks.map(({ rows, columns }) => [rows, columns.map(({ zone, values }) => [zone, values])]);

async function checkRoundTrip(version: TableVersion): Promise<void> {
  const read = await throughFiles(version);
  expect(valuesOf(other, read)).toEqual(valuesOf(memory, version));
  expect(zonesOf(read)).toEqual(zonesOf(version));
  expect(read.rows).toBe(version.rows);
  releaseVersion(other, read);
  expect(tablePages(other)).toBe(0);
}

function columnsOf(schema: readonly SqlType[], rows: number): fc.Arbitrary<readonly (readonly Datum[])[]> {
  const nullable = fc.constantFrom(0, 3, 1);
  return fc.tuple(
    ...schema.map((type) =>
      nullable.chain((freq) =>
        fc.array(freq === 0 ? valuesOfType(type) : fc.option(valuesOfType(type), { freq }), {
          minLength: rows,
          maxLength: rows,
        }),
      ),
    ),
  );
}

describe("what was written is read", () => {
  it.each(EVERY_TYPE.map((type) => [typeName(type), type] as const))("%s", async (_, type) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }).chain((rows) => columnsOf([type], rows)),
        async (columns) => {
          const version = encodeColumns(memory, fixedTable([type]), columns[0]!.length, columns);
          const moved = scattered(memory, version);
          await checkRoundTrip(version);
          await checkRoundTrip(moved);
          releaseVersion(memory, moved);
          releaseVersion(memory, version);
        },
      ),
      { numRuns: 8, endOnFailure: true },
    );
  });

  it("tables of any columns in any chunks", async () => {
    const schema = fc.array(fc.constantFrom(...EVERY_TYPE), { minLength: 1, maxLength: 6 });
    const chunks = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 5 });
    const table = fc
      .tuple(schema, chunks)
      .chain(([types, sizes]) =>
        fc.tuple(fc.constant(types), fc.tuple(...sizes.map((size) => columnsOf(types, size)))),
      );
    await fc.assert(
      fc.asyncProperty(table, async ([types, parts]) => {
        const empty = fixedTable(types);
        let version = encodeColumns(
          memory,
          empty,
          0,
          types.map(() => []),
        );
        for (const columns of parts)
          version = concatenated(memory, version, encodeColumns(memory, empty, columns[0]!.length, columns));
        await checkRoundTrip(version);
        releaseVersion(memory, version);
        expect(tablePages(memory)).toBe(0);
      }),
      { numRuns: 60, endOnFailure: true },
    );
  });

  it("rows of queries, with the bounds of each chunk, in full chunks and the last one", async () => {
    const rows = Array.from({ length: 150_000 }, (_, i): Datum[] => [
      i % 3 === 0 ? null : BigInt(i - 7000),
      i % 5 === 0 ? -0 : i % 7 === 0 ? Infinity : i / 3,
      i % 11 === 0 ? null : `row ${i}`,
    ]);
    const columns = [BIGINT, DOUBLE, VARCHAR].map((type, i) => ({ name: `c${i}`, type }));
    const version = appendRows(memory, kernels, fixedTable([BIGINT, DOUBLE, VARCHAR]), makeRows(memory, columns, rows));
    expect(version.chunks.map((chunk) => chunk.rows)).toEqual([65_536, 65_536, 18_928]);
    expect(version.chunks[0]!.columns[0]!.zone).toEqual({ kind: "integer", min: -6999n, max: 58_534n });
    expect(version.chunks[0]!.columns[1]!.zone).toEqual({ kind: "float", min: expect.any(Number), max: Infinity });
    await checkRoundTrip(version);
    releaseVersion(memory, version);
    memory.releaseOwner(FIRST_QUERY_OWNER);
  });
});
