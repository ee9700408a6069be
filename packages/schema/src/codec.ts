import type { Transcoder } from './avro/transcode/transcoder.js'
import { inOneLine } from './one-line.js'

/**
 * Values to bytes and back, by one schema. A codec has no state: it may be kept and shared.
 */
export interface Codec {
  /** Full name of what the schema describes, for instance `rides.TripCompleted`. */
  readonly name: string
  /**
   * The payload (not framed). Fields with a default may be left out; those that the schema does not
   * have are refused, where it says all, or dropped, at any depth. Whole numbers may be bigints.
   * `text` is the JSON that the value was read from, where it was: a payload that is JSON is that,
   * unless something is to be dropped. Throws a `RefusedError` when the value does not fit the schema.
   */
  encode(value: unknown, unknown?: UnknownFields, text?: Uint8Array): Buffer
  /**
   * The value in a payload, as plain objects, with unions as bare values. Whole numbers that a
   * number does not hold are bigints.
   * Throws a `RefusedError` when the bytes are not such a payload.
   */
  decode(bytes: Buffer): unknown
  /** Why `encode` would refuse the value, or undefined when it would not. */
  validate(value: unknown): Refusal | undefined
  /**
   * The moment in the top-level field `field` of a value that fits the schema, in milliseconds
   * since 1970, whatever the field's unit is; undefined when the field holds none.
   */
  time(value: unknown, field: string): number | undefined
  /**
   * From JSON texts straight to payloads, where there is such a way: of a text it gives what
   * `encode` gives of its value, or gives up. Unlike the codec it has a state, the last text's.
   */
  readonly transcoder?: Transcoder | undefined
}

/** What becomes of fields that a schema does not have. */
export type UnknownFields = 'refuse' | 'drop'

/** Why a value was refused. */
export interface Refusal {
  /** Path of the offending field, `stops[2].address.zip`; '' is the value itself. */
  field: string
  /** What is wrong with it, in words: `expected double, got string "abc"`. */
  reason: string
}

/** A value that does not fit its schema. */
export class RefusedError extends Error implements Refusal {
  field: string
  readonly reason: string

  constructor(reason: string, field = '') {
    super(refusalText({ field, reason }))
    this.name = 'RefusedError'
    this.field = field
    this.reason = inOneLine(reason)
  }

  /** The same refusal, seen from the record, array or map that holds the value. */
  within(segment: string): RefusedError {
    const joint = this.field === '' || this.field.startsWith('[') ? '' : '.'
    this.field = `${segment}${joint}${this.field}`
    this.message = refusalText(this)
    return this
  }
}

/** A refusal as one line: `fare: expected double, got string "abc"`. */
export function refusalText({ field, reason }: Refusal): string {
  return inOneLine(field === '' ? reason : `${field}: ${reason}`)
}
