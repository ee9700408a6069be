import type { Api, RequestBodyOf, ResponseOf } from '../../src/protocol/api.js'
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  endTxn,
  initProducerId,
  produce,
  txnOffsetCommit,
} from '../../src/protocol/apis.js'
import type { Field } from '../../src/protocol/field.js'
import { kafkaErrorOf, kafkaErrors } from '../../src/protocol/kafka-errors.js'
import { encodeBatch } from '../../src/records/encode-batch.js'
import type { Identity } from '../../src/transactions/transaction.js'
import type { Attempt } from './history.js'
import { type ModelWorld, Peer, partitions, topic } from './model-world.js'
import type { Sent } from './zombie.js'

/** How long a request is tried again before its producer gives the transaction up. */
const patienceMs = 6_000

/** Thrown where a transaction cannot go on. */
class GivenUp extends Error {}

/**
 * A producer that writes transaction after transaction by one of the protocols, forgets answers
 * and asks again, ends in the middle, and goes on in one of the ways that there are.
 */
export class ModelProducer {
  readonly #world: ModelWorld
  readonly #peer: Peer
  readonly #id: string
  readonly #protocol: 1 | 2
  /** Where what it sent is put, for somebody to send it again at any time. */
  readonly #sent: Sent[] | undefined
  #identity: Identity | undefined
  #sequences = new Map<number, number>()

  constructor(world: ModelWorld, id: string, protocol: 1 | 2, sent?: Sent[]) {
    this.#world = world
    this.#peer = new Peer(world)
    this.#id = id
    this.#protocol = protocol
    this.#sent = sent
  }

  async run(transactions: number): Promise<void> {
    for (let done = 0; done < transactions; done++) {
      try {
        this.#identity ??= await this.#take()
        await this.#transaction()
      } catch (cause) {
        if (!(cause instanceof GivenUp)) throw cause
        this.#world.history.count(`given up: ${cause.message}`)
        await this.#recover()
      }
      await this.#pause(100)
    }
    this.#peer.close()
  }

  async #transaction(): Promise<void> {
    const { history, random } = this.#world
    const attempt: Attempt = {
      transactionalId: this.#id,
      protocol: this.#protocol,
      number: history.attempts.length,
      values: new Map(),
      hasOffset: random.below(2) === 0,
      outcome: 'unknown',
    }
    history.attempts.push(attempt)
    if (this.#protocol === 1) await this.#addPartitions()
    for (const partition of partitions) {
      for (let batch = random.below(3); batch >= 0; batch--) {
        await this.#write(attempt, partition, batch)
        if (random.below(8) === 0) await this.#pause(1500)
      }
    }
    if (random.below(6) === 0) await this.#leaveGap(attempt)
    if (attempt.hasOffset) await this.#commitOffset(attempt.number)
    // Some are left open, as by a program that ends here.
    if (random.below(12) === 0) throw new GivenUp('left open')
    const committed = random.below(4) > 0
    await this.#end(committed)
    attempt.outcome = committed ? 'committed' : 'aborted'
    history.count(attempt.outcome)
  }

