import type { FunctionRule } from './function-rule.js'
import { logicFunctions } from './logic-functions.js'
import { nestedFunctions } from './nested-functions.js'
import { numericFunctions } from './numeric-functions.js'
import { textFunctions } from './text-functions.js'
import { timeFunctions } from './time-functions.js'

/** Every function of the plan's catalogue, by its name there. */
export const functionRules: ReadonlyMap<string, FunctionRule> = new Map([
  ...logicFunctions,
  ...nestedFunctions,
  ...numericFunctions,
  ...textFunctions,
  ...timeFunctions,
])
