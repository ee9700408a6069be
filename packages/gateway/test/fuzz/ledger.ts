/** What the topics have to hold, by what senders were told, beside what they do hold. */
import type { TopicCounts } from '../../src/index.js'
import type { Told } from './meaning.js'
import type { Stored } from './platform-process.js'
import type { Representation } from './represents.js'

export class Ledger {
  readonly #representation: Representation
  readonly #placed = new Map<string, Told>()
  /** By event id; a sender may use one twice. */
  readonly #spooled = new Map<string, Told[]>()
  /** Values of requests whose sender was gone: they may be there, or not. */
  #perhaps: unknown[] = []
  readonly #told = new Map<string, number>()
  readonly #unsure = new Set<string>()
  /** Where each partition was read up to. */
  readonly next: Record<string, number[]> = {}

  constructor(representation: Representation, topics: readonly string[]) {
    this.#representation = representation
    for (const topic of topics) this.next[topic] = []
  }

  /** Whoever sent it was told that it is stored. Says what is wrong with that. */
  add(told: Told): string[] {
    const { topic, partition, offset, eventId } = told
    this.#told.set(topic, (this.#told.get(topic) ?? 0) + 1)
    const place = `${topic}/${partition}/${offset}`
    if (offset === undefined) {
      this.#spooled.set(eventId ?? '', [...(this.#spooled.get(eventId ?? '') ?? []), told])
      return []
    }
    if (this.#placed.has(place)) return [`two records were told the place ${place}`]
    this.#placed.set(place, told)
    return []
  }

  /** Values that may be stored, because nobody was there to be told. */
  addUnsure(values: readonly unknown[]): void {
    this.#perhaps.push(...values)
  }

  /** Compares with what came to the topics since the last time. */
  async check(found: readonly Stored[], counts: readonly TopicCounts[]): Promise<string[]> {
    const problems: string[] = []
    for (const record of found) {
      const { topic, partition, offset } = record
      const offsets = this.next[topic]
      if (offsets !== undefined) offsets[partition] = Math.max(offsets[partition] ?? 0, offset + 1)
      const problem = await this.#checkRecord(record)
      if (problem !== undefined) problems.push(problem)
    }
    for (const [place] of this.#placed)
      problems.push(`nothing is at ${place}, where something was told to be`)
    for (const [id, left] of this.#spooled) {
      for (const { topic } of left) problems.push(`the event ${id} never came to ${topic}`)
    }
    problems.push(...this.#wrongCounts(counts))
    this.#placed.clear()
    this.#spooled.clear()
    this.#perhaps = []
    return problems
  }

  async #checkRecord({ topic, partition, offset, value, id }: Stored): Promise<string | undefined> {
    const place = `${topic}/${partition}/${offset}`
    const isOf = (sent: unknown) => this.#representation.isOf(value, sent)
    const told = this.#placed.get(place) ?? this.#spooled.get(id ?? '')?.shift()
    if (told !== undefined) {
      this.#placed.delete(place)
      if (await isOf(told.value)) return undefined
      return `at ${place} is ${shown(value)}, and not ${JSON.stringify(told.value)?.slice(0, 300)}`
    }
    for (const sent of this.#perhaps) {
      if (!(await isOf(sent))) continue
      this.#unsure.add(topic)
      return undefined
    }
    return `nobody was told of what is at ${place}: ${shown(value)}`
  }

  /** What is told to be stored is counted as accepted, or as still in the spool. */
  #wrongCounts(counts: readonly TopicCounts[]): string[] {
    return counts.flatMap(({ topic, accepted, failed, spooled }) => {
      if (this.next[topic] === undefined) return []
      const told = this.#told.get(topic) ?? 0
      if (this.#unsure.has(topic) || accepted + spooled === told) return []
      return [
        `${topic}: ${accepted} accepted, ${failed} failed, ${spooled} spooled, and ${told} were told to be stored`,
      ]
    })
  }
}

function shown(value: Buffer | null): string {
  return value === null ? 'null' : JSON.stringify(value.toString('latin1').slice(0, 300))
}
