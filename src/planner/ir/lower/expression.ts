/** Bound expressions to IR: three-valued logic, branches only around what can fail or costs. */
import type { Call, Case, Cast, Connective, Expr, Literal } from "../../expr/expr.ts";
import { typeOf } from "../../expr/type-of.ts";
import { datumBytes } from "../../functions/host/nested.ts";
import { definitionOf } from "../../functions/registry.ts";
import { HeadraceError, unsupported } from "../../../error.ts";
import { isNestedDatum } from "../../types/nested.ts";
import type { SqlType } from "../../types/types.ts";
import { and, f32, f64, get, i32, i64, not, or } from "../builder.ts";
import type { Ir, Local, Stmt } from "../ir.ts";
import { type Operand, operand, type Rep } from "../operand.ts";
import { lowerCast, nullOperand } from "./cast.ts";
import { callContext, type ExpressionContext } from "./context.ts";
import { isCheap } from "./cost.ts";
import { isInList } from "./in-list.ts";
import { lowerLambdaCall } from "./lambda.ts";
import {
  bothValid,
  fromVariables,
  integerConstant,
  isIntegerRep,
  repOf,
  selectOperand,
  setVariables,
  toRep,
  unionRange,
  zero,
  zeroVariables,
} from "./rep.ts";

/** Branches of a CASE up to which each is nested in the one before. */
const MOST_NESTED = 64;

const BOOLEAN_RANGE = { min: 0n, max: 1n };

const boolean = (lo: Ir, valid: Ir | undefined): Operand => operand("i32", lo, { valid, range: BOOLEAN_RANGE });

/** Emits the code of an expression at the current row. */
export function lowerExpression(ctx: ExpressionContext, expr: Expr): Operand {
  switch (expr.kind) {
    case "Literal":
      return lowerLiteral(ctx, expr);
    case "Column":
      return ctx.column(expr.column);
    case "Parameter":
      return ctx.parameter(expr.index);
    case "Call":
      return lowerCall(ctx, expr);
    case "Cast": {
      const known = ctx.shared?.find(expr);
      if (known !== undefined) return known;
      const input = lowerExpression(ctx, expr.input);
      const from = typeOf(expr.input);
      const lower = callContext(ctx, expr.span);
      return shared(ctx, expr, () =>
        whereValid(ctx, [input], ([value]) => lowerCast(lower, value as Operand, from, expr.type, expr.try)),
      );
    }
    case "Case":
      return expr.branches.length > MOST_NESTED ? lowerLongCase(ctx, expr) : lowerCase(ctx, expr, 0);
    case "And":
    case "Or":
      return lowerConnective(ctx, expr);
    case "Not": {
      const input = lowerExpression(ctx, expr.input);
      return boolean(ctx.b.let(not(input.lo)), input.valid);
    }
    case "IsNull": {
      const { valid } = lowerExpression(ctx, expr.input);
      if (valid === undefined) return boolean(i32(expr.negated ? 1 : 0), undefined);
      return boolean(expr.negated ? valid : ctx.b.let(not(valid)), undefined);
    }
    case "InList": {
      const input = lowerExpression(ctx, expr.input);
      const values = expr.values.filter(({ value }) => value !== null);
      const lower = callContext(ctx, expr.span);
      const found = whereValid(ctx, [input], ([value]) =>
        boolean(
          isInList(lower, value as Operand, values, (literal) => lowerLiteral(ctx, literal)),
          undefined,
        ),
      );
      // Not found among values and a NULL is unknown.
      if (values.length === expr.values.length) return found;
      return { ...found, valid: ctx.b.let(found.valid === undefined ? found.lo : and(found.valid, found.lo)) };
    }
    case "LambdaParameter": {
      const value = ctx.lambda?.get(expr.id);
      if (value === undefined) throw new HeadraceError("internal", `the lambda parameter ${expr.name} has no value`);
      return value;
    }
    case "Lambda":
      throw new HeadraceError("internal", "a lambda is no value", { span: expr.span });
    case "Subquery":
      throw new HeadraceError("internal", "a subquery was left in an expression", { span: expr.span });
  }
}

