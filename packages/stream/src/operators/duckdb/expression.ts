import type { Call, Case, Expression } from '../../plan/expression.js'
import { OperatorError } from '../errors.js'
import { castSql } from './cast.js'
import { columnName } from './engine.js'
import { functionRules } from './functions.js'
import { literalSql } from './literal.js'
import { duckdbTypeName } from './types.js'
import { userCallSql } from './user-function.js'

/**
 * An expression as DuckDB SQL, over an input whose columns are `c0`, `c1`, …
 *
 * The plan has made Flink's types explicit, so each call is computed by the rule of its function
 * and then held to its planned type by a cast; what the rule gives never leaks through.
 */
export function expressionSql(expression: Expression): string {
  switch (expression.kind) {
    case 'column':
      return columnName(expression.index)
    case 'literal':
      return literalSql(expression)
    case 'call':
      return callSql(expression)
    case 'cast': {
      const { input, type, tryCast } = expression
      return castSql(expressionSql(input), input.type, type, tryCast)
    }
    case 'case':
      return caseSql(expression)
  }
}

function callSql(call: Call): string {
  if (call.user !== undefined) {
    return userCallSql(call, call.user, call.arguments.map(expressionSql))
  }
  const rule = functionRules.get(call.function)
  if (rule === undefined) {
    throw new OperatorError('FUNCTION_UNSUPPORTED', `the function ${call.function}`)
  }
  const inputs = call.arguments.map((argument) => ({
    sql: expressionSql(argument),
    type: argument.type,
    expression: argument,
  }))
  const sql = rule(inputs, call.type)
  return call.type.kind === 'boolean' ? `(${sql})` : `CAST(${sql} AS ${duckdbTypeName(call.type)})`
}

function caseSql({ branches, otherwise, type }: Case): string {
  const arms = branches.map(
    ({ when, then }) => `WHEN ${expressionSql(when)} THEN ${expressionSql(then)}`,
  )
  const sql = `CASE ${arms.join(' ')} ELSE ${expressionSql(otherwise)} END`
  return `CAST(${sql} AS ${duckdbTypeName(type)})`
}
