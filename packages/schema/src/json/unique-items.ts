import type { Ajv } from 'ajv'
import { sortedJson } from './compact.js'

/**
 * `uniqueItems` in linear time: ajv compares every two items, which takes minutes for as many as a
 * request may hold.
 */
export function addUniqueItems(ajv: Ajv): void {
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    errors: false,
    error: { message: 'must NOT have duplicate items' },
    validate: (isUnique: boolean, items: readonly unknown[]) => !isUnique || areUnique(items),
  })
}

function areUnique(items: readonly unknown[]): boolean {
  const seen = new Set<unknown>()
  for (const item of items) {
    const isScalar = typeof item !== 'object' || item === null
    // A text may not be taken for a list or an object of the same text.
    const key = isScalar ? (typeof item === 'string' ? `"${item}` : item) : identityOf(item)
    if (seen.has(key)) return false
    seen.add(key)
  }
  return true
}

/** One text for all values that are equal in JSON. */
export function identityOf(json: unknown): string {
  return JSON.stringify(sortedJson(json))
}
