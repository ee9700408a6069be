import { offsetForLeaderEpoch } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { checkLeaderEpoch } from '../leader-epoch.js'
import { defineHandler } from '../request-handler.js'

/** All records are of epoch 0, which ends where the log does; of others nothing is known. */
export const offsetForLeaderEpochHandler = defineHandler(
  offsetForLeaderEpoch,
  ({ broker }, request) => ({
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
        try {
          const log = broker.topics.partition(topic, partition)
          checkLeaderEpoch(log, currentLeaderEpoch)
          if (leaderEpoch !== 0) return { partition }
          return { partition, leaderEpoch, endOffset: log.endOffset }
        } catch (cause) {
          return { partition, errorCode: errorOf(cause, broker.log).errorCode }
        }
      }),
    })),
  }),
)
