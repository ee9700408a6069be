import { KafkaError } from '../../errors.js'
import type { RequestOf } from '../../protocol/api.js'
import { writeTxnMarkers } from '../../protocol/apis.js'
import { encodeEndMarker } from '../../records/end-marker.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'
import { offsetsTopic } from '../topics.js'

type Marker = RequestOf<typeof writeTxnMarkers>['markers'][number]

/**
 * Writes end markers into partitions, whatever the coordinator knows: so an admin ends a
 * transaction that nobody else will end.
 */
export const writeTxnMarkersHandler = defineHandler(
  writeTxnMarkers,
  async ({ broker }, request) => {
    const markers = []
    for (const marker of request.markers) {
      const topics = []
      for (const { name, partitionIndexes } of marker.topics) {
        const partitions = []
        for (const partitionIndex of partitionIndexes) {
          const errorCode = await write(broker, marker, name, partitionIndex)
          partitions.push({ partitionIndex, errorCode })
        }
        topics.push({ name, partitions })
      }
      markers.push({ producerId: marker.producerId, topics })
    }
    return { markers }
  },
)

async function write(
  broker: BrokerState,
  marker: Marker,
  topic: string,
  partition: number,
): Promise<number> {
  try {
    const log = broker.topics.partition(topic, partition)
    if (broker.topics.get(topic)?.internal && topic !== offsetsTopic) {
      const detail = 'Nobody writes to it in transactions.'
      throw new KafkaError('INVALID_TOPIC_EXCEPTION', `topic ${topic}`, { detail })
    }
    const { producerId, producerEpoch, coordinatorEpoch, transactionVersion } = marker
    log.producers.admitEnd(producerId, producerEpoch, coordinatorEpoch, transactionVersion >= 2)
    const end = marker.transactionResult ? 'commit' : 'abort'
    const timestamp = broker.host.clock.now()
    const options = { producerId, producerEpoch, coordinatorEpoch, timestamp }
    log.appendOwn(encodeEndMarker(end, options))
    await log.acknowledged()
    return 0
  } catch (cause) {
    return errorOf(cause, broker.log).errorCode
  }
}
