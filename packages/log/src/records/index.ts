// The package's door for whoever only reads record batches: no client, no protocol.
export { readBatchHeader } from './batch-header.js'
export type { DecodedRecord } from './record.js'
export { decodeRecords, visitRecords } from './visit-records.js'
