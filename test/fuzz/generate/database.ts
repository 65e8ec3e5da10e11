/** Random tables: what is in them decides which paths a query takes. */
import type { Random } from "../random.ts";
import { anyType, INTEGER, type Type } from "./types.ts";

/** `low` and `high` bound the values, in the units of `Type`. */
export type ColumnDefinition = {
  readonly name: string;
  readonly type: Type;
  readonly low: number;
  readonly high: number;
};

export type Table = {
  readonly name: string;
  readonly columns: readonly ColumnDefinition[];
  /** Values as literals. */
  readonly rows: readonly (readonly string[])[];
  /** How often the table is put into itself. */
  readonly doublings: number;
};

export const rowsOf = ({ rows, doublings }: Table): number => rows.length * 2 ** doublings;

/** Two to five tables. `c0` of each is a small integer, so that joins find partners. */
export function randomDatabase(random: Random): readonly Table[] {
  return Array.from({ length: random.between(2, 4) }, (_, i) => randomTable(random, `t${i}`));
}

const ROWS: readonly (readonly [number, readonly [number, number]])[] = [
  [1, [0, 0]],
  [2, [1, 1]],
  [6, [2, 12]],
  [5, [13, 60]],
  [1, [100, 400]],
];

function randomTable(random: Random, name: string): Table {
  const [least, most] = random.weighted(ROWS);
  const rowCount = random.between(least, most);
  const types = [INTEGER, ...Array.from({ length: random.between(1, 5) }, () => anyType(random))];
  const made = types.map((type, i) => randomColumn(random, `c${i}`, type, rowCount, i === 0));
  return {
    name,
    columns: made.map(({ definition }) => definition),
    rows: Array.from({ length: rowCount }, (_, row) => made.map(({ values }) => values[row] as string)),
    doublings: random.chance(0.08) ? random.between(4, 7) : 0,
  };
}

type MadeColumn = { readonly definition: ColumnDefinition; readonly values: readonly string[] };

/** A pool of values, then draws from it: few or many distinct ones, uniform or skewed, with or without NULLs. */
function randomColumn(random: Random, name: string, type: Type, rows: number, key: boolean): MadeColumn {
  const pool = key ? integers(-1, 6) : valuePool(random, type, random.pick([2, 5, 20, 100]));
  const nulls = random.weighted([
    [4, 0],
    [5, 0.15],
    [2, 0.5],
    [0.5, 1],
  ]);
  const skew = random.pick([1, 1, 3]);
  const values = Array.from({ length: rows }, () =>
    random.chance(nulls) ? "NULL" : pool.literals[Math.floor(random.unit() ** skew * pool.literals.length)]!,
  );
  return { definition: { name, type, low: pool.low, high: pool.high }, values };
}

type Pool = { readonly literals: readonly string[]; readonly low: number; readonly high: number };

function integers(low: number, high: number): Pool {
  return { literals: Array.from({ length: high - low + 1 }, (_, i) => String(low + i)), low, high };
}

