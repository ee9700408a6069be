import { type ParsedSchema, SchemaTextError, type SchemaType } from '../schema-type.js'
import { appendBreaks } from './append.js'
import { compactJson, sortedJson } from './compact.js'
import { Comparison, type JsonBreak } from './comparison.js'
import { Documents, readSchemaJson } from './documents.js'
import { compileValidator } from './validator.js'

/** What the registry needs of a JSON schema, and what another one needs of it. */
interface JsonSchema extends ParsedSchema {
  readonly documents: Documents
}

/** JSON Schema as a language of schemas: drafts 4, 6, 7, 2019-09 and 2020-12. */
export const jsonType: SchemaType = {
  name: 'JSON',
  parse(text, references): JsonSchema {
    const json = readSchemaJson(text)
    compileValidator(json, references)
    const documents = new Documents(json, references)
    const canonical = compactJson(text)
    const sides = (older: ParsedSchema) => {
      const before = (older as JsonSchema).documents
      return [
        { node: before.root, documents: before },
        { node: documents.root, documents },
      ] as const
    }
    return {
      canonical,
      documents,
      normalized: () => JSON.stringify(sortedJson(json)),
      formatted: () => canonical,
      backwardBreaks: (older) => readable(() => new Comparison().compare(...sides(older))),
      appendBreaks: (older) => readable(() => appendBreaks(...sides(older))),
    }
  },
}

function readable(breaks: () => readonly JsonBreak[]): string[] {
  try {
    return breaks().map(
      ({ field, kind, reason }) => `${field === '' ? '' : `${field}: `}${reason} (${kind})`,
    )
  } catch (cause) {
    if (cause instanceof SchemaTextError) return [cause.message]
    throw cause
  }
}