/** 1 where the condition is TRUE, 0 where it is FALSE or NULL. */
export function lowerCondition(ctx: ExpressionContext, expr: Expr): Ir {
  if (expr.kind !== "And" && expr.kind !== "Or") {
    const { lo, valid } = lowerExpression(ctx, expr);
    return valid === undefined ? lo : ctx.b.let(and(valid, lo));
  }
  const { b } = ctx;
  const combine = expr.kind === "And" ? and : or;
  let all: Ir | undefined;
  for (const arg of expr.args) {
    if (all === undefined) {
      all = lowerCondition(ctx, arg);
      continue;
    }
    const so: Ir = all;
    const { statements, result } = captured(ctx, () => lowerCondition(ctx, arg));
    if (isCheap(statements)) {
      append(ctx, statements);
      all = b.let(combine(so, result));
      continue;
    }
    const decided = b.bind(so);
    b.if(expr.kind === "And" ? so : not(so), () => {
      append(ctx, statements);
      b.set(decided, result);
    });
    all = get(decided);
  }
  return all ?? i32(expr.kind === "And" ? 1 : 0);
}

function captured<T>(
  ctx: ExpressionContext,
  emit: () => T,
): { readonly statements: readonly Stmt[]; readonly result: T } {
  let result: T | undefined;
  const statements = ctx.b.capture(() => {
    result = emit();
  });
  return { statements, result: result as T };
}

function append(ctx: ExpressionContext, statements: readonly Stmt[]): void {
  for (const statement of statements) ctx.b.push(statement);
}

/** A constant. Numbers are part of the code; strings are parameters of it. */
export function lowerLiteral(ctx: ExpressionContext, { value, type, span }: Literal): Operand {
  if (value === null) return nullOperand(type);
  const rep = repOf(type);
  if (typeof value === "boolean") return boolean(i32(value ? 1 : 0), undefined);
  if (typeof value === "string" || value instanceof Uint8Array) {
    return operand("str", ctx.b.let(ctx.constantString(value)), { stable: true });
  }
  if (typeof value === "bigint") return integerConstant(BigInt.asIntN(128, value), rep);
  if (typeof value === "number") {
    if (rep === "f64") return operand(rep, f64(value));
    return rep === "f32" ? operand(rep, f32(Math.fround(value))) : integerConstant(BigInt(value), rep);
  }
  if (isNestedDatum(value)) {
    return operand("str", ctx.b.let(ctx.constantString(datumBytes(value, type))), { stable: true });
  }
  if ("months" in value) {
    const low = BigInt.asUintN(32, BigInt(value.months)) | (BigInt(value.days) << 32n);
    return operand("interval", i64(low), { hi: i64(value.micros) });
  }
  throw unsupported("a constant of this type", span);
}

/** Chains of calls (`a + b + c + ...`) lean left and may be long: their spine is walked in a loop. */
function lowerCall(ctx: ExpressionContext, call: Call): Operand {
  if (takesLambda(call)) return lowerLambdaCall(ctx, call, lowerExpression);
  const spine: Call[] = [];
  let bottom: Expr | undefined = call;
  let first: Operand | undefined;
  while (bottom?.kind === "Call" && !takesLambda(bottom) && first === undefined) {
    first = ctx.shared?.find(bottom);
    if (first === undefined) spine.push(bottom);
    bottom = bottom.args[0];
  }
  if (first === undefined && bottom !== undefined) first = lowerExpression(ctx, bottom);
  for (const part of spine.toReversed()) first = lowerCallWith(ctx, part, first);
  return first as Operand;
}

/** The value that `emit` makes of the expression, kept if it cost something. */
function shared(ctx: ExpressionContext, expr: Call | Cast, emit: () => Operand): Operand {
  let value: Operand | undefined;
  const statements = ctx.b.pushedBy(() => {
    value = emit();
  });
  if (!isCheap(statements)) ctx.shared?.keep(expr, value as Operand);
  return value as Operand;
}

