import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Producers, their transactions, and reading a topic without a group. */
final class Records {
  private Records() {}

  static final Map<String, KafkaProducer<byte[], byte[]>> producers = new ConcurrentHashMap<>();

  static void addTo(Map<String, Driver.Verb> verbs, String bootstrap) {
    verbs.put("producer", line -> {
      producers.put(nameIn(line), opened(bootstrap, line));
      return null;
    });
    verbs.put("send", line -> {
      List<Future<?>> acknowledged = new ArrayList<>();
      String topic = line.get("topic").asText();
      for (JsonNode record : line.get("records")) {
        acknowledged.add(producers.get(nameIn(line)).send(toWrite(topic, record)));
      }
      for (Future<?> each : acknowledged) each.get();
      return null;
    });
    verbs.put("begin", line -> {
      producers.get(nameIn(line)).beginTransaction();
      return null;
    });
    verbs.put("commit", line -> {
      producers.get(nameIn(line)).commitTransaction();
      return null;
    });
    verbs.put("abort", line -> {
      producers.get(nameIn(line)).abortTransaction();
      return null;
    });
    verbs.put("read", line -> read(bootstrap, line));
  }

  private static String nameIn(JsonNode line) {
    return line.get("producer").asText();
  }

  static KafkaProducer<byte[], byte[]> opened(String bootstrap, JsonNode line) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("compression.type", Driver.text(line, "compression", "none"));
    config.put("linger.ms", 5);
    config.put("enable.metrics.push", false);
    // The broker is to judge what is too large.
    config.put("max.request.size", 64 << 20);
    config.put("buffer.memory", 64 << 20);
    String transactionalId = Driver.text(line, "transactionalId", null);
    if (transactionalId != null) config.put("transactional.id", transactionalId);
    else config.put("enable.idempotence", line.path("idempotent").asBoolean());
    var serializer = new ByteArraySerializer();
    var producer = new KafkaProducer<>(config, serializer, serializer);
    if (transactionalId != null) producer.initTransactions();
    return producer;
  }

  /** A configuration of what all consumers here have in common. */
  static Map<String, Object> readerConfig(String bootstrap) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("key.deserializer", ByteArrayDeserializer.class);
    config.put("value.deserializer", ByteArrayDeserializer.class);
    config.put("auto.offset.reset", "earliest");
    config.put("enable.auto.commit", false);
    config.put("enable.metrics.push", false);
    config.put("fetch.max.wait.ms", 100);
    return config;
  }

  private static Object read(String bootstrap, JsonNode line) {
    Map<String, Object> config = readerConfig(bootstrap);
    boolean committed = line.get("committed").asBoolean();
    config.put("isolation.level", committed ? "read_committed" : "read_uncommitted");
    List<Object> read = new ArrayList<>();
    try (var consumer = new KafkaConsumer<byte[], byte[]>(config)) {
      String topic = line.get("topic").asText();
      consumer.assign(consumer.partitionsFor(topic).stream()
          .map(each -> new TopicPartition(topic, each.partition())).toList());
      while (read.size() < line.get("count").asInt()) {
        consumer.poll(Duration.ofMillis(200)).forEach(record -> read.add(wasRead(record)));
      }
    }
    return read;
  }

  private static ProducerRecord<byte[], byte[]> toWrite(String topic, JsonNode record) {
    List<Header> headers = new ArrayList<>();
    for (JsonNode header : record.get("headers")) {
      headers.add(new RecordHeader(header.get(0).asText(), bytesOf(header.get(1))));
    }
    return new ProducerRecord<>(topic, record.get("partition").asInt(),
        record.get("timestamp").asLong(), bytesOf(record.get("key")), bytesOf(record.get("value")),
        headers);
  }

  static Map<String, Object> wasRead(ConsumerRecord<byte[], byte[]> record) {
    List<Object> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      List<String> pair = new ArrayList<>();
      pair.add(header.key());
      pair.add(textOf(header.value()));
      headers.add(pair);
    }
    Map<String, Object> read = new HashMap<>();
    read.put("partition", record.partition());
    read.put("offset", record.offset());
    read.put("timestamp", record.timestamp());
    read.put("key", textOf(record.key()));
    read.put("value", textOf(record.value()));
    read.put("headers", headers);
    return read;
  }

  private static byte[] bytesOf(JsonNode text) {
    return text.isNull() ? null : text.asText().getBytes(StandardCharsets.UTF_8);
  }

  private static String textOf(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }
}
