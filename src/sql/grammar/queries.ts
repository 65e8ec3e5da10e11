/** Queries: WITH, SELECT and FROM-first, VALUES, set operations, PIVOT and UNPIVOT statements, LIMIT. */
import type {
  CommonTable,
  DataChange,
  Distinct,
  Emit,
  Expression,
  GroupBy,
  GroupingElement,
  GroupingExpressions,
  Identifier,
  Limit,
  NamedWindow,
  Pivot,
  PivotColumn,
  Query,
  QueryBody,
  Sample,
  Select,
  SelectItem,
  TableRef,
  Unpivot,
  With,
} from "../ast.ts";
import { K, P } from "../tokens.ts";
import type { Production } from "./parser.ts";
import { POSTFIX } from "./operands.ts";
import { TableGrammar } from "./tables.ts";

type LimitPart = Partial<Pick<Limit, "count" | "percent" | "offset">>;

/** `items` is undefined where only FROM was written. */
type SelectHead = {
  readonly distinct: Distinct | undefined;
  readonly items: readonly SelectItem[] | undefined;
  readonly from: readonly TableRef[];
};

export abstract class QueryGrammar extends TableGrammar {
  protected abstract readonly dataChange: Production<DataChange>;
  protected abstract isChange(): boolean;

  protected readonly query: Production<Query> = this.rule("query", () => {
    this.enter();
    const start = this.mark();
    const common = this.OPTION(() => this.SUBRULE(this.withClause));
    const first = this.primary();
    const body = this.unions(this.intersections(first, start), start);
    const query = this.ordered(common, body, start);
    this.leave();
    return query;
  });

  /** `EMIT CHANGES | FINAL` behind the query of a statement. */
  protected readonly emit: Production<Emit | undefined> = this.rule("emit", () => {
    const start = this.mark();
    return this.OPTION(() => {
      this.CONSUME(K.EMIT);
      const mode = this.OR<Emit["mode"]>([
        { ALT: () => this.constant(this.CONSUME(K.CHANGES), "changes") },
        { ALT: () => this.constant(this.CONSUME(K.FINAL), "final") },
      ]);
      return { kind: "Emit", mode, span: this.spanFrom(start) };
    });
  });

  protected readonly queryRest: Production<Query, [first: Query | undefined]> = this.rule(
    "queryRest",
    (first: Query | undefined) => {
      this.enter();
      const start = first?.span.start ?? 0;
      const body = this.unions(this.intersections(unwrap(first), start), start);
      const query = this.ordered(undefined, body, start);
      this.leave();
      return query;
    },
  );

  /** ORDER BY and LIMIT behind the body. */
  private ordered(common: With | undefined, body: QueryBody, start: number): Query {
    const orderBy = this.OPTION1(() => this.SUBRULE(this.orderBy));
    const limit = this.OPTION2(() => this.SUBRULE(this.limit));
    // Parentheses around a query mean nothing by themselves.
    if (body?.kind === "Query" && common === undefined && orderBy === undefined && limit === undefined) return body;
    return { kind: "Query", with: common, body, orderBy, limit, span: this.spanFrom(start) };
  }

  // -------------------------------------------------------------- WITH

  protected readonly withClause: Production<With> = this.rule("withClause", () => {
    const start = this.mark();
    const tables: CommonTable[] = [];
    this.CONSUME(K.WITH);
    const recursive =
      this.OPTION({ GATE: () => !this.is(2, K.AS), DEF: () => this.CONSUME(K.RECURSIVE) }) !== undefined;
    tables.push(this.SUBRULE(this.commonTable));
    this.MANY({
      GATE: () => !this.endsClause(2),
      DEF: () => {
        this.CONSUME(P.Comma);
        tables.push(this.SUBRULE1(this.commonTable));
      },
    });
    this.OPTION1(() => this.CONSUME1(P.Comma));
    return { kind: "With", recursive, tables, span: this.spanFrom(start) };
  });

