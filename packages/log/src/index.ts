// Client: topics, offsets, producers and fetchers, over the embedded broker or Apache Kafka.

export { type CommitMember, commitOffsets, type OffsetToCommit } from './client/commit-offsets.js'
export {
  type FetchedPartition,
  Fetcher,
  type FetcherOptions,
  type Position,
} from './client/fetcher.js'
export { GroupMember, type GroupMemberOptions, type GroupPartition } from './client/group-member.js'
export type { Isolation } from './client/isolation.js'
export { type CommittedOffset, LogClient, type LogClientOptions } from './client/log-client.js'
export { partitionOf } from './client/partition-of.js'
export type { Acks } from './client/produce-batch.js'
export {
  Producer,
  type ProducerOptions,
  type RecordsForPartition,
  type SendResult,
} from './client/producer.js'
export { type ProducerPlace, SequencedProducer } from './client/sequenced-producer.js'
export {
  type Transaction,
  TransactionalProducer,
  type TransactionOffset,
} from './client/transactional-producer.js'

// What goes wrong, and the protocol's codes for it.
export {
  CorruptBatchError,
  KafkaError,
  type KafkaErrorOptions,
  ProtocolError,
  UnsupportedVersionError,
} from './errors.js'
// What consumers say to one another.
export { decodeAssignment } from './protocol/embedded-protocol.js'
export {
  type KafkaErrorKind,
  type KafkaErrorName,
  kafkaErrorOf,
  kafkaErrors,
} from './protocol/kafka-errors.js'
// Records: the batches that hold them.
export {
  BatchHeader,
  batchHeaderBytes,
  type Compression,
  readBatchHeader,
  setBaseOffset,
  setLeaderEpoch,
} from './records/batch-header.js'
export { batchesIn } from './records/batches-in.js'
export { crc32c } from './records/crc32c.js'
export { type BatchOptions, encodeBatch } from './records/encode-batch.js'
export { type EncodedHeaders, encodeHeaders } from './records/encoded-headers.js'
export { EncodedRecord, headerName, RecordWriter } from './records/encoded-record.js'
export {
  type EndMarker,
  encodeEndMarker,
  readEndMarker,
  type TransactionEnd,
} from './records/end-marker.js'
export { joinBatches } from './records/join-batches.js'
export type { BatchRecord, DecodedRecord, LogRecord, RecordHeader } from './records/record.js'
export { headerBytesBound, recordBytesBound, recordOverheadBound } from './records/record-bound.js'
export { verifyBatch } from './records/verify-batch.js'
export { decodeRecords, type RecordVisitor, visitRecords } from './records/visit-records.js'
// Regular expressions of clients, as brokers understand them.
export { matcherOf } from './regular-expression.js'
