/** Values against a JSON schema, by ajv, in the draft that the schema names; 7 without a name. */
import type { ErrorObject } from 'ajv'
import { type ReferencedText, SchemaTextError } from '../schema-type.js'
import { ajvFor } from './ajv.js'
import { isObject, readSchemaJson, type SchemaJson } from './documents.js'

/** What is wrong with a value; undefined when nothing is. */
export type Validator = (value: unknown) => readonly ErrorObject[] | undefined

/**
 * Compiles a schema with what it refers to. Throws a `SchemaTextError` when it is none, or when
 * a reference leads nowhere: nothing is fetched.
 */
export function compileValidator(
  schema: SchemaJson,
  references: readonly ReferencedText[],
): Validator {
  const ajv = ajvFor(schema)
  try {
    for (const { name, text } of references) {
      const json = readSchemaJson(text)
      ajv.addSchema(isObject(json) ? withoutDraft({ ...json }) : json, name)
    }
    const validate = ajv.compile(isObject(schema) ? withoutDraft({ ...schema }) : schema)
    return (value) => (validate(value) ? undefined : (validate.errors ?? []))
  } catch (cause) {
    // What refers to nothing but itself is followed until the stack ends.
    if (cause instanceof RangeError) throw new SchemaTextError('its references lead in a circle')
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SchemaTextError(why, { cause })
  }
}

/** ajv is made for a draft already, and knows only the names of its own. */
export function withoutDraft(schema: { [keyword: string]: unknown }) {
  delete schema.$schema
  return schema
}
