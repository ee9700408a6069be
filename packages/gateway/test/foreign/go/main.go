// Confluent's Go client of the v3 API, the one that its CLI has, in one story: it administers a
// topic, sends records, and asks about a group. What it read of the answers is printed as JSON.
//
//	foreign-rest http://127.0.0.1:8082/v3 GROUP
package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"

	"github.com/antihax/optional"
	rest "github.com/confluentinc/kafka-rest-sdk-go/kafkarestv3"
)

var ctx = context.Background()

// refusal is what the client makes of an error.
type refusal struct {
	Status int   `json:"status"`
	Code   int32 `json:"code"`
}

type story struct {
	client *rest.APIClient
	found  map[string]any
}

func main() {
	configuration := rest.NewConfiguration()
	configuration.BasePath = os.Args[1]
	s := &story{rest.NewAPIClient(configuration), map[string]any{}}
	clusters, _, err := s.client.ClusterV3Api.ClustersGet(ctx)
	must(err)
	cluster := clusters.Data[0].ClusterId
	one, _, err := s.client.ClusterV3Api.GetKafkaCluster(ctx, cluster)
	s.keep("cluster", one, err)
	s.topics(cluster, "go-made")
	s.configs(cluster, "go-made")
	s.partitions(cluster, "go-made")
	s.records(cluster, "go-made")
	s.brokers(cluster)
	s.groups(cluster, os.Args[2])
	_, err = s.client.TopicV3Api.DeleteKafkaTopic(ctx, cluster, "go-made")
	must(err)
	_, response, err := s.client.TopicV3Api.GetKafkaTopic(ctx, cluster, "go-made")
	s.refused("gone", response, err)
	must(json.NewEncoder(os.Stdout).Encode(s.found))
}

func (s *story) topics(cluster, name string) {
	asked := rest.CreateTopicRequestData{
		TopicName:         name,
		PartitionsCount:   2,
		ReplicationFactor: 1,
		Configs:           []rest.CreateTopicRequestDataConfigs{{Name: "retention.ms", Value: text("60000")}},
	}
	create := func() (rest.TopicData, *http.Response, error) {
		options := &rest.CreateKafkaTopicOpts{CreateTopicRequestData: optional.NewInterface(asked)}
		return s.client.TopicV3Api.CreateKafkaTopic(ctx, cluster, options)
	}
	made, _, err := create()
	s.keep("made", made, err)
	_, response, err := create()
	s.refused("made twice", response, err)
	all, _, err := s.client.TopicV3Api.ListKafkaTopics(ctx, cluster)
	names := []string{}
	for _, topic := range all.Data {
		names = append(names, topic.TopicName)
	}
	s.keep("topics", names, err)
	topic, _, err := s.client.TopicV3Api.GetKafkaTopic(ctx, cluster, name)
	s.keep("topic", topic, err)
	_, response, err = s.client.TopicV3Api.GetKafkaTopic(ctx, cluster, "nowhere")
	s.refused("nowhere", response, err)
}

func (s *story) configs(cluster, topic string) {
	api := s.client.ConfigsV3Api
	value := func(key string) {
		config, _, err := api.GetKafkaTopicConfig(ctx, cluster, topic, "retention.ms")
		s.keep(key, config.Value, err)
	}
	all, _, err := api.ListKafkaTopicConfigs(ctx, cluster, topic)
	s.keep("configs", len(all.Data), err)
	value("first value")
	set := rest.UpdateConfigRequestData{Value: text("70000")}
	_, err = api.UpdateKafkaTopicConfig(ctx, cluster, topic, "retention.ms",
		&rest.UpdateKafkaTopicConfigOpts{UpdateConfigRequestData: optional.NewInterface(set)})
	must(err)
	value("second value")
	batch := rest.AlterConfigBatchRequestData{Data: []rest.AlterConfigBatchRequestDataData{
		{Name: "retention.ms", Value: text("80000")},
		{Name: "cleanup.policy", Value: text("compact"), Operation: text("SET")},
	}}
	_, err = api.UpdateKafkaTopicConfigBatch(ctx, cluster, topic,
		&rest.UpdateKafkaTopicConfigBatchOpts{AlterConfigBatchRequestData: optional.NewInterface(batch)})
	must(err)
	value("third value")
	_, err = api.DeleteKafkaTopicConfig(ctx, cluster, topic, "retention.ms")
	must(err)
	// Back to what takes records without a key.
	_, err = api.DeleteKafkaTopicConfig(ctx, cluster, topic, "cleanup.policy")
	must(err)
	value("last value")
	every, _, err := api.ListKafkaAllTopicConfigs(ctx, cluster)
	s.keep("configs of all topics", len(every.Data), err)
}

func (s *story) partitions(cluster, topic string) {
	all, _, err := s.client.PartitionV3Api.ListKafkaPartitions(ctx, cluster, topic)
	s.keep("partitions", len(all.Data), err)
	one, _, err := s.client.PartitionV3Api.GetKafkaPartition(ctx, cluster, topic, 1)
	s.keep("partition", one, err)
	replicas, _, err := s.client.ReplicaApi.ClustersClusterIdTopicsTopicNamePartitionsPartitionIdReplicasGet(ctx, cluster, topic, 1)
	s.keep("replicas", replicas.Data, err)
	moving, _, err := s.client.PartitionApi.ClustersClusterIdTopicsPartitionsReassignmentGet(ctx, cluster)
	s.keep("moving", len(moving.Data), err)
	moving, _, err = s.client.PartitionApi.ClustersClusterIdTopicsTopicNamePartitionsReassignmentGet(ctx, cluster, topic)
	s.keep("moving of the topic", len(moving.Data), err)
	_, response, err := s.client.PartitionApi.ClustersClusterIdTopicsTopicNamePartitionsPartitionIdReassignmentGet(ctx, cluster, topic, 1)
	s.refused("not moving", response, err)
}

