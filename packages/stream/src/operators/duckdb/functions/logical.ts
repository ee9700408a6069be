import { type FunctionRule, type FunctionRules, infix, template } from './rule.js'

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

export const logicalFunctions: FunctionRules = [
  ['AND', shortCircuit('AND', (sql) => `NOT (${sql})`, 'FALSE')],
  ['OR', shortCircuit('OR', (sql) => sql, 'TRUE')],
  ['NOT', template('NOT ($0)')],
  ['IS TRUE', template('($0) IS TRUE')],
  ['IS NOT TRUE', template('($0) IS NOT TRUE')],
  ['IS FALSE', template('($0) IS FALSE')],
  ['IS NOT FALSE', template('($0) IS NOT FALSE')],
]
