import { translateRegularExpression } from '../../../plan/java/regular-expression.js'
import { javaOfSimilar } from '../../../plan/java/similar.js'
import { isApproximate } from '../../../plan/type-family.js'
import { quoted } from '../text.js'
import {
  argument,
  type FunctionRule,
  type FunctionRules,
  type Input,
  infix,
  literalText,
  template,
} from './rule.js'

/** In Java NaN equals nothing and is in no order; in DuckDB it equals itself and is the largest. */
const comparison =
  (operator: '=' | '<' | '<=' | '>' | '>='): FunctionRule =>
  (inputs) => {
    const left = argument(inputs, 0)
    const right = argument(inputs, 1)
    const compared = `(${left.sql}) ${operator} (${right.sql})`
    if (!isApproximate(left.type)) return compared
    const larger = operator.startsWith('<') ? right : left
    return `${compared} AND NOT isnan(${larger.sql})`
  }

const notEqual: FunctionRule = (inputs, type) => {
  const equal = comparison('=')(inputs, type)
  return isApproximate(argument(inputs, 0).type) ? `NOT (${equal})` : infix('<>')(inputs, type)
}

const between: FunctionRule = (inputs, type) => {
  const [value, low, high] = [0, 1, 2].map((index) => argument(inputs, index))
  if (value === undefined || low === undefined || high === undefined) return 'NULL'
  const above = comparison('>=')([value, low], type)
  const below = comparison('<=')([value, high], type)
  return `(${above}) AND (${below})`
}

/** NaN is in no list. */
const inList: FunctionRule = (inputs) => {
  const first = argument(inputs, 0)
  const items = inputs.slice(1).map(({ sql }: Input) => sql)
  const found = `(${first.sql}) IN (${items.join(', ')})`
  return isApproximate(first.type) ? `${found} AND NOT isnan(${first.sql})` : found
}

/**
 * Flink's escape character is the backslash where ESCAPE names no other, and one that escapes
 * nothing is a backslash; DuckDB has none.
 */
const like: FunctionRule = (inputs) => {
  const [text, pattern] = [argument(inputs, 0).sql, argument(inputs, 1)]
  const escapedBy = inputs[2]?.sql
  if (escapedBy !== undefined) return `(${text}) LIKE (${pattern.sql}) ESCAPE ${escapedBy}`
  const { expression } = pattern
  const escaped =
    expression.kind === 'literal' && expression.value !== null
      ? quoted(
          String(expression.value).replaceAll(/\\([%_\\])|\\/g, (whole, after) =>
            after === undefined ? '\\\\' : whole,
          ),
        )
      : `regexp_replace(${pattern.sql}, '((?:[^\\\\]|\\\\[%_\\\\])*)\\\\([^%_\\\\]|$)', '\\1\\\\\\\\\\2', 'g')`
  return `(${text}) LIKE (${escaped}) ESCAPE '\\'`
}

/** Translated when it is planned; what RE2 has not is matched in JavaScript. */
const similar: FunctionRule = (inputs) => {
  const escapedBy = inputs[2] === undefined ? undefined : literalText(inputs, 2)
  const java = javaOfSimilar(literalText(inputs, 1), escapedBy) ?? ''
  const re2 = translateRegularExpression(java, 're2')
  const text = argument(inputs, 0).sql
  if (re2.kind === 'translated') return `regexp_full_match(${text}, ${quoted(re2.source)})`
  return `millrace_regexp(${text}, ${quoted(`\\A(?:${java})\\z`)})`
}

export const comparisonFunctions: FunctionRules = [
  ['=', comparison('=')],
  ['<>', notEqual],
  ['<', comparison('<')],
  ['<=', comparison('<=')],
  ['>', comparison('>')],
  ['>=', comparison('>=')],
  ['IS DISTINCT FROM', infix('IS DISTINCT FROM')],
  ['IS NOT DISTINCT FROM', infix('IS NOT DISTINCT FROM')],
  ['BETWEEN', between],
  ['IN', inList],
  ['IS NULL', template('($0) IS NULL')],
  ['IS NOT NULL', template('($0) IS NOT NULL')],
  ['LIKE', like],
  ['SIMILAR TO', similar],
]
