import { type FunctionRule, type FunctionRules, infix, named, template } from './function-rule.js'
import { numericFunctions } from './numeric-functions.js'
import { textFunctions } from './text-functions.js'
import { timeFunctions } from './time-functions.js'

const inList: FunctionRule = (inputs) => {
  const [first, ...rest] = inputs
  return `(${first?.sql}) IN (${rest.map(({ sql }) => sql).join(', ')})`
}

const logicFunctions: FunctionRules = [
  ['=', infix('=')],
  ['<>', infix('<>')],
  ['<', infix('<')],
  ['<=', infix('<=')],
  ['>', infix('>')],
  ['>=', infix('>=')],
  ['IS DISTINCT FROM', infix('IS DISTINCT FROM')],
  ['IS NOT DISTINCT FROM', infix('IS NOT DISTINCT FROM')],
  ['BETWEEN', template('($0) BETWEEN ($1) AND ($2)')],
  ['IN', inList],
  ['AND', infix('AND')],
  ['OR', infix('OR')],
  ['NOT', template('NOT ($0)')],
  ['IS NULL', template('($0) IS NULL')],
  ['IS NOT NULL', template('($0) IS NOT NULL')],
  ['IS TRUE', template('($0) IS TRUE')],
  ['IS NOT TRUE', template('($0) IS NOT TRUE')],
  ['IS FALSE', template('($0) IS FALSE')],
  ['IS NOT FALSE', template('($0) IS NOT FALSE')],
  ['COALESCE', named('coalesce')],
  ['NULLIF', named('nullif')],
]

/** Every function of the plan's catalogue, by its name there. */
export const functionRules: ReadonlyMap<string, FunctionRule> = new Map([
  ...logicFunctions,
  ...numericFunctions,
  ...textFunctions,
  ...timeFunctions,
])
