import { type Refusal, RefusedError } from '../codec.js'
import { compileCheck } from './check.js'
import { attribute, type SchemaJson } from './json.js'
import { shapeOf } from './shape.js'

/** Checks values against a schema, without a way to write them. */
export interface ValueCheck {
  /** Full name of what the schema describes. */
  readonly name: string
  /** Why a codec would refuse the value, or undefined when it would not. */
  validate(value: unknown): Refusal | undefined
}

/**
 * The check of an Avro schema that a registry has accepted, in plain JavaScript: it runs in a
 * browser, and says what the codec of `avroCodec` says. Throws a `SyntaxError` for what is no
 * JSON, and an `Error` for a type that Avro has not.
 */
export function avroCheck(schema: string): ValueCheck {
  const json = JSON.parse(schema) as SchemaJson
  const type = shapeOf(json)
  const check = compileCheck({ json, type }, 'bare')
  return {
    name: type.name ?? String(attribute(json, 'type') ?? json),
    validate: (value) => {
      try {
        check(value)
        return undefined
      } catch (cause) {
        if (cause instanceof RefusedError) return { field: cause.field, reason: cause.reason }
        // A value nested deeper than the stack, which a schema that refers to itself allows.
        if (cause instanceof RangeError) return { field: '', reason: 'it is nested too deeply' }
        throw cause
      }
    },
  }
}
