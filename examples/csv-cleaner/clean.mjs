/**
 * Cleans a CSV file of customers: trims, unifies, converts, drops duplicates, and sets aside the rows that make no sense.
 *
 *     node examples/csv-cleaner/clean.mjs messy.csv clean.parquet rejected.csv
 */
import { connect } from "headrace";

const [source, clean, rejected] = process.argv.slice(2);
if (rejected === undefined) {
  console.error("Usage: node clean.mjs SOURCE.csv CLEAN.parquet REJECTED.csv");
  process.exit(2);
}

/** A telephone number with its country, or null. It closes over nothing, so that it runs in the workers. */
function phoneNumber(text) {
  const digits = text.replace(/[^\d+]/g, "").replace(/^00/, "+");
  return /^\+\d{8,15}$/.test(digits) ? digits : null;
}

const db = await connect();
try {
  db.createFunction("phone_number", { args: ["VARCHAR"], returns: "VARCHAR", fn: phoneNumber });
  await db.execute("CREATE MACRO blank_to_null(text) AS nullif(trim(text), '')");

  // Everything as text first: no value is lost to a guess of its type.
  const raw = db.sql`SELECT * FROM read_csv(${source}, all_varchar = true)`;
  const parsed = db.sql`
    SELECT
      try_cast(trim(id) AS BIGINT) AS id,
      blank_to_null(regexp_replace(name, '\\s+', ' ', 'g')) AS name,
      lower(blank_to_null(email)) AS email,
      phone_number(phone) AS phone,
      coalesce(try_cast(trim(born) AS DATE), try_cast(try_strptime(trim(born), '%d.%m.%Y') AS DATE)) AS born,
      try_cast(replace(trim(balance), ',', '') AS DECIMAL(12, 2)) AS balance,
      raw
    FROM ${raw} AS raw`;
  const judged = db.sql`
    SELECT *, CASE
      WHEN id IS NULL THEN 'id is no number'
      WHEN email IS NULL OR email NOT LIKE '%_@_%.__%' THEN 'no email address'
      WHEN born > current_date THEN 'born in the future'
    END AS problem
    FROM ${parsed}`;
  // The last row of each id counts.
  const good = db.sql`
    SELECT * EXCLUDE (raw, problem) FROM ${judged} WHERE problem IS NULL
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY born DESC NULLS LAST) = 1
    ORDER BY id`;

  const kept = await good.write.parquet(clean);
  const refused = await db.sql`SELECT problem, raw.* FROM ${judged} WHERE problem IS NOT NULL`.write.csv(rejected);
  console.log(`${kept} rows kept, ${refused} rejected, ${(await raw.count()) - kept - refused} duplicates`);
} finally {
  await db.close();
}
