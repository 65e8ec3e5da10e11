import type { ActionOptions } from "./actions.ts";
import type { Copy } from "../sql/ast.ts";
import { literal, NO_SPAN } from "./expression/nodes.ts";

export type ParquetWriteOptions = ActionOptions & {
  readonly compression?: "snappy" | "gzip" | "brotli" | "none" | undefined;
  /** Rows per row group. */
  readonly rowGroupSize?: number | undefined;
};

export type CsvWriteOptions = ActionOptions & {
  readonly delimiter?: string | undefined;
  readonly header?: boolean | undefined;
  /** How NULL is written; an empty field by default. */
  readonly nullText?: string | undefined;
};

type Write = (path: string, options: Copy["options"], action: ActionOptions) => Promise<number>;

/** Writes a DataFrame's rows to files. A failed write leaves nothing. */
export class DataFrameWriter {
  private readonly run: Write;

  /** @internal Use `DataFrame.write`. */
  constructor(run: Write) {
    this.run = run;
  }

  /** Resolves to the number of rows. */
  parquet(path: string, { compression, rowGroupSize, ...action }: ParquetWriteOptions = {}): Promise<number> {
    return this.run(path, optionsOf({ format: "parquet", compression, row_group_size: rowGroupSize }), action);
  }

  /** Resolves to the number of rows. */
  csv(path: string, { delimiter, header, nullText, ...action }: CsvWriteOptions = {}): Promise<number> {
    return this.run(path, optionsOf({ format: "csv", delimiter, header, nullstr: nullText }), action);
  }
}

function optionsOf(options: Readonly<Record<string, string | number | boolean | undefined>>): Copy["options"] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [{ kind: "Option", name, value: literal(value), span: NO_SPAN } as const];
  });
}
