import type { DataType } from '../../plan/type.js'
import {
  argument,
  type FunctionRule,
  type FunctionRules,
  type Input,
  infix,
  named,
  template,
} from './function-rule.js'

/**
 * AND and OR look at their operands from left to right and no further than needed, as in Flink:
 * `z <> 0 AND i / z > 1` fails on no row. DuckDB computes all operands, but a CASE only where it
 * comes to them.
 */
const shortCircuit =
  (
    operator: 'AND' | 'OR',
    decided: (sql: string) => string,
    value: 'FALSE' | 'TRUE',
  ): FunctionRule =>
  (inputs) => {
    const all = infix(operator)(inputs, { kind: 'boolean', nullable: true })
    const failing = inputs.findIndex(({ sql }, index) => index > 0 && canFail(sql))
    if (failing < 0) return all
    const arms = inputs.slice(0, -1).map(({ sql }) => `WHEN ${decided(sql)} THEN ${value}`)
    return `CASE ${arms.join(' ')} ELSE ${all} END`
  }

/** Only columns, literals and comparisons of them can never fail. */
function canFail(sql: string): boolean {
  return /[a-z_]\(|CAST\(/.test(sql)
}

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

function isApproximate(type: DataType): boolean {
  return type.kind === 'double' || type.kind === 'float'
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

const nullIf: FunctionRule = (inputs, type) => {
  const first = argument(inputs, 0)
  if (!isApproximate(first.type)) return named('nullif')(inputs, type)
  return `CASE WHEN isnan(${first.sql}) THEN ${first.sql} ELSE nullif(${first.sql}, ${argument(inputs, 1).sql}) END`
}

export const logicFunctions: FunctionRules = [
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
  ['AND', shortCircuit('AND', (sql) => `NOT (${sql})`, 'FALSE')],
  ['OR', shortCircuit('OR', (sql) => sql, 'TRUE')],
  ['NOT', template('NOT ($0)')],
  ['IS NULL', template('($0) IS NULL')],
  ['IS NOT NULL', template('($0) IS NOT NULL')],
  ['IS TRUE', template('($0) IS TRUE')],
  ['IS NOT TRUE', template('($0) IS NOT TRUE')],
  ['IS FALSE', template('($0) IS FALSE')],
  ['IS NOT FALSE', template('($0) IS NOT FALSE')],
  ['COALESCE', named('coalesce')],
  ['NULLIF', nullIf],
]
