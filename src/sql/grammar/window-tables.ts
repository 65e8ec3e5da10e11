/** Window table functions in FROM, as Flink writes them: `TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '10' SECOND)`. */
import type { Expression, Identifier, WindowTable } from "../ast.ts";
import { K, P, T } from "../tokens.ts";
import { ExpressionGrammar } from "./expressions.ts";
import type { Production } from "./parser.ts";

type Parameter = WindowTable["parameters"][number]["name"];
type Input = { readonly table: WindowTable["input"]; readonly partitionBy: readonly Identifier[] };

/** What follows DATA and TIMECOL, in the order of positional arguments. */
const PARAMETERS: { readonly [W in WindowTable["window"]]: readonly Parameter[] } = {
  TUMBLE: ["SIZE", "OFFSET"],
  HOP: ["SLIDE", "SIZE", "OFFSET"],
  CUMULATE: ["STEP", "SIZE", "OFFSET"],
  SESSION: ["GAP"],
};

const LABELS: ReadonlySet<string> = new Set(["DATA", "TIMECOL", ...Object.values(PARAMETERS).flat()]);

export abstract class WindowTableGrammar extends ExpressionGrammar {
  /** A window table function comes: its name, then `(TABLE`, `((SELECT` or the name of a parameter. */
  protected isWindowTable(): boolean {
    if (!this.is(2, P.LeftParen) || !(this.image(1) in PARAMETERS)) return false;
    if (this.is(3, K.TABLE)) return true;
    if (this.is(3, P.LeftParen)) return this.isQueryStart(4);
    return this.is(4, P.Named) && LABELS.has(this.image(3));
  }

  private image(distance: number): string {
    return this.LA(distance).image.toUpperCase();
  }

  protected readonly windowTable: Production<WindowTable> = this.rule("windowTable", () => {
    const start = this.mark();
    const window = this.word(0, T.FunctionName).image.toUpperCase() as WindowTable["window"];
    const order = ["DATA", "TIMECOL", ...(PARAMETERS[window] ?? [])];
    const values = new Map<string, Expression>();
    let input: Input | undefined;
    let position = 0;
    this.CONSUME(P.LeftParen);
    this.AT_LEAST_ONE_SEP({
      SEP: P.Comma,
      DEF: () => {
        const label = this.OPTION({
          GATE: () => this.is(2, P.Named),
          DEF: () => {
            const name = this.SUBRULE(this.label);
            this.CONSUME(P.Named);
            return name;
          },
        });
        const at = this.mark();
        const parameter = label?.name?.toUpperCase() ?? order[position++];
        this.OR([
          {
            GATE: () => this.is(1, K.TABLE) || (parameter === "DATA" && this.is(1, P.LeftParen)),
            ALT: () => {
              const data = this.SUBRULE(this.windowInput);
              if (input !== undefined || (parameter !== "DATA" && !this.RECORDING_PHASE))
                this.fail("a table is no argument here", this.spanFrom(at));
              input = data;
            },
          },
          {
            ALT: () => {
              const value = this.SUBRULE(this.expression);
              if (this.RECORDING_PHASE) return;
              const known = parameter !== undefined && parameter !== "DATA" && order.includes(parameter);
              if (!known) this.fail(unexpected(window, parameter, order), label?.span ?? value.span);
              if (values.has(parameter)) this.fail(`${parameter} is given twice`, label?.span ?? value.span);
              values.set(parameter, value);
            },
          },
        ]);
      },
    });
    this.CONSUME(P.RightParen);
    const span = this.spanFrom(start);
    const needed = (name: string, value: Expression | undefined): Expression =>
      value ??
      (this.RECORDING_PHASE ? (undefined as never) : this.fail(`${window} needs ${name}`, span, usage(window)));
    if (input === undefined && !this.RECORDING_PHASE) this.fail(`${window} needs a table`, span, usage(window));
    const time = this.described(needed("TIMECOL", values.get("TIMECOL")));
    const parameters = (PARAMETERS[window] ?? []).flatMap((name) => {
      const value = name === "OFFSET" ? values.get(name) : needed(name, values.get(name));
      return value === undefined ? [] : [{ name, value }];
    });
    const { table, partitionBy } = (input ?? {}) as Input;
    const rest = { alias: undefined, sample: undefined, span };
    return { kind: "WindowTable", window, input: table, partitionBy, time, parameters, ...rest };
  });

  /** The column in `DESCRIPTOR(column)`. */
  private described(node: Expression): Identifier {
    if (this.RECORDING_PHASE) return undefined as never;
    const [argument, another] = node.kind === "FunctionCall" ? node.args : [];
    const isDescriptor = node.kind === "FunctionCall" && node.name.parts.at(-1)?.name.toUpperCase() === "DESCRIPTOR";
    const value = argument?.value;
    if (!isDescriptor || another !== undefined || value?.kind !== "ColumnRef" || value.parts.length !== 1)
      this.fail("the time of the rows is written DESCRIPTOR(column)", node.span);
    return value.parts[0] as Identifier;
  }

  /** `TABLE t`, `TABLE 'file'`, `TABLE (query)` or `(query)`, and for sessions the columns that tell them apart. */
  private readonly windowInput: Production<Input> = this.rule("windowInput", () => {
    const start = this.mark();
    this.OPTION(() => this.CONSUME(K.TABLE));
    const rest = { alias: undefined, sample: undefined };
    const table = this.OR<WindowTable["input"]>([
      { ALT: () => ({ kind: "TableFile", path: this.stringText(0), ...rest, span: this.spanFrom(start) }) },
      {
        ALT: () => {
          this.CONSUME(P.LeftParen);
          const query = this.SUBRULE(this.query);
          this.CONSUME(P.RightParen);
          return { kind: "TableSubquery", query, lateral: false, ...rest, span: this.spanFrom(start) };
        },
      },
      {
        ALT: () => {
          const name = this.SUBRULE(this.objectName);
          return { kind: "TableName", name, ...rest, span: name.span };
        },
      },
    ]);
    const partitionBy = this.OPTION1(() => {
      this.CONSUME(K.PARTITION);
      this.CONSUME(K.BY);
      return this.SUBRULE(this.partitionColumns);
    });
    return { table, partitionBy: partitionBy ?? [] };
  });

  /** `a, b` or `(a, b)`: ends before an argument. */
  private readonly partitionColumns: Production<readonly Identifier[]> = this.rule("partitionColumns", () =>
    this.OR<readonly Identifier[]>([
      { ALT: () => this.SUBRULE(this.columnList) },
      {
        ALT: () => {
          const columns = [this.SUBRULE(this.columnName)];
          this.MANY({
            GATE: () => !this.is(3, P.LeftParen, P.Named),
            DEF: () => {
              this.CONSUME(P.Comma);
              columns.push(this.SUBRULE1(this.columnName));
            },
          });
          return columns;
        },
      },
    ]),
  );
}

function usage(window: WindowTable["window"]): string {
  const rest = PARAMETERS[window].map((name) => (name === "OFFSET" ? "[, offset]" : `, ${name.toLowerCase()}`));
  return `${window}(TABLE t, DESCRIPTOR(time)${rest.join("")})`;
}

function unexpected(window: WindowTable["window"], parameter: string | undefined, order: readonly string[]): string {
  if (parameter === undefined) return `${window} takes at most ${order.length} arguments`;
  return parameter === "DATA" ? `${window} takes a table first` : `${window} has no parameter ${parameter}`;
}
