/** What is generated from the definitions of SQL functions: the reference page and the functions of the DataFrame API. */
import { functionResults } from "./function-results.ts";
import type { FunctionDoc } from "../src/planner/functions/function.ts";
import {
  aggregateFunctions,
  scalarFunctions,
  tableFunctions,
  windowFunctions,
} from "../src/planner/functions/registry.ts";

const TITLES: readonly (readonly [category: string, title: string])[] = [
  ["comparison", "Comparison"],
  ["numeric", "Numbers"],
  ["bitwise", "Bits"],
  ["string", "Text"],
  ["regexp", "Regular expressions"],
  ["date", "Dates and times"],
  ["aggregate", "Aggregates"],
  ["window", "Window functions"],
  ["list", "Lists"],
  ["struct", "Structs"],
  ["map", "Maps"],
  ["union", "Unions"],
  ["json", "JSON"],
  ["enum", "Enums"],
  ["table", "Table functions"],
  ["system", "System"],
];

/** All functions that people call; what only the binder calls has a name that ends in `_`, or no example. */
function documented(): readonly FunctionDoc[] {
  const all: readonly FunctionDoc[] = [
    ...scalarFunctions(),
    ...aggregateFunctions(),
    ...windowFunctions(),
    ...tableFunctions(),
  ];
  return all.filter(
    ({ name, category, examples }) => examples.length > 0 || category === "window" || name.startsWith("list_"),
  );
}

const isName = (name: string): boolean => /^[a-z]\w*$/.test(name);

/** Text in a cell of a Markdown table. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const code = (text: string): string => {
  const fence = text.includes("`") ? "``" : "`";
  return `${fence}${cell(text)}${fence}`;
};

function row({ name, aliases = [], doc, examples }: FunctionDoc): string {
  const names = [name, ...aliases].map(code).join(", ");
  const [example] = examples;
  const shown = example === undefined ? "" : `${code(withoutParentheses(example[0]))} → ${code(example[1])}`;
  return `| ${names} | ${cell(doc)} | ${shown} |`;
}

/** The example of an aggregate is a subquery. */
function withoutParentheses(sql: string): string {
  return /^\(SELECT .*\)$/s.test(sql) ? sql.slice(1, -1) : sql;
}

/** docs/functions.md. */
export function functionsPage(): string {
  const functions = documented();
  const sections = TITLES.flatMap(([category, title]) => {
    const own = functions.filter((fn) => fn.category === category);
    if (own.length === 0) return [];
    const rows = own.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(row);
    return [["", `## ${title}`, "", "| function | what it gives | example |", "|---|---|---|", ...rows].join("\n")];
  });
  return [
    "# Functions",
    "",
    "Made by `npm run docs:functions` from the definitions in `src/planner/functions`; the examples run as tests.",
    'DataFrames have every function under its name in camel case in `functions` (`functions.dateTrunc("month", col("d"))`).',
    ...sections,
    "",
  ].join("\n");
}

const camelCase = (name: string): string => name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** Text in a doc comment. */
const comment = (text: string): string => text.replaceAll("*/", "*\\/");

/** src/dataframe/expression/generated-functions.ts. */
export function functionsModule(): string {
  const functions = documented()
    .filter(({ name }) => isName(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const results = functionResults();
  const members = functions.map(({ name, doc, examples }) => {
    const [example] = examples;
    const shown = example === undefined ? "" : ` \`${withoutParentheses(example[0])}\` is \`${example[1]}\`.`;
    return `  /** ${comment(doc + shown)} */\n  readonly ${camelCase(name)}: ${results.get(name) ?? "SqlFunction"};`;
  });
  const names = functions.map(({ name }) => `  ${JSON.stringify(name)},`);
  return [
    "/** Made by `npm run docs:functions` from the definitions in `src/planner/functions`: change those. */",
    'import { type Column, fn, type NamesIn, type Value } from "./column.ts";',
    "",
    "/** Strings are constants; name columns by `col`. */",
    "export type SqlFunction = <const A extends readonly Value[]>(...args: A) => Column<unknown, NamesIn<A[number]>>;",
    "",
    "/** One that gives values of type T whatever its arguments are, or NULL. */",
    "export type SqlFunctionOf<T> = <const A extends readonly Value[]>(...args: A) => Column<T | null, NamesIn<A[number]>>;",
    "",
    "/** Every SQL function, aggregate and window function, under its name in camel case. */",
    "export type Functions = {",
    ...members,
    "};",
    "",
    "const NAMES: readonly string[] = [",
    ...names,
    "];",
    "",
    "const camelCase = (name: string): string => name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());",
    "",
    '/** `functions.dateTrunc("month", col("d"))`. */',
    "export const functions: Functions = Object.fromEntries(",
    "  NAMES.map((name): [string, SqlFunction] => [camelCase(name), (...args) => fn(name, ...args)]),",
    ") as Functions;",
    "",
  ].join("\n");
}
