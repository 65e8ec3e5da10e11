import type { Expression } from "../../sql/ast.ts";
import { Column, type NamesIn, toExpression, type TypeOf, type Value } from "./column.ts";
import { NO_SPAN } from "./nodes.ts";

type Branch = { readonly when: Expression; readonly then: Expression };

/** A condition's value; go on with `.when(...)`, `.otherwise(...)`, or `when(condition).then(value)`. */
export function when<M extends string, const V extends Value>(
  condition: Column<unknown, M>,
  value: V,
): CaseColumn<TypeOf<V>, M | NamesIn<V>>;
export function when<M extends string>(condition: Column<unknown, M>): Condition<never, M>;
export function when(condition: Column, value?: Value): CaseColumn | Condition {
  const open = new Condition([], condition.expression);
  return value === undefined ? open : open.then(value);
}

/** A condition that waits for its value. */
export class Condition<T = unknown, N extends string = string> {
  private readonly branches: readonly Branch[];
  private readonly condition: Expression;
  /** @internal For the compiler alone. */
  declare readonly types?: { readonly type: T; readonly names: N };

  /** @internal Use `when`. */
  constructor(branches: readonly Branch[], condition: Expression) {
    this.branches = branches;
    this.condition = condition;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it takes a value, not two callbacks; nobody awaits a condition
  then<const V extends Value>(value: V): CaseColumn<T | TypeOf<V>, N | NamesIn<V>> {
    return new CaseColumn([...this.branches, { when: this.condition, then: toExpression(value) }]);
  }
}

/** CASE WHEN ... without its ELSE yet; as it is, the rest is NULL. */
export class CaseColumn<T = unknown, N extends string = string> extends Column<T | null, N> {
  private readonly branches: readonly Branch[];

  /** @internal Use `when`. */
  constructor(branches: readonly Branch[]) {
    super({ kind: "Case", operand: undefined, branches, otherwise: undefined, span: NO_SPAN });
    this.branches = branches;
  }

  when<M extends string, const V extends Value>(
    condition: Column<unknown, M>,
    value: V,
  ): CaseColumn<T | TypeOf<V>, N | M | NamesIn<V>>;
  when<M extends string>(condition: Column<unknown, M>): Condition<T, N | M>;
  when(condition: Column, value?: Value): CaseColumn | Condition {
    const open = new Condition(this.branches, condition.expression);
    return value === undefined ? open : open.then(value);
  }

  otherwise<const V extends Value>(value: V): Column<T | TypeOf<V>, N | NamesIn<V>> {
    const { branches } = this;
    return new Column({ kind: "Case", operand: undefined, branches, otherwise: toExpression(value), span: NO_SPAN });
  }
}
