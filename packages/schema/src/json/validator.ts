/** Values against a JSON schema, by ajv, in the draft that the schema names; 7 without a name. */
import type { ErrorObject } from 'ajv'
import { type ReferencedText, SchemaTextError } from '../schema-type.js'
import { ajvFor } from './ajv.js'
import { Bounds, leadsBack } from './bounds.js'
import { Documents, isObject, readSchemaJson, type SchemaJson } from './documents.js'
import { Patterns } from './pattern.js'

/** What is wrong with a value; undefined when nothing is. */
export type Validator = (value: unknown) => readonly ErrorObject[] | undefined

/**
 * Compiles a schema with what it refers to. Throws a `SchemaTextError` when it is none, or when
 * a reference leads nowhere: nothing is fetched. The validator throws a `RefusedError` for a value
 * that takes too long.
 */
export function compileValidator(
  schema: SchemaJson,
  references: readonly ReferencedText[],
): Validator {
  const patterns = new Patterns()
  const ajv = ajvFor(schema, patterns)
  try {
    for (const { name, text } of references) {
      const json = readSchemaJson(text)
      ajv.addSchema(isObject(json) ? withoutDraft({ ...json }) : json, name)
    }
    const validate = ajv.compile(isObject(schema) ? withoutDraft({ ...schema }) : schema)
    const bounds = new Bounds(patterns, leadsBack(new Documents(schema, references)))
    return (value) => {
      return bounds.of(value, () => (validate(value) ? undefined : (validate.errors ?? [])))
    }
  } catch (cause) {
    if (cause instanceof SchemaTextError) throw cause
    // What refers to nothing but itself is followed until the stack ends.
    if (cause instanceof RangeError) {
      throw new SchemaTextError('its references lead in a circle, or it has too many parts')
    }
    // What ajv did not look for is not told in its words.
    const isTold = cause instanceof Error && !(cause instanceof TypeError)
    const why = isTold ? cause.message : 'a keyword has a value of the wrong kind'
    throw new SchemaTextError(why, { cause })
  }
}

/** ajv is made for a draft already, and knows only the names of its own. */
export function withoutDraft(schema: { [keyword: string]: unknown }) {
  delete schema.$schema
  return schema
}
