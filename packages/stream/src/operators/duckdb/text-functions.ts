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

/**
 * Position 0 counts as 1, a negative one from the end, and nothing is there before the beginning; a
 * negative length is NULL.
 */
const substring: FunctionRule = (inputs) => {
  const text = argument(inputs, 0).sql
  const start = argument(inputs, 1).sql
  const from = `CASE WHEN ${start} = 0 THEN 1 WHEN ${start} < -length(${text}) THEN length(${text}) + 1 ELSE ${start} END`
  const length = inputs[2]?.sql
  if (length === undefined) return `substr(${text}, ${from})`
  return `substr(${text}, ${from}, CASE WHEN ${length} >= 0 THEN ${length} END)`
}

/** Java finds an empty text before each character and at the end, DuckDB nowhere. */
const replace: FunctionRule = (inputs) => {
  const [text, search, by] = [0, 1, 2].map((index) => argument(inputs, index).sql)
  const literal = `replace(${by}, '\\', '\\\\')`
  return `CASE WHEN ${search} = '' THEN regexp_replace(${text}, '', ${literal}, 'g') ELSE replace(${text}, ${search}, ${by}) END`
}

/** Without the second argument, spaces; the names of DuckDB's functions say at which end. */
const trimmed =
  (name: 'trim' | 'ltrim' | 'rtrim'): FunctionRule =>
  (inputs) =>
    `${name}(${argument(inputs, 0).sql}, ${inputs[1]?.sql ?? "' '"})`

export const textFunctions: FunctionRules = [
  // The capital of ß is two letters in Java.
  ['UPPER', template("upper(replace($0, 'ß', 'SS'))")],
  ['LOWER', named('lower')],
  ['CHAR_LENGTH', named('length')],
  ['TRIM', trimmed('trim')],
  ['TRIM LEADING', trimmed('ltrim')],
  ['TRIM TRAILING', trimmed('rtrim')],
  ['SUBSTRING', substring],
  ['||', infix('||')],
  // DuckDB's concat skips NULLs, its operator does not.
  ['CONCAT', infix('||')],
  ['REPLACE', replace],
  ['POSITION', template('strpos($1, $0)')],
  ['LIKE', like],
]
