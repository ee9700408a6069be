import type { Random } from '@millrace/host'
import { one } from './words.js'

/** How often a mistake is made before it counts as one that everything fits. */
const attemptsMax = 60

/** What senders get wrong: a field is missing, is empty, or holds something else. */
const mistakes: readonly ((value: unknown) => unknown)[] = [
  () => undefined,
  () => null,
  (value) => (typeof value === 'string' ? 12_345 : 'wrong'),
  (value) => [value],
]

/**
 * An event with a mistake in it, so that it does not fit any more; undefined where none was found.
 * The event itself stays as it is.
 */
export function spoil(
  event: unknown,
  random: Random,
  fits: (event: unknown) => boolean,
): unknown | undefined {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const spoilt = structuredClone(event)
    const places = [...placesIn(spoilt)]
    const place = places.length === 0 ? undefined : one(places, random)
    if (place === undefined) return fits('wrong') ? undefined : 'wrong'
    const wrong = one(mistakes, random)(place.holder[place.name])
    if (wrong === undefined) delete place.holder[place.name]
    else place.holder[place.name] = wrong
    if (!fits(spoilt)) return spoilt
  }
  return undefined
}

interface Place {
  readonly holder: Record<string, unknown>
  readonly name: string
}

/** The fields of an event, and those within them. */
function* placesIn(value: unknown): Generator<Place> {
  if (Array.isArray(value)) for (const item of value) yield* placesIn(item)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const holder = value as Record<string, unknown>
  for (const [name, member] of Object.entries(holder)) {
    yield { holder, name }
    yield* placesIn(member)
  }
}
