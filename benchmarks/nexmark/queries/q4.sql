-- The average closing price of each category: a grouping over a grouping over a join.
CREATE TABLE answer (
  id BIGINT,
  final BIGINT
) WITH ('connector' = 'blackhole');

INSERT INTO answer
SELECT category, AVG(final)
FROM (
  SELECT MAX(b.price) AS final, a.category
  FROM auction AS a, bid AS b
  WHERE a.id = b.auction AND b.`dateTime` BETWEEN a.`dateTime` AND a.expires
  GROUP BY a.id, a.category
)
GROUP BY category;
