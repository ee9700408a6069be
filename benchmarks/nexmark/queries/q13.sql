-- Bids with a column of a table in a file.
CREATE TABLE side (key BIGINT, `value` STRING)
WITH ('connector' = 'filesystem', 'path' = 'SIDE-FILE', 'format' = 'csv');

CREATE TABLE answer (
  auction BIGINT,
  bidder BIGINT,
  price BIGINT,
  `dateTime` TIMESTAMP(3),
  `value` STRING
) WITH ('connector' = 'blackhole');

INSERT INTO answer
SELECT b.auction, b.bidder, b.price, b.`dateTime`, s.`value`
FROM (SELECT *, PROCTIME() AS p_time FROM bid) AS b
JOIN side FOR SYSTEM_TIME AS OF b.p_time AS s
ON MOD(b.auction, 10000) = s.key;
