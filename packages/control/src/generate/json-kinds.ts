export type JsonKind = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object'

const everyKind: readonly JsonKind[] = [
  ...(['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const),
]

/** Keywords that say something of one kind alone, and so that it is meant. */
const meant: readonly (readonly [JsonKind, readonly string[]])[] = [
  ['object', ['properties', 'required', 'additionalProperties', 'patternProperties']],
  ['object', ['minProperties', 'maxProperties', 'propertyNames']],
  ['array', ['items', 'prefixItems', 'contains', 'minItems', 'maxItems', 'uniqueItems']],
  ['string', ['minLength', 'maxLength', 'pattern', 'format']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
]

/** Kinds that schemas take which hold all at once; where none says so, those that they speak of. */
export function kindsOf(all: readonly { readonly [keyword: string]: unknown }[]): JsonKind[] {
  let kinds: JsonKind[] | undefined
  for (const { type } of all) {
    if (type === undefined) continue
    const named = Array.isArray(type) ? type : [type]
    const taken = everyKind.filter((kind) => {
      return named.includes(kind) || (kind === 'integer' && named.includes('number'))
    })
    kinds = (kinds ?? taken).filter((kind) => taken.includes(kind))
  }
  // A number may be whole as well; it is not to be so more often.
  if (kinds !== undefined) {
    return kinds.includes('number') ? kinds.filter((kind) => kind !== 'integer') : kinds
  }
  const spoken = meant
    .filter(([, keywords]) => all.some((json) => keywords.some((keyword) => keyword in json)))
    .map(([kind]) => kind)
  return spoken.length === 0 ? ['string'] : [...new Set(spoken)]
}
