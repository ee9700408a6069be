import { setTimeout as pause } from 'node:timers/promises'
import type { Api, RequestBodyOf, ResponseOf } from '../../src/protocol/api.js'
import { createTopics, listOffsets } from '../../src/protocol/apis.js'
import type { Field } from '../../src/protocol/field.js'
import { kafkaErrorOf } from '../../src/protocol/kafka-errors.js'
import { decodeResponse, encodeResponse } from '../../src/protocol/message.js'
import { Transcript } from './transcript.js'
import { NoAnswer, Wire } from './wire.js'

/** How long something may take that a broker does on its own time. */
const patienceMs = 30_000

/** One step of a scenario, and what the broker answered, as text. */
export interface Step {
  name: string
  seen: string
}

/**
 * What is done to a broker, written once: it runs against the embedded one and against Apache
 * Kafka. Topics, groups and transactional ids are its own, so that scenarios do not meet.
 */
export interface Scenario {
  name: string
  play(session: Session): Promise<void>
}

export function scenario(name: string, play: Scenario['play']): Scenario {
  return { name, play }
}

/** Plays a scenario and gives what was seen; what ends it early is its last step. */
export async function play(bootstrap: string, { play }: Scenario): Promise<Step[]> {
  const session = new Session(bootstrap)
  try {
    await play(session)
  } catch (cause) {
    if (!(cause instanceof NoAnswer)) throw cause
  } finally {
    session.close()
  }
  return session.steps()
}

/** A scenario's way to one broker: asks it, and writes down what it answers. */
export class Session {
  readonly bootstrap: string
  readonly #transcript = new Transcript()
  readonly #steps: { name: string; seen: (() => string) | undefined }[] = []
  readonly #wires = new Map<string, Wire>()

  constructor(bootstrap: string) {
    this.bootstrap = bootstrap
  }

  /** In the order in which they were begun, whenever their answers came. */
  steps(): Step[] {
    return this.#steps.map(({ name, seen }) => ({ name, seen: seen?.() ?? 'not over' }))
  }

  /** The connection with this name; a new one where it was closed. */
  wire(name = 'first'): Wire {
    const present = this.#wires.get(name)
    if (present !== undefined && !present.isClosed) return present
    const wire = new Wire(this.bootstrap)
    this.#wires.set(name, wire)
    return wire
  }

  /**
   * Sends a request, writes its answer down as a step, and gives it. Where none comes (the version
   * is not spoken) the step says so, and what is given has nothing but defaults, so that the steps
   * behind it are played too. `on` names another connection.
   */
  async ask<Q extends readonly Field[], R extends readonly Field[]>(
    step: string,
    api: Api<Q, R>,
    version: number,
    body: RequestBodyOf<Api<Q, R>>,
    on?: string,
  ): Promise<ResponseOf<Api<Q, R>>> {
    const place = this.#begin(`${step} (${api.name} ${version})`)
    try {
      const answer = await this.wire(on).ask(api, version, body)
      place.seen = () => this.#transcript.response(api, version, answer)
      return answer
    } catch (cause) {
      if (!(cause instanceof NoAnswer)) throw cause
      place.seen = () => cause.message
      return decodeResponse(api, version, encodeResponse(api, version, {})) as ResponseOf<Api<Q, R>>
    }
  }

  /** Asks without writing anything down. */
  quietly<Q extends readonly Field[], R extends readonly Field[]>(
    api: Api<Q, R>,
    version: number,
    body: RequestBodyOf<Api<Q, R>>,
    on?: string,
  ): Promise<ResponseOf<Api<Q, R>>> {
    return this.wire(on).ask(api, version, body)
  }

  /** Writes down something that was seen. */
  note(step: string, value: unknown): void {
    this.#begin(step).seen = () => this.#transcript.value(value)
  }

  /** Makes a topic, and waits until it can be written to. Gives its id. Nothing is written down. */
  async topic(
    name: string,
    options: { partitions?: number; configs?: Record<string, string> } = {},
  ): Promise<string> {
    // Scenarios write records with times of long ago, and markers have the present one.
    const longMs = String(Number.MAX_SAFE_INTEGER)
    const configs = { 'retention.ms': '-1', 'segment.ms': longMs, ...options.configs }
    const answer = await this.quietly(createTopics, 7, {
      topics: [
        {
          name,
          numPartitions: options.partitions ?? 1,
          replicationFactor: 1,
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: patienceMs,
    })
    const { errorCode = -1, topicId = '' } = answer.topics[0] ?? {}
    if (errorCode !== 0) throw new Error(`topic ${name}: ${kafkaErrorOf(errorCode).name}`)
    const count = options.partitions ?? 1
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({
      partitionIndex,
      timestamp: -1,
    }))
    // Asked of the leaders themselves: they learn that they lead after everybody else does.
    await this.until(`topic ${name} has leaders`, async () => {
      const answer = await this.quietly(listOffsets, 6, {
        replicaId: -1,
        topics: [{ name, partitions }],
      })
      const there = answer.topics.flatMap((each) => each.partitions)
      return there.every((each) => each.errorCode === 0)
    })
    return topicId
  }

  /** Resolves when `condition` holds; asked again and again. */
  async until(what: string, condition: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + patienceMs
    while (!(await condition())) {
      if (Date.now() > end) throw new Error(`Not so within ${patienceMs} ms: ${what}`)
      await pause(20)
    }
  }

  close(): void {
    for (const wire of this.#wires.values()) wire.close()
  }

  #begin(name: string): { name: string; seen: (() => string) | undefined } {
    if (this.#steps.some((each) => each.name === name)) throw new Error(`Two steps are '${name}'.`)
    const place = { name, seen: undefined }
    this.#steps.push(place)
    return place
  }
}
