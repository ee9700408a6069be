/** The parts of a schema, each checked for itself, as they stand in it. */
import type { Ajv, ErrorObject } from 'ajv'
import { ajvFor } from './ajv.js'
import { type Documents, isObject, type SchemaJson } from './documents.js'
import { Patterns } from './pattern.js'
import { withoutDraft } from './validator.js'

export class JsonParts {
  readonly #patterns = new Patterns()
  readonly #ajv: Ajv
  /** Where each part is: a document's URI with a JSON pointer. */
  readonly #places = new Map<SchemaJson, string>()

  constructor(documents: Documents) {
    this.#ajv = ajvFor(documents.root.json, this.#patterns)
    for (const [uri, { json }] of documents.whole) {
      // That it is a schema was found when it was read.
      this.#ajv.addSchema(isObject(json) ? withoutDraft({ ...json }) : json, uri, false, false)
      this.#remember(json, `${uri}#`)
    }
  }

  /**
   * What is wrong with a value by a part of the documents; undefined where nothing is. Empty where
   * nothing can be said of it.
   */
  check(part: SchemaJson, value: unknown): readonly ErrorObject[] | undefined {
    if (typeof part === 'boolean') return part ? undefined : []
    const validate = this.#ajv.getSchema(this.#places.get(part) ?? '')
    if (validate === undefined) throw new Error('It is no part of the schema.')
    try {
      return this.#patterns.bounded(() => (validate(value) ? undefined : (validate.errors ?? [])))
    } catch (cause) {
      // A schema that refers to itself and says nothing else.
      if (cause instanceof RangeError) return []
      throw cause
    }
  }

  #remember(json: unknown, place: string): void {
    if (typeof json !== 'object' || json === null) return
    if (isObject(json) && !this.#places.has(json)) this.#places.set(json, place)
    for (const [key, value] of Object.entries(json)) {
      const step = encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))
      this.#remember(value, `${place}/${step}`)
    }
  }
}
