import { KafkaError } from '../errors.js'
import { requestTimeoutMs } from '../limits.js'
import { produce } from '../protocol/apis.js'
import { kafkaErrors } from '../protocol/kafka-errors.js'
import type { Cluster } from './cluster.js'
import type { BatchResult } from './produce-requests.js'

export type Acks = 'all' | 1 | 0

const acksCode = { all: -1, 1: 1, 0: 0 } as const

export interface EncodedBatch {
  topic: string
  partition: number
  bytes: Buffer
  acks: Acks
  transactionalId: string | null
}

/**
 * Sends one batch to the leader of its partition, once, and gives the offset of its first
 * record: -1 when it is not known (acks 0, or a batch that the broker has had for long). One
 * outside a transaction goes together with those for other partitions of the same broker.
 */
export function produceBatch(cluster: Cluster, batch: EncodedBatch): Promise<number> {
  const { topic, partition, bytes, acks, transactionalId } = batch
  return cluster.atLeader(topic, partition, async (leader) => {
    if (acks !== 0 && transactionalId === null) {
      const joinable = { topic, partition, bytes, acks: acksCode[acks] }
      return offsetIn(await cluster.produceRequests.send(leader, joinable), batch)
    }
    const request = {
      transactionalId,
      acks: acksCode[acks],
      timeoutMs: requestTimeoutMs,
      topicData: [{ name: topic, partitionData: [{ index: partition, records: bytes }] }],
    }
    if (acks === 0) {
      await leader.send(produce, request)
      return -1
    }
    const answer = await leader.request(produce, request)
    return offsetIn(answer.responses[0]?.partitionResponses[0], batch)
  })
}

function offsetIn(result: BatchResult | undefined, { topic, partition }: EncodedBatch): number {
  const errorCode = result?.errorCode ?? kafkaErrors.UNKNOWN_SERVER_ERROR
  if (errorCode === kafkaErrors.DUPLICATE_SEQUENCE_NUMBER) return -1
  if (errorCode !== 0) {
    const detail = result?.errorMessage
    const where = `topic ${topic}, partition ${partition}`
    throw new KafkaError(errorCode, where, detail ? { detail } : {})
  }
  return result?.baseOffset ?? -1
}
