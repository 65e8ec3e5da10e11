/**
 * The words that the grammar knows, by what else they may name. A word is reserved only where PostgreSQL or DuckDB
 * reserves it; a word that is not listed here is a plain identifier.
 */

/** May name nothing, unless quoted, after a dot or as an alias after AS. */
const RESERVED =
  "ALL ANALYZE AND ANY ARRAY AS ASC ASYMMETRIC BOTH CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE DEFAULT DESC DESCRIBE DISTINCT DO ELSE END EXCEPT FALSE FETCH FOR FOREIGN FROM GROUP HAVING IN INTERSECT INTO LAMBDA LATERAL LEADING LIMIT NOT NULL OFFSET ON OR ORDER PIVOT PLACING PRIMARY QUALIFY REFERENCES RETURNING SELECT SHOW SOME SUMMARIZE SYMMETRIC TABLE THEN TO TRAILING TRUE UNION UNIQUE UNPIVOT USING WHEN WHERE WINDOW WITH";

/** May name tables and columns, not functions: they have a call syntax of their own. */
const COLUMN_ONLY = "BETWEEN COLUMNS EXISTS EXTRACT INTERVAL OVERLAY POSITION ROW SUBSTRING TRIM VALUES";

/** May name functions and types, not tables and columns: they continue a table or an operand. */
const FUNCTION_ONLY =
  "ANTI ASOF CROSS FULL GENERATED GLOB ILIKE INNER IS ISNULL JOIN LEFT LIKE NATURAL NOTNULL OUTER POSITIONAL RIGHT SEMI SIMILAR TABLESAMPLE TRY_CAST";

/** May name anything. */
const UNRESERVED =
  "ABORT ACTION ADD ALTER ALWAYS APPROX ATTACH BEGIN BY CALL CASCADE CHARACTER CHECKPOINT COMMENT COMMIT CONFLICT COPY CUBE CURRENT CURRENT_CATALOG CURRENT_DATE CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CYCLE DATA DATABASE DEALLOCATE DELETE DETACH DISTANCE DOUBLE DROP ENUM EXACT EXCLUDE EXECUTE EXPLAIN EXPORT_STATE FIRST FOLLOWING FUNCTION GLOBAL GROUPING GROUPS IF INCLUDE INCREMENT INDEX INSERT KEY LAST LOCAL LOCALTIME LOCALTIMESTAMP MACRO MAP MATERIALIZED MAXVALUE MINVALUE NAME NEAREST NEXT NO NOTHING ONLY ORDINALITY OTHERS PARTITION PERCENT PRAGMA PRECEDING PRECISION PREPARE RANGE RECURSIVE RENAME REPEATABLE REPLACE RESET RESTRICT ROLLBACK ROLLUP ROWS SAMPLE SCHEMA SEQUENCE SESSION SET SETS SIMILARITY START STORED STRUCT TEMP TEMPORARY TIES TIME TIMESTAMP TRANSACTION TRUNCATE TYPE UNBOUNDED UNKNOWN UPDATE USE VACUUM VALUE VARIABLE VARYING VIEW VIRTUAL WATERMARK WITHOUT WORK ZONE";

/** May name anything, but cannot be an alias without AS: they continue an expression or a clause. */
const NOT_BARE_LABEL = "AT ESCAPE FILTER IGNORE NULLS OVER RESPECT WITHIN";

type Words<Text extends string, Found = never> = Text extends `${infer Head} ${infer Tail}`
  ? Words<Tail, Found | Head>
  : Found | Text;

/** Upper case. */
export type Keyword =
  | Words<typeof RESERVED>
  | Words<typeof COLUMN_ONLY>
  | Words<typeof FUNCTION_ONLY>
  | Words<typeof UNRESERVED>
  | Words<typeof NOT_BARE_LABEL>;

/** Bits of a keyword's class: where it may stand as a name. A reserved word has none. */
export const COLUMN_NAME = 1;
export const FUNCTION_NAME = 2;
/** A column alias without AS. */
export const BARE_LABEL = 4;

/** From keyword to its class bits. */
export const KEYWORDS: ReadonlyMap<Keyword, number> = classify();

function classify(): Map<Keyword, number> {
  const classes = new Map<Keyword, number>();
  const add = (words: string, bits: number): void => {
    for (const word of words.split(" ")) classes.set(word as Keyword, bits);
  };
  add(RESERVED, 0);
  add(COLUMN_ONLY, COLUMN_NAME | BARE_LABEL);
  add(FUNCTION_ONLY, FUNCTION_NAME);
  add(UNRESERVED, COLUMN_NAME | FUNCTION_NAME | BARE_LABEL);
  add(NOT_BARE_LABEL, COLUMN_NAME | FUNCTION_NAME);
  return classes;
}
