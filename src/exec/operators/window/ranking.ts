import type { WindowCall } from "../../../planner/expr/expr.ts";
import { f64, i32, i64, num, select } from "../../../planner/ir/builder.ts";
import type { FunctionBuilder } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import { type Operand, operand } from "../../../planner/ir/operand.ts";
import { HOST_FAIL, type QueryCompiler } from "../../codegen/compiler.ts";
import type { FunctionCode, PeerGroup, RowSite } from "./site.ts";

const ROWS = { min: 0n, max: 2n ** 32n };

/** A count of rows as BIGINT. */
export function countOf(b: FunctionBuilder, count: Ir): Operand {
  return operand("i64", b.let(num("i64.extend_i32_u", count)), { range: ROWS });
}

const asDouble = (count: Ir): Ir => num("f64.convert_i32_u", count);

type Ranking = (site: RowSite, peers: PeerGroup) => Operand;

const RANKINGS: Readonly<Record<string, Ranking>> = {
  row_number: ({ b, index, start }) => countOf(b, num("i32.add", num("i32.sub", index, start), i32(1))),
  rank: ({ b, start }, peers) => countOf(b, num("i32.add", num("i32.sub", peers.start, start), i32(1))),
  dense_rank: ({ b }, peers) => countOf(b, num("i32.add", peers.group, i32(1))),
  percent_rank: ({ b, start, end }, peers) => {
    const others = b.let(num("i32.sub", num("i32.sub", end, start), i32(1)));
    const share = num("f64.div", asDouble(num("i32.sub", peers.start, start)), asDouble(others));
    return operand("f64", b.let(select(num("i32.eqz", others), f64(0), share)));
  },
  cume_dist: ({ b, start, end }, peers) =>
    operand(
      "f64",
      b.let(num("f64.div", asDouble(num("i32.sub", peers.end, start)), asDouble(num("i32.sub", end, start)))),
    ),
};

/** Undefined where the function is none of these. */
export function rankingCode(
  compiler: QueryCompiler,
  call: WindowCall,
  peersOf: () => PeerGroup,
): FunctionCode | undefined {
  if (call.name === "ntile") return ntile(compiler, call);
  const value = RANKINGS[call.name];
  if (value === undefined) return undefined;
  const peers = peersOf();
  return { open: () => undefined, value: (site) => value(site, peers) };
}

/** The first `rows % buckets` buckets have one row more than the others. */
function ntile(compiler: QueryCompiler, call: WindowCall): FunctionCode {
  const site = compiler.site("bind", "ntile needs a number of buckets above zero", call.span);
  return {
    open: () => undefined,
    value: ({ b, scope, start, end, index }) => {
      const [arg] = call.args;
      if (arg === undefined) throw new Error("ntile without its argument");
      const buckets = compiler.lower(scope, arg);
      const wide = b.let(buckets.rep === "i32" ? num("i64.extend_i32_s", buckets.lo) : buckets.lo);
      const isWrong = num("i64.le_s", wide, i64(0));
      b.if(buckets.valid === undefined ? isWrong : num("i32.and", buckets.valid, isWrong), () =>
        b.call(HOST_FAIL, i32(site)),
      );
      const divisor = b.let(select(num("i64.le_s", wide, i64(0)), i64(1), wide));
      const rows = b.let(num("i64.extend_i32_u", num("i32.sub", end, start)));
      const at = b.let(num("i64.extend_i32_u", num("i32.sub", index, start)));
      const size = b.let(num("i64.div_u", rows, divisor));
      const larger = b.let(num("i64.sub", rows, num("i64.mul", size, divisor)));
      const inLarger = b.let(num("i64.mul", larger, num("i64.add", size, i64(1))));
      const plain = b.let(select(num("i64.eqz", size), i64(1), size));
      const behind = num("i64.add", larger, num("i64.div_u", num("i64.sub", at, inLarger), plain));
      const before = num("i64.div_u", at, num("i64.add", size, i64(1)));
      const bucket = select(num("i64.lt_u", at, inLarger), before, behind);
      return operand("i64", b.let(num("i64.add", bucket, i64(1))), { valid: buckets.valid });
    },
  };
}
