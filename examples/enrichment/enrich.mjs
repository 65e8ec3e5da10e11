/**
 * Adds to each visit what a web service knows of its city: asked once for each city, eight questions at a time, each tried three times.
 *
 *     node examples/enrichment/enrich.mjs visits.csv https://api.example.com/cities/ enriched.parquet
 *
 * The service answers `GET <base><city>` with `{ "country": ..., "population": ... }`, or 404.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "headrace";

const [source, base, target] = process.argv.slice(2);
if (target === undefined) {
  console.error("Usage: node enrich.mjs VISITS.csv BASE_URL ENRICHED.parquet");
  process.exit(2);
}

let questions = 0;

async function askCity(city) {
  for (let attempt = 1; ; attempt++) {
    questions++;
    const response = await fetch(new URL(encodeURIComponent(city), base));
    if (response.ok) return response.json();
    if (response.status === 404) return null;
    if (attempt === 3) throw new Error(`${response.status} ${response.statusText}`);
    await sleep(100 * 2 ** attempt);
  }
}

const db = await connect();
try {
  // It reads variables of this program, so it runs on this thread.
  db.createFunction("ask_city", {
    args: ["VARCHAR"],
    returns: "STRUCT(country VARCHAR, population BIGINT)",
    fn: askCity,
    concurrency: 8,
  });
  const visits = db.sql`SELECT * FROM read_csv(${source})`;
  const cities = db.sql`SELECT city, ask_city(city) AS known FROM (SELECT DISTINCT city FROM ${visits})`;
  const enriched = db.sql`
    SELECT visits.*, known.country, known.population
    FROM ${visits} AS visits LEFT JOIN ${cities} AS cities USING (city)
    ORDER BY ALL`;
  const rows = await enriched.write.parquet(target);
  console.log(`${rows} visits, ${questions} questions`);
} finally {
  await db.close();
}
