import { HeadraceError, unsupported } from "../../error.ts";
import { ExtentScope } from "../../exec/memory/allocator.ts";
import { countRows, type ResultRows, rowParts } from "../../exec/table/result-rows.ts";
import { rowVectors } from "../../exec/table/row-vectors.ts";
import { runInSlices } from "../../exec/table/slices.ts";
import { ParquetFileWriter } from "../../io/formats/parquet/parquet-writer.ts";
import { type ColumnInput, encodeRowGroup, type WriteOptions } from "../../io/formats/parquet/write-row-group.ts";
import type { WriteField } from "../../io/formats/parquet/write-schema.ts";
import { uniqueNames } from "../../planner/bind/scope.ts";
import type { QueryPlan } from "../../planner/logical/statement.ts";
import { isNested } from "../../planner/types/nested.ts";
import { datumReader } from "../../exec/table/row-datums.ts";
import { eachRowInSlices } from "../../exec/table/each-row.ts";
import { typeName } from "../../planner/types/types.ts";
import type { RunContext } from "../context.ts";
import type { CopyOptions } from "./copy-options.ts";
import { type OpenWriter, runtimeAllocator } from "./rows-writer.ts";

export function parquetWriter(
  ctx: RunContext,
  columns: QueryPlan["columns"],
  { write: plain, rowGroupRows, bloomFilters: wanted }: CopyOptions["parquet"],
): OpenWriter {
  const names = uniqueNames(columns.map(({ name }) => name));
  const fields = columns.map(({ type, nullable }, i) => ({ name: names[i] as string, type, nullable }));
  const write: WriteOptions =
    wanted === undefined
      ? plain
      : { ...plain, bloomFilters: { ...wanted, columns: bloomColumns(fields, wanted.columns) } };
  const { instances } = ctx.runtime;
  const { kernels } = instances;
  const allocator = runtimeAllocator(ctx);
  return async (path) => {
    const writer = await ParquetFileWriter.create(path, fields);
    return {
      append: async (rows) => {
        for (const group of rowParts(rows, rowGroupRows)) {
          const scope = new ExtentScope(allocator);
          try {
            const vectors = await runInSlices(rowVectors(kernels, scope, group), ctx.signal);
            const chunks: ColumnInput[] = [];
            for (const [i, vector] of vectors.entries()) {
              const column = group.columns[i] as ResultRows["columns"][number];
              if (!isNested(column.type)) chunks.push({ vector });
              else chunks.push({ nested: await eachRowInSlices(group, datumReader(group, column), ctx.signal) });
            }
            const steps = encodeRowGroup(fields, chunks, countRows(group), { allocator, kernels }, write);
            await writer.append(await runInSlices(steps, ctx.signal));
          } finally {
            scope.releaseAll();
          }
        }
      },
      finish: async () => {
        await writer.finish();
      },
      abort: () => writer.abort(),
    };
  };
}

/** Throws `bind` for a column that is not there, `unsupported` for one that can have no filter. */
function bloomColumns(fields: readonly WriteField[], wanted: readonly string[] | "all"): readonly string[] {
  const canHave = ({ type }: WriteField): boolean => !isNested(type) && type.kind !== "Boolean";
  if (wanted === "all") return fields.filter(canHave).map(({ name }) => name);
  return wanted.map((column) => {
    const field = fields.find(({ name }) => name.toLowerCase() === column.toLowerCase());
    if (field === undefined) throw new HeadraceError("bind", `no column "${column}" is written`);
    if (!canHave(field))
      throw unsupported(`a Bloom filter of the column "${field.name}" of type ${typeName(field.type)}`);
    return field.name;
  });
}