  private readonly commonTable: Production<CommonTable> = this.rule("commonTable", () => {
    this.enter();
    const start = this.mark();
    const name = this.SUBRULE(this.columnName);
    const columns = this.OPTION(() => this.SUBRULE(this.columnList)) ?? [];
    const usingKey = this.OPTION1(() => {
      this.CONSUME(K.USING);
      this.CONSUME(K.KEY);
      this.CONSUME1(P.LeftParen);
      const items = this.SUBRULE(this.itemList);
      this.CONSUME1(P.RightParen);
      return items;
    });
    this.CONSUME(K.AS);
    const materialized = this.OPTION2(() => {
      const negated = this.OPTION3(() => this.CONSUME(K.NOT)) !== undefined;
      this.CONSUME(K.MATERIALIZED);
      return !negated;
    });
    this.CONSUME(P.LeftParen);
    const query = this.OR<Query | DataChange>([
      { GATE: () => this.isChange(), ALT: () => this.SUBRULE(this.dataChange) },
      { ALT: () => this.SUBRULE(this.query) },
    ]);
    this.CONSUME(P.RightParen);
    this.leave();
    return {
      kind: "CommonTable",
      name,
      columns,
      materialized,
      usingKey: usingKey ?? [],
      query,
      span: this.spanFrom(start),
    };
  });

  // -------------------------------------------------------------- set operations

  private unions(first: QueryBody, start: number): QueryBody {
    let left = first;
    this.MANY1(() => {
      const operator = this.OR1<"UNION" | "EXCEPT">([
        { ALT: () => this.constant(this.CONSUME(K.UNION), "UNION") },
        { ALT: () => this.constant(this.CONSUME(K.EXCEPT), "EXCEPT") },
      ]);
      const { all, byName } = this.SUBRULE1(this.setQuantifier);
      const right = this.SUBRULE1(this.setTerm);
      left = { kind: "SetOperation", operator, all, byName, left, right, span: this.spanFrom(start) };
    });
    return left;
  }

  /** INTERSECT binds tighter than UNION and EXCEPT. */
  private readonly setTerm: Production<QueryBody> = this.rule("setTerm", () => {
    const start = this.mark();
    return this.intersections(this.primary(), start);
  });

  private intersections(first: QueryBody, start: number): QueryBody {
    let left = first;
    this.MANY2(() => {
      this.CONSUME(K.INTERSECT);
      const { all, byName } = this.SUBRULE2(this.setQuantifier);
      const right = this.SUBRULE2(this.queryPrimary);
      left = { kind: "SetOperation", operator: "INTERSECT", all, byName, left, right, span: this.spanFrom(start) };
    });
    return left;
  }

  private readonly setQuantifier: Production<{ readonly all: boolean; readonly byName: boolean }> = this.rule(
    "setQuantifier",
    () => {
      let all = false;
      let byName = false;
      this.OPTION(() =>
        this.OR([
          { ALT: () => (all = this.constant(this.CONSUME(K.ALL), true)) },
          { ALT: () => this.CONSUME(K.DISTINCT) },
        ]),
      );
      this.OPTION1(() => {
        this.CONSUME(K.BY);
        this.CONSUME(K.NAME);
        byName = true;
      });
      return { all, byName };
    },
  );

  /** The most frequent one by the shortest way, which saves stack in nested queries. */
  private primary(): QueryBody {
    return this.is(1, K.SELECT) ? this.SUBRULE(this.select) : this.SUBRULE(this.queryPrimary);
  }

  private readonly queryPrimary: Production<QueryBody> = this.rule("queryPrimary", () =>
    this.OR<QueryBody>({
      ERR_MSG: "a query",
      DEF: [
        { ALT: () => this.SUBRULE(this.select) },
        { ALT: () => this.SUBRULE(this.values) },
        {
          ALT: () => {
            this.CONSUME(P.LeftParen);
            const inner = this.SUBRULE(this.query);
            this.CONSUME(P.RightParen);
            return unwrap(inner);
          },
        },
        { ALT: () => this.SUBRULE(this.tableQuery) },
        { ALT: () => this.SUBRULE(this.pivotQuery) },
        { ALT: () => this.SUBRULE(this.unpivotQuery) },
      ],
    }),
  );

  private readonly values: Production<QueryBody> = this.rule("values", () => {
    const start = this.mark();
    const rows: (readonly Expression[])[] = [];
    this.CONSUME(K.VALUES);
    rows.push(this.SUBRULE(this.valuesRow));
    this.MANY({
      GATE: () => this.is(2, P.LeftParen),
      DEF: () => {
        this.CONSUME(P.Comma);
        rows.push(this.SUBRULE1(this.valuesRow));
      },
    });
    this.OPTION({ GATE: () => this.endsClause(2), DEF: () => this.CONSUME1(P.Comma) });
    return { kind: "Values", rows, span: this.spanFrom(start) };
  });

  /** `TABLE t` is `SELECT * FROM t`. */
  private readonly tableQuery: Production<QueryBody> = this.rule("tableQuery", () => {
    const start = this.mark();
    this.CONSUME(K.TABLE);
    const name = this.SUBRULE(this.objectName);
    const table: TableRef = { kind: "TableName", name, alias: undefined, sample: undefined, span: name.span };
    return this.starSelect([table], start);
  });

