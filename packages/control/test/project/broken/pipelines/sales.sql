CREATE TABLE orders (order_id BIGINT, item STRING)
WITH ('connector' = 'kafka', 'topic' = 'orders', 'format' = 'avro-confluent');

CREATE TABLE sales (item STRING)
WITH ('connector' = 'kafka', 'topic' = 'sales', 'format' = 'json');

INSERT INTO sales SELECT itme FROM orders;
