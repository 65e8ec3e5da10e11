/**
 * approx_count_distinct by HyperLogLog (Flajolet et al., 2007): every hash goes to a register by its low bits, which keeps the
 * longest run of zeros before the first one in the others. Registers are made at the first value, 1 KB for a state.
 */
import { f64, FunctionBuilder, get, i32, i64, load, not, num, select } from "../../ir/builder.ts";
import type { FunctionRef, Ir, IrFunction } from "../../ir/ir.ts";
import { hashOperand } from "../../ir/lower/hash.ts";
import { hostNumber } from "../../ir/lower/host-call.ts";
import { type Operand, operand } from "../../ir/operand.ts";
import { BIGINT, type SqlType } from "../../types/types.ts";
import type { AggregateFunction, AggregateState, HelperContext, LowerContext } from "../function.ts";
import { aggregate, field, isValid } from "./define.ts";

const REGISTER_BITS = 10;
const REGISTERS = 1 << REGISTER_BITS;

function registersOf(ctx: LowerContext, state: AggregateState): Ir {
  const { b } = ctx;
  const address = b.bind(state.get(0));
  b.if(not(get(address)), () => {
    b.set(address, ctx.allocate(i32(REGISTERS)));
    b.push({ op: "memory.fill", address: get(address), value: i32(0), bytes: i32(REGISTERS) });
    state.set(0, get(address));
  });
  return get(address);
}

/** Every bit of the hash by every bit of it (the finaliser of MurmurHash3): neighbours need not be near. */
function scattered(b: FunctionBuilder, hash: Ir): Ir {
  const fold = (x: Ir): Ir => b.let(num("i64.xor", x, num("i64.shr_u", x, i64(33))));
  const first = b.let(num("i64.mul", fold(hash), i64(0xff51afd7ed558ccdn)));
  return fold(b.let(num("i64.mul", fold(first), i64(0xc4ceb9fe1a85ec53n))));
}

/** (registers of one, registers of the other): keeps the greater ones in the first. */
const mergeRegisters = (ctx: HelperContext): FunctionRef => ctx.helper("merge_registers", makeMerge);

function makeMerge(): IrFunction {
  const b = new FunctionBuilder("merge_registers", ["i32", "i32"], [], false);
  b.forRange(i32(0), i32(REGISTERS), (i) => {
    const at = b.let(num("i32.add", b.param(0), i));
    const [x, y] = [b.let(load("i32.load8_u", at)), b.let(load("i32.load8_u", num("i32.add", b.param(1), i)))];
    b.store("i32.store8", at, select(num("i32.gt_u", x, y), x, y));
  });
  return b.finish();
}

/** (registers) -> the sum of 2^-register, and how many are zero. */
const sumRegisters = (ctx: HelperContext): FunctionRef => ctx.helper("sum_registers", makeSum);

function makeSum(): IrFunction {
  const b = new FunctionBuilder("sum_registers", ["i32"], ["f64", "i32"], false);
  const sum = b.bind(f64(0));
  const zeros = b.bind(i32(0));
  b.forRange(i32(0), i32(REGISTERS), (i) => {
    const register = b.let(load("i32.load8_u", num("i32.add", b.param(0), i)));
    // The exponent of a double, biased by 1023.
    const exponent = num("i64.shl", num("i64.extend_i32_u", num("i32.sub", i32(1023), register)), i64(52));
    b.set(sum, num("f64.add", get(sum), num("f64.reinterpret_i64", exponent)));
    b.set(zeros, num("i32.add", get(zeros), not(register)));
  });
  b.return(get(sum), get(zeros));
  return b.finish();
}

/** The estimate; with many empty registers by counting those (linear counting), which is better there. */
function estimate(ctx: LowerContext, registers: Ir): Ir {
  const { b } = ctx;
  const [sum, zeros] = b.callMulti(sumRegisters(ctx), registers) as [Ir, Ir];
  const size = f64(REGISTERS);
  const raw = b.let(num("f64.div", f64((0.7213 / (1 + 1.079 / REGISTERS)) * REGISTERS * REGISTERS), sum));
  const empty = num("f64.convert_i32_u", zeros);
  const linear = num("f64.mul", size, hostNumber("ln", "f64", num("f64.div", size, empty)));
  const isSmall = num("i32.and", num("f64.le", raw, f64(2.5 * REGISTERS)), not(not(zeros)));
  return b.let(num("i64.trunc_f64_s", num("f64.nearest", select(isSmall, linear, raw))));
}

export const approxCountDistinct: AggregateFunction = aggregate({
  name: "approx_count_distinct",
  category: "aggregate",
  doc: "About the number of distinct values that are not NULL, within some percent.",
  examples: [["(SELECT approx_count_distinct(x) FROM (VALUES (1), (2), (2), (NULL)) t(x))", "2"]],
  emptyIsNull: false,
  resolve: (types) => (types.length === 1 ? { args: types, returns: BIGINT } : undefined),
  lower: (_args, { args: [type] }) => ({
    fields: [field("i32")],
    step: (ctx, state, [arg]) => {
      const { b } = ctx;
      const value = arg as Operand;
      b.if(isValid(value), () => {
        const hash = scattered(b, hashOperand(ctx, { ...value, valid: undefined }, type as SqlType));
        const index = num("i32.and", num("i32.wrap_i64", hash), i32(REGISTERS - 1));
        const at = b.let(num("i32.add", registersOf(ctx, state), index));
        const rest = num("i64.shr_u", hash, i64(REGISTER_BITS));
        const zeros = num("i64.ctz", num("i64.or", rest, i64(1n << BigInt(63 - REGISTER_BITS))));
        const rank = b.let(num("i32.add", num("i32.wrap_i64", zeros), i32(1)));
        b.if(num("i32.gt_u", rank, load("i32.load8_u", at)), () => b.store("i32.store8", at, rank));
      });
    },
    merge: (ctx, state, other) => {
      const theirs = ctx.b.let(other.get(0));
      ctx.b.if(theirs, () => ctx.b.call(mergeRegisters(ctx), registersOf(ctx, state), theirs));
    },
    finish: (ctx, state) => {
      const { b } = ctx;
      const count = b.bind(i64(0));
      const registers = b.let(state.get(0));
      b.if(registers, () => b.set(count, estimate(ctx, registers)));
      return operand("i64", get(count), { range: { min: 0n, max: 2n ** 63n - 1n } });
    },
  }),
});
