import { unsupported } from "../../../error.ts";
import type { Column, Expr } from "../../expr/expr.ts";
import { ref, substituteColumns } from "../../expr/columns.ts";
import { outputColumns } from "../../logical/columns.ts";
import { freeColumns } from "../../logical/free-columns.ts";
import { mapExpressions } from "../../logical/map.ts";
import type { DependentJoin, Join, Limit, LogicalPlan, Recursion } from "../../logical/plan.ts";
import { copyPlan, substituteInPlan } from "../../logical/rename.ts";
import type { RuleContext } from "../context.ts";
import { BIGINT } from "../../types/types.ts";
import { comparison, filtered, isNotDistinct, literal } from "../predicates.ts";
import { rowNumbers } from "../row-number.ts";
import { plainJoin } from "./dependent-join.ts";
import { isCorrelated } from "./pull-up.ts";
import { carriedBelow, carriedInside, readsCarriers } from "./carriers.ts";
import { countsRows } from "./scalar-aggregate.ts";
import { restrictedTo } from "./subqueries.ts";

/**
 * The general case of "Unnesting Arbitrary Queries" (Neumann & Kemper 2015): the right side is computed once for every distinct
 * combination of the outer columns that it reads, its domain, and joined back NULL-safely. The left side and the domain become
 * common subplans, so that neither is computed twice.
 */
export function joinWithDomain(
  join: DependentJoin,
  isOuter: (id: number) => boolean,
  context: RuleContext,
): LogicalPlan {
  const outer = freeColumns(join.right).filter(({ id }) => isOuter(id));
  const copy = copyPlan(join.left, fresh(context), context.newCteId);
  const leftColumns = outputColumns(join.left);
  const outerId = context.newCteId();
  const domainId = context.newCteId();
  const inCopy = (column: Column): Column => copy.columns.get(column.id) ?? column;

  const leftScan: LogicalPlan = {
    kind: "CteScan",
    id: outerId,
    name: "outer",
    columns: leftColumns,
    from: leftColumns.map(inCopy),
  };
  const domainInput = outer.map((column) => fresh(context)(column));
  const domainColumns = outer.map((column) => fresh(context)(column));
  const domain: LogicalPlan = {
    kind: "Aggregate",
    input: { kind: "CteScan", id: outerId, name: "outer", columns: domainInput, from: outer.map(inCopy) },
    groups: domainColumns.map((column, i) => ({ column, expr: ref(domainInput[i] as Column) })),
    aggregates: [],
  };
  const push = createPush(
    outer,
    (columns) => ({ kind: "CteScan", id: domainId, name: "domain", columns, from: domainColumns }),
    context,
  );
  const right = push(join.right);
  const back = outer.map((column) => isNotDistinct(ref(column), ref(right.columns.get(column.id) as Column)));
  const { join: kind, mark, conditions } = join;
  const joined = plainJoin({
    join: kind,
    mark,
    left: leftScan,
    right: right.plan,
    conditions: [...conditions, ...back],
  });
  return {
    kind: "With",
    ctes: [
      { id: outerId, name: "outer", plan: copy.plan },
      { id: domainId, name: "domain", plan: domain },
    ],
    input: restrictedTo(joined, outputColumns(join)),
  };
}

/** A plan for all rows of the domain at once; `columns` says which of its columns hold the outer ones, by their ids. */
type Pushed = { readonly plan: LogicalPlan; readonly columns: ReadonlyMap<number, Column> };

