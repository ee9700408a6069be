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
export { encodeEndMarker, readEndMarker, type TransactionEnd } from './records/end-marker.js'
export type { DecodedRecord, LogRecord, RecordHeader } from './records/record.js'
export { verifyBatch } from './records/verify-batch.js'
export { decodeRecords, type RecordVisitor, visitRecords } from './records/visit-records.js'

// The broker.
export { Broker, type BrokerOptions } from './broker/broker.js'