function valuePool(random: Random, type: Type, size: number): Pool {
  const many = (make: () => string): readonly string[] => Array.from({ length: size }, make);
  const extreme = random.chance(0.25);
  switch (type.family) {
    case "boolean":
      return { literals: ["true", "false"], low: 0, high: 0 };
    case "integer": {
      const low = extreme ? type.low : Math.max(type.low, random.pick([0, -5, -100, -1000]));
      const high = extreme ? type.high : Math.min(type.high, random.pick([3, 10, 100, 5000]));
      const exact = [BigInt(low), high < 2 ** 53 ? BigInt(high) : BigInt(high + 1) - 1n] as const;
      const drawn = many(() => String(random.bigBetween(...exact)));
      return { literals: extreme ? [...drawn, ...exact.map(String)] : drawn, low, high };
    }
    case "decimal": {
      const high = extreme ? type.high : Math.min(type.high, random.pick([1, 100, 10_000]));
      const bound = BigInt(high) * 10n ** BigInt(type.scale) - 1n;
      const drawn = [
        ...many(() => fixed(random.bigBetween(-bound, bound), type.scale)),
        ...(extreme ? [fixed(bound, type.scale), fixed(-bound, type.scale)] : []),
      ];
      return { literals: drawn, low: -high, high };
    }
    case "float":
      return floats(random, type, many, extreme);
    case "text":
      return texts(random, many);
    case "date":
      return { literals: many(() => `DATE '${randomDate(random, extreme)}'`), ...YEARS(extreme, 1) };
    case "timestamp":
      return {
        literals: many(() => `TIMESTAMP '${randomDate(random, extreme)} ${randomTime(random)}'`),
        ...YEARS(extreme, 86_400),
      };
    case "instant":
      return { literals: many(() => randomInstant(random)), ...YEARS(false, 86_400) };
    case "time":
      return { literals: many(() => `TIME '${randomTime(random)}'`), low: 0, high: 0 };
    case "interval":
      return { literals: many(() => randomInterval(random)), low: 0, high: 0 };
    case "list": {
      const [element] = type.elements.map((inner) => valuePool(random, inner, 6));
      const item = (): string => (random.chance(0.15) ? "NULL" : random.pick(element!.literals));
      return {
        literals: many(() => `[${Array.from({ length: random.pick([0, 1, 2, 3, 3, 8]) }, item).join(", ")}]`),
        low: 0,
        high: 8,
      };
    }
    case "struct": {
      const fields = type.elements.map((inner) => valuePool(random, inner, 4));
      const field = (pool: Pool): string => (random.chance(0.2) ? "NULL" : random.pick(pool.literals));
      return {
        literals: many(() => `{${fields.map((pool, i) => `'f${i}': ${field(pool)}`).join(", ")}}`),
        low: 0,
        high: 0,
      };
    }
    case "other":
      return { literals: many(() => otherLiteral(random, type)), low: 0, high: 0 };
    default:
      return type.family satisfies never;
  }
}

