/** Jobs whose output is the same however often they are killed. */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type RecoveryJob = {
  readonly name: string;
  /** Makes the tables; the files of `result` lie in `files` in the folder. What they read may be put there as well. */
  readonly statements: (folder: string) => readonly string[];
  readonly select: string;
  /** (key, value) of what is selected is merged into a result for each key, see `program.mjs`. */
  readonly merges?: true;
  /** Functions of the program take the changes; there is no table `result`. */
  readonly calls?: true;
  /** Another query, whose job was stopped half way: the job begins from its savepoint. `columns`: of its table. */
  readonly before?: { readonly select: string; readonly columns: string };
  /** Lets what the job reads grow a bit each time it is called. */
  readonly feed?: (folder: string) => () => void;
  /** Epochs end after so many rows: they are the same in every run. Undefined: they take what there is. */
  readonly epochRows: number | undefined;
};

const ROWS = 40_000;

const BID = (options: string): string => `
  CREATE TABLE bid (id BIGINT, auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, ts TIMESTAMP(3),
    WATERMARK FOR ts AS ts - INTERVAL '4' SECOND)
  WITH ('connector' = 'datagen', 'number-of-rows' = '${ROWS}', 'partitions' = '3', 'seed' = '11',
    'fields.id.kind' = 'sequence', 'fields.auction.min' = '0', 'fields.auction.max' = '60',
    'fields.bidder.min' = '0', 'fields.bidder.max' = '500', 'fields.price.min' = '1', 'fields.price.max' = '10000',
    'fields.channel.length' = '2'${options})`;

const AUCTION = `
  CREATE TABLE auction (id BIGINT, seller VARCHAR, reserve BIGINT)
  WITH ('connector' = 'datagen', 'number-of-rows' = '${ROWS / 4}', 'partitions' = '2', 'seed' = '5',
    'fields.id.min' = '0', 'fields.id.max' = '4000', 'fields.reserve.min' = '1', 'fields.reserve.max' = '10000',
    'fields.seller.length' = '12')`;

const NEXMARK = (table: string, columns: string): string => `
  CREATE TABLE ${table} (${columns}, WATERMARK FOR dateTime AS dateTime - INTERVAL '1' SECOND)
  WITH ('connector' = 'nexmark', 'table' = '${table}', 'events.num' = '${ROWS}', 'first-event.rate' = '1000',
    'partitions' = '2', 'out-of-order' = '100', 'seed' = '4')`;

const SALE = (folder: string, options: string): string => `
  CREATE TABLE sale (id BIGINT, city VARCHAR, amount DECIMAL(10, 2))
  WITH ('connector' = 'filesystem', 'path' = '${join(folder, "sales")}', 'format' = 'csv'${options})`;
const BY_CITY = "city VARCHAR, n BIGINT, total DECIMAL(38, 2), last BIGINT";

const result = (columns: string, folder: string): string => `
  CREATE TABLE result (${columns})
  WITH ('connector' = 'filesystem', 'path' = '${join(folder, "files")}', 'format' = 'ndjson', 'changelog' = 'retract')`;

