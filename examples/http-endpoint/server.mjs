/**
 * An HTTP endpoint that answers from a Parquet file.
 *
 *     node examples/http-endpoint/server.mjs orders.parquet [port]
 *     curl 'localhost:8080/orders?clerk=Clerk%23000000001&limit=10'      the rows, as NDJSON
 *     curl 'localhost:8080/orders/by-priority?from=1995-01-01'           totals
 */
import { createServer } from "node:http";
import { once } from "node:events";
import { col, connect, count, HeadraceError, lit, sum } from "headrace";

const [file, port = "8080"] = process.argv.slice(2);
if (file === undefined) {
  console.error("Usage: node server.mjs FILE.parquet [PORT]");
  process.exit(2);
}

const db = await connect({ decimal: "number", bigint: "number" });
const orders = db.table(file);

const server = createServer((request, response) => void answer(request, response));

async function answer(request, response) {
  const url = new URL(request.url, "http://localhost");
  // A client that leaves ends its query.
  const leaving = new AbortController();
  response.on("close", () => leaving.abort());
  try {
    if (url.pathname === "/orders") await sendRows(ordersOf(url.searchParams), response, leaving.signal);
    else if (url.pathname === "/orders/by-priority") {
      const rows = await totals(url.searchParams.get("from") ?? "1900-01-01").collect({ signal: leaving.signal });
      response.setHeader("content-type", "application/json").end(JSON.stringify(rows));
    } else response.writeHead(404).end("there are /orders and /orders/by-priority\n");
  } catch (error) {
    if (leaving.signal.aborted) return;
    const status = error instanceof HeadraceError && error.code !== "internal" ? 400 : 500;
    response.writeHead(status, { "content-type": "text/plain" }).end(`${error.message}\n`);
  }
}

/** What the client sends is a value, never SQL. */
function ordersOf(parameters) {
  const clerk = parameters.get("clerk");
  const rows = clerk === null ? orders : orders.filter(col("o_clerk").eq(clerk));
  return rows
    .select("o_orderkey", "o_orderdate", "o_totalprice")
    .sort("o_orderkey")
    .limit(Number(parameters.get("limit") ?? 100));
}

function totals(from) {
  return orders
    .filter(col("o_orderdate").ge(lit(from).cast("DATE")))
    .groupBy("o_orderpriority")
    .agg({ orders: count(), total: sum("o_totalprice") })
    .sort("o_orderpriority");
}

/** One line for each row, made by the engine, and no faster than the client reads. */
async function sendRows(rows, response, signal) {
  const lines = db.sql`SELECT to_json(r) AS line FROM ${rows} AS r`;
  for await (const batch of lines.batches({ signal })) {
    if (!response.headersSent) response.setHeader("content-type", "application/x-ndjson");
    const text = [...batch.getChild("line")].join("\n");
    if (!response.write(`${text}\n`)) await once(response, "drain", { signal });
  }
  response.end();
}

server.listen(Number(port), () => console.log(`listening on ${server.address().port}`));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void stop());

async function stop() {
  server.close();
  server.closeAllConnections();
  await db.close();
}
