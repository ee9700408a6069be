/**
 * ajv, of the draft that a schema names; 7 without a name. It is loaded when the first JSON schema
 * is met, since many a project has none.
 */
import { createRequire } from 'node:module'
import type { Ajv, Options } from 'ajv'
import { optimizedCharsMax } from '../limits.js'
import { isObject, type SchemaJson } from './documents.js'
import { Patterns } from './pattern.js'
import { addUniqueItems } from './unique-items.js'

const load = createRequire(import.meta.url)

/** A validator of the draft that a schema names. */
export function ajvFor(schema: SchemaJson, patterns = new Patterns()): Ajv {
  const named = isObject(schema) && typeof schema.$schema === 'string' ? schema.$schema : ''
  const options: Options = {
    strict: false,
    logger: false,
    allErrors: false,
    // To look for what can be left out of the code takes longer than all the rest, where it is long.
    code: {
      regExp: patterns.regExp,
      optimize: JSON.stringify(schema).length <= optimizedCharsMax,
    },
  }
  const ajv = ajvOf(named, options)
  const { default: addFormats }: typeof import('ajv-formats') = load('ajv-formats')
  addFormats(ajv)
  addUniqueItems(ajv)
  return ajv
}

function ajvOf(draft: string, options: Options): Ajv {
  if (draft.includes('2020-12')) {
    const { Ajv2020 }: typeof import('ajv/dist/2020.js') = load('ajv/dist/2020.js')
    return new Ajv2020(options)
  }
  if (draft.includes('2019-09')) {
    const { Ajv2019 }: typeof import('ajv/dist/2019.js') = load('ajv/dist/2019.js')
    return new Ajv2019(options)
  }
  if (draft.includes('draft-04')) {
    const { default: Ajv04 }: typeof import('ajv-draft-04') = load('ajv-draft-04')
    return new Ajv04(options) as unknown as Ajv
  }
  const { Ajv }: typeof import('ajv') = load('ajv')
  const ajv = new Ajv(options)
  if (draft.includes('draft-06')) ajv.addMetaSchema(load('ajv/dist/refs/json-schema-draft-06.json'))
  return ajv
}
