import { dateFunctions } from './date.js'
import { hashFunctions } from './hash.js'
import { jsonFunctions } from './json.js'
import { printfFunctions } from './printf.js'
import { regularExpressionFunctions } from './regular-expression.js'
import type { ScalarFunction } from './scalar-function.js'
import { textFunctions } from './text.js'
import { urlFunctions } from './url.js'

/** All functions that are computed in JavaScript, by their names in DuckDB. */
export const scalarFunctions: ReadonlyMap<string, ScalarFunction> = new Map(
  [
    ...textFunctions,
    ...urlFunctions,
    ...regularExpressionFunctions,
    ...printfFunctions,
    ...hashFunctions,
    ...jsonFunctions,
    ...dateFunctions,
  ].map((definition) => [definition.name, definition]),
)
