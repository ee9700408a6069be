import { controlErrors } from '../errors.js'

/** Where an exception is in the log. */
export interface ExceptionPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** An exception's id: `trips.exceptions:0:12`, its topic, partition and offset. */
export function idOf({ topic, partition, offset }: ExceptionPlace): string {
  return `${topic}:${partition}:${offset}`
}

/** The place that an id names. Throws BAD_PARAMETER where it is none. */
export function placeOf(id: string): ExceptionPlace {
  // A topic's name has no colon.
  const [, topic, partition, offset] = /^([^:]+):(\d{1,9}):(\d{1,15})$/.exec(id) ?? []
  if (topic === undefined) {
    throw controlErrors.badParameter('id', id, 'an id as the list tells it, TOPIC:PARTITION:OFFSET')
  }
  return { topic, partition: Number(partition), offset: Number(offset) }
}
