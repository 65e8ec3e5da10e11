-- Add channel id: from the channel, or else from the address. Without a match REGEXP_EXTRACT gives an empty text, where Flink has NULL.
CREATE TABLE nexmark_q21 (
    auction  BIGINT,
    bidder  BIGINT,
    price  BIGINT,
    channel  VARCHAR,
    channel_id  VARCHAR
) WITH (
    'connector' = 'blackhole'
);

INSERT INTO nexmark_q21
SELECT
    auction, bidder, price, channel,
    CASE
        WHEN lower(channel) = 'apple' THEN '0'
        WHEN lower(channel) = 'google' THEN '1'
        WHEN lower(channel) = 'facebook' THEN '2'
        WHEN lower(channel) = 'baidu' THEN '3'
        ELSE REGEXP_EXTRACT(url, '(&|^)channel_id=([^&]*)', 2)
        END
    AS channel_id FROM bid
    where NULLIF(REGEXP_EXTRACT(url, '(&|^)channel_id=([^&]*)', 2), '') is not null or
          lower(channel) in ('apple', 'google', 'facebook', 'baidu');