  async #write(attempt: Attempt, partition: number, batch: number): Promise<void> {
    const { random } = this.#world
    const count = 1 + random.below(3)
    const values = Array.from(
      { length: count },
      (_, at) => `${this.#id} ${attempt.number} ${partition}.${batch}.${at}`,
    )
    const sequence = this.#sequences.get(partition) ?? 0
    const records = this.#batch(values, sequence)
    const answer = await this.#untilAnswered(produce, this.#protocol === 2 ? 12 : 11, {
      ...this.#produceBody(partition, records),
    })
    const [response] = answer.responses[0]?.partitionResponses ?? []
    this.#check(response?.errorCode ?? -1)
    this.#world.history.acknowledged(records.toString('hex'), response?.baseOffset ?? -1)
    this.#sequences.set(partition, sequence + count)
    attempt.values.set(partition, [...(attempt.values.get(partition) ?? []), ...values])
  }

  /** Sends a batch that leaves sequence numbers out: it must be refused. */
  async #leaveGap(attempt: Attempt): Promise<void> {
    const { history } = this.#world
    const value = `${this.#id} ${attempt.number} gap`
    history.forbidden.add(value)
    const sequence = (this.#sequences.get(0) ?? 0) + 3
    const body = this.#produceBody(0, this.#batch([value], sequence))
    const answer = await this.#peer.ask(produce, this.#protocol === 2 ? 12 : 11, body)
    const code = answer?.responses[0]?.partitionResponses[0]?.errorCode
    if (code === 0) throw new Error('A batch that leaves a gap was taken.')
    if (code === kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER) history.count('gaps refused')
  }

  async #addPartitions(): Promise<void> {
    const { producerId, producerEpoch } = this.#held
    const answer = await this.#untilAnswered(addPartitionsToTxn, 3, {
      v3AndBelowTransactionalId: this.#id,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [...partitions] }],
    })
    const [result] = answer.resultsByTopicV3AndBelow[0]?.resultsByPartition ?? []
    this.#check(result?.partitionErrorCode ?? -1)
  }

  async #commitOffset(committedOffset: number): Promise<void> {
    const producer = { transactionalId: this.#id, ...this.#held, groupId: this.#id }
    if (this.#protocol === 1) {
      const added = await this.#untilAnswered(addOffsetsToTxn, 3, producer)
      this.#check(added.errorCode)
    }
    const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: '' }]
    const version = this.#protocol === 2 ? 5 : 3
    const answer = await this.#untilAnswered(txnOffsetCommit, version, {
      ...producer,
      topics: [{ name: topic, partitions }],
    })
    this.#check(answer.topics[0]?.partitions[0]?.errorCode ?? -1)
  }

  async #end(committed: boolean): Promise<void> {
    const former = this.#held
    const body = { transactionalId: this.#id, ...former, committed }
    const answer = await this.#untilAnswered(endTxn, this.#protocol === 2 ? 5 : 4, body)
    this.#check(answer.errorCode)
    if (this.#protocol === 1) return
    const { producerId, producerEpoch } = answer
    this.#hold({ producerId, producerEpoch })
    this.#world.history.followed({ producerId, producerEpoch }, former)
  }

  /** Takes the id over from whoever holds it. */
  async #take(): Promise<Identity> {
    const answer = await this.#untilAnswered(initProducerId, 5, this.#initBody())
    this.#check(answer.errorCode)
    const { producerId, producerEpoch } = answer
    this.#world.history.took({ producerId, producerEpoch }, this.#world.endOffsets())
    return this.#hold({ producerId, producerEpoch })
  }

  /** Goes on after a failure: by an abort, by the next epoch, or from the beginning. */
  async #recover(): Promise<void> {
    const former = this.#identity
    const way = this.#world.random.below(3)
    try {
      if (former !== undefined && way === 0) {
        await this.#end(false)
        if (this.#protocol === 2) return
      }
      if (former !== undefined && way < 2) {
        const body = { ...this.#initBody(), ...former }
        const answer = await this.#untilAnswered(initProducerId, 5, body)
        this.#check(answer.errorCode)
        const { producerId, producerEpoch } = answer
        this.#world.history.followed({ producerId, producerEpoch }, former)
        this.#hold({ producerId, producerEpoch })
        return
      }
    } catch (cause) {
      if (!(cause instanceof GivenUp)) throw cause
    }
    this.#identity = undefined
  }

  get #held(): Identity {
    if (this.#identity === undefined) throw new Error('A transaction without an identity.')
    return this.#identity
  }

  #hold(identity: Identity): Identity {
    this.#identity = identity
    this.#sequences = new Map()
    return identity
  }

  #initBody() {
    const transactionTimeoutMs = 500 + this.#world.random.below(4000)
    return { transactionalId: this.#id, transactionTimeoutMs }
  }

  #batch(values: readonly string[], baseSequence: number): Buffer {
    const records = values.map((value) => ({ key: null, value: Buffer.from(value) }))
    return encodeBatch(records, { ...this.#held, baseSequence, transactional: true })
  }

  #produceBody(partition: number, records: Buffer) {
    const partitionData = [{ index: partition, records }]
    return { transactionalId: this.#id, acks: -1, topicData: [{ name: topic, partitionData }] }
  }

  /** Asks until there is an answer that is not forgotten, and that does not say to ask again. */
  async #untilAnswered<Q extends readonly Field[], R extends readonly Field[]>(
    api: Api<Q, R>,
    version: number,
    body: RequestBodyOf<Api<Q, R>>,
  ): Promise<ResponseOf<Api<Q, R>>> {
    const { clock, random } = this.#world
    const end = clock.monotonic() + patienceMs
    this.#sent?.push({ api, version, body: body as RequestBodyOf<Api> })
    while (clock.monotonic() < end) {
      const answer = await this.#peer.ask(api, version, body)
      const isForgotten = random.below(6) === 0
      if (answer !== undefined && !isForgotten && !saysAgain(answer)) return answer
      await this.#pause(200)
    }
    throw new GivenUp('no answer')
  }

  #check(errorCode: number): void {
    if (errorCode !== 0) throw new GivenUp(kafkaErrorOf(errorCode).name)
  }

  #pause(msMax: number): Promise<void> {
    return this.#world.sleep(1 + this.#world.random.below(msMax))
  }
}

const again: ReadonlySet<number> = new Set([
  kafkaErrors.CONCURRENT_TRANSACTIONS,
  kafkaErrors.NOT_ENOUGH_REPLICAS,
])

/** Whether an answer says anywhere that the same request may succeed a little later. */
function saysAgain(answer: unknown): boolean {
  if (Array.isArray(answer)) return answer.some(saysAgain)
  if (typeof answer !== 'object' || answer === null) return false
  return Object.entries(answer).some(([name, value]) =>
    name.endsWith('rrorCode') ? again.has(Number(value)) : saysAgain(value),
  )
}
