import { EncodedRecord } from './encoded-record.js'
import type { BatchRecord } from './record.js'

/** What a record takes beside its key, value and headers, from above: lengths, deltas, attributes. */
export const recordOverheadBound = 32

/** Bytes of a record in a batch that is not compressed, from above. */
export function recordBytesBound(record: BatchRecord): number {
  if (record instanceof EncodedRecord) return recordOverheadBound + record.end - record.start
  let bytes = recordOverheadBound + (record.key?.length ?? 0) + (record.value?.length ?? 0)
  bytes += record.commonHeaders?.bytes.length ?? 0
  for (const { key, value } of record.headers ?? []) {
    bytes += headerBytesBound(key, value?.length ?? 0)
  }
  return bytes
}

/** Bytes of a header in a record, from above. */
export function headerBytesBound(key: string, valueBytes: number): number {
  // Two lengths; a character has three bytes of UTF-8 at most.
  return 10 + key.length * 3 + valueBytes
}
