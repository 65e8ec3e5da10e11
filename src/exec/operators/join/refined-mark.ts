import { and, type FunctionBuilder, get, i32, load, not, num } from "../../../planner/ir/builder.ts";
import type { Ir } from "../../../planner/ir/ir.ts";
import { type Operand, operand } from "../../../planner/ir/operand.ts";
import type { HashJoin } from "../../../planner/physical/plan.ts";
import type { QueryCompiler } from "../../codegen/compiler.ts";
import { emitCancelCheck } from "../../codegen/pipeline.ts";
import { loadField } from "../../codegen/row-layout.ts";
import type { BuildSide } from "./build-side.ts";
import { equalOperands } from "./keys.ts";

/**
 * The value of a mark join on several keys, of which one that differs decides: without a match it is NULL only where some row
 * differs in no key, NULLs aside. Rows with NULLs are gone through for every probe row without a match, all others only for those
 * that have a NULL themselves.
 */
export function refinedMark(
  compiler: QueryCompiler,
  plan: HashJoin,
  side: BuildSide,
  b: FunctionBuilder,
  found: Ir,
  keys: readonly Operand[],
): Operand {
  const unknown = b.bind(i32(0), "unknown");
  const scan = (slot: number): void => {
    const rows = b.entry(load("i32.load", b.param(0), slot), `rows${slot}`);
    const count = b.entry(load("i32.load", b.param(0), slot + 4), `count${slot}`);
    const at = b.bind(i32(0), "at");
    b.block((leave) => {
      b.loop((again) => {
        b.br(leave, num("i32.ge_u", get(at), count));
        emitCancelCheck(b);
        const row = b.let(load("i32.load", num("i32.add", rows, num("i32.shl", get(at), i32(2)))));
        b.set(unknown, i32(1));
        b.block((differs) => {
          plan.keys.forEach((_, i) => {
            const key = keys[i] as Operand;
            const build = loadField(b, row, side.layout.field(side.keyFields[i] as number));
            b.if(and(key.valid ?? i32(1), build.valid ?? i32(1)), () => {
              b.set(unknown, equalOperands(compiler, b, key, build, false));
            });
            b.br(differs, num("i32.eqz", get(unknown)));
          });
        });
        b.br(leave, get(unknown));
        b.set(at, num("i32.add", get(at), i32(1)));
        b.br(again);
      });
    });
  };
  const { rows, nulls } = side.byNulls as { readonly rows: number; readonly nulls: number };
  b.if(not(found), () => {
    scan(nulls);
    const valid = keys.flatMap((key) => key.valid ?? []);
    if (valid.length === 0) return;
    b.if(and(not(get(unknown)), not(b.let(valid.reduce(and)))), () => scan(rows));
  });
  return operand("i32", found, { valid: b.let(not(get(unknown))) });
}