const takesLambda = (call: Call): boolean => call.args.some(({ kind }) => kind === "Lambda");

/** A call whose first argument is lowered already. */
function lowerCallWith(ctx: ExpressionContext, call: Call, first: Operand | undefined): Operand {
  const fn = definitionOf(call);
  if (fn === undefined) throw new HeadraceError("internal", `no function ${call.name}`, { span: call.span });
  const signature = { args: call.args.map(typeOf), returns: call.type };
  const literals = call.args.map((arg) => (arg.kind === "Literal" ? arg.value : undefined));
  const lower = callContext(ctx, call.span, literals);
  const rest = call.args.slice(1).map((arg) => lowerExpression(ctx, arg));
  const args = first === undefined ? rest : [first, ...rest];
  return shared(ctx, call, () =>
    fn.nulls === "custom"
      ? fn.lower(lower, args, signature)
      : whereValid(ctx, args, (values) => fn.lower(lower, values, signature), call.type),
  );
}

/**
 * The result of `emit` on operands that are not NULL; NULL where one of them is. What can fail or costs is skipped there, and
 * the words of the result are zero: variables without a value of their own would live in the whole function, see `localSlots`.
 */
function whereValid(
  ctx: ExpressionContext,
  args: readonly Operand[],
  emit: (args: readonly Operand[]) => Operand,
  type?: SqlType,
): Operand {
  const valid = bothValid(ctx.b, args);
  const values = args.map((arg) => (arg.valid === undefined ? arg : { ...arg, valid: undefined }));
  if (valid === undefined) return emit(values);
  if (valid.op === "const" && valid.value === 0 && type !== undefined) return nullOperand(type);
  const { statements, result } = captured(ctx, () => emit(values));
  if (isCheap(statements)) append(ctx, statements);
  else {
    for (const word of [result.lo, result.hi, result.valid]) {
      if (word?.op === "get" && assigns(statements, word.local)) ctx.b.set(word.local, zero(word.type));
    }
    ctx.b.if(valid, () => append(ctx, statements));
  }
  return { ...result, valid: result.valid === undefined ? valid : ctx.b.let(and(valid, result.valid)) };
}

function assigns(statements: readonly Stmt[], local: Local): boolean {
  return statements.some(
    (stmt) => (stmt.op === "set" && stmt.local === local) || (stmt.op === "callTo" && stmt.results.includes(local)),
  );
}

/** Searched CASE from branch `index` on. */
function lowerCase(ctx: ExpressionContext, expr: Case, index: number): Operand {
  const branch = expr.branches[index];
  if (branch === undefined) return lowerExpression(ctx, expr.otherwise);
  const { b } = ctx;
  const cond = lowerCondition(ctx, branch.when);
  const then = captured(ctx, () => lowerExpression(ctx, branch.then));
  const otherwise = captured(ctx, () => lowerCase(ctx, expr, index + 1));
  const rep = commonRep(then.result, otherwise.result);
  const left = captured(ctx, () => toRep(b, then.result, rep));
  const right = captured(ctx, () => toRep(b, otherwise.result, rep));
  const isSmall = isCheap([...then.statements, ...left.statements, ...otherwise.statements, ...right.statements]);
  if (isSmall || cond.op === "const") {
    const taken = cond.op === "const" && cond.value === 0 ? [] : [...then.statements, ...left.statements];
    const others = cond.op === "const" && cond.value !== 0 ? [] : [...otherwise.statements, ...right.statements];
    append(ctx, [...taken, ...others]);
    return withoutNulls(selectOperand(b, cond, left.result, right.result), left.result, right.result);
  }
  const variables = zeroVariables(b, rep);
  const nullable = left.result.valid !== undefined || right.result.valid !== undefined;
  const valid = nullable ? b.bind(i32(0)) : undefined;
  const assign = (side: typeof then, converted: typeof left) => (): void => {
    append(ctx, side.statements);
    append(ctx, converted.statements);
    setVariables(b, variables, converted.result);
    if (valid !== undefined) b.set(valid, converted.result.valid ?? i32(1));
  };
  b.if(cond, assign(then, left), assign(otherwise, right));
  return withoutNulls(
    fromVariables(rep, variables, {
      valid: valid === undefined ? undefined : get(valid),
      range: unionRange(left.result, right.result),
      stable: left.result.stable && right.result.stable,
    }),
    left.result,
    right.result,
  );
}

