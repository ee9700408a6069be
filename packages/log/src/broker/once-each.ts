import { KafkaError } from '../errors.js'

/** Something a request asks for, and whether it asks for the same again. */
export interface AskedOnce<Asked> {
  asked: Asked
  repeated: boolean
}

/**
 * What a request asks for, each thing once, in its order. Kafka refuses a thing that is named
 * twice as a whole, and answers it once.
 */
export function onceEach<Asked>(
  all: readonly Asked[],
  keyOf: (asked: Asked) => string,
): AskedOnce<Asked>[] {
  const byKey = new Map<string, AskedOnce<Asked>>()
  for (const asked of all) {
    const key = keyOf(asked)
    const before = byKey.get(key)
    if (before === undefined) byKey.set(key, { asked, repeated: false })
    else before.repeated = true
  }
  return [...byKey.values()]
}

/** Throws INVALID_REQUEST where `repeated`. */
export function checkNotRepeated(where: string, repeated: boolean): void {
  if (!repeated) return
  throw new KafkaError('INVALID_REQUEST', where, { detail: 'The request names it twice.' })
}
