import { CorruptBatchError } from '../errors.js'
import { type BatchOptions, encodeBatch } from './encode-batch.js'
import { visitRecords } from './visit-records.js'

/** How a transaction ended; the number is the one in the marker's key. */
export type TransactionEnd = 'abort' | 'commit'

/** The end of a producer's transaction in a partition. */
export interface EndMarker {
  end: TransactionEnd
  /** Of the coordinator that wrote it; an admin without one writes -1. */
  coordinatorEpoch: number
}

const endCodes: readonly TransactionEnd[] = ['abort', 'commit']

/**
 * The control batch that ends a producer's transaction in a partition. Its one record has the
 * key (int16 version 0, int16 type) and the value (int16 version 0, int32 coordinator epoch).
 */
export function encodeEndMarker(
  end: TransactionEnd,
  options: Pick<BatchOptions, 'baseOffset' | 'leaderEpoch' | 'timestamp'> & {
    producerId: number
    producerEpoch: number
    coordinatorEpoch?: number
  },
): Buffer {
  const { coordinatorEpoch = 0, ...rest } = options
  const key = Buffer.alloc(4)
  key.writeInt16BE(endCodes.indexOf(end), 2)
  const value = Buffer.alloc(6)
  value.writeInt32BE(coordinatorEpoch, 2)
  return encodeBatch([{ key, value }], { ...rest, transactional: true, control: true })
}

/** What a control batch says; undefined for kinds of control records other than end markers. */
export function readEndMarker(batch: Buffer): EndMarker | undefined {
  let marker: EndMarker | undefined
  visitRecords(
    batch,
    (_offset, _timestamp, bytes, keyStart, keyLength, valueStart, valueLength) => {
      if (keyLength < 4) throw new CorruptBatchError('its control record has no key of 4 bytes')
      const end = endCodes[bytes.readInt16BE(keyStart + 2)]
      if (end === undefined) return
      if (valueLength < 6) throw new CorruptBatchError('its end marker has no value of 6 bytes')
      marker = { end, coordinatorEpoch: bytes.readInt32BE(valueStart + 2) }
    },
  )
  return marker
}