/** Branch after branch, the first that holds leaves the block: nothing nests, however many there are. */
function lowerLongCase(ctx: ExpressionContext, expr: Case): Operand {
  const { b } = ctx;
  const rep = repOf(expr.type);
  const variables = zeroVariables(b, rep);
  const valid = b.bind(i32(0));
  let stable = true;
  const assign = (value: Expr): void => {
    const result = lowerExpression(ctx, value);
    setVariables(b, variables, toRep(b, result, rep));
    b.set(valid, result.valid ?? i32(1));
    stable &&= result.stable;
  };
  b.block((leave) => {
    for (const { when, then } of expr.branches) {
      b.if(lowerCondition(ctx, when), () => {
        assign(then);
        b.br(leave);
      });
    }
    assign(expr.otherwise);
  });
  return fromVariables(rep, variables, { valid: get(valid), stable });
}

const isNull = ({ valid }: Operand): boolean => valid?.op === "const" && valid.value === 0;

/** A NULL branch says nothing about the bounds of the values. */
function withoutNulls(result: Operand, a: Operand, b: Operand): Operand {
  if (isNull(a)) return { ...result, range: b.range };
  return isNull(b) ? { ...result, range: a.range } : result;
}

/** The wider of two integer representations; all others agree by type. */
function commonRep(a: Operand, b: Operand): Rep {
  if (!isIntegerRep(a.rep) || !isIntegerRep(b.rep) || a.rep === b.rep) return a.rep;
  if (a.rep === "i128" || b.rep === "i128") return "i128";
  return "i64";
}

/** AND and OR in three-valued logic: FALSE (TRUE) decides whatever the others are. */
function lowerConnective(ctx: ExpressionContext, expr: Connective): Operand {
  const { b } = ctx;
  const isAnd = expr.kind === "And";
  let all: Operand | undefined;
  for (const arg of expr.args) {
    if (all === undefined) {
      all = lowerExpression(ctx, arg);
      continue;
    }
    const so: Operand = all;
    const { statements, result } = captured(ctx, () => lowerExpression(ctx, arg));
    if (isCheap(statements)) {
      append(ctx, statements);
      all = combineLogic(ctx, isAnd, so, result);
      continue;
    }
    const lo: Local = b.bind(so.lo);
    const valid = so.valid === undefined && result.valid === undefined ? undefined : b.bind(so.valid ?? i32(1));
    b.if(not(decides(isAnd, so)), () => {
      append(ctx, statements);
      const both = combineLogic(ctx, isAnd, so, result);
      b.set(lo, both.lo);
      if (valid !== undefined) b.set(valid, both.valid ?? i32(1));
    });
    all = boolean(get(lo), valid === undefined ? undefined : get(valid));
  }
  return all ?? boolean(i32(isAnd ? 1 : 0), undefined);
}

/** Whether the operand alone decides: a valid FALSE for AND, a valid TRUE for OR. */
function decides(isAnd: boolean, { lo, valid }: Operand): Ir {
  const decisive = isAnd ? not(lo) : lo;
  return valid === undefined ? decisive : and(valid, decisive);
}

function combineLogic({ b }: ExpressionContext, isAnd: boolean, x: Operand, y: Operand): Operand {
  if (x.valid === undefined && y.valid === undefined) {
    return boolean(b.let(isAnd ? and(x.lo, y.lo) : or(x.lo, y.lo)), undefined);
  }
  const bothKnown = bothValid(b, [x, y]) ?? i32(1);
  const decided = b.let(or(decides(isAnd, x), decides(isAnd, y)));
  const lo = isAnd ? not(decided) : decided;
  return boolean(b.let(lo), b.let(or(bothKnown, decided)));
}
