import { fetch, produce } from '../../src/protocol/apis.js'
import { type BatchOptions, encodeBatch } from '../../src/records/encode-batch.js'
import type { Session } from './scenario.js'

/** A batch of one record for each value, with times 1000, 1001, … */
export function batchOf(values: readonly string[], options: BatchOptions = {}): Buffer {
  const records = values.map((value, at) => ({
    key: null,
    value: Buffer.from(value),
    timestamp: 1000 + at,
  }))
  return encodeBatch(records, options)
}

export interface ProduceOptions {
  partition?: number
  acks?: number
  transactionalId?: string
}

/** The body of a Produce request for one partition. */
export function produceBody(topic: string, records: Buffer | null, options: ProduceOptions = {}) {
  const { partition: index = 0, acks = -1, transactionalId = null } = options
  return {
    transactionalId,
    acks,
    timeoutMs: 10_000,
    topicData: [{ name: topic, partitionData: [{ index, records }] }],
  }
}

/** Produces to one partition as a step, in version 9. */
export function send(
  session: Session,
  step: string,
  topic: string,
  records: Buffer | null,
  options: ProduceOptions = {},
) {
  return session.ask(step, produce, 9, produceBody(topic, records, options))
}

/** Produces without a step; throws when that fails. */
export async function append(
  session: Session,
  topic: string,
  records: Buffer,
  options: ProduceOptions = {},
): Promise<void> {
  const answer = await session.quietly(produce, 9, produceBody(topic, records, options))
  const code = answer.responses[0]?.partitionResponses[0]?.errorCode
  if (code !== 0) throw new Error(`Produce to ${topic}: code ${code}`)
}

/** Fetches a partition from an offset as a step, in version 12 and without waiting. */
export function read(
  session: Session,
  step: string,
  topic: string,
  options: { offset?: number; partition?: number; isolationLevel?: number } = {},
) {
  const { offset: fetchOffset = 0, partition = 0, isolationLevel = 0 } = options
  return session.ask(step, fetch, 12, {
    maxWaitMs: 0,
    minBytes: 0,
    isolationLevel,
    topics: [{ topic, partitions: [{ partition, fetchOffset, partitionMaxBytes: 1_000_000 }] }],
  })
}
