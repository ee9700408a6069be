import { expressionsIn } from '../../plan/node-expressions.js'
import type { Plan } from '../../plan/plan.js'
import { rewriteExpression } from '../../plan/rewrite-expression.js'
import type { DataType } from '../../plan/type.js'
import { baseName } from '../../plan/type-name.js'
import type { UserFunction } from '../../plan/user-function.js'
import {
  nameInDuckdb,
  ScalarError,
  type ScalarFunction,
  type Value,
  type ValueKind,
} from './scalar-function.js'
import { readValue, writtenValue } from './user-value.js'

/** The functions of a script's own that a plan calls, by their names in DuckDB. */
export function userFunctionsOf(plan: Plan): ReadonlyMap<string, ScalarFunction> {
  const found = new Map<string, ScalarFunction>()
  for (const expression of plan.inserts.flatMap(({ input }) => expressionsIn(input))) {
    rewriteExpression(expression, (part) => {
      if (part.kind === 'call' && part.user !== undefined) {
        const made = scalarOf(part.user)
        found.set(made.name, made)
      }
      return part
    })
  }
  return found
}

/** Names in DuckDB know no case, so that capitals are spelled out, like all that is no letter. */
export function userFunctionName({ identifier, name }: UserFunction): string {
  const spelled = `${name} ${identifier}`.replaceAll(/[^a-z0-9]/g, (character) => {
    return `_${character.codePointAt(0)?.toString(16)}_`
  })
  return nameInDuckdb(`user_${spelled}`)
}

/** As what a value crosses into JavaScript; numbers with digits and times as texts. */
export function kindOf(type: DataType): ValueKind {
  switch (type.kind) {
    case 'boolean':
    case 'bigint':
    case 'double':
      return type.kind
    case 'float':
      return 'double'
    case 'tinyint':
    case 'smallint':
    case 'int':
      return 'int'
    case 'binary':
    case 'varbinary':
      return 'bytes'
    default:
      return 'text'
  }
}

function scalarOf(user: UserFunction): ScalarFunction {
  const { parameters, returns, call, name } = user
  const compute = (...values: readonly (Value | null)[]): Value | null => {
    if (values.some((value, index) => value === null && parameters[index]?.nullable === false)) {
      return null
    }
    let result: unknown
    try {
      result = call(...values.map((value, index) => readValue(value, typeAt(user, index))))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const place = placeOf(error)
      throw new ScalarError(
        `the function ${name} fails for ${shown(values)}: ${reason}${place && ` (${place})`}`,
      )
    }
    const value = writtenValue(result, returns)
    if (value === undefined || (value === null && !returns.nullable)) {
      throw new ScalarError(
        `the function ${name} gives ${described(result)} for ${shown(values)}, which is no ${baseName(returns)}`,
      )
    }
    return value
  }
  return {
    name: userFunctionName(user),
    parameters: parameters.map(kindOf),
    result: kindOf(returns),
    takesNull: true,
    ...(!user.deterministic && { volatile: true }),
    compute,
  }
}

/** `functions.js:12`, where an error was thrown; empty where its stack does not say. */
function placeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const frame = /^\s+at .*?([^/\\()\s]+:\d+):\d+\)?$/m.exec(stack)
  return frame?.[1] ?? ''
}

function typeAt({ parameters, name }: UserFunction, index: number): DataType {
  const type = parameters[index]
  if (type === undefined) throw new RangeError(`${name} has no parameter ${index}`)
  return type
}

function described(result: unknown): string {
  if (result instanceof Promise) return 'a promise'
  return shortened(typeof result === 'string' ? `'${result}'` : String(result))
}

function shown(values: readonly (Value | null)[]): string {
  const texts = values.map((value) => {
    if (value === null) return 'NULL'
    if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
    return typeof value === 'string' ? `'${value}'` : String(value)
  })
  return `(${texts.map(shortened).join(', ')})`
}

const shownCharactersMax = 60

function shortened(text: string): string {
  return text.length <= shownCharactersMax ? text : `${text.slice(0, shownCharactersMax)}…`
}
