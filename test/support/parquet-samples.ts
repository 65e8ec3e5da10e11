/**
 * SELECTs that make tables for Parquet files: every type with NULLs, extremes, runs, few and many distinct values. `rows`
 * rows each; the same rows at every call.
 */

/** An expression that is NULL in some rows. */
const sometimes = (expression: string, modulus: number): string =>
  `CASE WHEN hash(i, ${modulus}) % ${modulus} = 0 THEN NULL ELSE ${expression} END`;

const types: { readonly [name: string]: string } = {
  bool: "hash(i) % 3 = 0",
  tiny: "((hash(i) % 256)::INTEGER - 128)::TINYINT",
  small: "((hash(i) % 65536)::INTEGER - 32768)::SMALLINT",
  int: "(((hash(i) % 4294967296)::BIGINT) - 2147483648)::INTEGER",
  big: "(hash(i)::HUGEINT - 9223372036854775808)::BIGINT",
  utiny: "(hash(i) % 256)::UTINYINT",
  usmall: "(hash(i) % 65536)::USMALLINT",
  uint: "(hash(i) % 4294967296)::UINTEGER",
  ubig: "hash(i)::UBIGINT",
  real: "((hash(i) % 100000)::REAL / 7)::REAL",
  double:
    "CASE hash(i) % 50 WHEN 0 THEN 'NaN'::DOUBLE WHEN 1 THEN '-Infinity'::DOUBLE ELSE (hash(i) % 1000000) / 3.0 END",
  dec4: "(((hash(i) % 2000)::INTEGER - 1000) / 10)::DECIMAL(4,1)",
  dec9: "(((hash(i) % 2000000)::INTEGER - 1000000) / 100)::DECIMAL(9,2)",
  dec18: "(((hash(i) % 2000000000000)::BIGINT - 1000000000000)::DECIMAL(18,0) / 1000)::DECIMAL(18,3)",
  dec38: "((hash(i)::HUGEINT - 9223372036854775808) * 1000000007)::DECIMAL(38,0)",
  dec25: "((hash(i) % 2000000)::INTEGER - 1000000)::DECIMAL(25,6)",
  few: "'value ' || (hash(i) % 7)",
  many: "'a string of its own, number ' || i || repeat('x', (hash(i) % 40)::INTEGER)",
  unicode: "'grüße 世界 😀 ' || (hash(i) % 1000)",
  empty: "CASE WHEN hash(i) % 2 = 0 THEN '' ELSE 'z' END",
  long: "repeat(chr(97 + (hash(i) % 26)::INTEGER), (hash(i) % 300)::INTEGER)",
  blob: "encode('blob' || (hash(i) % 500)) || '\\x00\\xFF\\x80'::BLOB",
  date: "DATE '1970-01-01' + ((hash(i) % 40000)::INTEGER - 20000)",
  time: "TIME '00:00:00' + to_microseconds((hash(i) % 86400000000)::BIGINT)",
  ts: "make_timestamp((hash(i) % 4000000000000000)::BIGINT - 1000000000000000)",
  tsns: "make_timestamp_ns((hash(i) % 4000000000000000000)::BIGINT - 1000000000000000000)",
  tsms: "make_timestamp(((hash(i) % 4000000000000)::BIGINT - 1000000000000) * 1000)::TIMESTAMP_MS",
  tz: "make_timestamp((hash(i) % 4000000000000000)::BIGINT)::TIMESTAMP::TIMESTAMPTZ",
  uuid: "(substr(md5(i::VARCHAR), 1, 8) || '-' || substr(md5(i::VARCHAR), 9, 4) || '-4000-8000-' || substr(md5(i::VARCHAR), 13, 12))::UUID",
  serial: "i::BIGINT",
  descending: "(1000000 - i * 3)::INTEGER",
  constant: "42",
  runs: "(i // 100)::INTEGER",
};

export function everyType(rows: number): string {
  const columns = Object.entries(types).flatMap(([name, expression]) => [
    `${expression} AS "${name}"`,
    `${sometimes(expression, name.length + 1)} AS "${name}_null"`,
  ]);
  return `SELECT ${columns.join(", ")}, NULL::INTEGER AS nothing, NULL::VARCHAR AS no_string FROM range(${rows}) t(i)`;
}
