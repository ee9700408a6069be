import {
  type CallNode,
  type CreateFunction,
  didYouMean,
  parseTypeText,
  SqlError,
} from '../sql/index.js'
import { castTo, isStorable, untypedNull } from './coercion.js'
import type { Expression } from './expression.js'
import { listed } from './scope.js'
import type { DataType } from './type.js'
import { isNested, isNumeric, isText, withNullable } from './type-family.js'
import { baseName, typeName } from './type-name.js'
import { resolveType } from './type-resolution.js'

/** A function of a script's own: what the planner knows of it, and what computes it. */
export interface UserFunction {
  /** In capitals. */
  readonly name: string
  /** Where it is, as CREATE FUNCTION says. */
  readonly identifier: string
  readonly language: string
  readonly parameters: readonly DataType[]
  readonly returns: DataType
  /** The same for the same arguments, always. */
  readonly deterministic: boolean
  readonly call: (...values: readonly unknown[]) => unknown
}

/**
 * Finds what a module exports, by the module's name as CREATE FUNCTION has it. Throws an `Error`
 * that says why there is nothing.
 */
export type LoadModule = (module: string) => Readonly<Record<string, unknown>>

const languages = ['JAVASCRIPT', 'TYPESCRIPT']

/**
 * The function that a statement declares: the module's export `{ parameters: ['STRING', 'INT'],
 * returns: 'STRING', deterministic, call }`, named behind `#` (`default` where nothing is).
 * @throws SqlError where it is not there, or is no such thing.
 */
export function declaredFunction(
  statement: CreateFunction,
  name: string,
  load: LoadModule | undefined,
): UserFunction {
  const { identifier, identifierAt: at, language = 'JAVA', languageAt } = statement
  if (!languages.includes(language)) {
    throw new SqlError(
      `functions of the LANGUAGE ${language} are not supported`,
      languageAt ?? statement.at,
      "write AS './functions.js#name' LANGUAGE JAVASCRIPT",
    )
  }
  if (load === undefined) {
    throw new SqlError('modules are not loaded here', at, 'run the script with millrace')
  }
  const [file = '', exported = 'default'] = identifier.split('#', 2)
  const found = exportOf(() => load(file), exported, statement)
  const { parameters, returns, deterministic = true, call } = found
  const isWhole = Array.isArray(parameters) && typeof returns === 'string'
  if (!isWhole || typeof call !== 'function' || typeof deterministic !== 'boolean') {
    throw new SqlError(
      `'${identifier}' is no definition of a function`,
      at,
      `export const ${exported} = { parameters: ['STRING'], returns: 'STRING', call: (text) => … }`,
    )
  }
  return {
    name,
    identifier,
    language,
    parameters: parameters.map((each) => typeOf(String(each), identifier)),
    returns: typeOf(returns, identifier),
    deterministic,
    call: (...values) => Reflect.apply(call, found, values),
  }
}

/** As many names of definitions are shown where none is near. */
const shownNamesMax = 8

function exportOf(
  load: () => Readonly<Record<string, unknown>>,
  exported: string,
  { identifier, identifierAt: at }: CreateFunction,
): Readonly<Record<string, unknown>> {
  let module: Readonly<Record<string, unknown>>
  try {
    module = load()
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new SqlError(`the module of '${identifier}' cannot be loaded: ${reason}`, at)
  }
  const value = module[exported]
  if (typeof value === 'object' && value !== null) return { ...value }
  const names = Object.keys(module).filter((name) => {
    return typeof module[name] === 'object' && name !== 'default'
  })
  const example = 'export const name = { parameters, returns, call }'
  if (value !== undefined) {
    throw new SqlError(`the export \`${exported}\` is no definition of a function`, at, example)
  }
  throw new SqlError(
    `the module exports no definition \`${exported}\``,
    at,
    didYouMean(exported, names) ??
      listed('write one behind the #: it exports', names.slice(0, shownNamesMax)) ??
      example,
  )
}

/** @throws SqlError for a text that is no type, and for one of which no value of JavaScript is made. */
function typeOf(text: string, identifier: string): DataType {
  const node = parseTypeText(text, identifier)
  const type = resolveType(node)
  const part = isNested(type) ? unpassed(type) : undefined
  if (part === undefined) return type
  throw new SqlError(
    `${baseName(part)} within ${baseName(type)} is no value of a function yet`,
    node.at,
    'pass it as an argument of its own, or as a STRING',
  )
}

/** The part of a type that does not cross into JavaScript; undefined for none. */
function unpassed(type: DataType): DataType | undefined {
  switch (type.kind) {
    case 'array':
      return unpassed(type.element)
    case 'row':
      return type.fields.map((field) => unpassed(field.type)).find((part) => part !== undefined)
    case 'map':
      return isText(type.key) ? unpassed(type.value) : type.key
    case 'boolean':
    case 'decimal':
      return undefined
    default:
      return isNumeric(type) || isText(type) ? undefined : type
  }
}

/** `SHOUT(STRING, INT) → STRING`, for messages. */
export function userSignature({ name, parameters, returns }: UserFunction): string {
  return `${name}(${parameters.map(typeName).join(', ')}) → ${typeName(returns)}`
}

/**
 * A call of it. NULL for a parameter that is NOT NULL makes the result NULL.
 * @throws SqlError where the arguments do not fit.
 */
export function callUserFunction(
  declared: UserFunction,
  node: CallNode,
  values: readonly Expression[],
): Expression {
  const { name, parameters, returns } = declared
  const hint = `it is ${userSignature(declared)}`
  if (values.length !== parameters.length) {
    const given = values.length === 1 ? '1 argument' : `${values.length} arguments`
    throw new SqlError(`${name} does not take ${given}`, node.at, hint)
  }
  const typed = values.map((value, index) => {
    const parameter = withNullable(parameters[index] as DataType, true)
    if (value === untypedNull || isStorable(value.type, parameter)) return castTo(value, parameter)
    throw new SqlError(
      `${name} takes ${baseName(parameter)}, not ${baseName(value.type)}`,
      node.arguments[index]?.at ?? node.at,
      hint,
    )
  })
  const isSkipped = parameters.some(({ nullable }, index) => {
    return !nullable && values[index]?.type.nullable !== false
  })
  return {
    kind: 'call',
    function: name,
    arguments: typed,
    type: withNullable(returns, returns.nullable || isSkipped),
    user: declared,
  }
}