/** Multiples of 1/4, so that sums do not depend on their order, and sometimes what is not a number like others. */
function floats(
  random: Random,
  { name, high: most }: Type,
  many: (make: () => string) => readonly string[],
  extreme: boolean,
): Pool {
  const high = random.pick([2, 100, 10_000]);
  const drawn = many(() => `${random.between(-high * 4, high * 4) / 4}e0`);
  if (!extreme) return { literals: drawn, low: -high, high };
  const odd = ["'nan'", "'inf'", "'-inf'", "'-0'", ...(random.chance(0.5) ? [`${most / 1e4}`, "1e-30"] : [])];
  const specials = odd.filter(() => random.chance(0.5)).map((text) => `CAST(${text} AS ${name})`);
  return { literals: [...drawn, ...specials], low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
}

const WORDS: readonly string[] = [
  ...["", "a", "A", "b", "ab", "abc", "aB", " ", " a ", "%", "_", "a%", "a_c", "\\", "0", "1", "42", "-7", "3.5", "''"],
  ...[
    "é",
    "e\u0301",
    "ß",
    "Straße",
    "ÄÖÜ",
    "日本語",
    "😀",
    "a😀b",
    "İ",
    "ﬁ",
    "\u00a0x",
    "zzzzzzzz",
    "true",
    "null",
    "2020-02-29",
  ],
  ...[
    "the quick brown fox",
    "exactly12byt",
    "thirteenbytes",
    "a,b,c",
    "a-b-c",
    "longer than any inline string prefix 1",
  ],
];

function texts(random: Random, many: (make: () => string) => readonly string[]): Pool {
  const plain = random.chance(0.4);
  const words = plain ? WORDS.filter((word) => /^[ -~]*$/.test(word)) : WORDS;
  const literals = many(() => {
    const word = random.pick(words);
    const text = random.chance(0.15) ? word.repeat(random.between(2, 12)) : word;
    return `'${text}'`;
  });
  return { literals, low: 0, high: 480 };
}

const YEARS = (extreme: boolean, unit: number): { readonly low: number; readonly high: number } =>
  extreme ? { low: -700_000 * unit, high: 2_900_000 * unit } : { low: 8000 * unit, high: 20_000 * unit };

export function randomDate(random: Random, extreme = false): string {
  const year = extreme ? random.pick([60, 1582, 1900, 1969, 1970, 2000, 2262, 9900]) : random.between(1992, 2024);
  const month = random.between(1, 12);
  const day = random.chance(0.1)
    ? new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
    : random.between(1, 28);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

export function randomTime(random: Random): string {
  const fraction = random.pick(["", "", ".5", ".123456", ".000001"]);
  if (random.chance(0.2)) return random.pick(["00:00:00", "23:59:59.999999", "12:00:00"]);
  return `${two(random.below(24))}:${two(random.below(60))}:${two(random.below(60))}${fraction}`;
}

export function randomInstant(random: Random): string {
  return `TIMESTAMPTZ '${randomDate(random)} ${randomTime(random)}${random.pick(["+00", "+02", "-05:30"])}'`;
}

/** Below 30 days and below a day of time: each has one spelling, and equal ones are the same. */
export function randomInterval(random: Random): string {
  const months = random.pick([0, 0, 1, -1, 14, random.between(-30, 30)]);
  const days = random.pick([0, 0, 1, random.between(-15, 15)]);
  const seconds = random.pick([0, 0, 1, random.between(-40_000, 40_000)]);
  return `INTERVAL '${months} months ${days} days ${seconds} seconds'`;
}

/** Of a type that is only compared and carried. */
export function otherLiteral(random: Random, { name }: Type): string {
  const cast = (text: string): string => `CAST('${text}' AS ${name})`;
  if (name === "BLOB")
    return cast(random.pick(["", "a", "ab", "\\x00", "\\xFF", "a\\x00b", "longer than any inline blob"]));
  if (name === "UUID")
    return cast(
      `${random.pick(["00000000", "7fffffff", "80000000", "ffffffff"])}-0000-4000-8000-00000000000${random.below(4)}`,
    );
  if (name.startsWith("MAP"))
    return cast(random.pick(["{}", "{a=1}", "{a=1, b=2}", "{b=2, a=1}", "{a=NULL}", "{é=-3}"]));
  if (name === "INTEGER[3]") return cast(random.pick(["[1, 2, 3]", "[1, NULL, 3]", "[-1, 0, 5]", "[1, 2, 4]"]));
  if (name === "BIT")
    return cast(random.pick(["0", "1", "01", "0101", "110011001", "00000000000000000000000000000000001"]));
  if (name === "UHUGEINT")
    return cast(random.pick(["0", "1", "42", "18446744073709551616", "340282366920938463463374607431768211455"]));
  // The least and the greatest are to DuckDB those of the local times, which here come in the order of the instants.
  if (name === "TIME WITH TIME ZONE")
    return cast(random.pick(["02:00:00+15", "10:00:00+02", "10:00:01.5+02", "12:00:00+00", "20:00:00-05:30"]));
  if (name === "TIME_NS") return cast(randomTime(random));
  if (name.startsWith("ENUM")) return cast(random.pick(["a", "b", "x y"]));
  return cast(`${randomDate(random)} ${random.pick(["00:00:00", "12:30:00", "23:59:59"])}`);
}

const two = (value: number): string => String(value).padStart(2, "0");

function fixed(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const point = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return unscaled < 0n ? `-${text}` : text;
}

const ROWS_PER_INSERT = 100;

/** The statements that make the tables. */
export function setupStatements(tables: readonly Table[]): string[] {
  return tables.flatMap(({ name, columns, rows, doublings }) => {
    const definitions = columns.map((column) => `${column.name} ${column.type.name}`).join(", ");
    const statements = [`CREATE TABLE ${name} (${definitions})`];
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
      const part = rows.slice(from, from + ROWS_PER_INSERT).map((row) => `(${row.join(", ")})`);
      statements.push(`INSERT INTO ${name} VALUES ${part.join(", ")}`);
    }
    for (let i = 0; i < doublings; i++) statements.push(`INSERT INTO ${name} SELECT * FROM ${name}`);
    return statements;
  });
}
