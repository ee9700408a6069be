import { KafkaError } from '../errors.js'
import { initProducerId } from '../protocol/apis.js'
import type { Connection } from './connection.js'

const sequenceMax = 0x7fffffff

/**
 * What makes a producer idempotent: an id and an epoch from the broker, and for each partition
 * the sequence number of the next record. The broker takes a batch only if it continues the
 * sequence, so a batch that is sent again is written once.
 */
export class ProducerIdentity {
  readonly producerId: number
  readonly epoch: number
  readonly #nextSequences = new Map<string, number>()

  constructor(producerId: number, epoch: number) {
    this.producerId = producerId
    this.epoch = epoch
  }

  nextSequence(partition: string): number {
    return this.#nextSequences.get(partition) ?? 0
  }

  /** Says that the broker has taken `records` more; sequence numbers wrap round to 0. */
  advance(partition: string, records: number): void {
    const next = this.nextSequence(partition) + records
    this.#nextSequences.set(partition, next > sequenceMax ? next - sequenceMax - 1 : next)
  }
}

/** Which transactional id an identity is for, and the identity that it follows. */
export interface IdentityRequest {
  transactionalId: string | null
  transactionTimeoutMs: number
  /** The holder asks for a new epoch; the broker refuses when another has taken over. */
  previous?: ProducerIdentity | undefined
}

/** Asks a broker (for a transactional id, its coordinator) for an identity. */
export async function askIdentity(
  broker: Connection,
  request: IdentityRequest,
): Promise<ProducerIdentity> {
  const answer = await broker.request(initProducerId, {
    transactionalId: request.transactionalId,
    transactionTimeoutMs: request.transactionTimeoutMs,
    producerId: request.previous?.producerId ?? -1,
    producerEpoch: request.previous?.epoch ?? -1,
  })
  if (answer.errorCode !== 0) {
    const { transactionalId } = request
    throw new KafkaError(
      answer.errorCode,
      transactionalId === null ? broker.where : `transactional id ${transactionalId}`,
    )
  }
  return new ProducerIdentity(answer.producerId, answer.producerEpoch)
}
