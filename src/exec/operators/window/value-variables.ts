import type { FunctionBuilder } from "../../../planner/ir/builder.ts";
import { get, i32 } from "../../../planner/ir/builder.ts";
import type { Local } from "../../../planner/ir/ir.ts";
import { fromVariables, setVariables, variablesOf } from "../../../planner/ir/lower/rep.ts";
import type { Operand } from "../../../planner/ir/operand.ts";

/** Keeps a value in variables from one row to the next. */
export class ValueVariables {
  private kept:
    | { readonly like: Operand; readonly words: readonly Local[]; readonly valid: Local | undefined }
    | undefined;

  set(b: FunctionBuilder, value: Operand): void {
    this.kept ??= {
      like: value,
      words: variablesOf(b, value.rep),
      valid: value.valid === undefined ? undefined : b.local("i32"),
    };
    setVariables(b, this.kept.words, value);
    if (this.kept.valid !== undefined) b.set(this.kept.valid, value.valid ?? i32(1));
  }

  get(b: FunctionBuilder): Operand {
    if (this.kept === undefined) throw new Error("no value was kept");
    const { like, words, valid } = this.kept;
    const { range, stable } = like;
    const value = fromVariables(like.rep, words, { range, stable });
    // What is read now must not change when the variables do.
    return {
      ...value,
      lo: b.copy(value.lo),
      hi: value.hi === undefined ? undefined : b.copy(value.hi),
      valid: valid === undefined ? undefined : b.copy(get(valid)),
    };
  }
}
