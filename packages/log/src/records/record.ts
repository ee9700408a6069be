import type { EncodedHeaders } from './encoded-headers.js'
import type { EncodedRecord } from './encoded-record.js'

/** A record as a producer writes it. */
export interface LogRecord {
  key: Uint8Array | null
  value: Uint8Array | null
  headers?: readonly RecordHeader[]
  /** Stand before `headers`; encoded once for the many records that have them in common. */
  commonHeaders?: EncodedHeaders
  /** Milliseconds since 1970; by default the batch's (`BatchOptions.timestamp`). */
  timestamp?: number
}

/** A record for a batch. */
export type BatchRecord = LogRecord | EncodedRecord

export interface RecordHeader {
  key: string
  value: Uint8Array | null
}

/** A record as it was read; key, value and header values are views of the batch's bytes. */
export interface DecodedRecord {
  offset: number
  /** Milliseconds since 1970; -1 for none. */
  timestamp: number
  key: Buffer | null
  value: Buffer | null
  headers: { key: string; value: Buffer | null }[]
}
