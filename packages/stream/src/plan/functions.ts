import { arithmeticFunctions } from './functions/arithmetic.js'
import { catalogFunctions } from './functions/catalog.js'
import { arrayFunctions, mapFunctions } from './functions/collection.js'
import { comparisonFunctions } from './functions/comparison.js'
import { conditionalFunctions } from './functions/conditional.js'
import { conversionFunctions } from './functions/conversion.js'
import type { FunctionDefinition } from './functions/definition.js'
import { hashFunctions } from './functions/hash.js'
import { jsonFunctions } from './functions/json.js'
import { logicalFunctions } from './functions/logical.js'
import { stringFunctions } from './functions/string.js'
import { temporalFunctions } from './functions/temporal.js'
import { collectionFunctions } from './nested.js'

/** The scalar functions, by the categories of Flink's documentation. */
export const functionCategories: Readonly<Record<string, readonly FunctionDefinition[]>> = {
  comparison: comparisonFunctions,
  logical: logicalFunctions,
  arithmetic: arithmeticFunctions,
  string: stringFunctions,
  temporal: temporalFunctions,
  conditional: conditionalFunctions,
  conversion: conversionFunctions,
  collection: [...collectionFunctions, ...arrayFunctions, ...mapFunctions],
  json: jsonFunctions,
  hash: hashFunctions,
  catalog: catalogFunctions,
}

/** All of them, by name. */
export const functions: ReadonlyMap<string, FunctionDefinition> = new Map(
  Object.values(functionCategories).flatMap((definitions) =>
    definitions.map((definition) => [definition.name, definition] as const),
  ),
)

/** Other names that a script may use. */
export const functionSynonyms: ReadonlyMap<string, string> = new Map([
  ['CEILING', 'CEIL'],
  ['CHARACTER_LENGTH', 'CHAR_LENGTH'],
  ['MOD', '%'],
  ['TRANSLATE3', 'TRANSLATE'],
])

/** Functions that a plan does not call: their value is a `Case`, or known when it is planned. */
export const plannedFunctions: readonly string[] = ['IF', 'TYPEOF', 'CURRENT_DATABASE']

/** May a script call it by its name? The others stand for signs and special forms. */
export function isCalledByName(name: string): boolean {
  const definition = functions.get(name)
  return definition === undefined || definition.written === undefined
}

/** The names that a script may call. */
export function callableNames(): string[] {
  const names = [...functions.keys(), ...functionSynonyms.keys(), 'IF']
  return names.filter(
    (name) => isCalledByName(name) || functions.get(name)?.written?.startsWith(`${name}(`),
  )
}

/** `NAME(number, string)`, for messages. */
export function signatureOf(definition: FunctionDefinition): string {
  if (definition.written !== undefined) return definition.written
  const required = definition.required ?? definition.parameters.length
  const parameters = definition.parameters.map(({ described }, index) =>
    index < required ? described : `[${described}]`,
  )
  if (definition.variadic) parameters.push('…')
  return `${definition.name}(${parameters.join(', ')})`
}
