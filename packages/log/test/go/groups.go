package main

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// member reads as a member of a group until it is stopped.
type member struct {
	client *kgo.Client
	stop   context.CancelFunc
	ended  chan struct{}
}

type joinArguments struct {
	Member           string
	Group            string
	Topic            string
	Protocol         string
	Assignor         string
	InstanceID       string `json:"instanceId"`
	SessionTimeoutMs int64
}

type assigned struct {
	Event      string  `json:"event"`
	Member     string  `json:"member"`
	Partitions []int32 `json:"partitions"`
}

type recordsRead struct {
	Event   string   `json:"event"`
	Member  string   `json:"member"`
	Records []record `json:"records"`
}

func join(d *driver, asked joinArguments) (any, error) {
	// The client calls back one at a time, so nothing here needs a lock.
	owned := map[int32]bool{}
	changed := func(is bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, topics map[string][]int32) {
			for _, partition := range topics[asked.Topic] {
				if is {
					owned[partition] = true
				} else {
					delete(owned, partition)
				}
			}
			partitions := make([]int32, 0, len(owned))
			for partition := range owned {
				partitions = append(partitions, partition)
			}
			tell(assigned{"assigned", asked.Member, partitions})
		}
	}
	timeout := time.Duration(asked.SessionTimeoutMs) * time.Millisecond
	options := []kgo.Opt{
		kgo.SeedBrokers(d.bootstrap),
		kgo.ConsumeTopics(asked.Topic),
		kgo.ConsumerGroup(asked.Group),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.SessionTimeout(timeout),
		kgo.RebalanceTimeout(timeout),
		kgo.HeartbeatInterval(100 * time.Millisecond),
		kgo.FetchMaxWait(100 * time.Millisecond),
		kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(changed(true)),
		kgo.OnPartitionsRevoked(changed(false)),
		kgo.OnPartitionsLost(changed(false)),
	}
	if asked.Assignor == "cooperative-sticky" {
		options = append(options, kgo.Balancers(kgo.CooperativeStickyBalancer()))
	} else {
		options = append(options, kgo.Balancers(kgo.RangeBalancer()))
	}
	if asked.Protocol == "consumer" {
		options = append(options, kgo.ServerSideBalancer())
	}
	if asked.InstanceID != "" {
		options = append(options, kgo.InstanceID(asked.InstanceID))
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	made := &member{client, stop, make(chan struct{})}
	go made.readAll(ctx, asked.Member)
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.members[asked.Member] = made
	return nil, nil
}

func (m *member) readAll(ctx context.Context, name string) {
	defer close(m.ended)
	for ctx.Err() == nil {
		fetches := m.client.PollFetches(ctx)
		read := fetches.Records()
		if len(read) == 0 {
			continue
		}
		records := make([]record, 0, len(read))
		for _, each := range read {
			records = append(records, wasRead(each))
		}
		tell(recordsRead{"records", name, records})
		// What a rebalance refuses is read again by whoever has the partition then.
		_ = m.client.CommitRecords(ctx, read...)
	}
}

func leave(d *driver, asked struct{ Member string }) (any, error) {
	d.mutex.Lock()
	m := d.members[asked.Member]
	delete(d.members, asked.Member)
	d.mutex.Unlock()
	m.stop()
	<-m.ended
	m.client.Close()
	return nil, nil
}
