import { rowFieldName } from '../nested.js'
import { argument, type FunctionRule, type FunctionRules, type Input } from './rule.js'

const row: FunctionRule = (inputs) =>
  `struct_pack(${inputs.map(({ sql }, index) => `${rowFieldName(index)} := ${sql}`).join(', ')})`

const array: FunctionRule = (inputs) => `[${inputs.map(({ sql }) => sql).join(', ')}]`

/** Of a key given twice the last counts; DuckDB would refuse it. */
const map: FunctionRule = (inputs) => {
  const keys = inputs.filter((_, index) => index % 2 === 0)
  const values = inputs.filter((_, index) => index % 2 === 1)
  const given = `[${keys.map(({ sql }) => sql).join(', ')}]`
  if (areDifferent(keys)) return `map(${given}, [${values.map(({ sql }) => sql).join(', ')}])`
  const entries = keys.map(({ sql }, index) => `{'key': ${sql}, 'value': ${values[index]?.sql}}`)
  return `map_from_entries(list_filter([${entries.join(', ')}], lambda entry, place: NOT list_contains((${given})[place + 1:], entry.key)))`
}

function areDifferent(keys: readonly Input[]): boolean {
  const literals = new Set(
    keys.map(({ expression }) => (expression.kind === 'literal' ? expression.value : undefined)),
  )
  return keys.length === 1 || (!literals.has(undefined) && literals.size === keys.length)
}

const field: FunctionRule = (inputs) => {
  const { expression } = argument(inputs, 1)
  if (expression.kind !== 'literal') throw new RangeError('a field is named by its place')
  return `struct_extract(${argument(inputs, 0).sql}, '${rowFieldName(Number(expression.value))}')`
}

/** DuckDB counts from the end where the place is negative. */
const item: FunctionRule = (inputs) => {
  const collection = argument(inputs, 0)
  const index = argument(inputs, 1).sql
  if (collection.type.kind === 'map') return `(${collection.sql})[${index}]`
  return `CASE WHEN ${index} >= 1 THEN (${collection.sql})[${index}] END`
}

const cardinality: FunctionRule = (inputs) => {
  const { sql, type } = argument(inputs, 0)
  return type.kind === 'map' ? `cardinality(${sql})` : `len(${sql})`
}

const element: FunctionRule = (inputs) => {
  const { sql } = argument(inputs, 0)
  return `CASE WHEN len(${sql}) > 1 THEN error('ELEMENT of an array of more than one') ELSE (${sql})[1] END`
}

export const collectionFunctions: FunctionRules = [
  ['ROW', row],
  ['ARRAY', array],
  ['MAP', map],
  ['FIELD', field],
  ['ITEM', item],
  ['CARDINALITY', cardinality],
  ['ELEMENT', element],
]