func (s *story) records(cluster, topic string) {
	produce := func(request rest.ProduceRequest) (rest.ProduceResponse, *http.Response, error) {
		options := &rest.ClustersClusterIdTopicsTopicNameRecordsPostOpts{ProduceRequest: optional.NewInterface(request)}
		return s.client.RecordsV3Api.ClustersClusterIdTopicsTopicNameRecordsPost(ctx, cluster, topic, options)
	}
	data := func(kind string, value any) *rest.ProduceRequestData {
		return &rest.ProduceRequestData{Type: kind, Data: &value}
	}
	partition := int32(1)
	sent, _, err := produce(rest.ProduceRequest{
		PartitionId: &partition,
		Headers:     []rest.ProduceRequestHeader{{Name: "from", Value: text("R28=")}},
		Key:         data("STRING", "k"),
		Value:       data("JSON", map[string]any{"n": 1}),
	})
	s.keep("sent", sent, err)
	sent, _, err = produce(rest.ProduceRequest{PartitionId: &partition, Value: data("BINARY", "AQI=")})
	s.keep("sent bytes", sent, err)
	none := int32(9)
	_, response, err := produce(rest.ProduceRequest{PartitionId: &none, Value: data("JSON", 1)})
	s.found["sent nowhere"] = map[string]any{"status": response.StatusCode, "failed": err != nil}
}

func (s *story) brokers(cluster string) {
	all, _, err := s.client.BrokerV3Api.ClustersClusterIdBrokersGet(ctx, cluster)
	must(err)
	id := all.Data[0].BrokerId
	one, _, err := s.client.BrokerV3Api.ClustersClusterIdBrokersBrokerIdGet(ctx, cluster, id)
	s.keep("broker", one, err)
	configs, _, err := s.client.ConfigsV3Api.ClustersClusterIdBrokersBrokerIdConfigsGet(ctx, cluster, id)
	s.keep("configs of the broker", len(configs.Data), err)
	configs, _, err = s.client.ConfigsV3Api.ClustersClusterIdBrokersConfigsGet(ctx, cluster)
	s.keep("configs of all brokers", len(configs.Data), err)
	replicas, _, err := s.client.ReplicaV3Api.ClustersClusterIdBrokersBrokerIdPartitionReplicasGet(ctx, cluster, id)
	s.keep("replicas of the broker", len(replicas.Data), err)
	defaults, _, err := s.client.ConfigsV3Api.ListKafkaClusterConfigs(ctx, cluster)
	s.keep("cluster configs", len(defaults.Data), err)
	_, response, err := s.client.BrokerV3Api.ClustersClusterIdBrokersBrokerIdGet(ctx, cluster, 77)
	s.refused("no broker", response, err)
}

func (s *story) groups(cluster, group string) {
	api := s.client.ConsumerGroupV3Api
	all, _, err := api.ListKafkaConsumerGroups(ctx, cluster)
	s.keep("groups", len(all.Data), err)
	one, _, err := api.GetKafkaConsumerGroup(ctx, cluster, group)
	s.keep("group", one, err)
	consumers, _, err := api.ListKafkaConsumers(ctx, cluster, group)
	s.keep("consumers", len(consumers.Data), err)
	assigned, _, err := api.ListKafkaConsumerAssignment(ctx, cluster, group, consumers.Data[0].ConsumerId)
	s.keep("assigned", assigned.Data, err)
	lags, _, err := api.ListKafkaConsumerLags(ctx, cluster, group)
	s.keep("lags", lags.Data, err)
	lag, _, err := s.client.PartitionV3Api.GetKafkaConsumerLag(ctx, cluster, group, lags.Data[0].TopicName, 0)
	s.keep("lag", lag.Lag, err)
	summary, _, err := api.GetKafkaConsumerGroupLagSummary(ctx, cluster, group)
	s.keep("lag summary", summary, err)
	_, response, err := api.GetKafkaConsumerGroup(ctx, cluster, "nobody")
	s.refused("no group", response, err)
}

func (s *story) keep(name string, value any, err error) {
	must(err)
	s.found[name] = value
}

// refused keeps what an error was; no error is an error.
func (s *story) refused(name string, response *http.Response, err error) {
	var told rest.GenericOpenAPIError
	if !errors.As(err, &told) {
		panic(name + " was not refused")
	}
	var model rest.Error
	must(json.Unmarshal(told.Body(), &model))
	s.found[name] = refusal{response.StatusCode, model.ErrorCode}
}

func text(value string) *string {
	return &value
}

func must(err error) {
	if err == nil {
		return
	}
	var told rest.GenericOpenAPIError
	if errors.As(err, &told) {
		panic(err.Error() + ": " + string(told.Body()))
	}
	panic(err)
}
