import type { Random } from '@millrace/host'

/** What an event is made up around. */
export interface Moment {
  /** Which event this is, from 0. */
  position: number
  /** Milliseconds since 1970. */
  now: number
}

export interface ValuesOptions {
  random: Random
  seed: number
  /** The field whose value no two events share. */
  idField?: string
  /** The field that says when the event happened: never after now. */
  timeField?: string
}

/** Made-up values of one schema, each one that the gateway takes. */
export interface Values {
  /** The next one, as JSON. Throws a `NoValueError` where there is none. */
  next(moment: Moment): unknown
}

/** A schema of which no value could be made up. */
export class NoValueError extends Error {
  override readonly name = 'NoValueError'
  /** Path of the field, `stops[].zip`; '' is the whole. */
  readonly field: string
  /** The keyword, or the rule, that nothing was found for. */
  readonly rule: string

  constructor(field: string, rule: string) {
    super(`${field === '' ? 'the whole' : field}: ${rule}`)
    this.field = field
    this.rule = rule
  }
}

/** A number that no other event has: seeds and positions give ranges of their own. */
export function ownId(seed: number, position: number): number {
  return (seed % 1_000_000) * 1_000_000 + position + 1
}
