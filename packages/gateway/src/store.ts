/**
 * The records of a request that were decided on, to where they go: the good ones to the log, the
 * refused ones to the exception topic, where there is one. All are counted.
 */
import { type Appended, type AppendFailure, failureOf, hasFailed } from './append.js'
import type { Counts } from './counts.js'
import { exceptionRecord } from './exception-record.js'
import { type Intake, isRefused, type Prepared, type Refused, type SentRecord } from './prepare.js'
import type { Spool } from './spool/spool.js'
import type { Target } from './targets.js'

/** Whether records are answered from the log, from the spool, or only looked at. */
export type Acknowledge = 'log' | 'spool' | 'dry-run'

/** What was decided of the records of a request. */
export interface Decided {
  readonly intake: Intake
  readonly outcomes: readonly (Prepared | Refused)[]
  /** The records as they were sent, in the same order; none where none is refused. */
  readonly sent: readonly SentRecord[]
}

export interface Stored {
  /** What became of the good ones, in their order. */
  readonly appended: readonly Appended[]
  /** Why refused ones could not be kept in the exception topic. */
  readonly lost?: string | undefined
}

export class Store {
  readonly #counts: Counts
  readonly #spool: Pick<Spool, 'append'> | undefined

  constructor(counts: Counts, spool?: Pick<Spool, 'append'>) {
    this.#counts = counts
    this.#spool = spool
  }

  /**
   * How a request is answered: as it asks, else as the policy says. Without a spool all is answered
   * from the log, which whoever prefers otherwise has to take too (RFC 7240).
   */
  acknowledge(asked: Acknowledge | undefined, { policy }: Target): Acknowledge {
    const wanted = asked ?? policy.acknowledge ?? 'log'
    return wanted === 'spool' && this.#spool === undefined ? 'log' : wanted
  }

  /** What the log does not take is told of each record. Never rejects. */
  async store(target: Target, decided: Decided, acknowledge: Acknowledge): Promise<Stored> {
    const { outcomes } = decided
    const { topic, policy, cluster } = target
    const good: Prepared[] = []
    for (const outcome of outcomes) if (!isRefused(outcome)) good.push(outcome)
    if (acknowledge === 'dry-run') {
      return { appended: good.map(({ partition }) => ({ partition, offset: -1 })) }
    }
    const appending =
      acknowledge === 'spool'
        ? this.#toSpool(target, good)
        : cluster
            .appender(policy.profile ?? 'lossless')
            .append(good.map(({ partition, record }) => ({ topic, partition, record })))
    const refused = outcomes.length - good.length
    const lost = refused === 0 ? undefined : await this.#keep(target, decided)
    const appended = await appending
    this.#count(target, acknowledge, appended, refused)
    return { appended, lost }
  }

  /**
   * The same for records of which none is refused, at least one; `done` is told what became of
   * them, and does not throw.
   */
  storeGood(
    target: Target,
    good: readonly Prepared[],
    acknowledge: 'log' | 'spool',
    done: (appended: readonly Appended[]) => void,
  ): void {
    const { topic, policy, cluster } = target
    const counted = (appended: readonly Appended[]) => {
      this.#count(target, acknowledge, appended, 0)
      done(appended)
    }
    if (acknowledge === 'log') {
      cluster.appender(policy.profile ?? 'lossless').appendTo(topic, good, counted)
    } else {
      void this.#toSpool(target, good).then(counted)
    }
  }

  #count(
    { topic, cluster }: Target,
    acknowledge: Acknowledge,
    appended: readonly Appended[],
    refused: number,
  ): void {
    let failed = 0
    for (const each of appended) if (hasFailed(each)) failed++
    // What is in the spool is counted where it goes on from there.
    const accepted = acknowledge === 'spool' ? 0 : appended.length - failed
    if (acknowledge === 'log' && failed > 0) cluster.topics.forget(topic)
    this.#counts.add(topic, { accepted, refused, failed })
  }

  /** All of them, or none. */
  #toSpool({ topic, cluster }: Target, good: readonly Prepared[]): Promise<Appended[]> {
    if (this.#spool === undefined || good.length === 0) return Promise.resolve([])
    const placed = good.map(({ partition, record }) => {
      return { cluster: cluster.name, topic, partition, record }
    })
    return this.#spool.append(placed).then(
      () => good.map(({ partition }) => ({ partition, offset: -1 })),
      (cause) => {
        const failure = failureOf(cause)
        return good.map(({ partition }) => ({ partition, failure }))
      },
    )
  }

  /** Keeps refused records in the exception topic; says why, where it could not. */
  async #keep({ policy, cluster }: Target, decided: Decided): Promise<string | undefined> {
    const topic = policy.exceptionTopic
    if (topic === undefined) return undefined
    const { outcomes, sent, intake } = decided
    let failure: AppendFailure | undefined
    try {
      const partition = intake.keyless % (await cluster.topics.partitionsOrCreate(topic))
      const placed = outcomes.flatMap((outcome, at) =>
        isRefused(outcome)
          ? { topic, partition, record: exceptionRecord(sent[at] as SentRecord, outcome, intake) }
          : [],
      )
      const appended = await cluster.appender('lossless').append(placed)
      failure = appended.find(hasFailed)?.failure
    } catch (cause) {
      failure = failureOf(cause)
    }
    return failure && `It could not be kept in ${topic} either: ${failure.message}`
  }
}
