-- Demand in each area, by quarters of an hour, and the surge that follows from it.

CREATE TABLE trips (
  trip_id      BIGINT NOT NULL,
  pickup_area  INT NOT NULL,
  started_at   TIMESTAMP(3) NOT NULL,
  fare         DOUBLE,
  -- A trip may be told up to five minutes after others that started later.
  WATERMARK FOR started_at AS started_at - INTERVAL '5' MINUTE
) WITH (
  'connector' = 'kafka',
  'topic' = 'trips',
  'format' = 'avro-confluent',
  'scan.startup.mode' = 'earliest-offset'
);

CREATE TABLE area_surge (
  pickup_area   INT NOT NULL,
  window_start  TIMESTAMP(3) NOT NULL,
  window_end    TIMESTAMP(3) NOT NULL,
  demand        BIGINT NOT NULL,
  average_fare  DECIMAL(10, 2),
  surge         DECIMAL(4, 2) NOT NULL,
  PRIMARY KEY (pickup_area, window_start) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'area_surge',
  'key.format' = 'json',
  'value.format' = 'avro-confluent'
);

-- From the fourth trip in a quarter of an hour on, each adds a tenth, up to three times the fare.
-- Fares are added up as decimals: the order in which they come changes nothing.
INSERT INTO area_surge
SELECT
  pickup_area,
  window_start,
  window_end,
  COUNT(*) AS demand,
  CAST(AVG(CAST(fare AS DECIMAL(10, 2))) AS DECIMAL(10, 2)) AS average_fare,
  CAST(LEAST(3.0, GREATEST(1.0, 1.0 + (COUNT(*) - 3) * 0.1)) AS DECIMAL(4, 2)) AS surge
FROM TABLE(TUMBLE(TABLE trips, DESCRIPTOR(started_at), INTERVAL '15' MINUTE))
GROUP BY pickup_area, window_start, window_end;
