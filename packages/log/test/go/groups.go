package main

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// member works as a member of a group until it is stopped.
type member struct {
	stop  context.CancelFunc
	ended chan struct{}
	close func()
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

// groupOptions are those of every member; what it has is told whenever it changes.
func groupOptions(d *driver, asked joinArguments) []kgo.Opt {
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
	balancer := kgo.RangeBalancer()
	if asked.Assignor == "cooperative-sticky" {
		balancer = kgo.CooperativeStickyBalancer()
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(d.bootstrap),
		kgo.ConsumeTopics(asked.Topic),
		kgo.ConsumerGroup(asked.Group),
		kgo.Balancers(balancer),
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
	if asked.Protocol == "consumer" {
		options = append(options, kgo.ServerSideBalancer())
	}
	if asked.InstanceID != "" {
		options = append(options, kgo.InstanceID(asked.InstanceID))
	}
	return options
}

func join(d *driver, asked joinArguments) (any, error) {
	client, err := kgo.NewClient(groupOptions(d, asked)...)
	if err != nil {
		return nil, err
	}
	d.start(asked.Member, client.Close, func(ctx context.Context) {
		fetches := client.PollFetches(ctx)
		if fetches.NumRecords() == 0 {
			return
		}
		tellRecords(asked.Member, fetches)
		// What a rebalance refuses is read again by whoever has the partition then.
		_ = client.CommitRecords(ctx, fetches.Records()...)
	})
	return nil, nil
}

type copyArguments struct {
	joinArguments
	To              string
	TransactionalID string `json:"transactionalId"`
	AbortEvery      int
}

func copyRecords(d *driver, asked copyArguments) (any, error) {
	session, err := kgo.NewGroupTransactSession(append(
		groupOptions(d, asked.joinArguments),
		kgo.TransactionalID(asked.TransactionalID),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	)...)
	if err != nil {
		return nil, err
	}
	// Takes the id, which ends what the one before left open; its offsets would be waited for.
	if _, _, err := session.Client().ProducerID(context.Background()); err != nil {
		return nil, err
	}
	transactions := 0
	d.start(asked.Member, session.Close, func(ctx context.Context) {
		fetches := session.PollRecords(ctx, 20)
		if fetches.NumRecords() == 0 {
			return
		}
		if err := session.Begin(); err != nil {
			panic(err)
		}
		fetches.EachRecord(func(read *kgo.Record) {
			written := &kgo.Record{
				Topic:     asked.To,
				Partition: read.Partition,
				Key:       read.Key,
				Value:     read.Value,
			}
			session.Produce(ctx, written, nil)
		})
		transactions++
		committed, err := session.End(
			context.Background(),
			kgo.TransactionEndTry(transactions%asked.AbortEvery != 0),
		)
		if err != nil {
			panic(err)
		}
		if committed {
			tellRecords(asked.Member, fetches)
		}
	})
	return nil, nil
}

// start does one round after the other, until the member leaves.
func (d *driver) start(name string, closed func(), round func(context.Context)) {
	ctx, stop := context.WithCancel(context.Background())
	made := &member{stop, make(chan struct{}), closed}
	d.mutex.Lock()
	d.members[name] = made
	d.mutex.Unlock()
	go func() {
		defer close(made.ended)
		for ctx.Err() == nil {
			round(ctx)
		}
	}()
}

func tellRecords(name string, fetches kgo.Fetches) {
	records := make([]record, 0, fetches.NumRecords())
	fetches.EachRecord(func(read *kgo.Record) { records = append(records, wasRead(read)) })
	tell(recordsRead{"records", name, records})
}

func leave(d *driver, asked struct{ Member string }) (any, error) {
	d.mutex.Lock()
	m := d.members[asked.Member]
	delete(d.members, asked.Member)
	d.mutex.Unlock()
	m.stop()
	<-m.ended
	m.close()
	return nil, nil
}
