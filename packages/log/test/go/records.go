package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// record is a record as the lines have it; keys, values and headers are text, or null.
type record struct {
	Partition int32        `json:"partition"`
	Offset    int64        `json:"offset"`
	Timestamp int64        `json:"timestamp"`
	Key       *string      `json:"key"`
	Value     *string      `json:"value"`
	Headers   [][2]*string `json:"headers"`
}

func bytesOf(text *string) []byte {
	if text == nil {
		return nil
	}
	return []byte(*text)
}

func textOf(bytes []byte) *string {
	if bytes == nil {
		return nil
	}
	text := string(bytes)
	return &text
}

func toWrite(topic string, given record) *kgo.Record {
	headers := make([]kgo.RecordHeader, 0, len(given.Headers))
	for _, header := range given.Headers {
		headers = append(headers, kgo.RecordHeader{Key: *header[0], Value: bytesOf(header[1])})
	}
	return &kgo.Record{
		Topic:     topic,
		Partition: given.Partition,
		Timestamp: time.UnixMilli(given.Timestamp),
		Key:       bytesOf(given.Key),
		Value:     bytesOf(given.Value),
		Headers:   headers,
	}
}

func wasRead(read *kgo.Record) record {
	headers := make([][2]*string, 0, len(read.Headers))
	for _, header := range read.Headers {
		name := header.Key
		headers = append(headers, [2]*string{&name, textOf(header.Value)})
	}
	return record{
		Partition: read.Partition,
		Offset:    read.Offset,
		Timestamp: read.Timestamp.UnixMilli(),
		Key:       textOf(read.Key),
		Value:     textOf(read.Value),
		Headers:   headers,
	}
}

type producer struct {
	client *kgo.Client
}

type producerArguments struct {
	Producer        string
	Compression     string
	Idempotent      bool
	TransactionalID string `json:"transactionalId"`
}

func openProducer(d *driver, asked producerArguments) (any, error) {
	codecs := map[string]kgo.CompressionCodec{
		"":       kgo.NoCompression(),
		"none":   kgo.NoCompression(),
		"gzip":   kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(),
		"lz4":    kgo.Lz4Compression(),
		"zstd":   kgo.ZstdCompression(),
	}
	codec, there := codecs[asked.Compression]
	if !there {
		return nil, fmt.Errorf("it cannot write %s", asked.Compression)
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(d.bootstrap),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codec),
		// The broker is to judge what is too large.
		kgo.ProducerBatchMaxBytes(64 << 20),
	}
	if asked.TransactionalID != "" {
		options = append(options, kgo.TransactionalID(asked.TransactionalID))
	} else if !asked.Idempotent {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return nil, err
	}
	if asked.TransactionalID != "" {
		// Takes the id now, not with the first record.
		if _, _, err := client.ProducerID(context.Background()); err != nil {
			return nil, err
		}
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.producers[asked.Producer] = &producer{client}
	return nil, nil
}

func (d *driver) producer(name string) *kgo.Client {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return d.producers[name].client
}

type sendArguments struct {
	Producer string
	Topic    string
	Records  []record
}

func send(d *driver, asked sendArguments) (any, error) {
	records := make([]*kgo.Record, 0, len(asked.Records))
	for _, given := range asked.Records {
		records = append(records, toWrite(asked.Topic, given))
	}
	results := d.producer(asked.Producer).ProduceSync(context.Background(), records...)
	return nil, results.FirstErr()
}

type named struct{ Producer string }

func begin(d *driver, asked named) (any, error) {
	return nil, d.producer(asked.Producer).BeginTransaction()
}

func commit(d *driver, asked named) (any, error) {
	return nil, d.producer(asked.Producer).EndTransaction(context.Background(), kgo.TryCommit)
}

func abort(d *driver, asked named) (any, error) {
	return nil, d.producer(asked.Producer).EndTransaction(context.Background(), kgo.TryAbort)
}

type readArguments struct {
	Topic     string
	Count     int
	Committed bool
}

func read(d *driver, asked readArguments) (any, error) {
	isolation := kgo.ReadUncommitted()
	if asked.Committed {
		isolation = kgo.ReadCommitted()
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(d.bootstrap),
		kgo.ConsumeTopics(asked.Topic),
		kgo.FetchIsolationLevel(isolation),
		kgo.FetchMaxWait(100*time.Millisecond),
	)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	records := []record{}
	for len(records) < asked.Count {
		fetches := client.PollFetches(context.Background())
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		fetches.EachRecord(func(read *kgo.Record) { records = append(records, wasRead(read)) })
	}
	return records, nil
}
