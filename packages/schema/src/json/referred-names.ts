import type { ReferredNames } from '../references.js'
import { Documents, noUri, readSchemaJson } from './documents.js'

/**
 * URIs of the documents that a schema refers to and does not hold, each relative to the `$id`
 * around its `$ref`, as it is written where there is none; and its own `$id`.
 */
export function jsonReferredNames(text: string): ReferredNames {
  const json = readSchemaJson(text)
  const documents = new Documents(json, [])
  const uses = documents.referredUris().map((uri) => {
    return uri.startsWith(noUri) ? decodeURIComponent(uri.slice(noUri.length)) : uri
  })
  return { uses: [...new Set(uses)], offers: documents.ownUris() }
}