  // -------------------------------------------------------------- SELECT

  private readonly select: Production<Select> = this.rule("select", () => {
    const start = this.mark();
    this.enter();
    const { distinct, items, from } = this.RECORDING_PHASE
      ? this.OR([{ ALT: () => this.selectFirst() }, { ALT: () => this.fromFirst() }])
      : this.is(1, K.FROM)
        ? this.fromFirst()
        : this.selectFirst();
    const where = this.OPTION2(() => this.clause(K.WHERE, 2));
    const groupBy = this.OPTION3(() => this.SUBRULE(this.groupBy));
    const having = this.OPTION4(() => this.clause(K.HAVING, 4));
    const windows: NamedWindow[] = [];
    this.OPTION5(() => {
      this.CONSUME(K.WINDOW);
      this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => windows.push(this.SUBRULE(this.namedWindow)) });
    });
    const qualify = this.OPTION6(() => this.clause(K.QUALIFY, 6));
    const sample = this.OPTION7(() => this.SUBRULE(this.usingSample));
    this.leave();
    const span = this.spanFrom(start);
    return {
      kind: "Select",
      distinct,
      items: items ?? [this.starItem(start)],
      from,
      where,
      groupBy,
      having,
      windows,
      qualify,
      sample,
      span,
    };
  });

  private selectFirst(): SelectHead {
    this.CONSUME(K.SELECT);
    const distinct = this.SUBRULE(this.quantifier);
    const items = this.SUBRULE(this.selectList);
    const from = this.OPTION(() => {
      this.CONSUME(K.FROM);
      return this.SUBRULE(this.tableList);
    });
    return { distinct, items, from: from ?? [] };
  }

  private fromFirst(): SelectHead {
    this.CONSUME1(K.FROM);
    const from = this.SUBRULE1(this.tableList);
    let distinct: Distinct | undefined;
    const items = this.OPTION1(() => {
      this.CONSUME1(K.SELECT);
      distinct = this.SUBRULE1(this.quantifier);
      return this.SUBRULE1(this.selectList);
    });
    return { distinct, items, from };
  }

  private clause(keyword: typeof K.WHERE, index: number): Expression {
    this.consume(index, keyword);
    return this.subrule(index, this.expression);
  }

  private readonly usingSample: Production<Sample> = this.rule("usingSample", () => {
    this.CONSUME(K.USING);
    this.CONSUME(K.SAMPLE);
    return this.SUBRULE(this.sample);
  });

  private readonly quantifier: Production<Distinct | undefined> = this.rule("quantifier", () => {
    const start = this.mark();
    return this.OPTION(() =>
      this.OR<Distinct | undefined>([
        { ALT: () => this.constant(this.CONSUME(K.ALL), undefined) },
        {
          ALT: () => {
            const on: Expression[] = [];
            this.CONSUME(K.DISTINCT);
            this.OPTION1(() => {
              this.CONSUME(K.ON);
              this.CONSUME(P.LeftParen);
              this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => on.push(this.SUBRULE(this.expression)) });
              this.CONSUME(P.RightParen);
            });
            return { kind: "Distinct", on, span: this.spanFrom(start) };
          },
        },
      ]),
    );
  });

  protected readonly selectList: Production<readonly SelectItem[]> = this.rule("selectList", () => {
    const items: SelectItem[] = [];
    items.push(this.SUBRULE(this.selectItem));
    this.MANY({
      GATE: () => !this.endsClause(2),
      DEF: () => {
        this.CONSUME(P.Comma);
        items.push(this.SUBRULE1(this.selectItem));
      },
    });
    this.OPTION(() => this.CONSUME1(P.Comma));
    return items;
  });

  private readonly namedWindow: Production<NamedWindow> = this.rule("namedWindow", () => {
    const start = this.mark();
    const name = this.SUBRULE(this.columnName);
    this.CONSUME(K.AS);
    const specification = this.SUBRULE(this.windowSpecification);
    return { kind: "NamedWindow", name, specification, span: this.spanFrom(start) };
  });

  private starItem(at: number): SelectItem {
    const span = { start: at, end: at };
    const expression: Expression = {
      kind: "Star",
      qualifier: undefined,
      exclude: [],
      replace: [],
      rename: [],
      like: undefined,
      span,
    };
    return { kind: "SelectItem", expression, alias: undefined, span };
  }

  private starSelect(from: readonly TableRef[], start: number): Select {
    return {
      kind: "Select",
      distinct: undefined,
      items: [this.starItem(start)],
      from,
      where: undefined,
      groupBy: undefined,
      having: undefined,
      windows: [],
      qualify: undefined,
      sample: undefined,
      span: this.spanFrom(start),
    };
  }

  // -------------------------------------------------------------- GROUP BY

  private readonly groupBy: Production<GroupBy> = this.rule("groupBy", () => {
    const start = this.mark();
    this.CONSUME(K.GROUP);
    this.CONSUME(K.BY);
    return this.OR<GroupBy>([
      { ALT: () => this.constant(this.CONSUME(K.ALL), { kind: "GroupByAll", span: this.spanFrom(start) }) },
      {
        ALT: () => {
          const items: GroupingElement[] = [];
          items.push(this.SUBRULE(this.groupingElement));
          this.MANY({
            GATE: () => !this.endsClause(2),
            DEF: () => {
              this.CONSUME(P.Comma);
              items.push(this.SUBRULE1(this.groupingElement));
            },
          });
          this.OPTION(() => this.CONSUME1(P.Comma));
          return { kind: "GroupByItems", items, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  private readonly groupingElement: Production<GroupingElement> = this.rule("groupingElement", () => {
    const start = this.mark();
    return this.OR<GroupingElement>([
      {
        GATE: () => this.is(2, K.SETS),
        ALT: () => {
          this.enter();
          const sets: GroupingElement[] = [];
          this.CONSUME(K.GROUPING);
          this.CONSUME(K.SETS);
          this.CONSUME(P.LeftParen);
          this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => sets.push(this.SUBRULE(this.groupingElement)) });
          this.CONSUME(P.RightParen);
          this.leave();
          return { kind: "GroupingSets", sets, span: this.spanFrom(start) };
        },
      },
      {
        GATE: () => this.is(2, P.LeftParen),
        ALT: () => {
          this.CONSUME(K.ROLLUP);
          const items = this.SUBRULE(this.groupingList);
          return { kind: "Rollup", items, span: this.spanFrom(start) };
        },
      },
      {
        GATE: () => this.is(2, P.LeftParen),
        ALT: () => {
          this.CONSUME(K.CUBE);
          const items = this.SUBRULE1(this.groupingList);
          return { kind: "Cube", items, span: this.spanFrom(start) };
        },
      },
      { ALT: () => this.SUBRULE(this.groupingExpressions) },
    ]);
  });

  private readonly groupingList: Production<readonly GroupingExpressions[]> = this.rule("groupingList", () => {
    const items: GroupingExpressions[] = [];
    this.CONSUME(P.LeftParen);
    this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => items.push(this.SUBRULE(this.groupingExpressions)) });
    this.CONSUME(P.RightParen);
    return items;
  });

  private readonly groupingExpressions: Production<GroupingExpressions> = this.rule("groupingExpressions", () => {
    const start = this.mark();
    return this.OR<GroupingExpressions>([
      {
        GATE: () => this.is(2, P.RightParen),
        ALT: () => {
          this.CONSUME(P.LeftParen);
          this.CONSUME(P.RightParen);
          return { kind: "GroupingExpressions", expressions: [], span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          const expression = this.SUBRULE(this.expression);
          const expressions = expression.kind === "Row" ? expression.items : [expression];
          return { kind: "GroupingExpressions", expressions, span: this.spanFrom(start) };
        },
      },
    ]);
  });

  // -------------------------------------------------------------- LIMIT

  private readonly limit: Production<Limit> = this.rule("limit", () => {
    const start = this.mark();
    let parts: LimitPart = {};
    this.AT_LEAST_ONE(() => {
      const part = this.OR<LimitPart>([
        { ALT: () => this.SUBRULE(this.limitClause) },
        { ALT: () => this.SUBRULE(this.offsetClause) },
        { ALT: () => this.SUBRULE(this.fetchClause) },
      ]);
      parts = { ...parts, ...part };
    });
    const { count, percent = false, offset } = parts;
    return { kind: "Limit", count, percent, offset, span: this.spanFrom(start) };
  });

  private readonly limitClause: Production<LimitPart> = this.rule("limitClause", () => {
    this.CONSUME(K.LIMIT);
    return this.OR<LimitPart>([
      { ALT: () => this.constant(this.CONSUME(K.ALL), { count: undefined }) },
      {
        ALT: () => {
          const count = this.SUBRULE(this.expression);
          const percent = this.OPTION(() =>
            this.OR1([{ ALT: () => this.CONSUME(P.Percent) }, { ALT: () => this.CONSUME(K.PERCENT) }]),
          );
          return { count, percent: percent !== undefined };
        },
      },
    ]);
  });

  private readonly offsetClause: Production<LimitPart> = this.rule("offsetClause", () => {
    this.CONSUME(K.OFFSET);
    const offset = this.SUBRULE(this.expression);
    this.OPTION(() => this.SUBRULE(this.rowWord));
    return { offset };
  });

  /** FETCH FIRST n ROWS ONLY */
  private readonly fetchClause: Production<LimitPart> = this.rule("fetchClause", () => {
    this.CONSUME(K.FETCH);
    this.OR([{ ALT: () => this.CONSUME(K.FIRST) }, { ALT: () => this.CONSUME(K.NEXT) }]);
    const count = this.OPTION({
      GATE: () => !this.is(1, K.ROW, K.ROWS),
      DEF: () => this.SUBRULE(this.expression, { ARGS: [POSTFIX] }),
    });
    this.SUBRULE(this.rowWord);
    this.CONSUME(K.ONLY);
    const { end } = this.spanFrom(0);
    return { count: count ?? { kind: "NumberLiteral", form: "integer", text: "1", span: { start: end, end } } };
  });

  private readonly rowWord: Production<void> = this.rule("rowWord", () => {
    this.OR([{ ALT: () => this.CONSUME(K.ROW) }, { ALT: () => this.CONSUME(K.ROWS) }]);
  });

  // -------------------------------------------------------------- PIVOT and UNPIVOT as queries

  /** `PIVOT t ON columns USING aggregates GROUP BY columns` */
  private readonly pivotQuery: Production<QueryBody> = this.rule("pivotQuery", () => {
    const start = this.mark();
    const on: PivotColumn[] = [];
    this.CONSUME(K.PIVOT);
    const source = this.SUBRULE(this.table);
    this.OPTION(() => {
      this.CONSUME(K.ON);
      this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => on.push(this.SUBRULE(this.pivotColumn)) });
    });
    const aggregates = this.OPTION1(() => {
      this.CONSUME(K.USING);
      return this.SUBRULE(this.itemList);
    });
    const groupBy = this.OPTION2(() => {
      const expressions: Expression[] = [];
      this.CONSUME(K.GROUP);
      this.CONSUME(K.BY);
      this.AT_LEAST_ONE_SEP1({ SEP: P.Comma, DEF: () => expressions.push(this.SUBRULE(this.expression)) });
      return expressions;
    });
    const span = this.spanFrom(start);
    const pivot: Pivot = { kind: "Pivot", source, aggregates: aggregates ?? [], on, groupBy, alias: undefined, span };
    return this.starSelect([pivot], start);
  });

  /** `UNPIVOT t ON columns INTO NAME name VALUE values` */
  private readonly unpivotQuery: Production<QueryBody> = this.rule("unpivotQuery", () => {
    const start = this.mark();
    this.CONSUME(K.UNPIVOT);
    const source = this.SUBRULE(this.table);
    this.CONSUME(K.ON);
    const on = this.SUBRULE(this.itemList);
    let name: Identifier | undefined;
    const values: Identifier[] = [];
    this.OPTION(() => {
      this.CONSUME(K.INTO);
      this.CONSUME(K.NAME);
      name = this.SUBRULE(this.columnName);
      this.OR([{ ALT: () => this.CONSUME(K.VALUE) }, { ALT: () => this.CONSUME(K.VALUES) }]);
      this.AT_LEAST_ONE_SEP({ SEP: P.Comma, DEF: () => values.push(this.SUBRULE1(this.columnName)) });
    });
    const includeNulls = this.OPTION1(() => this.SUBRULE(this.unpivotNulls)) ?? false;
    const span = this.spanFrom(start);
    const unpivot: Unpivot = {
      kind: "Unpivot",
      source,
      on,
      name: name ?? { kind: "Identifier", name: "name", quoted: false, span },
      values: values.length > 0 ? values : [{ kind: "Identifier", name: "value", quoted: false, span }],
      includeNulls,
      alias: undefined,
      span,
    };
    return this.starSelect([unpivot], start);
  });
}

/** A query in parentheses, as the operand of a set operation: its body, unless it has clauses of its own. */
function unwrap(query: Query | undefined): QueryBody {
  const plain = query?.with === undefined && query?.orderBy === undefined && query?.limit === undefined;
  return (plain ? query?.body : query) as QueryBody;
}
