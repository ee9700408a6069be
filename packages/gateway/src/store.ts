/**
 * The records of a request that were decided on, to where they go: the good ones to the log, the
 * refused ones to the exception topic, where there is one. All are counted.
 */
import { type Appended, type AppendFailure, failureOf, hasFailed, type Placed } from './append.js'
import type { Counts } from './counts.js'
import { exceptionRecord } from './exception-event.js'
import { type Intake, isRefused, type Prepared, type Refused } from './prepare.js'
import type { Target } from './targets.js'

/** Whether records are answered from the log, from the spool, or only looked at. */
export type Acknowledge = 'log' | 'spool' | 'dry-run'

/** What was decided of the records of a request. */
export interface Decided {
  readonly intake: Intake
  readonly outcomes: readonly (Prepared | Refused)[]
  /** The records as they were sent, in the same order. */
  readonly sent: readonly unknown[]
}

export interface Stored {
  /** What became of the good ones, in their order. */
  readonly appended: readonly Appended[]
  /** Why refused ones could not be kept in the exception topic. */
  readonly lost?: string | undefined
}

export class Store {
  readonly #counts: Counts

  constructor(counts: Counts) {
    this.#counts = counts
  }

  /** Never rejects: what the log does not take is told of each record. */
  async store(target: Target, decided: Decided, acknowledge: Acknowledge): Promise<Stored> {
    const { outcomes } = decided
    const { topic, policy, cluster } = target
    const good: Placed[] = []
    for (const outcome of outcomes) {
      if (!isRefused(outcome)) good.push({ topic, ...outcome })
    }
    if (acknowledge === 'dry-run') {
      return { appended: good.map(({ partition }) => ({ partition, offset: -1 })) }
    }
    const appender = cluster.appender(policy.profile ?? 'lossless')
    const appending = appender.append(good)
    const refused = outcomes.length - good.length
    const lost = refused === 0 ? undefined : await this.#keep(target, decided)
    const appended = await appending
    let failed = 0
    for (const each of appended) if (hasFailed(each)) failed++
    if (failed > 0) cluster.topics.forget(topic)
    this.#counts.add(topic, { accepted: good.length - failed, refused, failed })
    return { appended, lost }
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
          ? { topic, partition, record: exceptionRecord(sent[at], outcome, intake) }
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
