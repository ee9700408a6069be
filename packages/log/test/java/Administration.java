import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** Topics, settings, offsets and groups. */
final class Administration {
  private final Admin admin;

  private Administration(Admin admin) {
    this.admin = admin;
  }

  static void addTo(Map<String, Driver.Verb> verbs, String bootstrap) {
    Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "enable.metrics.push", false));
    var administration = new Administration(admin);
    verbs.put("createTopic", administration::createTopic);
    verbs.put("topics", line -> admin.listTopics().names().get());
    verbs.put("partitions", administration::partitions);
    verbs.put("createPartitions", administration::createPartitions);
    verbs.put("deleteTopic", line -> admin.deleteTopics(List.of(topicIn(line))).all().get());
    verbs.put("configs", administration::configs);
    verbs.put("alterConfigs", administration::alterConfigs);
    verbs.put("offsets", administration::offsets);
    verbs.put("deleteRecords", administration::deleteRecords);
    verbs.put("cluster", administration::cluster);
    verbs.put("groups", line -> admin.listGroups().all().get().stream()
        .map(GroupListing::groupId).toList());
    verbs.put("describeGroup", administration::describeGroup);
    verbs.put("groupOffsets", administration::groupOffsets);
    verbs.put("setGroupOffset", administration::setGroupOffset);
    verbs.put("deleteGroupOffset", line -> admin
        .deleteConsumerGroupOffsets(groupIn(line), Set.of(partitionIn(line))).all().get());
    verbs.put("deleteGroup", line -> admin
        .deleteConsumerGroups(List.of(groupIn(line))).all().get());
  }

  private static String topicIn(JsonNode line) {
    return line.get("topic").asText();
  }

  private static String groupIn(JsonNode line) {
    return line.get("group").asText();
  }

  private static TopicPartition partitionIn(JsonNode line) {
    return new TopicPartition(topicIn(line), line.get("partition").asInt());
  }

  private static ConfigResource resourceIn(JsonNode line) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topicIn(line));
  }

  private Object createTopic(JsonNode line) throws Exception {
    Optional<Integer> partitions = Optional.of(line.get("partitions").asInt());
    Map<String, String> configs = new HashMap<>();
    line.path("configs").properties()
        .forEach(each -> configs.put(each.getKey(), each.getValue().asText()));
    var topic = new NewTopic(topicIn(line), partitions, Optional.empty()).configs(configs);
    return admin.createTopics(List.of(topic)).all().get();
  }

  private Object partitions(JsonNode line) throws Exception {
    String topic = topicIn(line);
    TopicDescription described = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    return described.partitions().size();
  }

  private Object createPartitions(JsonNode line) throws Exception {
    var wanted = NewPartitions.increaseTo(line.get("count").asInt());
    return admin.createPartitions(Map.of(topicIn(line), wanted)).all().get();
  }

  private Object configs(JsonNode line) throws Exception {
    ConfigResource resource = resourceIn(line);
    Collection<ConfigEntry> entries =
        admin.describeConfigs(List.of(resource)).all().get().get(resource).entries();
    Map<String, String> values = new HashMap<>();
    for (ConfigEntry entry : entries) values.put(entry.name(), entry.value());
    return values;
  }

  private Object alterConfigs(JsonNode line) throws Exception {
    List<AlterConfigOp> changes = new ArrayList<>();
    line.get("set").properties().forEach(each -> changes.add(new AlterConfigOp(
        new ConfigEntry(each.getKey(), each.getValue().asText()), AlterConfigOp.OpType.SET)));
    return admin.incrementalAlterConfigs(Map.of(resourceIn(line), changes)).all().get();
  }

  /** By partition: the first offset, the next one, or the first at or after a time. */
  private Object offsets(JsonNode line) throws Exception {
    OffsetSpec at = switch (line.get("at").asText()) {
      case "earliest" -> OffsetSpec.earliest();
      case "latest" -> OffsetSpec.latest();
      default -> OffsetSpec.forTimestamp(line.get("at").asLong());
    };
    int count = (int) partitions(line);
    List<Long> offsets = new ArrayList<>();
    for (int partition = 0; partition < count; partition++) {
      var of = new TopicPartition(topicIn(line), partition);
      offsets.add(admin.listOffsets(Map.of(of, at)).partitionResult(of).get().offset());
    }
    return offsets;
  }

  private Object deleteRecords(JsonNode line) throws Exception {
    var before = RecordsToDelete.beforeOffset(line.get("before").asLong());
    return admin.deleteRecords(Map.of(partitionIn(line), before)).all().get();
  }

  private Object cluster(JsonNode line) throws Exception {
    var described = admin.describeCluster();
    return Map.of(
        "brokers", described.nodes().get().stream().map(Node::id).toList(),
        "controller", described.controller().get().id(),
        "clusterId", described.clusterId().get());
  }

  private Object describeGroup(JsonNode line) throws Exception {
    String group = groupIn(line);
    var described = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
    return Map.of(
        "state", described.groupState().toString(),
        "members", described.members().size(),
        "type", described.type().toString().toLowerCase(Locale.ROOT));
  }

  private Object groupOffsets(JsonNode line) throws Exception {
    String group = groupIn(line);
    Map<TopicPartition, OffsetAndMetadata> offsets =
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(group).get();
    return offsets.entrySet().stream()
        .map(each -> List.<Object>of(
            each.getKey().topic(), each.getKey().partition(), each.getValue().offset()))
        .sorted((a, b) -> a.toString().compareTo(b.toString()))
        .collect(Collectors.toList());
  }

  private Object setGroupOffset(JsonNode line) throws Exception {
    var offset = new OffsetAndMetadata(line.get("offset").asLong());
    return admin.alterConsumerGroupOffsets(groupIn(line), Map.of(partitionIn(line), offset))
        .all().get();
  }
}
