import type { Call } from '../../plan/expression.js'
import { type DataType, unboundedLength } from '../../plan/type.js'
import { isNested } from '../../plan/type-family.js'
import type { UserFunction } from '../../plan/user-function.js'
import { kindOf, userFunctionName } from '../scalar/user-function.js'
import { castSql } from './cast.js'
import { fromTextSql, toTextSql } from './nested.js'
import { duckdbTypeName } from './types.js'

const text: DataType = { kind: 'varchar', length: unboundedLength, nullable: true }

/** A call of a function of the script's own, given its arguments as SQL. */
export function userCallSql(call: Call, user: UserFunction, inputs: readonly string[]): string {
  const values = inputs.map((sql, index) => {
    const type = user.parameters[index] as DataType
    if (isNested(type)) return toTextSql(sql, type)
    if (kindOf(type) === 'text' && type.kind !== 'varchar' && type.kind !== 'char') {
      return castSql(sql, type, text, false)
    }
    return type.kind === 'float' ? `CAST(${sql} AS DOUBLE)` : sql
  })
  const sql = `${userFunctionName(user)}(${values.join(', ')})`
  if (isNested(call.type)) return fromTextSql(sql, call.type)
  if (kindOf(call.type) !== 'text') return `CAST(${sql} AS ${duckdbTypeName(call.type)})`
  if (call.type.kind === 'varchar') return sql
  // The cast may read its text more than once, for which the function is not called again.
  return `list_transform([${sql}], lambda given: ${castSql('given', text, call.type, false)})[1]`
}