/** The dependent join of the domain with a plan, pushed down until nothing of the plan depends on it. */
function createPush(
  outer: readonly Column[],
  scanDomain: (columns: readonly Column[]) => LogicalPlan,
  context: RuleContext,
): (plan: LogicalPlan) => Pushed {
  const outerIds = new Set(outer.map(({ id }) => id));
  const isOuter = (id: number): boolean => outerIds.has(id);
  const freshDomain = (): Pushed => {
    const columns = outer.map(fresh(context));
    return { plan: scanDomain(columns), columns: new Map(outer.map(({ id }, i) => [id, columns[i] as Column])) };
  };
  const asRefs = (columns: ReadonlyMap<number, Column>): ReadonlyMap<number, Expr> =>
    new Map([...columns].map(([id, column]) => [id, ref(column)]));
  const sameDomain = (a: Pushed, b: Pushed): readonly Expr[] =>
    outer.map(({ id }) => isNotDistinct(ref(a.columns.get(id) as Column), ref(b.columns.get(id) as Column)));

  /** Rounds of recursions and definitions of WITH, once they have been pushed. */
  const carriers = new Map<number, readonly Column[]>();
  const isDependent = (plan: LogicalPlan): boolean => isCorrelated(plan, isOuter) || readsCarriers(plan, carriers);
  const rowOf = (columns: ReadonlyMap<number, Column>): readonly Column[] =>
    outer.map(({ id }) => columns.get(id) as Column);
  /** An expression over the plan's columns instead of the outer ones. */
  const over = (expr: Expr, { columns }: Pushed): Expr =>
    carriedInside(substituteColumns(expr, asRefs(columns)), carriers, rowOf(columns), fresh(context));

  const push = (plan: LogicalPlan): Pushed => {
    if (!isDependent(plan)) {
      const domain = freshDomain();
      return {
        plan: { kind: "Join", join: "inner", left: domain.plan, right: plan, conditions: [], mark: undefined },
        columns: domain.columns,
      };
    }
    switch (plan.kind) {
      case "Filter": {
        const input = push(plan.input);
        return {
          plan: filtered(input.plan, [over(plan.predicate, input)]),
          columns: input.columns,
        };
      }
      case "Project": {
        const input = push(plan.input);
        const outputs = plan.outputs.map(({ column, expr }) => ({ column, expr: over(expr, input) }));
        return {
          plan: { ...plan, input: input.plan, outputs: [...outputs, ...domainOutputs(input)] },
          columns: input.columns,
        };
      }
      case "Aggregate": {
        const input = push(plan.input);
        const mapped = mapExpressions(plan, (expr) => over(expr, input)) as typeof plan;
        const groups = outer.map((column) => ({
          column: fresh(context)(column),
          expr: ref(input.columns.get(column.id) as Column),
        }));
        const columns = new Map(outer.map(({ id }, i) => [id, (groups[i] as (typeof groups)[number]).column]));
        const grouped: LogicalPlan = { ...mapped, input: input.plan, groups: [...mapped.groups, ...groups] };
        return plan.groups.length > 0
          ? { plan: grouped, columns }
          : withEmptyGroups(mapped, { plan: grouped, columns });
      }
      case "Window": {
        const input = push(plan.input);
        const mapped = mapExpressions(plan, (expr) => over(expr, input)) as typeof plan;
        const keys = [...input.columns.values()].map(ref);
        return {
          plan: { ...mapped, input: input.plan, partitionBy: [...mapped.partitionBy, ...keys] },
          columns: input.columns,
        };
      }
      case "MapBatches":
        throw unsupported("a correlated subquery below a JavaScript function of rows");
      case "Unnest": {
        const input = push(plan.input);
        const mapped = mapExpressions(plan, (expr) => over(expr, input)) as typeof plan;
        return { plan: { ...mapped, input: input.plan }, columns: input.columns };
      }
      case "Join":
        return pushJoin(plan);
      case "DependentJoin": {
        if (plan.join === "right" || plan.join === "full")
          throw unsupported("a correlated subquery under this kind of lateral join");
        // The right side finds the domain's columns in the left one, on which it depends anyway.
        const left = push(plan.left);
        const right = substituteInPlan(plan.right, asRefs(left.columns));
        return {
          plan: {
            ...plan,
            left: left.plan,
            right: carriedBelow(right, carriers, rowOf(left.columns), fresh(context)),
            conditions: plan.conditions.map((condition) => over(condition, left)),
          },
          columns: left.columns,
        };
      }
      case "SetOperation": {
        const inputs = plan.inputs.map(push);
        const columns = outer.map(fresh(context));
        return {
          plan: {
            ...plan,
            columns: [...plan.columns, ...columns],
            inputs: inputs.map((input) => input.plan),
            inputColumns: plan.inputColumns.map((list, i) => [
              ...list,
              ...outer.map(({ id }) => (inputs[i] as Pushed).columns.get(id) as Column),
            ]),
          },
          columns: new Map(outer.map(({ id }, i) => [id, columns[i] as Column])),
        };
      }
      case "Sort": {
        const input = push(plan.input);
        const keys = plan.keys.map((key) => ({ ...key, expr: over(key.expr, input) }));
        return { plan: { ...plan, input: input.plan, keys }, columns: input.columns };
      }
      case "Limit":
        if (plan.limit === 0) {
          const columns = outer.map(fresh(context));
          return {
            plan: { kind: "Empty", columns: [...outputColumns(plan), ...columns] },
            columns: new Map(outer.map(({ id }, i) => [id, columns[i] as Column])),
          };
        }
        if (plan.limit === undefined && plan.offset === 0) return push(plan.input);
        return pushLimit(plan);
      case "With": {
        const ctes = plan.ctes.map((cte) => {
          if (!isDependent(cte.plan)) return cte;
          const pushed = push(cte.plan);
          carriers.set(cte.id, rowOf(pushed.columns));
          return { ...cte, plan: pushed.plan };
        });
        const input = push(plan.input);
        return { plan: { ...plan, ctes, input: input.plan }, columns: input.columns };
      }
      case "Recursion":
        return pushRecursion(plan);
      case "AsofJoin": {
        const left = push(plan.left);
        const inLeft = (expr: Expr): Expr => over(expr, left);
        const right = isDependent(plan.right) ? push(plan.right) : { plan: plan.right, columns: left.columns };
        const inRight = (expr: Expr): Expr => over(expr, right);
        const same = right.plan === plan.right ? [] : outer.map(({ id }) => id);
        return {
          plan: {
            ...plan,
            left: left.plan,
            right: right.plan,
            equalities: [
              ...plan.equalities.map((pair) => ({ ...pair, left: inLeft(pair.left), right: inRight(pair.right) })),
              ...same.map((id) => ({
                left: ref(left.columns.get(id) as Column),
                right: ref(right.columns.get(id) as Column),
                nullSafe: true,
              })),
            ],
            order: { ...plan.order, left: inLeft(plan.order.left), right: inRight(plan.order.right) },
            residual: plan.residual.map(inLeft),
          },
          columns: left.columns,
        };
      }
      case "Sample":
        throw unsupported("a sample, or LIMIT in percent, in a correlated subquery");
      case "PositionalJoin":
        throw unsupported("a positional join in a correlated subquery");
      case "Scan":
      case "Values":
      case "Empty":
      case "CteScan": {
        const domain = plan.kind === "CteScan" ? carriers.get(plan.id) : undefined;
        if (plan.kind !== "CteScan" || domain === undefined)
          throw unsupported(`a correlated reference inside ${plan.kind}`);
        const columns = outer.map(fresh(context));
        return {
          plan: { ...plan, columns: [...plan.columns, ...columns], from: [...plan.from, ...domain] },
          columns: new Map(outer.map(({ id }, i) => [id, columns[i] as Column])),
        };
      }
    }
  };

  /** Every row of every round carries the row of the domain that it belongs to. */
  const pushRecursion = (plan: Recursion): Pushed => {
    const domain = outer.map(fresh(context));
    const base = push(plan.base);
    carriers.set(plan.id, domain).set(plan.unionId, domain);
    const step = push(plan.step);
    return {
      plan: {
        ...plan,
        columns: [...plan.columns, ...domain],
        keys: plan.keys.length === 0 ? [] : [...plan.keys, ...domain],
        base: base.plan,
        baseColumns: [...plan.baseColumns, ...rowOf(base.columns)],
        step: step.plan,
        stepColumns: [...plan.stepColumns, ...rowOf(step.columns)],
      },
      columns: new Map(outer.map(({ id }, i) => [id, domain[i] as Column])),
    };
  };

  const domainOutputs = (input: Pushed): readonly { column: Column; expr: Expr }[] =>
    [...input.columns.values()].map((column) => ({ column, expr: ref(column) }));

  /** An aggregate without groups has a row for every row of the domain, also where no input row was. */
  const withEmptyGroups = (plan: Extract<LogicalPlan, { kind: "Aggregate" }>, grouped: Pushed): Pushed => {
    const domain = freshDomain();
    const inner = new Map(plan.aggregates.map(({ column }) => [column.id, fresh(context)(column)]));
    const below: LogicalPlan =
      grouped.plan.kind === "Aggregate"
        ? {
            ...grouped.plan,
            aggregates: grouped.plan.aggregates.map(({ column, call }) => ({
              column: inner.get(column.id) ?? column,
              call,
            })),
          }
        : grouped.plan;
    const joined: LogicalPlan = {
      kind: "Join",
      join: "left",
      left: domain.plan,
      right: below,
      conditions: sameDomain(domain, grouped),
      mark: undefined,
    };
    const outputs = plan.aggregates.map(({ column, call }) => {
      const value = ref({ ...(inner.get(column.id) ?? column), nullable: true });
      if (!countsRows(call.name)) return { column, expr: value };
      const zero = literal(call.type.kind === "Integer" ? 0 : 0n, call.type);
      const when: Expr = { kind: "IsNull", input: value, negated: false };
      return {
        column,
        expr: { kind: "Case", branches: [{ when, then: zero }], otherwise: value, type: call.type } satisfies Expr,
      };
    });
    return {
      plan: { kind: "Project", input: joined, outputs: [...outputs, ...domainOutputs(domain)] },
      columns: domain.columns,
    };
  };

  const pushJoin = (plan: Join): Pushed => {
    if (plan.join === "right") {
      const { left, right } = plan;
      return push({ ...plan, join: "left", left: right, right: left });
    }
    const correlatedLeft = isDependent(plan.left);
    const correlatedRight = isDependent(plan.right);
    if (plan.join === "full") {
      const left = push(plan.left);
      const right = push(plan.right);
      return mergeFull(plan, left, right);
    }
    if (plan.join === "inner" && !correlatedLeft && correlatedRight) {
      const right = push(plan.right);
      return {
        plan: { ...plan, right: right.plan, conditions: substituted(plan.conditions, right) },
        columns: right.columns,
      };
    }
    const left = push(plan.left);
    const conditions = substituted(plan.conditions, left);
    if (!correlatedRight) return { plan: { ...plan, left: left.plan, conditions }, columns: left.columns };
    const right = push(plan.right);
    return {
      plan: { ...plan, left: left.plan, right: right.plan, conditions: [...conditions, ...sameDomain(left, right)] },
      columns: left.columns,
    };
  };

  const mergeFull = (plan: Join, left: Pushed, right: Pushed): Pushed => {
    const joined: LogicalPlan = {
      ...plan,
      left: left.plan,
      right: right.plan,
      conditions: [...substituted(plan.conditions, left), ...sameDomain(left, right)],
    };
    const columns = new Map(outer.map((column) => [column.id, fresh(context)(column)]));
    const merged = outer.map((column) => {
      const ofLeft = ref({ ...(left.columns.get(column.id) as Column), nullable: true });
      const ofRight = ref({ ...(right.columns.get(column.id) as Column), nullable: true });
      const when: Expr = { kind: "IsNull", input: ofLeft, negated: false };
      const expr: Expr = { kind: "Case", branches: [{ when, then: ofRight }], otherwise: ofLeft, type: column.type };
      return { column: columns.get(column.id) as Column, expr };
    });
    const own = outputColumns(plan).map((column) => ({ column, expr: ref(column) }));
    return { plan: { kind: "Project", input: joined, outputs: [...own, ...merged] }, columns };
  };

  /** The first rows per row of the domain, by their numbers in the order of the Sort below. */
  const pushLimit = ({ input, limit, offset }: Limit): Pushed => {
    const sort = input.kind === "Sort" ? input : undefined;
    const pushed = push(sort === undefined ? input : sort.input);
    const orderBy = (sort?.keys ?? []).map((key) => ({ ...key, expr: over(key.expr, pushed) }));
    const number = context.newColumn("number", BIGINT, false);
    const partitionBy = outer.map(({ id }) => ref(pushed.columns.get(id) as Column));
    const bound = (op: string, rows: number): Expr => comparison(op, ref(number), literal(BigInt(rows), BIGINT));
    const kept = [
      ...(offset > 0 ? [bound(">", offset)] : []),
      ...(limit === undefined ? [] : [bound("<=", offset + limit)]),
    ];
    return { plan: filtered(rowNumbers(pushed.plan, number, partitionBy, orderBy), kept), columns: pushed.columns };
  };

  const substituted = (conditions: readonly Expr[], side: Pushed): readonly Expr[] =>
    conditions.map((condition) => over(condition, side));

  return push;
}

function fresh({ newColumn }: RuleContext): (column: Column) => Column {
  return ({ name, type, nullable }) => newColumn(name, type, nullable);
}
