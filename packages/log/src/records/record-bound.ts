import type { LogRecord } from './record.js'

/** Bytes of a record in a batch that is not compressed, from above. */
export function recordBytesBound(record: LogRecord): number {
  // Lengths, deltas and attributes are varints: less than 32 bytes, and 10 for each header.
  let bytes = 32 + (record.key?.length ?? 0) + (record.value?.length ?? 0)
  bytes += record.commonHeaders?.bytes.length ?? 0
  for (const { key, value } of record.headers ?? []) {
    // A character has three bytes of UTF-8 at most.
    bytes += 10 + key.length * 3 + (value?.length ?? 0)
  }
  return bytes
}
