import type { Expr } from "../../planner/expr/expr.ts";
import { typeOf } from "../../planner/expr/type-of.ts";
import { type FunctionBuilder, and, get, i32, i64, load, not, num, or, select } from "../../planner/ir/builder.ts";
import type { Ir } from "../../planner/ir/ir.ts";
import { type Operand, operand } from "../../planner/ir/operand.ts";
import { conjunction } from "../../planner/optimize/predicates.ts";
import type { HashJoin, PhysicalJoinKind } from "../../planner/physical/plan.ts";
import type { Consumer, Pipeline, QueryCompiler } from "../codegen/compiler.ts";
import type { CompileEnv, Produce } from "../codegen/env.ts";
import { countRow } from "../codegen/pipeline.ts";
import { truth } from "../codegen/predicate.ts";
import { TABLE } from "../codegen/program.ts";
import { withColumnsOf } from "../codegen/required.ts";
import type { RowScope } from "../codegen/scope.ts";
import { stageBoundary } from "../codegen/stage.ts";
import { type BuildSide, compileBuildSide, JOIN_ROW } from "./join/build-side.ts";
import { emitBuildRows, emitMatches, MARKS_BUILD } from "./join/matches.ts";
import { isSameInRounds } from "./recursion/rounds.ts";
import { asI64, equalKeys, hashKeys, validKeys } from "./join/keys.ts";
import { refinedMark } from "./join/refined-mark.ts";
import { addKeyLookup } from "./join/key-lookup.ts";
import { addRuntimeFilter } from "./join/runtime-filter.ts";

/** Kinds for which a probe row without a match is of no interest. */
const DROPS_UNMATCHED: ReadonlySet<PhysicalJoinKind> = new Set([
  "inner",
  "probeSemi",
  "buildOuter",
  "buildSemi",
  "buildAnti",
]);

/**
 * The build side becomes rows in memory with one directory over them that all workers share; the probe side streams.
 * The probing loop computes the hash, looks at the directory entry (16 tag bits tell most misses without touching a row)
 * and fills a vector of candidates; the next stage walks the chains, compares keys and goes on with the matches.
 */
export const produceHashJoin: Produce<"HashJoin"> = (env, plan, consumer) => {
  const { compiler } = env;
  const compileBuild = (): BuildSide => compileBuildSide(env, plan, consumer.required);
  const isSame = !MARKS_BUILD.has(plan.join) && isSameInRounds(env, plan.build);
  const side = isSame ? compiler.beforeLoop(compileBuild) : compileBuild();
  addRuntimeFilter(env, plan, side);
  addKeyLookup(env, plan, side);
  const counter = compiler.counter(env.nodeId(plan));
  const counted: Consumer = {
    required: consumer.required,
    consume: (pipeline, scope) => {
      countRow(compiler, scope, counter);
      consumer.consume(pipeline, scope);
    },
  };
  const probeExprs = [...plan.keys.map(({ probe }) => probe), ...plan.residual];
  const buildColumns = side.columns;
  const probeRequired = [...withColumnsOf(consumer.required, probeExprs)].filter(
    (id) => !buildColumns.has(id) && id !== plan.mark?.id,
  );
  env.produce(plan.probe, {
    required: new Set(probeRequired),
    consume: (pipeline, scope) => {
      pipeline.name.push("HashJoin");
      emitProbe(env, plan, side, probeRequired, counted, pipeline, scope);
    },
  });
  if (MARKS_BUILD.has(plan.join)) emitBuildRows(env, plan, side, counted);
};

function emitProbe(
  env: CompileEnv,
  plan: HashJoin,
  side: BuildSide,
  probeRequired: readonly number[],
  consumer: Consumer,
  pipeline: Pipeline,
  scope: RowScope,
): void {
  const { compiler } = env;
  const { b } = scope;
  const keys = plan.keys.map(({ probe }) => compiler.lower(scope, probe));
  const valid = validKeys(plan, keys);

  const candidate = b.local("i32", "candidate");
  const hash = side.comparesHash ? b.local("i64", "hash") : undefined;
  const lookUpHash = (): void => {
    const h = b.let(hashKeys(compiler, b, plan, keys, "probe"));
    if (hash !== undefined) b.set(hash, h);
    b.set(candidate, directoryCandidate(b, side, h));
  };
  const [only] = keys;
  if (side.dense && only !== undefined) {
    const mode = b.entry(load("i32.load", b.param(0), side.table + TABLE.mode), `mode${side.table}`);
    b.if(mode, () => b.set(candidate, denseCandidate(b, side, only)), lookUpHash);
  } else lookUpHash();
  if (valid !== undefined) b.set(candidate, select(valid, get(candidate), i32(0)));

  // Keys that are plain columns are read again in the next stage; computed ones are carried.
  const columns = new Map<number, Operand>();
  const keyIds = plan.keys.map(({ probe }, i) => {
    if (probe.kind === "Column") return probe.column.id;
    const id = compiler.syntheticId();
    columns.set(id, keys[i] as Operand);
    return id;
  });
  const candidateId = compiler.syntheticId();
  const hashId = compiler.syntheticId();
  const carried = [...columns].map(([id, value]) => ({ id, value }));
  carried.push({ id: candidateId, value: operand("i32", get(candidate)) });
  if (hash !== undefined) carried.push({ id: hashId, value: operand("i64", get(hash)) });

  const pass = DROPS_UNMATCHED.has(plan.join) ? b.let(num("i32.ne", get(candidate), i32(0))) : undefined;
  const plainKeys = keyIds.filter((id) => id >= 0);
  stageBoundary(compiler, pipeline, scope, new Set([...probeRequired, ...plainKeys]), carried, pass, (inner, at) => {
    const value = (id: number, expr: Expr): Operand =>
      at.column({ id, name: "key", type: typeOf(expr), nullable: true });
    const probeKeys = (): readonly Operand[] => plan.keys.map(({ probe }, i) => value(keyIds[i] as number, probe));
    const first = at.column({ id: candidateId, name: "candidate", type: { kind: "Integer" }, nullable: false }).lo;
    const hashed = hash && at.column({ id: hashId, name: "hash", type: { kind: "BigInt" }, nullable: false }).lo;
    walkChain(env, plan, side, consumer, inner, at, first, hashed, probeKeys);
  });
}