export const JOBS: readonly RecoveryJob[] = [
  {
    name: "filter",
    statements: (folder) => [BID(""), result("id BIGINT, price BIGINT, channel VARCHAR", folder)],
    select: "SELECT id, price * 2, upper(channel) FROM bid WHERE auction % 3 = 0",
    epochRows: 400,
  },
  {
    name: "groups",
    statements: (folder) => [
      BID(""),
      result("auction BIGINT, n BIGINT, highest BIGINT, total HUGEINT, bidders BIGINT, channel VARCHAR", folder),
    ],
    select: `SELECT auction, count(*), max(price), sum(price), count(DISTINCT bidder), min(channel) FROM bid GROUP BY auction`,
    epochRows: 400,
  },
  {
    name: "join",
    statements: (folder) => [BID(""), AUCTION, result("id BIGINT, seller VARCHAR, above BIGINT", folder)],
    select: `SELECT bid.id, seller, price - reserve FROM bid LEFT JOIN auction ON bid.id % 4001 = auction.id AND price > reserve`,
    epochRows: 400,
  },
  {
    name: "windows",
    statements: (folder) => [
      BID(""),
      result("window_start TIMESTAMP(3), auction BIGINT, n BIGINT, best BIGINT", folder),
    ],
    select: `
      SELECT window_start, auction, count(*), max(price)
      FROM TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' SECOND)
      GROUP BY window_start, window_end, auction
      EMIT FINAL`,
    epochRows: 400,
  },
  {
    name: "sessions",
    statements: (folder) => [
      NEXMARK("bid", "auction BIGINT, bidder BIGINT, price BIGINT, dateTime TIMESTAMP(3)"),
      result("bidder BIGINT, first TIMESTAMP(3), n BIGINT, spent HUGEINT", folder),
    ],
    select: `
      SELECT bidder, window_start, count(*), sum(price)
      FROM SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(dateTime), INTERVAL '3' SECOND)
      GROUP BY window_start, window_end, bidder
      EMIT FINAL`,
    epochRows: 500,
  },
  {
    name: "interval join",
    statements: (folder) => [
      NEXMARK("bid", "auction BIGINT, bidder BIGINT, price BIGINT, dateTime TIMESTAMP(3)"),
      NEXMARK("auction", "id BIGINT, itemName VARCHAR, reserve BIGINT, dateTime TIMESTAMP(3)"),
      result("id BIGINT, item VARCHAR, price BIGINT, at TIMESTAMP(3)", folder),
    ],
    select: `
      SELECT auction.id, itemName, price, bid.dateTime
      FROM auction JOIN bid ON auction.id = bid.auction
        AND bid.dateTime BETWEEN auction.dateTime AND auction.dateTime + INTERVAL '10' SECOND`,
    epochRows: 500,
  },
  {
    name: "map-reduce-merge",
    statements: (folder) => [BID(""), result("key VARCHAR, result VARCHAR", folder)],
    select: "SELECT channel AS key, price AS value FROM bid",
    merges: true,
    epochRows: 400,
  },
  {
    name: "to functions",
    statements: () => [BID("")],
    select: "SELECT auction, count(*) AS n, max(price) AS highest, min(channel) AS channel FROM bid GROUP BY auction",
    calls: true,
    epochRows: 400,
  },
  {
    name: "another query before",
    statements: (folder) => [BID(""), result("part BIGINT, n HUGEINT, most HUGEINT", folder)],
    before: {
      select: "SELECT auction, count(*), sum(price) FROM bid GROUP BY auction",
      columns: "auction BIGINT, n BIGINT, total HUGEINT",
    },
    select: `
      SELECT auction % 20, sum(n), max(total)
      FROM (SELECT auction, count(*) AS n, sum(price) AS total FROM bid GROUP BY auction)
      GROUP BY 1`,
    epochRows: 400,
  },
  {
    name: "from files",
    statements: (folder) => {
      writeSales(join(folder, "sales"));
      return [SALE(folder, ", 'scan.bounded' = 'true'"), result(BY_CITY, folder)];
    },
    select: "SELECT city, count(*), sum(amount), max(id) FROM sale GROUP BY city",
    epochRows: 400,
  },
  {
    name: "from files that grow",
    statements: (folder) => [SALE(folder, ", 'scan.monitor-interval' = '20 ms'"), result(BY_CITY, folder)],
    feed: (folder) => growingSales(join(folder, "sales")),
    select: "SELECT city, count(*), sum(amount), max(id) FROM sale GROUP BY city",
    epochRows: undefined,
  },
  {
    name: "top, by time",
    statements: (folder) => [
      BID(", 'rows-per-second' = '20000'"),
      result("auction BIGINT, rank BIGINT, bidder BIGINT, price BIGINT", folder),
    ],
    select: `
      SELECT auction, rank, bidder, price
      FROM (SELECT *, row_number() OVER (PARTITION BY auction ORDER BY price DESC, id) AS rank FROM bid)
      WHERE rank <= 3`,
    epochRows: undefined,
  },
];

const SALE_FILES = 4;

function salesText(file: number): string {
  const lines = Array.from({ length: ROWS / 8 }, (_, i) => {
    const id = file * ROWS + i;
    return `${id},"city ${(id * 7919) % 101}",${((id * 31) % 9973) / 100}\n`;
  });
  return `id,city,amount\n${lines.join("")}`;
}

/** Files that are there from the beginning, always the same. */
function writeSales(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (let file = 0; file < SALE_FILES; file++) writeFileSync(join(folder, `${file}.csv`), salesText(file));
}

/** Bytes by which a file grows: some records come in two pieces. */
const PIECE = 1234;

/** The same files, one after the other, but for the first two, which grow by turns; then the mark that nothing follows. */
function growingSales(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const texts = Array.from({ length: SALE_FILES }, (_, file) => salesText(file));
  const pieces = texts.map((text, file) =>
    Array.from({ length: Math.ceil(text.length / PIECE) }, (_, i) => ({
      file,
      order: i,
      text: text.slice(i * PIECE, (i + 1) * PIECE),
    })),
  );
  const [first = [], second = [], ...others] = pieces;
  const queue = [...[...first, ...second].sort((a, b) => a.order - b.order), ...others.flat()];
  return () => {
    const piece = queue.shift();
    if (piece === undefined) writeFileSync(join(folder, "_SUCCESS"), "");
    else appendFileSync(join(folder, `${piece.file}.csv`), piece.text);
  };
}
