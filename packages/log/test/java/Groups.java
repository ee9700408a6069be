import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;

/** Members of groups: those that read, and those that copy within transactions. */
final class Groups {
  private Groups() {}

  private static final Map<String, Member> members = new ConcurrentHashMap<>();

  static void addTo(Map<String, Driver.Verb> verbs, String bootstrap) {
    verbs.put("join", line -> start(new Member(bootstrap, line, null)));
    verbs.put("copy", line -> start(new Member(bootstrap, line, Records.opened(bootstrap, line))));
    verbs.put("leave", line -> {
      Member member = members.remove(line.get("member").asText());
      member.isLeaving = true;
      member.join();
      return null;
    });
  }

  private static Object start(Member member) {
    members.put(member.name, member);
    member.start();
    return null;
  }

  /** A consumer belongs to one thread; this is it. */
  private static final class Member extends Thread implements ConsumerRebalanceListener {
    final String name;
    private final JsonNode line;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final KafkaProducer<byte[], byte[]> producer;
    private final TreeSet<Integer> owned = new TreeSet<>();
    private int transactions = 0;
    volatile boolean isLeaving = false;

    Member(String bootstrap, JsonNode line, KafkaProducer<byte[], byte[]> producer) {
      this.name = line.get("member").asText();
      this.line = line;
      this.producer = producer;
      Map<String, Object> config = Records.readerConfig(bootstrap);
      config.put("group.id", line.get("group").asText());
      config.put("isolation.level", "read_committed");
      config.put("max.poll.records", 20);
      String protocol = Driver.text(line, "protocol", "classic");
      config.put("group.protocol", protocol);
      if (protocol.equals("classic")) {
        config.put("session.timeout.ms", line.get("sessionTimeoutMs").asInt());
        config.put("heartbeat.interval.ms", 100);
        boolean isCooperative = Driver.text(line, "assignor", "range").equals("cooperative-sticky");
        config.put("partition.assignment.strategy",
            List.of(isCooperative ? CooperativeStickyAssignor.class : RangeAssignor.class));
      }
      String instanceId = Driver.text(line, "instanceId", null);
      if (instanceId != null) config.put("group.instance.id", instanceId);
      this.consumer = new KafkaConsumer<>(config);
    }

    @Override
    public void run() {
      try (consumer) {
        consumer.subscribe(List.of(line.get("topic").asText()), this);
        while (!isLeaving) {
          ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
          if (records.isEmpty()) continue;
          if (producer != null) copy(records);
          else commit(records);
        }
        if (producer != null) producer.close();
      } catch (Throwable error) {
        error.printStackTrace();
      }
    }

    private void commit(ConsumerRecords<byte[], byte[]> records) {
      tell(records);
      try {
        consumer.commitSync();
      } catch (CommitFailedException | RebalanceInProgressException refused) {
        // Read again by whoever has the partition then.
      }
    }

    /** Every so many transactions end with an abort, and what they did is done again. */
    private void copy(ConsumerRecords<byte[], byte[]> records) {
      producer.beginTransaction();
      try {
        for (ConsumerRecord<byte[], byte[]> each : records) {
          String to = line.get("to").asText();
          producer.send(new ProducerRecord<>(to, each.partition(), each.key(), each.value()));
        }
        producer.sendOffsetsToTransaction(records.nextOffsets(), consumer.groupMetadata());
        if (++transactions % line.get("abortEvery").asInt() == 0) {
          producer.abortTransaction();
          rewind();
        } else {
          producer.commitTransaction();
          tell(records);
        }
      } catch (CommitFailedException | RetriableException refused) {
        producer.abortTransaction();
        rewind();
      }
    }

    private void rewind() {
      Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(consumer.assignment());
      committed.forEach((partition, offset) -> {
        if (offset == null) consumer.seekToBeginning(List.of(partition));
        else consumer.seek(partition, offset);
      });
    }

    private void tell(ConsumerRecords<byte[], byte[]> records) {
      List<Object> read = new ArrayList<>();
      records.forEach(record -> read.add(Records.wasRead(record)));
      Driver.tell(Map.of("event", "records", "member", name, "records", read));
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      for (TopicPartition each : partitions) owned.add(each.partition());
      tellOwned();
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      for (TopicPartition each : partitions) owned.remove(each.partition());
      tellOwned();
    }

    private void tellOwned() {
      Driver.tell(Map.of("event", "assigned", "member", name, "partitions", owned));
    }
  }
}
