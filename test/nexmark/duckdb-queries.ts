/** The queries in the SQL of DuckDB, without what streams have and it has not: for the same rows by another engine. */

/** Ten seconds or less from the epoch on: times are to the millisecond. */
const floor = (time: string, seconds: number): string => `time_bucket(INTERVAL ${seconds} SECOND, ${time})`;

const tumble = (table: string): string =>
  `(SELECT *, ${floor('"dateTime"', 10)} AS window_start, ${floor('"dateTime"', 10)} + INTERVAL 10 SECOND AS window_end FROM ${table})`;

const hop = `(SELECT *, ${floor('"dateTime"', 2)} - INTERVAL 2 SECOND * i AS window_start,
    ${floor('"dateTime"', 2)} - INTERVAL 2 SECOND * i + INTERVAL 10 SECOND AS window_end FROM bid, range(5) r(i))`;

const winners = `SELECT A.*, B.auction, B.bidder, B.price, B."dateTime" AS bid_time, B.extra AS bid_extra,
    ROW_NUMBER() OVER (PARTITION BY A.id ORDER BY B.price DESC, B."dateTime") AS rownum
  FROM auction A JOIN bid B ON A.id = B.auction AND B."dateTime" BETWEEN A."dateTime" AND A.expires`;

const levels = (value: string, name: string): string =>
  [
    `count(${value}) AS total_${name}`,
    `count(${value}) FILTER (WHERE price < 10000)`,
    `count(${value}) FILTER (WHERE price BETWEEN 10000 AND 999999)`,
    `count(${value}) FILTER (WHERE price >= 1000000)`,
  ].join(", ");

const statistics = [
  levels("*", "bids"),
  levels("DISTINCT bidder", "bidders"),
  levels("DISTINCT auction", "auctions"),
].join(", ");

const part = (number: number): string => `string_split(url, '/')[${number}]`;

/** q12 has its windows by the clock of the engine. */
export const DUCKDB_QUERIES: Readonly<Record<string, string>> = {
  q0: `SELECT auction, bidder, price, "dateTime", extra FROM bid`,
  q1: `SELECT auction, bidder, (0.908 * price)::DECIMAL(23, 3), "dateTime", extra FROM bid`,
  q2: `SELECT auction, price FROM bid WHERE auction % 123 = 0`,
  q3: `SELECT name, city, state, A.id FROM auction A JOIN person P ON A.seller = P.id
       WHERE category = 10 AND state IN ('OR', 'ID', 'CA')`,
  q4: `SELECT category, avg(price) FROM (${winners}) WHERE rownum = 1 GROUP BY category`,
  q5: `WITH counted AS (SELECT auction, count(*) AS num, window_start FROM ${hop} GROUP BY ALL)
       SELECT auction, num FROM counted QUALIFY num = max(num) OVER (PARTITION BY window_start)`,
  q6: `SELECT seller, avg(price) OVER (PARTITION BY seller ORDER BY bid_time ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)
       FROM (${winners}) WHERE rownum = 1`,
  q7: `SELECT auction, price, bidder, B."dateTime", extra FROM bid B JOIN
         (SELECT max(price) AS most, window_end FROM ${tumble("bid")} GROUP BY ALL) W
       ON price = most AND B."dateTime" BETWEEN window_end - INTERVAL 10 SECOND AND window_end`,
  q8: `SELECT DISTINCT P.id, P.name, P.window_start FROM ${tumble("person")} P
       JOIN ${tumble("auction")} A ON P.id = A.seller AND P.window_start = A.window_start`,
  q9: `SELECT * EXCLUDE (rownum) FROM (${winners}) WHERE rownum = 1`,
  q10: `SELECT auction, bidder, price, "dateTime", extra, strftime("dateTime", '%Y-%m-%d'), strftime("dateTime", '%H:%M')
        FROM bid`,
  q11: `WITH marked AS (
          SELECT bidder, "dateTime" AS t,
            coalesce(t > lag(t) OVER (PARTITION BY bidder ORDER BY t) + INTERVAL 10 SECOND, true) AS begins FROM bid),
        numbered AS (SELECT *, sum(begins::INT) OVER (PARTITION BY bidder ORDER BY t) AS session FROM marked)
        SELECT bidder, count(*), min(t), max(t) + INTERVAL 10 SECOND FROM numbered GROUP BY bidder, session`,
  q13: `SELECT auction, bidder, price, "dateTime", (auction % 10000)::VARCHAR FROM bid`,
  q14: `SELECT auction, bidder, (0.908 * price)::DECIMAL(23, 3),
          CASE WHEN hour("dateTime") BETWEEN 8 AND 18 THEN 'dayTime'
            WHEN hour("dateTime") <= 6 OR hour("dateTime") >= 20 THEN 'nightTime' ELSE 'otherTime' END,
          "dateTime", extra, length(extra) - length(replace(extra, 'c', ''))
        FROM bid WHERE 908 * price > 1000000000 AND 908 * price < 50000000000`,
  q15: `SELECT strftime("dateTime", '%Y-%m-%d') AS day, ${statistics} FROM bid GROUP BY day`,
  q16: `SELECT channel, strftime("dateTime", '%Y-%m-%d') AS day, max(strftime("dateTime", '%H:%M')), ${statistics}
        FROM bid GROUP BY channel, day`,
  q17: `SELECT auction, strftime("dateTime", '%Y-%m-%d') AS day, ${levels("*", "bids")},
          min(price), max(price), avg(price), sum(price) FROM bid GROUP BY auction, day`,
  q18: `SELECT * FROM bid QUALIFY ROW_NUMBER() OVER (PARTITION BY bidder, auction ORDER BY "dateTime" DESC) = 1`,
  q19: `SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC) AS n FROM bid QUALIFY n <= 10`,
  q20: `SELECT auction, bidder, price, channel, url, B."dateTime", B.extra, itemName, description, initialBid, reserve,
          A."dateTime", expires, seller, category, A.extra FROM bid B JOIN auction A ON B.auction = A.id WHERE category = 10`,
  q21: `SELECT auction, bidder, price, channel,
          coalesce(list_position(['apple', 'google', 'facebook', 'baidu'], lower(channel))::INT - 1,
            split_part(url, 'channel_id=', 2)::BIGINT)::VARCHAR
        FROM bid WHERE contains(url, 'channel_id=') OR NOT starts_with(channel, 'channel-')`,
  q22: `SELECT auction, bidder, price, channel, ${part(4)}, ${part(5)}, ${part(6)} FROM bid`,
  q23: `SELECT bidder, price, channel, url, B.extra, P.id, name, emailAddress, creditCard, city, state, P.extra, itemName,
          description, initialBid, reserve, A."dateTime", expires, seller, category, A.extra
        FROM bid B, person P, auction A WHERE P.id = B.bidder AND A.seller = B.bidder`,
};
