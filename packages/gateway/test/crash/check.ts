/** What was acknowledged beside what is in the log. */
import type { Found } from './topics.js'

/** An event that was acknowledged. */
export interface Accepted {
  readonly id: number
  /** Who sent it: one request after the other, and waited for each answer. */
  readonly sender: number
  readonly topic: string
  readonly partition: number
  /** Undefined where it was acknowledged from the spool. */
  readonly offset: number | undefined
}

/** Those that are not there. */
export function missing(accepted: readonly Accepted[], found: readonly Found[]): Accepted[] {
  const ids = new Set(found.map(({ id }) => id))
  return accepted.filter(({ id }) => !ids.has(id))
}

/**
 * What is wrong: events that are lost, that are there twice (every event is sent once), that are
 * elsewhere than was told, or in another order than their sender was answered in. `accepted` is in
 * the order of the answers.
 */
export function problemsOf(accepted: readonly Accepted[], found: readonly Found[]): string[] {
  const problems = missing(accepted, found).map(({ id, topic }) => {
    return `event ${id} of ${topic} was acknowledged, and is lost`
  })
  const places = new Map<number, Found>()
  for (const each of found) {
    if (places.has(each.id)) problems.push(`event ${each.id} is there twice`)
    else places.set(each.id, each)
  }
  const last = new Map<string, number>()
  for (const { id, sender, topic, partition, offset } of accepted) {
    const place = places.get(id)
    if (place === undefined) continue
    const isThere = place.topic === topic && place.partition === partition
    if (!isThere || (offset !== undefined && offset !== place.offset)) {
      const told = offset === undefined ? '' : ` at offset ${offset}`
      problems.push(
        `event ${id} was told to be${told} in ${topic}, partition ${partition}; it is at offset ${place.offset} of ${place.topic}, partition ${place.partition}`,
      )
      continue
    }
    // Between the spool and the log there is no order.
    const lane = `${sender} ${topic} ${partition} ${offset === undefined}`
    if (place.offset <= (last.get(lane) ?? -1)) problems.push(`event ${id} is out of order`)
    last.set(lane, place.offset)
  }
  return problems
}
