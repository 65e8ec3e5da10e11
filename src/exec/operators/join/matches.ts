import type { Column } from "../../../planner/expr/expr.ts";
import { get, i32, load, not, num } from "../../../planner/ir/builder.ts";
import type { Ir, Local } from "../../../planner/ir/ir.ts";
import type { Operand } from "../../../planner/ir/operand.ts";
import type { HashJoin, NestedLoopJoin, PhysicalJoinKind } from "../../../planner/physical/plan.ts";
import { type Consumer, HOST_FAIL, type Pipeline } from "../../codegen/compiler.ts";
import type { CompileEnv } from "../../codegen/env.ts";
import { naturalLocation, nullLocation } from "../../codegen/natural.ts";
import { compileRowRun } from "../../codegen/pipeline.ts";
import type { RowLayout } from "../../codegen/row-layout.ts";
import type { Location, Position, RowScope } from "../../codegen/scope.ts";
import { JOIN_ROW } from "./build-side.ts";

/** Kinds that put out build rows by whether they matched, once the probe side is through. */
export const MARKS_BUILD: ReadonlySet<PhysicalJoinKind> = new Set(["buildOuter", "full", "buildSemi", "buildAnti"]);

/** What a join keeps of its build side, as far as putting out rows is concerned. */
export type BuildRows = {
  readonly store: number;
  readonly layout: RowLayout;
  /** Ids of the build columns that later code may read. */
  readonly columns: ReadonlySet<number>;
  readonly probeColumns: readonly Column[];
};

/** The join, as far as what it puts out is concerned. */
export type Matched = Pick<HashJoin, "join" | "mark">;

/** How the candidates of one probe row are gone through; `row` is 0 behind the last one. */
export type Candidates = {
  readonly row: Local;
  readonly advance: () => void;
  /** Whether the row at `row`, whose columns the scope has, is a match: i32 0 or 1. */
  readonly matches: (scope: RowScope) => Ir;
  /** The value of a mark join's column, given whether a match was found. */
  readonly mark: (found: Ir) => Operand;
};

/** Goes through the candidates of the scope's probe row and puts out what the kind of join asks for. */
export function emitMatches(
  env: CompileEnv,
  plan: Matched,
  side: BuildRows,
  consumer: Consumer,
  pipeline: Pipeline,
  scope: RowScope,
  candidates: Candidates,
): void {
  const { compiler } = env;
  const { b } = scope;
  const { row, advance, matches } = candidates;
  const position: Position = { name: "build" };
  const atBuild = (optional: boolean): RowScope => {
    const inner = scope.fork();
    inner.setPosition(position, get(row));
    for (const [id, field] of side.layout.entries()) {
      if (side.columns.has(id)) inner.define(id, { kind: "row", field, optional, position });
    }
    return inner;
  };
  const markMatched = (): void => {
    if (MARKS_BUILD.has(plan.join)) b.store("i32.store8", get(row), i32(1), JOIN_ROW.matched);
  };

  switch (plan.join) {
    case "inner":
    case "buildOuter":
    case "buildSemi":
    case "buildAnti":
      b.while(
        () => num("i32.ne", get(row), i32(0)),
        () => {
          const inner = atBuild(false);
          b.if(matches(inner), () => {
            markMatched();
            if (plan.join === "inner") consumer.consume(pipeline, inner);
            else if (plan.join === "buildOuter") consumer.consume(pipeline, naturalProbe(side, consumer, inner));
          });
          advance();
        },
      );
      return;
    case "probeSemi":
    case "probeAnti":
    case "mark": {
      const found = b.bind(i32(0), "found");
      b.block((leave) => {
        b.while(
          () => num("i32.ne", get(row), i32(0)),
          () => {
            b.set(found, matches(atBuild(false)));
            b.br(leave, get(found));
            advance();
          },
        );
      });
      if (plan.join === "probeSemi") return b.if(get(found), () => consumer.consume(pipeline, scope));
      if (plan.join === "probeAnti") return b.if(not(get(found)), () => consumer.consume(pipeline, scope));
      const marked = scope.fork();
      marked.define(plan.mark as Column, { kind: "value", operand: candidates.mark(get(found)) });
      return consumer.consume(pipeline, marked);
    }
    case "probeOuter":
    case "full":
    case "single": {
      // One round more than there are matches when there are none: with row 0, whose columns are NULL.
      const found = b.bind(i32(0), "found");
      b.block((leave) => {
        b.loop((again) => {
          b.block((emit) => {
            b.if(num("i32.eqz", get(row)), () => {
              b.br(leave, get(found));
              b.br(emit);
            });
            b.br(emit, matches(atBuild(false)));
            advance();
            b.br(again);
          });
          if (plan.join === "single") {
            const site = compiler.site(
              "type",
              "more than one row returned by a subquery used as an expression",
              undefined,
            );
            b.if(get(found), () => b.call(HOST_FAIL, i32(site)));
          }
          if (plan.join === "full") b.if(get(row), markMatched);
          const inner = atBuild(true);
          consumer.consume(pipeline, plan.join === "full" ? naturalProbe(side, consumer, inner) : inner);
          b.br(leave, num("i32.eqz", get(row)));
          b.set(found, i32(1));
          advance();
          b.br(again);
        });
      });
      return;
    }
    default:
      plan.join satisfies never;
  }
}

/** After a join that also puts out unmatched build rows, probe columns are nullable in both pipelines. */
function naturalProbe(side: BuildRows, consumer: Consumer, scope: RowScope): RowScope {
  const inner = scope.fork();
  for (const column of side.probeColumns) {
    if (consumer.required.has(column.id)) inner.define(column, naturalLocation(scope, column));
  }
  return inner;
}

/** The build rows that found a match (buildSemi) or none (buildOuter, full, buildAnti), with NULL probe columns. */
export function emitBuildRows(
  env: CompileEnv,
  plan: HashJoin | NestedLoopJoin,
  side: BuildRows,
  consumer: Consumer,
): void {
  const { compiler } = env;
  const position: Position = { name: "build" };
  const locations = new Map<number, Location>();
  for (const [id, field] of side.layout.entries()) {
    if (side.columns.has(id)) locations.set(id, { kind: "row", field, optional: false, position });
  }
  if (plan.join === "buildOuter" || plan.join === "full") {
    for (const column of side.probeColumns) locations.set(column.id, nullLocation(column.type));
    // The same layout as in the probing pipeline, where a full join's build columns may be missing.
    if (plan.join === "full") {
      for (const [id, location] of locations)
        if (location.kind === "row") locations.set(id, { ...location, optional: true });
    }
  }
  const name = `${plan.kind} ${plan.join} rows`;
  compileRowRun(compiler, name, { kind: "store", store: side.store }, side.layout.stride, position, locations, {
    required: consumer.required,
    consume: (pipeline, scope) => {
      const { b } = scope;
      const matched = load("i32.load8_u", scope.position(position), JOIN_ROW.matched);
      const wanted = plan.join === "buildSemi" ? num("i32.ne", matched, i32(0)) : num("i32.eqz", matched);
      b.if(wanted, () => consumer.consume(pipeline, scope));
    },
  });
}
