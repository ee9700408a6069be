import type { Expression } from '../../../plan/expression.js'
import type { DataType } from '../../../plan/type.js'
import { nameInDuckdb } from '../../scalar/scalar-function.js'

/** An argument: its SQL, its planned type, and the expression it came from. */
export interface Input {
  readonly sql: string
  readonly type: DataType
  readonly expression: Expression
}

/** The SQL of a call, given its arguments and its planned type. */
export type FunctionRule = (inputs: readonly Input[], type: DataType) => string

/** The first name(s) are of the plan's catalogue (`plan/functions.ts`). */
export type FunctionRules = readonly (readonly [name: string, rule: FunctionRule])[]

export const infix =
  (operator: string): FunctionRule =>
  (inputs) =>
    inputs.map(({ sql }) => `(${sql})`).join(` ${operator} `)

export const named =
  (name: string): FunctionRule =>
  (inputs) =>
    `${name}(${inputs.map(({ sql }) => sql).join(', ')})`

/** A function of ours in JavaScript (`operators/scalar`). */
export const scripted =
  (name: string): FunctionRule =>
  (inputs) =>
    `${nameInDuckdb(name)}(${inputs.map(({ sql }) => sql).join(', ')})`

/** `text` with $0, $1, … replaced by the arguments. */
export const template =
  (text: string): FunctionRule =>
  (inputs) =>
    text.replaceAll(/\$(\d)/g, (_, index) => argument(inputs, Number(index)).sql)

/** An argument that the catalogue promises. */
export function argument(inputs: readonly Input[], index: number): Input {
  const input = inputs[index]
  if (input === undefined) throw new RangeError(`the call has no argument ${index}`)
  return input
}

/** The text of an argument that is a literal. */
export function literalText(inputs: readonly Input[], index: number): string {
  const { expression } = argument(inputs, index)
  if (expression.kind !== 'literal') throw new RangeError(`argument ${index} is no literal`)
  return String(expression.value)
}

/** A condition: is an argument NULL? */
export function anyNull(inputs: readonly Input[]): string {
  return inputs.map(({ sql }) => `(${sql}) IS NULL`).join(' OR ')
}
