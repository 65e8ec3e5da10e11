import { HeadraceError } from "../error.ts";
import { typeName } from "../planner/types/types.ts";
import { parseStatements } from "../sql/parse.ts";
import { type BoundRows, execute, type ExecutedQuery } from "./engine.ts";
import { explainParts } from "./explain.ts";
import { type Parameters, parameterValues } from "./parameters.ts";
import { arrowBatches, arrowTable } from "./results/arrow.ts";
import { decodeObjects, decodeRows } from "./results/rows.ts";
import { bind, type StatementContext } from "./statement.ts";
import type { RecordBatch, Table } from "apache-arrow";
import type { BoundStatement } from "../planner/logical/plan.ts";

export type Row = Record<string, unknown>;
export type ActionOptions = { readonly signal?: AbortSignal | undefined };

/** A query that has not been run. Every action binds and runs it anew. */
export class DataFrame {
  private readonly context: (signal: AbortSignal | undefined) => StatementContext;
  private readonly text: string;
  private readonly parameters: Parameters | undefined;

  /** @internal Use `Session.sql`. */
  constructor(
    context: (signal: AbortSignal | undefined) => StatementContext,
    text: string,
    parameters: Parameters | undefined,
  ) {
    this.context = context;
    this.text = text;
    this.parameters = parameters;
  }

  /** Names and types of the columns. */
  async schema(): Promise<readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[]> {
    const { columns } = this.query(this.context(undefined));
    return columns.map(({ name, type, nullable }) => ({ name, type: typeName(type), nullable }));
  }

  /** All rows, as objects by column name, or as arrays. */
  async collect(options?: ActionOptions & { readonly rows?: "object" }): Promise<Row[]>;
  async collect(options: ActionOptions & { readonly rows: "array" }): Promise<unknown[][]>;
  async collect({ signal, rows = "object" }: ActionOptions & { readonly rows?: "object" | "array" } = {}): Promise<
    Row[] | unknown[][]
  > {
    const ctx = this.context(signal);
    return this.run(ctx, (result) =>
      rows === "array" ? decodeRows(result.rows, ctx.options.values) : decodeObjects(result.rows, ctx.options.values),
    );
  }

  /** The result as an apache-arrow Table. */
  async toArrow({ signal }: ActionOptions = {}): Promise<Table> {
    return this.run(this.context(signal), (result) => arrowTable(result.rows));
  }

  /** The result batch by batch. */
  async *batches({ signal }: ActionOptions = {}): AsyncGenerator<RecordBatch> {
    const ctx = this.context(signal);
    const result = await this.start(ctx);
    try {
      yield* arrowBatches(result.rows);
    } finally {
      result.release();
    }
  }

  /** The physical plan as text; `analyze` runs the query and shows what was measured. */
  async explain({
    analyze = false,
    format = "text",
  }: { readonly analyze?: boolean; readonly format?: "text" | "json" } = {}): Promise<string> {
    const ctx = this.context(undefined);
    const statement = { kind: "Query", ...this.query(ctx) } as const;
    const bound = { kind: "Explain", stages: ["physical"], analyze, format, statement } as const;
    const parts = await explainParts(ctx, bound, parameterValues(this.parameters));
    return parts.map(({ text }) => text).join("\n");
  }

  private query(ctx: StatementContext): BoundRows {
    const [statement, another] = parseStatements(this.text);
    if (statement === undefined || another !== undefined) {
      throw new HeadraceError("bind", "sql() takes one statement", {
        span: another?.span,
        sql: this.text,
        hint: "execute() takes several",
      });
    }
    const bound: BoundStatement = bind(ctx, statement, this.text, parameterValues(this.parameters));
    if (bound.kind === "Query") return bound;
    throw new HeadraceError("bind", "sql() takes a statement that returns rows", {
      span: statement.span,
      sql: this.text,
      hint: "use execute()",
    });
  }

  private async run<T>(ctx: StatementContext, decode: (result: ExecutedQuery) => T | Promise<T>): Promise<T> {
    const result = await this.start(ctx);
    try {
      return await decode(result);
    } finally {
      result.release();
    }
  }

  private async start(ctx: StatementContext): Promise<ExecutedQuery> {
    const query = this.query(ctx);
    try {
      return await execute(ctx.runtime, ctx.options, query, parameterValues(this.parameters), ctx.signal, false);
    } catch (error) {
      throw error instanceof HeadraceError ? error.withSql(this.text) : error;
    }
  }
}
