import { CorruptBatchError } from '../errors.js'
import { type BatchOptions, encodeBatch } from './encode-batch.js'
import { visitRecords } from './visit-records.js'

/** How a transaction ended; the number is the one in the marker's key. */
export type TransactionEnd = 'abort' | 'commit'

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
export function readEndMarker(batch: Buffer): TransactionEnd | undefined {
  let end: TransactionEnd | undefined
  visitRecords(batch, (_offset, _timestamp, bytes, keyStart, keyLength) => {
    if (keyLength < 4) throw new CorruptBatchError('its control record has no key of 4 bytes')
    end = endCodes[bytes.readInt16BE(keyStart + 2)]
  })
  return end
}
