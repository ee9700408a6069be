import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeProducersResult.PartitionProducerState;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** What Apache Kafka's own administrator can ask, and other clients mostly cannot. */
final class ClusterAdministration {
  private final Admin admin;

  private ClusterAdministration(Admin admin) {
    this.admin = admin;
  }

  static void addTo(Map<String, Driver.Verb> verbs, String bootstrap) {
    var asked = new ClusterAdministration(
        Admin.create(Map.of("bootstrap.servers", bootstrap, "enable.metrics.push", false)));
    verbs.put("describeLimited", asked::describeLimited);
    verbs.put("logDirs", asked::logDirs);
    verbs.put("producers", asked::producers);
    verbs.put("transactions", asked::transactions);
    verbs.put("transaction", asked::transaction);
    verbs.put("fenceProducer", asked::fenceProducer);
    verbs.put("electLeader", asked::electLeader);
    verbs.put("reassignments", line -> asked.admin.listPartitionReassignments()
        .reassignments().get().keySet().toString());
    verbs.put("quorum", asked::quorum);
    verbs.put("features", asked::features);
    verbs.put("configResources", asked::configResources);
    verbs.put("brokerConfig", asked::brokerConfig);
    verbs.put("setBrokerConfig", asked::setBrokerConfig);
    verbs.put("operations", asked::operations);
  }

  private static TopicPartition partitionIn(JsonNode line) {
    return new TopicPartition(line.get("topic").asText(), line.get("partition").asInt());
  }

  /** Asks for some partitions at a time (DescribeTopicPartitions), as often as it takes. */
  private Object describeLimited(JsonNode line) throws Exception {
    String topic = line.get("topic").asText();
    var options = new DescribeTopicsOptions().partitionSizeLimitPerResponse(line.get("limit").asInt());
    var described = admin.describeTopics(TopicCollection.ofTopicNames(List.of(topic)), options);
    return described.allTopicNames().get().get(topic).partitions().stream()
        .map(each -> each.partition()).toList();
  }

  /** Bytes of each partition of a topic, and whether the folder's volume is told. */
  private Object logDirs(JsonNode line) throws Exception {
    Map<String, LogDirDescription> folders =
        admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1);
    Map<String, Object> sizes = new TreeMap<>();
    for (LogDirDescription folder : folders.values()) {
      for (Map.Entry<TopicPartition, ReplicaInfo> each : folder.replicaInfos().entrySet()) {
        if (!each.getKey().topic().equals(line.get("topic").asText())) continue;
        sizes.put(each.getKey().toString(), each.getValue().size());
      }
      sizes.put("hasVolume", folder.totalBytes().isPresent() && folder.usableBytes().isPresent());
    }
    return sizes;
  }

  private Object producers(JsonNode line) throws Exception {
    TopicPartition partition = partitionIn(line);
    PartitionProducerState state =
        admin.describeProducers(List.of(partition)).partitionResult(partition).get();
    return state.activeProducers().stream().map(each -> Map.of(
        "producerId", each.producerId(),
        "epoch", each.producerEpoch(),
        "lastSequence", each.lastSequence(),
        "isOpen", each.currentTransactionStartOffset().isPresent())).toList();
  }

  private Object transactions(JsonNode line) throws Exception {
    Map<String, String> states = new TreeMap<>();
    for (TransactionListing each : admin.listTransactions().all().get()) {
      states.put(each.transactionalId(), each.state().toString());
    }
    return states;
  }

  private Object transaction(JsonNode line) throws Exception {
    String id = line.get("transactionalId").asText();
    TransactionDescription described =
        admin.describeTransactions(List.of(id)).description(id).get();
    return Map.of("state", described.state().toString(), "producerId", described.producerId(),
        "partitions", described.topicPartitions().stream().map(Object::toString).sorted().toList());
  }

  private Object fenceProducer(JsonNode line) throws Exception {
    return admin.fenceProducers(List.of(line.get("transactionalId").asText())).all().get();
  }

  private Object electLeader(JsonNode line) throws Exception {
    return admin.electLeaders(ElectionType.PREFERRED, Set.of(partitionIn(line))).all().get();
  }

  private Object quorum(JsonNode line) throws Exception {
    var quorum = admin.describeMetadataQuorum().quorumInfo().get();
    return Map.of("leader", quorum.leaderId(), "voters", quorum.voters().size());
  }

  private Object features(JsonNode line) throws Exception {
    Map<String, Short> levels = new TreeMap<>();
    admin.describeFeatures().featureMetadata().get().finalizedFeatures()
        .forEach((name, range) -> levels.put(name, range.maxVersionLevel()));
    return levels;
  }

  private Object configResources(JsonNode line) throws Exception {
    return admin.listConfigResources().all().get().stream()
        .map(each -> each.type() + " " + each.name()).sorted().toList();
  }

  private Object brokerConfig(JsonNode line) throws Exception {
    var broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
    ConfigEntry entry = admin.describeConfigs(List.of(broker)).all().get().get(broker)
        .get(line.get("name").asText());
    return Map.of("value", entry.value(), "source", entry.source().toString());
  }

  private Object setBrokerConfig(JsonNode line) throws Exception {
    var broker = new ConfigResource(ConfigResource.Type.BROKER, "");
    var entry = new ConfigEntry(line.get("name").asText(), line.get("value").asText());
    var change = new AlterConfigOp(entry, AlterConfigOp.OpType.SET);
    return admin.incrementalAlterConfigs(Map.of(broker, List.of(change))).all().get();
  }

  private Object operations(JsonNode line) throws Exception {
    String topic = line.get("topic").asText();
    var options = new DescribeTopicsOptions().includeAuthorizedOperations(true);
    return admin.describeTopics(List.of(topic), options).allTopicNames().get().get(topic)
        .authorizedOperations().stream().map(Object::toString).sorted().toList();
  }
}
