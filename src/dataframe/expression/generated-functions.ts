/** Made by `npm run docs:functions` from the definitions in `src/planner/functions`: change those. */
import { type Column, fn, type NamesIn, type Value } from "./column.ts";

/** Strings are constants; name columns by `col`. */
export type SqlFunction = <const A extends readonly Value[]>(...args: A) => Column<unknown, NamesIn<A[number]>>;

/** One that gives values of type T whatever its arguments are, or NULL. */
export type SqlFunctionOf<T> = <const A extends readonly Value[]>(...args: A) => Column<T | null, NamesIn<A[number]>>;

/** Every SQL function, aggregate and window function, under its name in camel case. */
export type Functions = {
  /** The absolute value. `abs(-17)` is `17`. */
  readonly abs: SqlFunction;
  /** The arc cosine. `acos(1)` is `0.0`. */
  readonly acos: SqlFunctionOf<number>;
  /** The inverse hyperbolic cosine. `acosh(1)` is `0.0`. */
  readonly acosh: SqlFunctionOf<number>;
  /** The time between two timestamps (or a timestamp and midnight today) in months, days and time. `age(TIMESTAMP '2001-04-10', TIMESTAMP '1992-09-20')` is `8 years 6 months 20 days`. */
  readonly age: SqlFunction;
  /** The moment an interval before the query began. `ago(INTERVAL 1 DAY) < now()` is `true`. */
  readonly ago: SqlFunctionOf<Date>;
  /** Some value that is not NULL. `SELECT any_value(x) FROM (VALUES (NULL), (4)) t(x)` is `4`. */
  readonly anyValue: SqlFunction;
  /** About the number of distinct values that are not NULL, within some percent. `SELECT approx_count_distinct(x) FROM (VALUES (1), (2), (2), (NULL)) t(x)` is `2`. */
  readonly approxCountDistinct: SqlFunctionOf<bigint>;
  /** A value near the quantile (here the quantile itself). `SELECT approx_quantile(x, 0.5) FROM (VALUES (1), (2), (4), (10)) t(x)` is `3`. */
  readonly approxQuantile: SqlFunction;
  /** The most frequent values as a list, at most k of them. `SELECT approx_top_k(x, 1) FROM (VALUES (1), (2), (2)) t(x)` is `[2]`. */
  readonly approxTopK: SqlFunction;
  /** The value of the first argument where the second is greatest, of the rows where neither is NULL; with a count the list of the first ones. `SELECT arg_max(a, b) FROM (VALUES ('x', 3), ('y', 1), ('z', NULL)) t(a, b)` is `x`. */
  readonly argMax: SqlFunction;
  /** The value, maybe NULL, of the first argument where the second is greatest. `SELECT arg_max_null(a, b) FROM (VALUES ('x', 3), ('y', 1), ('z', NULL)) t(a, b)` is `x`. */
  readonly argMaxNull: SqlFunction;
  /** The value of the first argument where the second is greatest, NULL coming last. `SELECT arg_max_nulls_last(a, b) FROM (VALUES ('x', 3), ('y', 1), ('z', NULL)) t(a, b)` is `x`. */
  readonly argMaxNullsLast: SqlFunction;
  /** The value of the first argument where the second is least, of the rows where neither is NULL; with a count the list of the first ones. `SELECT arg_min(a, b) FROM (VALUES ('x', 3), ('y', 1), ('z', NULL)) t(a, b)` is `y`. */
  readonly argMin: SqlFunction;
  /** The value, maybe NULL, of the first argument where the second is least. `SELECT arg_min_null(a, b) FROM (VALUES ('x', 3), ('y', 1), ('z', NULL)) t(a, b)` is `y`. */
  readonly argMinNull: SqlFunction;
  /** The value of the first argument where the second is least, NULL coming last. `SELECT arg_min_nulls_last(a, b) FROM (VALUES ('x', 3), ('y', 1), ('z', NULL)) t(a, b)` is `y`. */
  readonly argMinNullsLast: SqlFunction;
  /** The cross product of two vectors of three dimensions. `array_cross_product(array_value(1.0, 2.0, 3.0), array_value(2.0, 3.0, 4.0))` is `[-1.0, 2.0, -1.0]`. */
  readonly arrayCrossProduct: SqlFunction;
  /** The number of elements of a list. `array_length([1, NULL, 3])` is `3`. */
  readonly arrayLength: SqlFunctionOf<bigint>;
  /** The elements as one text with a separator between them; NULLs are left out. `array_to_string([1, NULL, 3], '-')` is `1-3`. */
  readonly arrayToString: SqlFunctionOf<string>;
  /** The arguments as an ARRAY of fixed length. `array_value(1, 2)` is `[1, 2]`. */
  readonly arrayValue: SqlFunction;
  /** The code point of the first character. `ascii('A')` is `65`. */
  readonly ascii: SqlFunctionOf<number>;
  /** The arc sine. `asin(0)` is `0.0`. */
  readonly asin: SqlFunctionOf<number>;
  /** The inverse hyperbolic sine. `asinh(0)` is `0.0`. */
  readonly asinh: SqlFunctionOf<number>;
  /** NULL where the condition is TRUE, else an error. `assert_true(1 = 1)` is `NULL`. */
  readonly assertTrue: SqlFunction;
  /** The arc tangent. `atan(0)` is `0.0`. */
  readonly atan: SqlFunctionOf<number>;
  /** The angle of the point (x, y), given y first. `atan2(1, 2)` is `0.4636476090008061`. */
  readonly atan2: SqlFunctionOf<number>;
  /** The inverse hyperbolic tangent. `atanh(0)` is `0.0`. */
  readonly atanh: SqlFunctionOf<number>;
  /** The mean of the values that are not NULL, as DOUBLE; of dates and timestamps a timestamp, of times and intervals one of them. `SELECT avg(x) FROM (VALUES (1), (NULL), (4)) t(x)` is `2.5`. */
  readonly avg: SqlFunction;
  /** A bar as long as the value's share of the way from `min` to `max`, in a field of `width` (80) characters. `bar(5, 0, 20, 10)` is `██▌       `. */
  readonly bar: SqlFunctionOf<string>;
  /** Binary digits. `bin(5)` is `101`. */
  readonly bin: SqlFunctionOf<string>;
  /** Bitwise AND of the values that are not NULL. `SELECT bit_and(x) FROM (VALUES (6), (3)) t(x)` is `2`. */
  readonly bitAnd: SqlFunction;
  /** The number of bits that are set in the value's two's complement. `bit_count(31)` is `5`. */
  readonly bitCount: SqlFunctionOf<number | bigint>;
  /** The number of bits. `bit_length('abc')` is `24`. */
  readonly bitLength: SqlFunctionOf<bigint>;
  /** Bitwise OR of the values that are not NULL. `SELECT bit_or(x) FROM (VALUES (6), (3)) t(x)` is `7`. */
  readonly bitOr: SqlFunction;
  /** Where the first bits stand in the second, counted from 1; 0: nowhere. `bit_position('010'::BIT, '1110101'::BIT)` is `4`. */
  readonly bitPosition: SqlFunctionOf<number>;
  /** Bitwise exclusive OR of the values that are not NULL. `SELECT bit_xor(x) FROM (VALUES (6), (3)) t(x)` is `5`. */
  readonly bitXor: SqlFunction;
  /** The bits with zeros before them up to a length. `bitstring('1010'::BIT, 7)` is `0001010`. */
  readonly bitstring: SqlFunction;
  /** A BIT with a place for every integer from one bound to the other, set where a value is that integer. `SELECT bitstring_agg(x, 0, 5) FROM (VALUES (1), (3)) t(x)` is `010100`. */
  readonly bitstringAgg: SqlFunction;
  /** Whether all values that are not NULL are TRUE. `SELECT bool_and(x) FROM (VALUES (true), (NULL), (false)) t(x)` is `false`. */
  readonly boolAnd: SqlFunctionOf<boolean>;
  /** Whether some value is TRUE. `SELECT bool_or(x) FROM (VALUES (true), (NULL), (false)) t(x)` is `true`. */
  readonly boolOr: SqlFunctionOf<boolean>;
  /** The number of entries of a map. `cardinality(MAP {'a': 1, 'b': 2})` is `2`. */
  readonly cardinality: SqlFunctionOf<bigint>;
  /** The cube root. `cbrt(8)` is `2.0`. */
  readonly cbrt: SqlFunctionOf<number>;
  /** The smallest whole number not below the value. `ceil(17.4)` is `18`. */
  readonly ceil: SqlFunction;
  /** The century; 2000 is the last year of the 20th. `century(DATE '2000-01-01')` is `20`. */
  readonly century: SqlFunctionOf<bigint>;
  /** The character with the code point. `chr(65)` is `A`. */
  readonly chr: SqlFunctionOf<string>;
  /** The state of the rows of both states, which EXPORT_STATE made, those of the first before the others. `finalize(combine(to_aggregate_state([1, 2], 'list', ['INTEGER']), to_aggregate_state([3], 'list', ['INTEGER'])))` is `[1, 2, 3]`. */
  readonly combine: SqlFunction;
  /** The state of the rows of all states, which EXPORT_STATE made. `SELECT finalize(combine_aggr(s)) FROM (SELECT sum(x) EXPORT_STATE AS s FROM (VALUES (1), (2)) t(x) GROUP BY x)` is `3`. */
  readonly combineAggr: SqlFunction;
  /** All arguments end to end as text; NULLs are left out. `concat('a', NULL, 1)` is `a1`. */
  readonly concat: SqlFunction;
  /** The arguments after the first as text, NULLs left out, the first between them. `concat_ws(',', 'a', NULL, 'b')` is `a,b`. */
  readonly concatWs: SqlFunctionOf<string>;
  /** The first argument, or NULL if one of the others is NULL. `constant_or_null(1, 2)` is `1`. */
  readonly constantOrNull: SqlFunction;
  /** Whether the text contains the other. `contains('abc', 'bc')` is `true`. */
  readonly contains: SqlFunctionOf<boolean>;
  /** The coefficient of correlation; NaN where an argument does not vary. `SELECT corr(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x)` is `0.7857142857142857`. */
  readonly corr: SqlFunctionOf<number>;
  /** The cosine. `cos(0)` is `1.0`. */
  readonly cos: SqlFunctionOf<number>;
  /** The hyperbolic cosine. `cosh(0)` is `1.0`. */
  readonly cosh: SqlFunctionOf<number>;
  /** The cotangent. `cot(1)` is `0.6420926159343306`. */
  readonly cot: SqlFunctionOf<number>;
  /** The number of rows, or of those where the argument is not NULL. `SELECT count(*) FROM (VALUES (1), (NULL), (4)) t(x)` is `3`. */
  readonly count: SqlFunctionOf<bigint>;
  /** The number of rows for which the condition is TRUE. `SELECT count_if(x > 1) FROM (VALUES (1), (NULL), (4)) t(x)` is `1`. */
  readonly countIf: SqlFunctionOf<bigint>;
  /** The population covariance. `SELECT covar_pop(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x)` is `1.2222222222222223`. */
  readonly covarPop: SqlFunctionOf<number>;
  /** The sample covariance; NULL below two rows. `SELECT covar_samp(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x)` is `1.8333333333333335`. */
  readonly covarSamp: SqlFunctionOf<number>;
  /** The share of the partition's rows that come before the row or are its peers. */
  readonly cumeDist: SqlFunctionOf<number>;
  /** The name of the database. `current_catalog()` is `memory`. */
  readonly currentCatalog: SqlFunctionOf<string>;
  /** The name of the database. `current_database()` is `memory`. */
  readonly currentDatabase: SqlFunctionOf<string>;
  /** The day the query began, in the session's zone. `current_date() IS NOT NULL` is `true`. */
  readonly currentDate: SqlFunctionOf<Date>;
  /** The time of day the query began, in the session's zone. `current_localtime() IS NOT NULL` is `true`. */
  readonly currentLocaltime: SqlFunctionOf<string>;
  /** The moment the query began as wall time in the session's zone. `current_localtimestamp() IS NOT NULL` is `true`. */
  readonly currentLocaltimestamp: SqlFunctionOf<Date>;
  /** The schema that unqualified names refer to. `current_schema()` is `main`. */
  readonly currentSchema: SqlFunctionOf<string>;
  /** The schemas in which names are looked up; with TRUE those of the system too. `current_schemas(false)` is `[main]`. */
  readonly currentSchemas: SqlFunctionOf<(string | null)[]>;
  /** The session's time zone. `current_timezone()` is `UTC`. */
  readonly currentTimezone: SqlFunctionOf<string>;
  /** The user; there is only one. `current_user()` is `headrace`. */
  readonly currentUser: SqlFunctionOf<string>;
  /** In a continuous query the watermark that the row's stream had reached before it, of the column with the stream's time; NULL before there is one, and of rows of tables. `current_watermark(TIMESTAMP '2024-01-01') IS NULL` is `true`. */
  readonly currentWatermark: SqlFunctionOf<Date>;
  /** The number of edits of single bytes between two texts in UTF-8, swaps of neighbours among them. `damerau_levenshtein('duckdb', 'udckbd')` is `2`. */
  readonly damerauLevenshtein: SqlFunctionOf<bigint>;
  /** A date or timestamp plus an interval. `date_add(DATE '1992-09-15', INTERVAL 2 MONTH)` is `1992-11-15 00:00:00`. */
  readonly dateAdd: SqlFunctionOf<Date>;
  /** The number of period boundaries between two dates or timestamps. `date_diff('month', DATE '1992-09-30', DATE '1992-11-01')` is `2`. */
  readonly dateDiff: SqlFunctionOf<bigint>;
  /** A date or timestamp as text by a pattern of Java's SimpleDateFormat, as in Flink: yyyy year, MM MMM MMMM month, dd day, HH hh hour, mm minute, ss second, SSS millisecond, a AM or PM, E EEEE weekday, 'text'. With `%` see strftime. `date_format(TIMESTAMP '2020-02-03 04:05:06.789', 'yyyy-MM-dd HH:mm:ss.SSS')` is `2020-02-03 04:05:06.789`. */
  readonly dateFormat: SqlFunctionOf<string>;
  /** A part of a date, time, timestamp or interval, named by a constant: year, month, day, dow, week, hour, epoch, ... `date_part('year', DATE '1995-03-15')` is `1995`. */
  readonly datePart: SqlFunctionOf<number | bigint>;
  /** The number of whole periods between two dates or timestamps. `date_sub('month', DATE '2020-01-31', DATE '2020-02-29')` is `1`. */
  readonly dateSub: SqlFunctionOf<bigint>;
  /** The start of the period (named by a constant) that a date or timestamp lies in, as a timestamp. `date_trunc('month', DATE '1995-03-15')` is `1995-03-01 00:00:00`. */
  readonly dateTrunc: SqlFunction;
  /** The day of the month. `day(DATE '1995-03-15')` is `15`. */
  readonly day: SqlFunctionOf<bigint>;
  /** The English name of the day of the week. `dayname(DATE '1992-03-22')` is `Sunday`. */
  readonly dayname: SqlFunctionOf<string>;
  /** The day of the week, Sunday is 0. `dayofweek(DATE '1995-03-15')` is `3`. */
  readonly dayofweek: SqlFunctionOf<bigint>;
  /** The day of the year, from 1. `dayofyear(DATE '1995-03-15')` is `74`. */
  readonly dayofyear: SqlFunctionOf<bigint>;
  /** The number of days of the month. `days_in_month(DATE '2020-02-01')` is `29`. */
  readonly daysInMonth: SqlFunctionOf<bigint>;
  /** The year divided by 10. `decade(DATE '1995-03-15')` is `199`. */
  readonly decade: SqlFunctionOf<bigint>;
  /** The text that UTF-8 bytes stand for. `decode('abc'::BLOB)` is `abc`. */
  readonly decode: SqlFunctionOf<string>;
  /** Radians as degrees. `degrees(pi())` is `180.0`. */
  readonly degrees: SqlFunctionOf<number>;
  /** The number of the row's group of peers, from 1, without gaps. */
  readonly denseRank: SqlFunctionOf<bigint>;
  /** The UTF-8 bytes of a text. `encode('ä')` is `\xC3\xA4`. */
  readonly encode: SqlFunctionOf<Uint8Array>;
  /** Whether the text ends with the other. `ends_with('abc', 'bc')` is `true`. */
  readonly endsWith: SqlFunctionOf<boolean>;
  /** The entropy of the values in bits; 0 for none. `SELECT entropy(x) FROM (VALUES (1), (2)) t(x)` is `1.0`. */
  readonly entropy: SqlFunctionOf<number>;
  /** The position of the value in its ENUM type, from 0. `enum_code('sad'::ENUM('happy', 'sad'))` is `1`. */
  readonly enumCode: SqlFunctionOf<number>;
  /** The first value of an ENUM type. `enum_first(NULL::ENUM('happy', 'sad'))` is `happy`. */
  readonly enumFirst: SqlFunctionOf<string>;
  /** The last value of an ENUM type. `enum_last(NULL::ENUM('happy', 'sad'))` is `sad`. */
  readonly enumLast: SqlFunctionOf<string>;
  /** The values of an ENUM type as a list. `enum_range(NULL::ENUM('happy', 'sad'))` is `[happy, sad]`. */
  readonly enumRange: SqlFunctionOf<(string | null)[]>;
  /** The values of an ENUM type from one to another; NULL stands for its ends. `enum_range_boundary('b'::ENUM('a', 'b', 'c'), NULL)` is `[b, c]`. */
  readonly enumRangeBoundary: SqlFunctionOf<(string | null)[]>;
  /** Seconds since 1970-01-01 00:00:00. `epoch(TIMESTAMP '1970-01-01 00:01:00')` is `60.0`. */
  readonly epoch: SqlFunctionOf<number>;
  /** Milliseconds since the epoch; from a number back to the timestamp. `epoch_ms(TIMESTAMP '1970-01-01 00:00:01.5')` is `1500`. */
  readonly epochMs: SqlFunction;
  /** Nanoseconds since the epoch. `epoch_ns(TIMESTAMP '1970-01-01 00:00:01')` is `1000000000`. */
  readonly epochNs: SqlFunctionOf<bigint>;
  /** Microseconds since the epoch. `epoch_us(TIMESTAMP '1970-01-01 00:00:01')` is `1000000`. */
  readonly epochUs: SqlFunctionOf<bigint>;
  /** 1 for AD, 0 for BC. `era(DATE '1995-03-15')` is `1`. */
  readonly era: SqlFunctionOf<bigint>;
  /** Raises an error with this message, where it is evaluated. `CASE WHEN true THEN 1 ELSE error('never') END` is `1`. */
  readonly error: SqlFunction;
  /** The next even number away from zero. `even(2.9)` is `4.0`. */
  readonly even: SqlFunctionOf<number>;
  /** e to the power of x. `exp(0)` is `1.0`. */
  readonly exp: SqlFunctionOf<number>;
  /** The product of all whole numbers from 1 to x. `factorial(5)` is `120`. */
  readonly factorial: SqlFunctionOf<bigint>;
  /** The average of DOUBLEs, compensated for rounding. `SELECT favg(x) FROM (VALUES (1), (2)) t(x)` is `1.5`. */
  readonly favg: SqlFunctionOf<number>;
  /** The quotient rounded down, as DOUBLE. `fdiv(-7, 2)` is `-4.0`. */
  readonly fdiv: SqlFunctionOf<number>;
  /** The result of an aggregate from a state that EXPORT_STATE made; of NULL that for no rows. `finalize(to_aggregate_state({'count': 2, 'sum': 3}, 'avg', ['INTEGER']))` is `1.5`. */
  readonly finalize: SqlFunction;
  /** The first value, which may be NULL. `SELECT first(x) FROM (VALUES (1), (NULL), (4)) t(x)` is `1`. */
  readonly first: SqlFunction;
  /** The value of the first row of the frame. */
  readonly firstValue: SqlFunction;
  /** The elements of the lists in a list. `flatten([[1], [2, NULL], NULL, []])` is `[1, 2, NULL]`. */
  readonly flatten: SqlFunction;
  /** The largest whole number not above the value. `floor(17.4)` is `17`. */
  readonly floor: SqlFunction;
  /** The remainder that has the divisor's sign, as DOUBLE. `fmod(-7, 2)` is `1.0`. */
  readonly fmod: SqlFunctionOf<number>;
  /** The text with `{}` replaced by the values in turn, `{1}` by one of them, `{:>10,.2f}` by one written so. `format('{} of {}', 3, 'x')` is `3 of x`. */
  readonly format: SqlFunctionOf<string>;
  /** A number of bytes in KiB, MiB, ... `format_bytes(16_000)` is `15.6 KiB`. */
  readonly formatBytes: SqlFunctionOf<string>;
  /** A number of bytes in kB, MB, ... `formatreadabledecimalsize(16_000)` is `16.0 kB`. */
  readonly formatreadabledecimalsize: SqlFunctionOf<string>;
  /** The BLOB in Base64 text. `from_base64('YWJj')` is `abc`. */
  readonly fromBase64: SqlFunctionOf<Uint8Array>;
  /** The bytes of binary digits. `from_binary('0110')` is `\x06`. */
  readonly fromBinary: SqlFunctionOf<Uint8Array>;
  /** The sum of DOUBLEs, compensated for rounding. `SELECT fsum(x) FROM (VALUES (0.1), (0.2), (0.3)) t(x)` is `0.6`. */
  readonly fsum: SqlFunctionOf<number>;
  /** The gamma function; an error at 0. `gamma(5)` is `24.0`. */
  readonly gamma: SqlFunctionOf<number>;
  /** The greatest common divisor. `gcd(42, 57)` is `3`. */
  readonly gcd: SqlFunctionOf<bigint>;
  /** The list of numbers from start to stop, that included, by step. `generate_series(1, 3)` is `[1, 2, 3]`. */
  readonly generateSeries: SqlFunction;
  /** The geometric average of positive values. `SELECT round(geomean(x), 9) FROM (VALUES (2), (8)) t(x)` is `4.0`. */
  readonly geomean: SqlFunctionOf<number>;
  /** The bit at a position, counted from 0 on from the left. `get_bit('0110010'::BIT, 2)` is `1`. */
  readonly getBit: SqlFunctionOf<number>;
  /** Whether the text matches a pattern of `*`, `?`, `[a-z]` and `[!a-z]`. `'best.txt' GLOB '*.txt'` is `true`. */
  readonly glob: SqlFunctionOf<boolean>;
  /** The largest of the arguments that are not NULL. `greatest(1, 3, 2)` is `3`. */
  readonly greatest: SqlFunction;
  /** The number of bytes in which two texts of one length differ. `hamming('abc', 'abd')` is `1`. */
  readonly hamming: SqlFunctionOf<bigint>;
  /** A 64-bit hash of the arguments; equal values have equal hashes, whatever their width. `hash(1, 'a') = hash(1, 'a')` is `true`. */
  readonly hash: SqlFunctionOf<bigint>;
  /** Hexadecimal digits. `hex('abc')` is `616263`. */
  readonly hex: SqlFunctionOf<string>;
  /** The map from every value that is not NULL to the number of rows that have it; with a list of bounds the number of values up to each bound and above the one before. `SELECT histogram(x) FROM (VALUES (1), (2), (1)) t(x)` is `{1=2, 2=1}`. */
  readonly histogram: SqlFunction;
  /** How often each value of a list is there; all other values are counted under one that `is_histogram_other_bin` knows. `SELECT histogram_exact(x, ['a', 'b']) FROM (VALUES ('a'), ('c')) t(x)` is `{a=1, b=0, ''=1}`. */
  readonly histogramExact: SqlFunction;
  /** The hour of the day. `hour(TIMESTAMP '1995-03-15 13:14:15.678')` is `13`. */
  readonly hour: SqlFunctionOf<bigint>;
  /** LIKE regardless of case. `'ABC' ILIKE 'a%'` is `true`. */
  readonly ilike: SqlFunctionOf<boolean>;
  /** ILIKE with an escape character. `'A%B' ILIKE 'a$%b' ESCAPE '$'` is `true`. */
  readonly ilikeEscape: SqlFunctionOf<boolean>;
  /** IS DISTINCT FROM: whether two values differ, NULL being equal to NULL. `NULL IS DISTINCT FROM 1` is `true`. */
  readonly isDistinct: SqlFunctionOf<boolean>;
  /** Whether a key of a histogram stands for all values outside its bins. `is_histogram_other_bin('')` is `true`. */
  readonly isHistogramOtherBin: SqlFunctionOf<boolean>;
  /** IS NOT DISTINCT FROM: whether two values are equal, NULL being equal to NULL. `NULL IS NOT DISTINCT FROM NULL` is `true`. */
  readonly isNotDistinct: SqlFunctionOf<boolean>;
  /** Whether a number, date or timestamp is neither infinite nor NaN. `isfinite(1)` is `true`. */
  readonly isfinite: SqlFunctionOf<boolean>;
  /** Whether a number, date or timestamp is infinite. `isinf('-inf'::DOUBLE)` is `true`. */
  readonly isinf: SqlFunctionOf<boolean>;
  /** Whether the value is NaN. `isnan('nan'::DOUBLE)` is `true`. */
  readonly isnan: SqlFunctionOf<boolean>;
  /** The day of the week, Monday is 1, Sunday 7. `isodow(DATE '2021-01-03')` is `7`. */
  readonly isodow: SqlFunctionOf<bigint>;
  /** The year that the ISO week belongs to. `isoyear(DATE '2021-01-01')` is `2020`. */
  readonly isoyear: SqlFunctionOf<bigint>;
  /** The share of distinct characters that two texts have in common. `jaccard('duck', 'luck')` is `0.6`. */
  readonly jaccard: SqlFunctionOf<number>;
  /** Jaro's similarity of two texts, from 0 to 1; below the least score asked for it is 0. `jaro_similarity('duck', 'duckdb')` is `0.8888888888888888`. */
  readonly jaroSimilarity: SqlFunctionOf<number>;
  /** Jaro's similarity raised by a common prefix; below the least score asked for it is 0. `jaro_winkler_similarity('duck', 'duckdb')` is `0.9333333333333333`. */
  readonly jaroWinklerSimilarity: SqlFunctionOf<number>;
  /** A JSON text without white space. `json(' { "a" : 1 }')` is `{"a":1}`. */
  readonly json: SqlFunctionOf<string>;
  /** The JSON array of the arguments. `json_array(1, 'a', NULL)` is `[1,"a",null]`. */
  readonly jsonArray: SqlFunctionOf<string>;
  /** The number of elements of a JSON array; 0 of all else. `json_array_length('[1, 2]')` is `2`. */
  readonly jsonArrayLength: SqlFunctionOf<bigint>;
  /** Whether a JSON value contains another. `json_contains('[1, 2]', '2')` is `true`. */
  readonly jsonContains: SqlFunctionOf<boolean>;
  /** Whether a path finds something. `json_exists('{"a": 1}', '$.b')` is `false`. */
  readonly jsonExists: SqlFunction;
  /** What a path finds in a JSON text, as JSON; a list for a list of paths and for a path with wildcards. `'{"a": [1, 2]}' -> '$.a[1]'` is `2`. */
  readonly jsonExtract: SqlFunction;
  /** What a path finds in a JSON text, as text; null is NULL. `'{"a": "x"}' ->> 'a'` is `x`. */
  readonly jsonExtractString: SqlFunction;
  /** The JSON array of all values. `SELECT json_group_array(x) FROM (VALUES (1), (NULL), (4)) t(x)` is `[1,null,4]`. */
  readonly jsonGroupArray: SqlFunctionOf<string>;
  /** The JSON object of keys and values. `SELECT json_group_object(k, v) FROM (VALUES ('a', 1), ('b', 2)) t(k, v)` is `{"a":1,"b":2}`. */
  readonly jsonGroupObject: SqlFunctionOf<string>;
  /** The keys of a JSON object. `json_keys('{"a": 1, "b": 2}')` is `[a, b]`. */
  readonly jsonKeys: SqlFunctionOf<(string | null)[]>;
  /** JSON values merged (RFC 7396): later ones replace and null removes. `json_merge_patch('{"a": 1, "b": 2}', '{"a": null}')` is `{"b":2}`. */
  readonly jsonMergePatch: SqlFunctionOf<string>;
  /** The JSON object of keys and values, which alternate. `json_object('a', 1, 'b', [2])` is `{"a":1,"b":[2]}`. */
  readonly jsonObject: SqlFunctionOf<string>;
  /** A JSON text with a line for every member. `json_pretty('{"a": [1]}')` is `{
    "a": [
        1
    ]
}`. */
  readonly jsonPretty: SqlFunctionOf<string>;
  /** The types of a JSON value, as JSON. `json_structure('{"a": [1]}')` is `{"a":["UBIGINT"]}`. */
  readonly jsonStructure: SqlFunctionOf<string>;
  /** The type of a JSON value, or of what a path finds in it. `json_type('[1]')` is `ARRAY`. */
  readonly jsonType: SqlFunctionOf<string>;
  /** Whether a text is JSON. `json_valid('{a}')` is `false`. */
  readonly jsonValid: SqlFunctionOf<boolean>;
  /** What a path finds, as JSON, where it is no array or object. `json_value('{"a": 1}', '$.a')` is `1`. */
  readonly jsonValue: SqlFunction;
  /** The Julian day number. `julian(DATE '2020-01-01')` is `2458850.0`. */
  readonly julian: SqlFunctionOf<number>;
  /** The sample excess kurtosis; NULL below four values. `SELECT round(kurtosis(x), 6) FROM (VALUES (1), (2), (4), (9)) t(x)` is `1.5`. */
  readonly kurtosis: SqlFunctionOf<number>;
  /** The excess kurtosis without correction for samples. `SELECT round(kurtosis_pop(x), 6) FROM (VALUES (1), (2), (4), (9)) t(x)` is `-1.0`. */
  readonly kurtosisPop: SqlFunctionOf<number>;
  /** The value of the row `offset` rows before this one in the partition, else `default`. */
  readonly lag: SqlFunction;
  /** The last value, which may be NULL. `SELECT last(x) FROM (VALUES (1), (NULL), (4)) t(x)` is `4`. */
  readonly last: SqlFunction;
  /** The last day of the month. `last_day(DATE '1992-02-02')` is `1992-02-29`. */
  readonly lastDay: SqlFunctionOf<Date>;
  /** The value of the last row of the frame. */
  readonly lastValue: SqlFunction;
  /** The least common multiple. `lcm(42, 57)` is `798`. */
  readonly lcm: SqlFunctionOf<bigint>;
  /** The value of the row `offset` rows after this one in the partition, else `default`. */
  readonly lead: SqlFunction;
  /** The smallest of the arguments that are not NULL. `least(3, 1, 2)` is `1`. */
  readonly least: SqlFunction;
  /** The first `count` characters; a negative count drops so many from the end. `left('abc', 2)` is `ab`. */
  readonly left: SqlFunctionOf<string>;
  /** The first user-perceived characters; a negative count leaves out the last ones. `left_grapheme('🤦🏼‍♂️ab', 2)` is `🤦🏼‍♂️a`. */
  readonly leftGrapheme: SqlFunctionOf<string>;
  /** The number of characters (Unicode code points). `length('hello')` is `5`. */
  readonly length: SqlFunctionOf<bigint>;
  /** The number of user-perceived characters. `length_grapheme('🤦🏼‍♂️a')` is `2`. */
  readonly lengthGrapheme: SqlFunctionOf<bigint>;
  /** The number of edits of single bytes between two texts in UTF-8. `levenshtein('kitten', 'sitting')` is `3`. */
  readonly levenshtein: SqlFunctionOf<bigint>;
  /** The logarithm of the gamma function. `lgamma(2)` is `0.0`. */
  readonly lgamma: SqlFunctionOf<number>;
  /** Whether the text matches the pattern: `%` stands for any characters, `_` for one. There is no escape character. `'special requests' LIKE '%special%requests%'` is `true`. */
  readonly like: SqlFunctionOf<boolean>;
  /** LIKE with an escape character, which makes the next one stand for itself. `'a%b' LIKE 'a$%b' ESCAPE '$'` is `true`. */
  readonly likeEscape: SqlFunctionOf<boolean>;
  /** The list of all values, NULLs among them, in the order of the rows or of ORDER BY. `SELECT list(x) FROM (VALUES (1), (NULL), (4)) t(x)` is `[1, NULL, 4]`. */
  readonly list: SqlFunction;
  /** The list with one more element at its end. `list_append([1], 2)` is `[1, 2]`. */
  readonly listAppend: SqlFunction;
  /** The elements of all lists; a NULL list has none. `list_concat([1, 2], [3])` is `[1, 2, 3]`. */
  readonly listConcat: SqlFunction;
  /** Whether the list holds the value. `list_contains([1, 2], 2)` is `true`. */
  readonly listContains: SqlFunctionOf<boolean>;
  /** 1 less the cosine of the angle between two vectors. `list_cosine_distance([1, 0], [0, 2])` is `1.0`. */
  readonly listCosineDistance: SqlFunctionOf<number>;
  /** The cosine of the angle between two vectors. `list_cosine_similarity([1, 0], [2, 0])` is `1.0`. */
  readonly listCosineSimilarity: SqlFunctionOf<number>;
  /** The distance between two vectors. `list_distance([1, 1], [4, 5])` is `5.0`. */
  readonly listDistance: SqlFunctionOf<number>;
  /** The different elements that are not NULL. `list_distinct([1, 2, NULL, 1])` is `[1, 2]`. */
  readonly listDistinct: SqlFunction;
  /** An element by its position from 1, from the end where that is negative; NULL where there is none. `list_extract([4, 5, 6], 2)` is `5`. */
  readonly listExtract: SqlFunction;
  /** The positions of the elements in their order. `list_grade_up([30, 10, 20])` is `[2, 3, 1]`. */
  readonly listGradeUp: SqlFunctionOf<(bigint | null)[]>;
  /** Whether the first list has all elements of the second. `list_has_all([1, 2, 3], [2, 3])` is `true`. */
  readonly listHasAll: SqlFunctionOf<boolean>;
  /** Whether two lists share an element. `list_has_any([1, 2], [2, 3])` is `true`. */
  readonly listHasAny: SqlFunctionOf<boolean>;
  /** The inner product of two vectors. `list_inner_product([1, 2], [3, 4])` is `11.0`. */
  readonly listInnerProduct: SqlFunctionOf<number>;
  /** The different elements that both lists have. `list_intersect([1, 2, 3, 2], [2, 3, NULL])` is `[2, 3]`. */
  readonly listIntersect: SqlFunction;
  /** The inner product of two vectors, negated. `list_negative_inner_product([1, 2], [3, 4])` is `-11.0`. */
  readonly listNegativeInnerProduct: SqlFunctionOf<number>;
  /** The list without its last element. `list_pop_back([1, 2, 3])` is `[1, 2]`. */
  readonly listPopBack: SqlFunction;
  /** The list without its first element. `list_pop_front([1, 2, 3])` is `[2, 3]`. */
  readonly listPopFront: SqlFunction;
  /** The position of the value's first occurrence, from 1; NULL when there is none. NULL is found too. `list_position([4, 5], 5)` is `2`. */
  readonly listPosition: SqlFunctionOf<number>;
  /** The list with one more element at its front. `list_prepend(1, [2])` is `[1, 2]`. */
  readonly listPrepend: SqlFunction;
  /** The list with so many elements: cut, or filled with NULL or the third argument. `list_resize([1, 2], 3)` is `[1, 2, NULL]`. */
  readonly listResize: SqlFunction;
  /** The elements from last to first. `list_reverse([1, 2, NULL])` is `[NULL, 2, 1]`. */
  readonly listReverse: SqlFunction;
  /** The elements in descending order. `list_reverse_sort([3, NULL, 1])` is `[3, 1, NULL]`. */
  readonly listReverseSort: SqlFunction;
  /** The elements at the positions in the second list. `list_select([4, 5, 6], [3, 1])` is `[6, 4]`. */
  readonly listSelect: SqlFunction;
  /** The elements between two positions, both included, negative ones counting from the end; every so many by a step. `list_slice([1, 2, 3, 4], 2, 3)` is `[2, 3]`. */
  readonly listSlice: SqlFunction;
  /** The elements in order; 'ASC' or 'DESC' and 'NULLS FIRST' or 'NULLS LAST' may follow. `list_sort([3, NULL, 1])` is `[1, 3, NULL]`. */
  readonly listSort: SqlFunction;
  /** The number of different elements that are not NULL. `list_unique([1, 2, NULL, 1])` is `2`. */
  readonly listUnique: SqlFunctionOf<bigint>;
  /** The list of the arguments. `list_value(1, NULL, 3)` is `[1, NULL, 3]`. */
  readonly listValue: SqlFunction;
  /** The elements at whose positions the second list is TRUE. `list_where([1, 2, 3], [true, false, true])` is `[1, 3]`. */
  readonly listWhere: SqlFunction;
  /** Rows of the elements at the same positions; cut to the shortest list where the last argument is TRUE. `list_zip([1, 2], ['a'])` is `[(1, a), (2, NULL)]`. */
  readonly listZip: SqlFunction;
  /** The natural logarithm. `ln(1)` is `0.0`. */
  readonly ln: SqlFunctionOf<number>;
  /** The logarithm to base 10, or to the base given first. `log(100)` is `2.0`. */
  readonly log: SqlFunctionOf<number>;
  /** The logarithm to base 10. `log10(1000)` is `3.0`. */
  readonly log10: SqlFunctionOf<number>;
  /** The logarithm to base 2. `log2(8)` is `3.0`. */
  readonly log2: SqlFunctionOf<number>;
  /** The text in lower case. `lower('Hello')` is `hello`. */
  readonly lower: SqlFunctionOf<string>;
  /** The text padded on the left (or cut) to so many characters. `lpad('hello', 8, '>')` is `>>>hello`. */
  readonly lpad: SqlFunctionOf<string>;
  /** The text without spaces (of Unicode too), or without the given characters, at its start. `ltrim('xxabc', 'x')` is `abc`. */
  readonly ltrim: SqlFunctionOf<string>;
  /** The median of the values' distances from their median. `SELECT mad(x) FROM (VALUES (1), (2), (4), (10)) t(x)` is `1.5`. */
  readonly mad: SqlFunction;
  /** The date with the given year, month and day, or so many days after the epoch. `make_date(1992, 9, 20)` is `1992-09-20`. */
  readonly makeDate: SqlFunctionOf<Date>;
  /** The time with the given hour, minute and seconds. `make_time(13, 34, 27.5)` is `13:34:27.5`. */
  readonly makeTime: SqlFunctionOf<string>;
  /** The timestamp with the given parts, or so many microseconds after the epoch. `make_timestamp(1992, 9, 20, 13, 34, 27.5)` is `1992-09-20 13:34:27.5`. */
  readonly makeTimestamp: SqlFunctionOf<Date>;
  /** The timestamp so many milliseconds after the epoch. `make_timestamp_ms(1_500_000_000)` is `1970-01-18 08:40:00`. */
  readonly makeTimestampMs: SqlFunctionOf<Date>;
  /** The timestamp so many nanoseconds after the epoch. `make_timestamp_ns(1_500_000_000)` is `1970-01-01 00:00:01.5`. */
  readonly makeTimestampNs: SqlFunctionOf<Date>;
  /** The instant with the given parts in a zone (the session's), or so many microseconds after the epoch. `make_timestamptz(1992, 9, 20, 13, 34, 27.5)` is `1992-09-20 13:34:27.5+00`. */
  readonly makeTimestamptz: SqlFunctionOf<Date>;
  /** The map from the elements of the first list to those of the second. `map([1, 2], ['a', 'b'])` is `{1=a, 2=b}`. */
  readonly map: SqlFunction;
  /** The entries of all maps; of the same key the last. `map_concat(MAP {1: 2}, MAP {1: 3, 4: 5})` is `{1=3, 4=5}`. */
  readonly mapConcat: SqlFunction;
  /** Whether a map has a key. `map_contains(MAP {'a': 1}, 'a')` is `true`. */
  readonly mapContains: SqlFunctionOf<boolean>;
  /** Whether a map has a key with a value. `map_contains_entry(MAP {'a': 1}, 'a', 1)` is `true`. */
  readonly mapContainsEntry: SqlFunctionOf<boolean>;
  /** Whether a map has a value. `map_contains_value(MAP {'a': 1}, 1)` is `true`. */
  readonly mapContainsValue: SqlFunctionOf<boolean>;
  /** The entries of a map as structs of key and value. `map_entries(MAP {'a': 1})` is `[{'key': a, 'value': 1}]`. */
  readonly mapEntries: SqlFunction;
  /** The list of the value of a key; an empty list when the map has no such key. `map_extract(MAP {'a': 1}, 'a')` is `[1]`. */
  readonly mapExtract: SqlFunction;
  /** The value of a key; NULL when the map has no such key. `MAP {'a': 1}['a']` is `1`. */
  readonly mapExtractValue: SqlFunction;
  /** The map of a list of structs of two fields, key and value. `map_from_entries([(1, 'a'), (2, 'b')])` is `{1=a, 2=b}`. */
  readonly mapFromEntries: SqlFunction;
  /** The keys of a map. `map_keys(MAP {'a': 1, 'b': 2})` is `[a, b]`. */
  readonly mapKeys: SqlFunction;
  /** The values of a map. `map_values(MAP {'a': 1, 'b': NULL})` is `[1, NULL]`. */
  readonly mapValues: SqlFunction;
  /** The largest value that is not NULL; with a count the list of the largest ones. `SELECT max(x) FROM (VALUES (1), (NULL), (4)) t(x)` is `4`. */
  readonly max: SqlFunction;
  /** The MD5 digest in hexadecimal. `md5('abc')` is `900150983cd24fb0d6963f7d28e17f72`. */
  readonly md5: SqlFunctionOf<string>;
  /** The MD5 digest as one number, its first byte the lowest. `md5_number('a')` is `129134844867590561315626153795017621772`. */
  readonly md5Number: SqlFunctionOf<bigint>;
  /** The last eight bytes of the MD5 digest as a number. `md5_number_lower('a')` is `7000413967451013937`. */
  readonly md5NumberLower: SqlFunctionOf<bigint>;
  /** The first eight bytes of the MD5 digest as a number. `md5_number_upper('a')` is `12157170054180749580`. */
  readonly md5NumberUpper: SqlFunctionOf<bigint>;
  /** The middle value; between two, halfway where the type allows. `SELECT median(x) FROM (VALUES (1), (2), (4), (10)) t(x)` is `3.0`. */
  readonly median: SqlFunction;
  /** Microseconds within the minute. `microsecond(TIMESTAMP '1995-03-15 13:14:15.678')` is `15678000`. */
  readonly microsecond: SqlFunctionOf<bigint>;
  /** The millennium. `millennium(DATE '1995-03-15')` is `2`. */
  readonly millennium: SqlFunctionOf<bigint>;
  /** Milliseconds within the minute. `millisecond(TIMESTAMP '1995-03-15 13:14:15.678')` is `15678`. */
  readonly millisecond: SqlFunctionOf<bigint>;
  /** The smallest value that is not NULL; with a count the list of the smallest ones. `SELECT min(x) FROM (VALUES (1), (NULL), (4)) t(x)` is `1`. */
  readonly min: SqlFunction;
  /** The minute of the hour. `minute(TIMESTAMP '1995-03-15 13:14:15.678')` is `14`. */
  readonly minute: SqlFunctionOf<bigint>;
  /** The most frequent value; of several the one that came first. `SELECT mode(x) FROM (VALUES (1), (2), (2)) t(x)` is `2`. */
  readonly mode: SqlFunction;
  /** The month, 1 to 12. `month(DATE '1995-03-15')` is `3`. */
  readonly month: SqlFunctionOf<bigint>;
  /** The English name of the month. `monthname(DATE '1992-09-20')` is `September`. */
  readonly monthname: SqlFunctionOf<string>;
  /** Nanoseconds within the minute. `nanosecond(TIMESTAMP '1995-03-15 13:14:15.678')` is `15678000000`. */
  readonly nanosecond: SqlFunctionOf<bigint>;
  /** Unary minus. `negate(5)` is `-5`. */
  readonly negate: SqlFunction;
  /** The next floating point number after x in the direction of y. `nextafter(1::DOUBLE, 2::DOUBLE)` is `1.0000000000000002`. */
  readonly nextafter: SqlFunctionOf<number>;
  /** The text in Unicode's normal form C, in which equal texts have equal characters. `nfc_normalize('ardèch')` is `ardèch`. */
  readonly nfcNormalize: SqlFunctionOf<string>;
  /** The interval with 30 days as a month and 24 hours as a day. `normalized_interval(INTERVAL '1 year 40 days 30 hours')` is `1 year 1 month 11 days 06:00:00`. */
  readonly normalizedInterval: SqlFunction;
  /** NOT ILIKE. `'ABC' NOT ILIKE 'a%'` is `false`. */
  readonly notIlike: SqlFunctionOf<boolean>;
  /** NOT ILIKE with an escape character. `'A%B' NOT ILIKE 'a$%b' ESCAPE '$'` is `false`. */
  readonly notIlikeEscape: SqlFunctionOf<boolean>;
  /** NOT LIKE. `'abc' NOT LIKE 'a%'` is `false`. */
  readonly notLike: SqlFunctionOf<boolean>;
  /** NOT LIKE with an escape character. `'a%b' NOT LIKE 'a$%b' ESCAPE '$'` is `false`. */
  readonly notLikeEscape: SqlFunctionOf<boolean>;
  /** The moment the query began. `now() IS NOT NULL` is `true`. */
  readonly now: SqlFunctionOf<Date>;
  /** The value of the n-th row of the frame, counting from 1; NULL where there is none. */
  readonly nthValue: SqlFunction;
  /** The number of the row's bucket when the partition is cut into so many buckets of nearly equal size, from 1. */
  readonly ntile: SqlFunctionOf<bigint>;
  /** The number of bytes of a BLOB, or that the bits of a BIT take. `octet_length('\xAA\xBB'::BLOB)` is `2`. */
  readonly octetLength: SqlFunctionOf<bigint>;
  /** The text with so many characters from a position on (as many as the new part has) replaced. `overlay('abcdef' PLACING 'XX' FROM 3)` is `abXXef`. */
  readonly overlay: SqlFunctionOf<string>;
  /** The first folder of a path. `parse_dirname('path/to/file.csv')` is `path`. */
  readonly parseDirname: SqlFunctionOf<string>;
  /** The path without its last part. `parse_dirpath('path/to/file.csv')` is `path/to`. */
  readonly parseDirpath: SqlFunctionOf<string>;
  /** The last part of a path, without its extension if the second argument is TRUE. `parse_filename('path/to/file.csv')` is `file.csv`. */
  readonly parseFilename: SqlFunctionOf<string>;
  /** The number of bytes that a size such as `16 kB` or `2 MiB` stands for. `parse_formatted_bytes('16 kB')` is `16000`. */
  readonly parseFormattedBytes: SqlFunctionOf<bigint>;
  /** The parts of a path. `parse_path('/path/file.csv')` is `[/, path, file.csv]`. */
  readonly parsePath: SqlFunctionOf<(string | null)[]>;
  /** (rank - 1) / (rows of the partition - 1), 0 for a single row. */
  readonly percentRank: SqlFunctionOf<number>;
  /** The name of the argument's type in lower case. `pg_typeof(1)` is `integer`. */
  readonly pgTypeof: SqlFunctionOf<string>;
  /** The number pi. `pi()` is `3.141592653589793`. */
  readonly pi: SqlFunctionOf<number>;
  /** The position of the first occurrence, counted in characters from 1; 0 when there is none. `position('b' IN 'abc')` is `2`. */
  readonly position: SqlFunctionOf<bigint>;
  /** The text with C's conversions (`%d`, `%5.2f`, `%s`; `%,d` groups digits) replaced by the values in turn. `printf('%d %05d %x', 1, 42, 255)` is `1 00042 ff`. */
  readonly printf: SqlFunctionOf<string>;
  /** The moment at which a row is processed: in a query, the moment it began. `proctime() IS NOT NULL` is `true`. */
  readonly proctime: SqlFunctionOf<Date>;
  /** The product of the values that are not NULL, as DOUBLE. `SELECT product(x) FROM (VALUES (2), (NULL), (4)) t(x)` is `8.0`. */
  readonly product: SqlFunctionOf<number>;
  /** The value below which a fraction of the values lies, interpolated; a list of fractions gives a list. `SELECT quantile_cont(x, 0.5) FROM (VALUES (1), (2), (4), (10)) t(x)` is `3.0`. */
  readonly quantileCont: SqlFunction;
  /** The least of the values at or below which a fraction of them lies; a list of fractions gives a list. `SELECT quantile_disc(x, 0.5) FROM (VALUES (1), (2), (4), (10)) t(x)` is `2`. */
  readonly quantileDisc: SqlFunction;
  /** The quarter, 1 to 4. `quarter(DATE '1995-03-15')` is `1`. */
  readonly quarter: SqlFunctionOf<bigint>;
  /** Degrees as radians. `radians(180)` is `3.141592653589793`. */
  readonly radians: SqlFunctionOf<number>;
  /** A number from 0 up to 1 (excluded), another for every row. `random() < 1` is `true`. */
  readonly random: SqlFunctionOf<number>;
  /** The list of numbers from start to stop, that left out, by step. `range(3)` is `[0, 1, 2]`. */
  readonly range: SqlFunction;
  /** The number of the row's first peer within the partition, from 1, with gaps. */
  readonly rank: SqlFunctionOf<bigint>;
  /** The text as a pattern that matches only itself. `regexp_escape('a.b')` is `a\.b`. */
  readonly regexpEscape: SqlFunctionOf<string>;
  /** The first match, or one of its groups; empty when there is none. `regexp_extract('hello_world', '([a-z]+)_([a-z]+)', 2)` is `world`. */
  readonly regexpExtract: SqlFunctionOf<string>;
  /** All matches of a pattern, or one of the groups of each. `regexp_extract_all('peter:33 paul:14', '(\w+):(\d+)', 2)` is `[33, 14]`. */
  readonly regexpExtractAll: SqlFunctionOf<(string | null)[]>;
  /** Whether the whole text matches. `regexp_full_match('abc', 'a.c')` is `true`. */
  readonly regexpFullMatch: SqlFunctionOf<boolean>;
  /** Whether some part of the text matches. `regexp_matches('anabanana', '(an)*')` is `true`. */
  readonly regexpMatches: SqlFunctionOf<boolean>;
  /** The text with the first match (with option `g` every match) replaced; `\1` in the replacement is the first group. `regexp_replace('hello', '[lo]', '-')` is `he-lo`. */
  readonly regexpReplace: SqlFunctionOf<string>;
  /** The average of the independent (second) variable over the rows where neither is NULL. `SELECT regr_avgx(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x)` is `3.6666666666666665`. */
  readonly regrAvgx: SqlFunctionOf<number>;
  /** The average of the dependent (first) variable over the rows where neither is NULL. `SELECT regr_avgy(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x)` is `2.6666666666666665`. */
  readonly regrAvgy: SqlFunctionOf<number>;
  /** The number of rows where neither argument is NULL. `SELECT regr_count(y, x) FROM (VALUES (1, 2), (NULL, 3)) t(y, x)` is `1`. */
  readonly regrCount: SqlFunctionOf<number>;
  /** Where the line of least squares meets the axis. `SELECT regr_intercept(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x)` is `-0.2142857142857144`. */
  readonly regrIntercept: SqlFunctionOf<number>;
  /** The coefficient of determination. `SELECT regr_r2(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x)` is `0.6173469387755102`. */
  readonly regrR2: SqlFunctionOf<number>;
  /** The slope of the line of least squares. `SELECT regr_slope(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x)` is `0.7857142857142857`. */
  readonly regrSlope: SqlFunctionOf<number>;
  /** The sum of squared distances of the independent (second) variable from its average. `SELECT regr_sxx(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x)` is `4.666666666666667`. */
  readonly regrSxx: SqlFunctionOf<number>;
  /** The sum of products of the distances of both variables from their averages. `SELECT regr_sxy(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x)` is `3.666666666666667`. */
  readonly regrSxy: SqlFunctionOf<number>;
  /** The sum of squared distances of the dependent (first) variable from its average. `SELECT regr_syy(y, x) FROM (VALUES (1, 2), (3, 5), (4, 4)) t(y, x)` is `4.666666666666667`. */
  readonly regrSyy: SqlFunctionOf<number>;
  /** The text so many times in a row. `repeat('ab', 3)` is `ababab`. */
  readonly repeat: SqlFunction;
  /** The text with every occurrence of `source` replaced by `target`. `replace('hello', 'l', '-')` is `he--o`. */
  readonly replace: SqlFunctionOf<string>;
  /** The user-perceived characters in reverse order. `reverse('hello')` is `olleh`. */
  readonly reverse: SqlFunctionOf<string>;
  /** The last `count` characters; a negative count drops so many from the start. `right('abc', 2)` is `bc`. */
  readonly right: SqlFunctionOf<string>;
  /** The last user-perceived characters; a negative count leaves out the first ones. `right_grapheme('ab🤦🏼‍♂️', 1)` is `🤦🏼‍♂️`. */
  readonly rightGrapheme: SqlFunctionOf<string>;
  /** Rounded to so many digits behind the point (none by default, negative: before it), half away from zero. `round(42.4332, 2)` is `42.43`. */
  readonly round: SqlFunction;
  /** Rounds to so many digits behind the point, halves to the even neighbour. `round_even(2.5, 0)` is `2.0`. */
  readonly roundEven: SqlFunctionOf<number>;
  /** The struct of the arguments, without names. `row(1, 'a')` is `(1, a)`. */
  readonly row: SqlFunction;
  /** The number of the row within its partition, from 1. */
  readonly rowNumber: SqlFunctionOf<bigint>;
  /** The text padded on the right (or cut) to so many characters. `rpad('hello', 8, '<')` is `hello<<<`. */
  readonly rpad: SqlFunctionOf<string>;
  /** The text without spaces (of Unicode too), or without the given characters, at its end. `rtrim('abcä', 'ä')` is `abc`. */
  readonly rtrim: SqlFunctionOf<string>;
  /** The second of the minute. `second(TIMESTAMP '1995-03-15 13:14:15.678')` is `15`. */
  readonly second: SqlFunctionOf<bigint>;
  /** The standard error of the mean. `SELECT sem(x) FROM (VALUES (1), (3), (5)) t(x)` is `0.9428090415820634`. */
  readonly sem: SqlFunctionOf<number>;
  /** The bits with the one at a position, counted from 0 on from the left, replaced. `set_bit('0110010'::BIT, 2, 0)` is `0100010`. */
  readonly setBit: SqlFunction;
  /** Begins the numbers of random() anew; the seed lies between -1 and 1. `setseed(0.5)` is `NULL`. */
  readonly setseed: SqlFunction;
  /** The SHA-1 digest in hexadecimal. `sha1('abc')` is `a9993e364706816aba3e25717850c26c9cd0d89d`. */
  readonly sha1: SqlFunctionOf<string>;
  /** The SHA-256 digest in hexadecimal. `sha256('abc')` is `ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad`. */
  readonly sha256: SqlFunctionOf<string>;
  /** -1, 0 or 1 by the sign; 0 for NaN. `sign(-349)` is `-1`. */
  readonly sign: SqlFunctionOf<number>;
  /** Whether the sign bit is set: of -0 too. `signbit(-1.5)` is `true`. */
  readonly signbit: SqlFunctionOf<boolean>;
  /** The sine. `sin(0)` is `0.0`. */
  readonly sin: SqlFunctionOf<number>;
  /** The hyperbolic sine. `sinh(0)` is `0.0`. */
  readonly sinh: SqlFunctionOf<number>;
  /** The sample skewness; NULL below three values, or where all are equal. `SELECT round(skewness(x), 6) FROM (VALUES (1), (2), (4), (9)) t(x)` is `1.330938`. */
  readonly skewness: SqlFunctionOf<number>;
  /** The part with the given number between separators, from 0; NULL when there is none. An empty separator separates nothing. `split_index('a,b,c', ',', 1)` is `b`. */
  readonly splitIndex: SqlFunctionOf<string>;
  /** The part with the given number between separators, from 1, negative from the end; empty when there is none. `split_part('a,b,c', ',', 2)` is `b`. */
  readonly splitPart: SqlFunctionOf<string>;
  /** The square root. `sqrt(9)` is `3.0`. */
  readonly sqrt: SqlFunctionOf<number>;
  /** Whether the text begins with the other. `starts_with('abc', 'ab')` is `true`. */
  readonly startsWith: SqlFunctionOf<boolean>;
  /** The population standard deviation. `SELECT stddev_pop(x) FROM (VALUES (1), (3), (5)) t(x)` is `1.632993161855452`. */
  readonly stddevPop: SqlFunctionOf<number>;
  /** The sample standard deviation; NULL below two values. `SELECT stddev_samp(x) FROM (VALUES (1), (3), (5)) t(x)` is `2.0`. */
  readonly stddevSamp: SqlFunctionOf<number>;
  /** A date or timestamp as text by a format: %Y %y year, %m %b %B month, %d %j day, %a %A %w %u weekday, %H %I %p hour, %M minute, %S second, %g %f %n milli-, micro-, nanoseconds, %z %Z zone, %U %W %V %G week, %x %X %c ISO date and time, %% a percent sign; `%-` leaves zeros out. `strftime(DATE '1992-03-02', '%a, %-d %B %Y')` is `Mon, 2 March 1992`. */
  readonly strftime: SqlFunctionOf<string>;
  /** The values that are not NULL as one text with a separator (a comma) between them, in the order of the rows or of ORDER BY. `SELECT string_agg(x, '-') FROM (VALUES ('a'), (NULL), ('b')) t(x)` is `a-b`. */
  readonly stringAgg: SqlFunctionOf<string>;
  /** The parts of a text between separators; an empty separator splits it into characters, NULL not at all. `string_split('a-b--c', '-')` is `[a, b, '', c]`. */
  readonly stringSplit: SqlFunctionOf<(string | null)[]>;
  /** The parts of a text between matches of a pattern. `string_split_regex('hello world; 42', ';? ')` is `[hello, world, 42]`. */
  readonly stringSplitRegex: SqlFunctionOf<(string | null)[]>;
  /** The text without accents. `strip_accents('mühleisen')` is `muhleisen`. */
  readonly stripAccents: SqlFunctionOf<string>;
  /** The number of bytes. `strlen('äöü')` is `6`. */
  readonly strlen: SqlFunctionOf<bigint>;
  /** The timestamp that text stands for by a format. `strptime('02/03/1992 10:20', '%d/%m/%Y %H:%M')` is `1992-03-02 10:20:00`. */
  readonly strptime: SqlFunctionOf<Date>;
  /** A field of a struct, by its name or its position from 1. `struct_extract({'a': 1}, 'a')` is `1`. */
  readonly structExtract: SqlFunction;
  /** The struct of the named arguments: `struct_pack(a := 1)`, `{'a': 1}`. `struct_pack(a := 1, b := 'x')` is `{'a': 1, 'b': x}`. */
  readonly structPack: SqlFunction;
  /** Characters from position `start` (1 is the first, negative counts from the end), `length` of them or all. `substring('hello', 2, 3)` is `ell`. */
  readonly substring: SqlFunctionOf<string>;
  /** Part of a text in user-perceived characters, from a position that counts from 1. `substring_grapheme('a🤦🏼‍♂️bc', 2, 2)` is `🤦🏼‍♂️b`. */
  readonly substringGrapheme: SqlFunctionOf<string>;
  /** The sum of the values that are not NULL. Of integers a HUGEINT, of DECIMAL(p,s) a DECIMAL(38,s), else a DOUBLE. `SELECT sum(x) FROM (VALUES (1), (NULL), (4)) t(x)` is `5`. */
  readonly sum: SqlFunction;
  /** The tangent. `tan(0)` is `0.0`. */
  readonly tan: SqlFunctionOf<number>;
  /** The hyperbolic tangent. `tanh(0)` is `0.0`. */
  readonly tanh: SqlFunctionOf<number>;
  /** A timestamp that assigns its row to windows: an error where it is NULL or infinite. `time_attribute(TIMESTAMP '2020-02-02 10:17:23')` is `2020-02-02 10:17:23`. */
  readonly timeAttribute: SqlFunctionOf<Date>;
  /** The start of the bucket of the given width that a date or timestamp lies in. Buckets of months begin at 2000-01-01, others on 2000-01-03, or all at an origin; or they are shifted by an offset. `time_bucket(INTERVAL 15 MINUTES, TIMESTAMP '2020-02-02 10:17:00')` is `2020-02-02 10:15:00`. */
  readonly timeBucket: SqlFunctionOf<Date>;
  /** AT TIME ZONE: the instant of a wall time in a zone, or the wall time of an instant there; without a zone the session zone's offset from UTC in seconds. `timezone('America/New_York', TIMESTAMP '2024-07-01 12:00:00')` is `2024-07-01 16:00:00+00`. */
  readonly timezone: SqlFunction;
  /** The hours of the zone's offset from UTC. `timezone_hour(now())` is `0`. */
  readonly timezoneHour: SqlFunctionOf<bigint>;
  /** The minutes of the zone's offset from UTC. `timezone_minute(now())` is `0`. */
  readonly timezoneMinute: SqlFunctionOf<bigint>;
  /** A value as the state of an aggregate, given by its name and the names of its arguments' types. `finalize(to_aggregate_state([1, 2], 'list', ['INTEGER']))` is `[1, 2]`. */
  readonly toAggregateState: SqlFunction;
  /** The digits of a number in a base from 2 to 36, at least as many as asked for. `to_base(255, 16)` is `FF`. */
  readonly toBase: SqlFunctionOf<string>;
  /** A BLOB in Base64. `to_base64('abc'::BLOB)` is `YWJj`. */
  readonly toBase64: SqlFunctionOf<string>;
  /** An interval of so many centuries. `to_centuries(2)` is `200 years`. */
  readonly toCenturies: SqlFunction;
  /** An interval of so many days. `to_days(2)` is `2 days`. */
  readonly toDays: SqlFunction;
  /** An interval of so many decades. `to_decades(2)` is `20 years`. */
  readonly toDecades: SqlFunction;
  /** An interval of so many hours. `to_hours(2)` is `02:00:00`. */
  readonly toHours: SqlFunction;
  /** A value as JSON. `to_json({'a': [1, NULL]})` is `{"a":[1,null]}`. */
  readonly toJson: SqlFunctionOf<string>;
  /** An interval of so many microseconds. `to_microseconds(2)` is `00:00:00.000002`. */
  readonly toMicroseconds: SqlFunction;
  /** An interval of so many millennia. `to_millennia(2)` is `2000 years`. */
  readonly toMillennia: SqlFunction;
  /** An interval of so many milliseconds, which may have a fraction. `to_milliseconds(1.5)` is `00:00:00.0015`. */
  readonly toMilliseconds: SqlFunction;
  /** An interval of so many minutes. `to_minutes(2)` is `00:02:00`. */
  readonly toMinutes: SqlFunction;
  /** An interval of so many months. `to_months(2)` is `2 months`. */
  readonly toMonths: SqlFunction;
  /** An interval of so many quarters. `to_quarters(2)` is `6 months`. */
  readonly toQuarters: SqlFunction;
  /** An interval of so many seconds, which may have a fraction. `to_seconds(1.5)` is `00:00:01.5`. */
  readonly toSeconds: SqlFunction;
  /** The moment so many seconds after the epoch. `to_timestamp(1284352323.5)` is `2010-09-13 04:32:03.5+00`. */
  readonly toTimestamp: SqlFunctionOf<Date>;
  /** An interval of so many weeks. `to_weeks(2)` is `14 days`. */
  readonly toWeeks: SqlFunction;
  /** An interval of so many years. `to_years(2)` is `2 years`. */
  readonly toYears: SqlFunction;
  /** Every character of `from` replaced by that of `to` at the same place, or dropped. `translate('12345', '143', 'ax')` is `a2x5`. */
  readonly translate: SqlFunctionOf<string>;
  /** The text without spaces (of Unicode too), or without the given characters, at both ends. `trim('  test ')` is `test`. */
  readonly trim: SqlFunctionOf<string>;
  /** Cut to so many digits behind the point (none by default, negative: before it). `trunc(17.8)` is `17`. */
  readonly trunc: SqlFunction;
  /** The timestamp that text stands for by a format, NULL if it does not follow it. `try_strptime('x', '%Y')` is `NULL`. */
  readonly tryStrptime: SqlFunctionOf<Date>;
  /** The name of the argument's type. `typeof(1)` is `INTEGER`. */
  readonly typeof: SqlFunctionOf<string>;
  /** The bytes of hexadecimal digits. `unhex('2A')` is `*`. */
  readonly unhex: SqlFunctionOf<Uint8Array>;
  /** The code point of the first character. `unicode('ü')` is `252`. */
  readonly unicode: SqlFunctionOf<number>;
  /** The value of a member of a UNION, NULL where another one is there; also `u.name`. `union_extract(union_value(k := 5), 'k')` is `5`. */
  readonly unionExtract: SqlFunction;
  /** The name of the member that a UNION holds, as an ENUM of all names. `union_tag('x'::UNION(num INTEGER, str VARCHAR))` is `str`. */
  readonly unionTag: SqlFunction;
  /** A UNION of one member, the named argument: `union_value(k := 1)`. `union_value(k := 1)` is `1`. */
  readonly unionValue: SqlFunction;
  /** The text in upper case. `upper('Hello')` is `HELLO`. */
  readonly upper: SqlFunctionOf<string>;
  /** The text behind URL escapes. `url_decode('a%20b')` is `a b`. */
  readonly urlDecode: SqlFunctionOf<string>;
  /** The text escaped for a URL. `url_encode('a b')` is `a%20b`. */
  readonly urlEncode: SqlFunctionOf<string>;
  /** A random UUID, another for every row. `uuid() IS NOT NULL` is `true`. */
  readonly uuid: SqlFunctionOf<string>;
  /** The moment in a UUID of version 7. `uuid_extract_timestamp('019482e4-1441-7aad-8127-eec637c45a1a'::UUID)` is `2025-01-20 08:46:13.057+00`. */
  readonly uuidExtractTimestamp: SqlFunctionOf<Date>;
  /** The version of a UUID. `uuid_extract_version('019482e4-1441-7aad-8127-eec637c45a1a'::UUID)` is `7`. */
  readonly uuidExtractVersion: SqlFunctionOf<number>;
  /** A UUID that begins with the time, another for every row. `uuid_extract_version(uuidv7())` is `7`. */
  readonly uuidv7: SqlFunctionOf<string>;
  /** The population variance. `SELECT var_pop(x) FROM (VALUES (1), (3), (5)) t(x)` is `2.6666666666666665`. */
  readonly varPop: SqlFunctionOf<number>;
  /** The sample variance; NULL below two values. `SELECT var_samp(x) FROM (VALUES (1), (3), (5)) t(x)` is `4.0`. */
  readonly varSamp: SqlFunctionOf<number>;
  /** The version of the engine. `version()` is `v0.1.0`. */
  readonly version: SqlFunctionOf<string>;
  /** The ISO week of the year. `week(DATE '1995-03-15')` is `11`. */
  readonly week: SqlFunctionOf<bigint>;
  /** The average of the values, each counting as much as its weight. `SELECT weighted_avg(x, w) FROM (VALUES (1, 1), (4, 3)) t(x, w)` is `3.25`. */
  readonly weightedAvg: SqlFunctionOf<number>;
  /** The start of the window of a length, aligned to 1970-01-01 plus an offset, that a timestamp lies in. `window_start(TIMESTAMP '2020-02-02 10:17:23', INTERVAL '10' MINUTE)` is `2020-02-02 10:10:00`. */
  readonly windowStart: SqlFunctionOf<Date>;
  /** Bitwise exclusive OR. `xor(17, 5)` is `20`. */
  readonly xor: SqlFunction;
  /** The year. `year(DATE '1995-03-15')` is `1995`. */
  readonly year: SqlFunctionOf<bigint>;
  /** ISO year and week as one number. `yearweek(DATE '1995-03-15')` is `199511`. */
  readonly yearweek: SqlFunctionOf<bigint>;
};