/** First row of the chain, 0 when the tag says that no row of the chain has this hash. */
function directoryCandidate(b: FunctionBuilder, side: BuildSide, hash: Ir): Ir {
  const directory = b.entry(load("i32.load", b.param(0), side.table + TABLE.directory), `directory${side.table}`);
  const mask = b.entry(load("i32.load", b.param(0), side.table + TABLE.mask), `mask${side.table}`);
  const slot = num("i32.and", num("i32.wrap_i64", hash), mask);
  const entry = b.let(load("i64.load", num("i32.add", directory, num("i32.shl", slot, i32(3)))));
  const tag = num("i64.add", num("i64.shr_u", hash, i64(60)), i64(48));
  const tagged = num("i32.and", num("i32.wrap_i64", num("i64.shr_u", entry, tag)), i32(1));
  return b.let(select(tagged, num("i32.wrap_i64", entry), i32(0)));
}

/** Dense mode: the directory is indexed by key - min; one entry more, always 0, stands for keys out of range. */
function denseCandidate(b: FunctionBuilder, side: BuildSide, key: Operand): Ir {
  const directory = b.entry(load("i32.load", b.param(0), side.table + TABLE.directory), `directory${side.table}`);
  const mask = b.entry(
    num("i64.extend_i32_u", load("i32.load", b.param(0), side.table + TABLE.mask)),
    `mask64${side.table}`,
  );
  const min = b.entry(load("i64.load", b.param(0), side.table + TABLE.min), `min${side.table}`);
  const at = b.let(num("i64.sub", asI64(b, key), min));
  const outside = b.entry(num("i64.add", mask, i64(1)), `outside${side.table}`);
  const index = num("i32.wrap_i64", select(num("i64.le_u", at, mask), at, outside));
  return b.let(load("i32.load", num("i32.add", directory, num("i32.shl", index, i32(2)))));
}

function walkChain(
  env: CompileEnv,
  plan: HashJoin,
  side: BuildSide,
  consumer: Consumer,
  pipeline: Pipeline,
  scope: RowScope,
  first: Ir,
  hash: Ir | undefined,
  probeKeys: () => readonly Operand[],
): void {
  const { compiler } = env;
  const { b } = scope;
  const row = b.bind(first, "buildRow");
  const unknown = plan.join === "mark" && plan.residual.length > 0 ? b.bind(i32(0), "unknown") : undefined;
  emitMatches(env, plan, side, consumer, pipeline, scope, {
    row,
    advance: () => b.set(row, load("i32.load", get(row), JOIN_ROW.next)),
    matches: (inner) => {
      const sameKeys = equalKeys(compiler, b, plan, side, get(row), hash, probeKeys());
      if (plan.residual.length === 0) return sameKeys;
      const result = b.bind(i32(0), "match");
      b.if(sameKeys, () => {
        if (unknown !== undefined) {
          const { lo, valid } = compiler.lower(inner, conjunction(plan.residual));
          b.set(result, valid === undefined ? lo : and(valid, lo));
          if (valid !== undefined) b.set(unknown, or(get(unknown), not(valid)));
          return;
        }
        let all: () => void = () => b.set(result, i32(1));
        for (const residual of plan.residual.toReversed()) {
          const then = all;
          all = () => b.if(truth(compiler.lower(inner, residual)), then);
        }
        all();
      });
      return get(result);
    },
    mark: (found) =>
      unknown === undefined
        ? markValue(compiler, plan, side, b, found, probeKeys())
        : operand("i32", found, { valid: b.let(or(found, not(get(unknown)))) }),
  });
}

/**
 * The value of a mark join by its keys alone: TRUE on a match; NULL when the key or some build key is NULL and the build side is
 * not empty; FALSE otherwise.
 */
function markValue(
  compiler: QueryCompiler,
  plan: HashJoin,
  side: BuildSide,
  b: FunctionBuilder,
  found: Ir,
  keys: readonly Operand[],
): Operand {
  const nullable = plan.keys.some(
    ({ nullSafe }, i) => !nullSafe && (keys[i]?.valid !== undefined || side.nullableKeys),
  );
  if (!nullable) return operand("i32", found);
  if (side.byNulls !== undefined) return refinedMark(compiler, plan, side, b, found, keys);
  const nulls = b.entry(load("i32.load", b.param(0), side.table + TABLE.nulls), `nulls${side.table}`);
  const rows = b.entry(load("i32.load", b.param(0), side.table + TABLE.rows), `rows${side.table}`);
  const nonEmpty = num("i32.ne", or(nulls, rows), i32(0));
  let unknown = num("i32.ne", nulls, i32(0));
  for (const [i, { nullSafe }] of plan.keys.entries()) {
    const valid = nullSafe ? undefined : keys[i]?.valid;
    if (valid !== undefined) unknown = or(unknown, and(not(valid), nonEmpty));
  }
  return operand("i32", found, { valid: b.let(or(found, not(unknown))) });
}
