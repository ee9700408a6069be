package main

import (
	"context"
	"errors"
	"sort"

	"github.com/twmb/franz-go/pkg/kadm"
)

var ctx = context.Background()

type topicArguments struct {
	Topic      string
	Partitions int32
	Configs    map[string]*string
	Count      int
	Set        map[string]string
	Partition  int32
	Before     int64
	At         any
}

func createTopic(d *driver, asked topicArguments) (any, error) {
	_, err := d.admin.CreateTopic(ctx, asked.Partitions, 1, asked.Configs, asked.Topic)
	return nil, err
}

func topics(d *driver, _ struct{}) (any, error) {
	listed, err := d.admin.ListTopics(ctx)
	return listed.Names(), err
}

func partitions(d *driver, asked topicArguments) (any, error) {
	listed, err := d.admin.ListTopics(ctx, asked.Topic)
	if err != nil {
		return nil, err
	}
	topic := listed[asked.Topic]
	return len(topic.Partitions), topic.Err
}

func createPartitions(d *driver, asked topicArguments) (any, error) {
	created, err := d.admin.UpdatePartitions(ctx, asked.Count, asked.Topic)
	return nil, errors.Join(err, created.Error())
}

func deleteTopic(d *driver, asked topicArguments) (any, error) {
	_, err := d.admin.DeleteTopic(ctx, asked.Topic)
	return nil, err
}

func configs(d *driver, asked topicArguments) (any, error) {
	described, err := d.admin.DescribeTopicConfigs(ctx, asked.Topic)
	if err != nil {
		return nil, err
	}
	resource, err := described.On(asked.Topic, nil)
	values := map[string]*string{}
	for _, config := range resource.Configs {
		values[config.Key] = config.Value
	}
	return values, errors.Join(err, resource.Err)
}

func alterConfigs(d *driver, asked topicArguments) (any, error) {
	changes := []kadm.AlterConfig{}
	for name, value := range asked.Set {
		changes = append(changes, kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: &value})
	}
	altered, err := d.admin.AlterTopicConfigs(ctx, changes, asked.Topic)
	if err != nil {
		return nil, err
	}
	resource, err := altered.On(asked.Topic, nil)
	return nil, errors.Join(err, resource.Err)
}

// By partition: the first offset, the next one, or the first at or after a time.
func offsets(d *driver, asked topicArguments) (any, error) {
	list := func() (kadm.ListedOffsets, error) {
		switch at := asked.At.(type) {
		case float64:
			return d.admin.ListOffsetsAfterMilli(ctx, int64(at), asked.Topic)
		case string:
			if at == "earliest" {
				return d.admin.ListStartOffsets(ctx, asked.Topic)
			}
		}
		return d.admin.ListEndOffsets(ctx, asked.Topic)
	}
	listed, err := list()
	if err != nil {
		return nil, err
	}
	result := make([]int64, len(listed[asked.Topic]))
	listed.Each(func(offset kadm.ListedOffset) { result[offset.Partition] = offset.Offset })
	return result, listed.Error()
}

func deleteRecords(d *driver, asked topicArguments) (any, error) {
	before := kadm.Offsets{}
	before.AddOffset(asked.Topic, asked.Partition, asked.Before, -1)
	deleted, err := d.admin.DeleteRecords(ctx, before)
	return nil, errors.Join(err, deleted.Error())
}

func cluster(d *driver, _ struct{}) (any, error) {
	metadata, err := d.admin.BrokerMetadata(ctx)
	return map[string]any{
		"brokers":    metadata.Brokers.NodeIDs(),
		"controller": metadata.Controller,
		"clusterId":  metadata.Cluster,
	}, err
}

type groupArguments struct {
	Group     string
	Topic     string
	Partition int32
	Offset    int64
}

func groups(d *driver, _ struct{}) (any, error) {
	listed, err := d.admin.ListGroups(ctx)
	return listed.Groups(), err
}

// By the request of the group's own protocol, which the list of groups tells.
func describeGroup(d *driver, asked groupArguments) (any, error) {
	listed, err := d.admin.ListGroups(ctx)
	if err != nil {
		return nil, err
	}
	kind := listed[asked.Group].GroupType
	if kind == "consumer" {
		described, err := d.admin.DescribeConsumerGroups(ctx, asked.Group)
		group := described[asked.Group]
		answer := map[string]any{"state": group.State, "members": len(group.Members), "type": kind}
		return answer, errors.Join(err, group.Err)
	}
	described, err := d.admin.DescribeGroups(ctx, asked.Group)
	group := described[asked.Group]
	answer := map[string]any{"state": group.State, "members": len(group.Members), "type": kind}
	return answer, errors.Join(err, group.Err)
}

func groupOffsets(d *driver, asked groupArguments) (any, error) {
	fetched, err := d.admin.FetchOffsets(ctx, asked.Group)
	if err != nil {
		return nil, err
	}
	result := [][3]any{}
	for _, offset := range fetched.Sorted() {
		result = append(result, [3]any{offset.Topic, offset.Partition, offset.At})
	}
	sort.Slice(result, func(a, b int) bool { return result[a][1].(int32) < result[b][1].(int32) })
	return result, fetched.Error()
}

func setGroupOffset(d *driver, asked groupArguments) (any, error) {
	to := kadm.Offsets{}
	to.AddOffset(asked.Topic, asked.Partition, asked.Offset, -1)
	return nil, d.admin.CommitAllOffsets(ctx, asked.Group, to)
}

func deleteGroupOffset(d *driver, asked groupArguments) (any, error) {
	of := kadm.TopicsSet{}
	of.Add(asked.Topic, asked.Partition)
	deleted, err := d.admin.DeleteOffsets(ctx, asked.Group, of)
	return nil, errors.Join(err, deleted.Error())
}

func deleteGroup(d *driver, asked groupArguments) (any, error) {
	_, err := d.admin.DeleteGroup(ctx, asked.Group)
	return nil, err
}