const NAMES: readonly string[] = [
  "abs",
  "acos",
  "acosh",
  "age",
  "ago",
  "any_value",
  "approx_count_distinct",
  "approx_quantile",
  "approx_top_k",
  "arg_max",
  "arg_max_null",
  "arg_max_nulls_last",
  "arg_min",
  "arg_min_null",
  "arg_min_nulls_last",
  "array_cross_product",
  "array_length",
  "array_to_string",
  "array_value",
  "ascii",
  "asin",
  "asinh",
  "assert_true",
  "atan",
  "atan2",
  "atanh",
  "avg",
  "bar",
  "bin",
  "bit_and",
  "bit_count",
  "bit_length",
  "bit_or",
  "bit_position",
  "bit_xor",
  "bitstring",
  "bitstring_agg",
  "bool_and",
  "bool_or",
  "cardinality",
  "cbrt",
  "ceil",
  "century",
  "chr",
  "combine",
  "combine_aggr",
  "concat",
  "concat_ws",
  "constant_or_null",
  "contains",
  "corr",
  "cos",
  "cosh",
  "cot",
  "count",
  "count_if",
  "covar_pop",
  "covar_samp",
  "cume_dist",
  "current_catalog",
  "current_database",
  "current_date",
  "current_localtime",
  "current_localtimestamp",
  "current_schema",
  "current_schemas",
  "current_timezone",
  "current_user",
  "current_watermark",
  "damerau_levenshtein",
  "date_add",
  "date_diff",
  "date_format",
  "date_part",
  "date_sub",
  "date_trunc",
  "day",
  "dayname",
  "dayofweek",
  "dayofyear",
  "days_in_month",
  "decade",
  "decode",
  "degrees",
  "dense_rank",
  "encode",
  "ends_with",
  "entropy",
  "enum_code",
  "enum_first",
  "enum_last",
  "enum_range",
  "enum_range_boundary",
  "epoch",
  "epoch_ms",
  "epoch_ns",
  "epoch_us",
  "era",
  "error",
  "even",
  "exp",
  "factorial",
  "favg",
  "fdiv",
  "finalize",
  "first",
  "first_value",
  "flatten",
  "floor",
  "fmod",
  "format",
  "format_bytes",
  "formatreadabledecimalsize",
  "from_base64",
  "from_binary",
  "fsum",
  "gamma",
  "gcd",
  "generate_series",
  "geomean",
  "get_bit",
  "glob",
  "greatest",
  "hamming",
  "hash",
  "hex",
  "histogram",
  "histogram_exact",
  "hour",
  "ilike",
  "ilike_escape",
  "is_distinct",
  "is_histogram_other_bin",
  "is_not_distinct",
  "isfinite",
  "isinf",
  "isnan",
  "isodow",
  "isoyear",
  "jaccard",
  "jaro_similarity",
  "jaro_winkler_similarity",
  "json",
  "json_array",
  "json_array_length",
  "json_contains",
  "json_exists",
  "json_extract",
  "json_extract_string",
  "json_group_array",
  "json_group_object",
  "json_keys",
  "json_merge_patch",
  "json_object",
  "json_pretty",
  "json_structure",
  "json_type",
  "json_valid",
  "json_value",
  "julian",
  "kurtosis",
  "kurtosis_pop",
  "lag",
  "last",
  "last_day",
  "last_value",
  "lcm",
  "lead",
  "least",
  "left",
  "left_grapheme",
  "length",
  "length_grapheme",
  "levenshtein",
  "lgamma",
  "like",
  "like_escape",
  "list",
  "list_append",
  "list_concat",
  "list_contains",
  "list_cosine_distance",
  "list_cosine_similarity",
  "list_distance",
  "list_distinct",
  "list_extract",
  "list_grade_up",
  "list_has_all",
  "list_has_any",
  "list_inner_product",
  "list_intersect",
  "list_negative_inner_product",
  "list_pop_back",
  "list_pop_front",
  "list_position",
  "list_prepend",
  "list_resize",
  "list_reverse",
  "list_reverse_sort",
  "list_select",
  "list_slice",
  "list_sort",
  "list_unique",
  "list_value",
  "list_where",
  "list_zip",
  "ln",
  "log",
  "log10",
  "log2",
  "lower",
  "lpad",
  "ltrim",
  "mad",
  "make_date",
  "make_time",
  "make_timestamp",
  "make_timestamp_ms",
  "make_timestamp_ns",
  "make_timestamptz",
  "map",
  "map_concat",
  "map_contains",
  "map_contains_entry",
  "map_contains_value",
  "map_entries",
  "map_extract",
  "map_extract_value",
  "map_from_entries",
  "map_keys",
  "map_values",
  "max",
  "md5",
  "md5_number",
  "md5_number_lower",
  "md5_number_upper",
  "median",
  "microsecond",
  "millennium",
  "millisecond",
  "min",
  "minute",
  "mode",
  "month",
  "monthname",
  "nanosecond",
  "negate",
  "nextafter",
  "nfc_normalize",
  "normalized_interval",
  "not_ilike",
  "not_ilike_escape",
  "not_like",
  "not_like_escape",
  "now",
  "nth_value",
  "ntile",
  "octet_length",
  "overlay",
  "parse_dirname",
  "parse_dirpath",
  "parse_filename",
  "parse_formatted_bytes",
  "parse_path",
  "percent_rank",
  "pg_typeof",
  "pi",
  "position",
  "printf",
  "proctime",
  "product",
  "quantile_cont",
  "quantile_disc",
  "quarter",
  "radians",
  "random",
  "range",
  "rank",
  "regexp_escape",
  "regexp_extract",
  "regexp_extract_all",
  "regexp_full_match",
  "regexp_matches",
  "regexp_replace",
  "regr_avgx",
  "regr_avgy",
  "regr_count",
  "regr_intercept",
  "regr_r2",
  "regr_slope",
  "regr_sxx",
  "regr_sxy",
  "regr_syy",
  "repeat",
  "replace",
  "reverse",
  "right",
  "right_grapheme",
  "round",
  "round_even",
  "row",
  "row_number",
  "rpad",
  "rtrim",
  "second",
  "sem",
  "set_bit",
  "setseed",
  "sha1",
  "sha256",
  "sign",
  "signbit",
  "sin",
  "sinh",
  "skewness",
  "split_index",
  "split_part",
  "sqrt",
  "starts_with",
  "stddev_pop",
  "stddev_samp",
  "strftime",
  "string_agg",
  "string_split",
  "string_split_regex",
  "strip_accents",
  "strlen",
  "strptime",
  "struct_extract",
  "struct_pack",
  "substring",
  "substring_grapheme",
  "sum",
  "tan",
  "tanh",
  "time_attribute",
  "time_bucket",
  "timezone",
  "timezone_hour",
  "timezone_minute",
  "to_aggregate_state",
  "to_base",
  "to_base64",
  "to_centuries",
  "to_days",
  "to_decades",
  "to_hours",
  "to_json",
  "to_microseconds",
  "to_millennia",
  "to_milliseconds",
  "to_minutes",
  "to_months",
  "to_quarters",
  "to_seconds",
  "to_timestamp",
  "to_weeks",
  "to_years",
  "translate",
  "trim",
  "trunc",
  "try_strptime",
  "typeof",
  "unhex",
  "unicode",
  "union_extract",
  "union_tag",
  "union_value",
  "upper",
  "url_decode",
  "url_encode",
  "uuid",
  "uuid_extract_timestamp",
  "uuid_extract_version",
  "uuidv7",
  "var_pop",
  "var_samp",
  "version",
  "week",
  "weighted_avg",
  "window_start",
  "xor",
  "year",
  "yearweek",
];

const camelCase = (name: string): string => name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** `functions.dateTrunc("month", col("d"))`. */
export const functions: Functions = Object.fromEntries(
  NAMES.map((name): [string, SqlFunction] => [camelCase(name), (...args) => fn(name, ...args)]),
) as Functions;
