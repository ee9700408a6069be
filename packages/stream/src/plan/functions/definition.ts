import type { Expression } from '../expression.js'
import { type DataType, unboundedLength } from '../type.js'
import { isBytes, isInteger, isNumeric, isTemporal, isText, isTimestamp } from '../type-family.js'

/**
 * A scalar function or operator that a plan may hold: what a `Call.function` can be, and what it
 * means. Whoever runs a plan gives each of these names its meaning; there are no others.
 *
 * Unless its line says otherwise, a function is NULL when any argument is.
 */
export interface FunctionDefinition {
  readonly name: string
  readonly meaning: string
  /** How it is written, where a script does not call it by its name. */
  readonly written?: string
  /** What each argument may be; the last one again for more when `variadic`. */
  readonly parameters: readonly Parameter[]
  /** How many arguments there must be; all parameters when absent. */
  readonly required?: number
  readonly variadic?: boolean
  /** Arguments (from the first, or from the index given) are cast to the one type they share. */
  readonly unify?: number
  /** Brings the arguments to the types that they have together; undefined where they fit not. */
  readonly coerce?: (values: readonly Expression[]) => readonly Expression[] | undefined
  /** Its type but for NULL, from the arguments as cast. */
  readonly result: (types: readonly DataType[], values: readonly Expression[]) => DataType
  /** When it may be NULL: if any argument may (absent), if all may, if its first or last may, always, never. */
  readonly nullable?: 'all' | 'first' | 'last' | 'always' | 'never'
  /** Is its value another one each time, for the same arguments too? */
  readonly volatile?: true
  /** Why it cannot be computed of these arguments, and what to do; undefined where it can. */
  readonly refuses?: (values: readonly Expression[]) => Refusal | undefined
}

export interface Refusal {
  /** Of the argument that is to blame. */
  readonly index: number
  readonly what: string
  readonly hint: string
}

/** A test of an argument's type, and the word for what passes it. */
export interface Parameter {
  readonly accepts: (type: DataType) => boolean
  readonly described: string
  /** What arguments are cast to, where they may be of other types that Flink casts by itself. */
  readonly castTo?: DataType
}

export const any: Parameter = { accepts: (type) => type.kind !== 'interval', described: 'value' }
export const number: Parameter = { accepts: isNumeric, described: 'number' }
export const exactNumber: Parameter = {
  accepts: (type) => isInteger(type) || type.kind === 'decimal',
  described: 'integer or decimal',
}
export const integer: Parameter = { accepts: isInteger, described: 'integer' }
export const boolean: Parameter = {
  accepts: (type) => type.kind === 'boolean',
  described: 'boolean',
}
export const text: Parameter = { accepts: isText, described: 'string' }
export const bytes: Parameter = { accepts: isBytes, described: 'binary string' }
export const textOrBytes: Parameter = {
  accepts: (type) => isText(type) || isBytes(type),
  described: 'string',
}
export const temporal: Parameter = { accepts: isTemporal, described: 'time' }
export const dateOrTimestamp: Parameter = {
  accepts: (type) => isTimestamp(type) || type.kind === 'date',
  described: 'date or timestamp',
}
export const unit: Parameter = { accepts: isText, described: 'unit of time' }

export const always =
  (kind: 'boolean' | 'tinyint' | 'int' | 'bigint' | 'double' | 'date') => (): DataType => ({
    kind,
    nullable: true,
  })
export const string = (): DataType => ({ kind: 'varchar', length: unboundedLength, nullable: true })
export const byteString = (): DataType => ({
  kind: 'varbinary',
  length: unboundedLength,
  nullable: true,
})
export const same =
  (index: number) =>
  (types: readonly DataType[]): DataType => {
    const type = types[index]
    if (type === undefined) throw new Error(`there is no argument ${index}`)
    return type
  }

/** STRING of strings, but for `more`, as much as the name and its line say. */
export const textual = (
  name: string,
  meaning: string,
  parameters: readonly Parameter[],
  more: Partial<FunctionDefinition> = {},
): FunctionDefinition => ({ name, meaning, parameters, result: string, ...more })

/** VARCHAR of the length of its first argument. */
export const varying = (types: readonly DataType[]): DataType => {
  const type = same(0)(types)
  return isText(type) ? { kind: 'varchar', length: type.length, nullable: true } : type
}

/** The constant text of an argument; undefined where it is no constant, or NULL. */
export function constantText(value: Expression | undefined): string | undefined {
  return value?.kind === 'literal' && typeof value.value === 'string' ? value.value : undefined
}
