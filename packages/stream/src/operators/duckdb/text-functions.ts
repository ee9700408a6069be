import {
  argument,
  type FunctionRule,
  type FunctionRules,
  infix,
  named,
  template,
} from './function-rule.js'
import { quoted } from './text.js'

/** Flink's escape character is the backslash where ESCAPE names no other; DuckDB has none. */
const like: FunctionRule = (inputs) => {
  const escapedBy = inputs[2]?.sql ?? quoted('\\')
  return `(${argument(inputs, 0).sql}) LIKE (${argument(inputs, 1).sql}) ESCAPE ${escapedBy}`
}

/** Position 0 counts as 1, a negative one from the end; a negative length is NULL. */
const substring: FunctionRule = (inputs) => {
  const start = argument(inputs, 1).sql
  const from = `CASE WHEN ${start} = 0 THEN 1 ELSE ${start} END`
  const length = inputs[2]?.sql
  if (length === undefined) return `substr(${argument(inputs, 0).sql}, ${from})`
  return `substr(${argument(inputs, 0).sql}, ${from}, CASE WHEN ${length} >= 0 THEN ${length} END)`
}

/** Without the second argument, spaces; the names of DuckDB's functions say at which end. */
const trimmed =
  (name: 'trim' | 'ltrim' | 'rtrim'): FunctionRule =>
  (inputs) =>
    `${name}(${argument(inputs, 0).sql}, ${inputs[1]?.sql ?? "' '"})`

export const textFunctions: FunctionRules = [
  ['UPPER', named('upper')],
  ['LOWER', named('lower')],
  ['CHAR_LENGTH', named('length')],
  ['TRIM', trimmed('trim')],
  ['TRIM LEADING', trimmed('ltrim')],
  ['TRIM TRAILING', trimmed('rtrim')],
  ['SUBSTRING', substring],
  ['||', infix('||')],
  // DuckDB's concat skips NULLs, its operator does not.
  ['CONCAT', infix('||')],
  ['REPLACE', named('replace')],
  ['POSITION', template('strpos($1, $0)')],
  ['LIKE', like],
]
