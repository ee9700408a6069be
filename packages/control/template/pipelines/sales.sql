-- What sells, minute by minute. This is Flink SQL: it runs unchanged on a Flink cluster.

CREATE TABLE orders (
  order_id    BIGINT NOT NULL,
  item        STRING NOT NULL,
  price       DOUBLE NOT NULL,
  ordered_at  TIMESTAMP(3) NOT NULL,
  -- A minute is closed when an order comes that is ten seconds past its end.
  WATERMARK FOR ordered_at AS ordered_at - INTERVAL '10' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders',
  'format' = 'avro-confluent',
  'scan.startup.mode' = 'earliest-offset',
  -- A partition of the topic that has had no order for so long holds no minute open.
  'scan.watermark.idle-timeout' = '5 s'
);

CREATE TABLE sales (
  item          STRING NOT NULL,
  window_start  TIMESTAMP(3) NOT NULL,
  window_end    TIMESTAMP(3) NOT NULL,
  orders        BIGINT NOT NULL,
  revenue       DECIMAL(12, 2) NOT NULL,
  PRIMARY KEY (item, window_start) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'sales',
  'key.format' = 'json',
  'value.format' = 'avro-confluent'
);

INSERT INTO sales
SELECT
  item,
  window_start,
  window_end,
  COUNT(*) AS orders,
  CAST(SUM(CAST(price AS DECIMAL(10, 2))) AS DECIMAL(12, 2)) AS revenue
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(ordered_at), INTERVAL '1' MINUTE))
GROUP BY item, window_start, window_end;
