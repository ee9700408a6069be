/** Values against a JSON schema, by ajv, in the draft that the schema names; 7 without a name. */
import { createRequire } from 'node:module'
import { Ajv, type ErrorObject, type Options } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import Ajv04Module from 'ajv-draft-04'
import formatsModule from 'ajv-formats'
import { RE2JS } from 're2js'
import { type ReferencedText, SchemaTextError } from '../schema-type.js'
import { isObject, readSchemaJson, type SchemaJson } from './documents.js'

// These two are CommonJS modules whose default is a member to Node and to TypeScript is not.
const Ajv04 = Ajv04Module as unknown as typeof Ajv04Module.default
const addFormats = formatsModule as unknown as typeof formatsModule.default
const draft6 = createRequire(import.meta.url)('ajv/dist/refs/json-schema-draft-06.json')

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

/** A validator of the draft that a schema names. */
export function ajvFor(schema: SchemaJson): Ajv {
  const named = isObject(schema) && typeof schema.$schema === 'string' ? schema.$schema : ''
  const options: Options = {
    strict: false,
    logger: false,
    allErrors: false,
    code: { regExp: linearRegExp },
  }
  let ajv: Ajv
  if (named.includes('2020-12')) ajv = new Ajv2020(options)
  else if (named.includes('2019-09')) ajv = new Ajv2019(options)
  else if (named.includes('draft-04')) ajv = new Ajv04(options) as unknown as Ajv
  else {
    ajv = new Ajv(options)
    if (named.includes('draft-06')) ajv.addMetaSchema(draft6)
  }
  addFormats(ajv)
  return ajv
}

/** ajv is made for a draft already, and knows only the names of its own. */
export function withoutDraft(schema: { [keyword: string]: unknown }) {
  delete schema.$schema
  return schema
}

/**
 * Patterns in linear time where RE2 knows them: a pattern of a schema meets text of a stranger.
 * What RE2 has not (looking around, back references) is left to JavaScript.
 */
export function linearRegExp(
  pattern: string,
  flags: string,
): { test(text: string): boolean; toString(): string } {
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
    // ajv tells patterns apart by their text, and would take any other for the first one.
    const name = `/${pattern}/${flags}`
    return { test: (text) => compiled.matcher(text).find(), toString: () => name }
  } catch {
    return new RegExp(pattern, flags)
  }
}
// ajv writes this into standalone code, which is not made here.
linearRegExp.code = 'new RegExp'
