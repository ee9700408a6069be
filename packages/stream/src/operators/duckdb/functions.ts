import { arithmeticFunctions } from './functions/arithmetic.js'
import { collectionFunctions } from './functions/collection.js'
import { comparisonFunctions } from './functions/comparison.js'
import { conditionalFunctions } from './functions/conditional.js'
import { hashFunctions } from './functions/hash.js'
import { jsonFunctions } from './functions/json.js'
import { logicalFunctions } from './functions/logical.js'
import type { FunctionRule } from './functions/rule.js'
import { stringFunctions } from './functions/string.js'
import { temporalFunctions } from './functions/temporal.js'

/** How DuckDB computes each function of the plan's catalogue, by its name there. */
export const functionRules: ReadonlyMap<string, FunctionRule> = new Map([
  ...comparisonFunctions,
  ...logicalFunctions,
  ...arithmeticFunctions,
  ...stringFunctions,
  ...temporalFunctions,
  ...conditionalFunctions,
  ...collectionFunctions,
  ...jsonFunctions,
  ...hashFunctions,
])
