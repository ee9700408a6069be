import { nameInDuckdb } from '../../scalar/scalar-function.js'
import { fromTextSql, rowFieldName } from '../nested.js'
import { arrayFunctions } from './array.js'
import {
  anyNull,
  argument,
  type FunctionRule,
  type FunctionRules,
  type Input,
  named,
} from './rule.js'

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

/** NULL where a map is; of a key given twice the last counts. */
const mapUnion: FunctionRule = (inputs) => {
  const [first] = inputs
  const all = inputs.map(({ sql }) => sql).join(', ')
  if (inputs.length === 1) return argument(inputs, 0).sql
  return first === undefined
    ? 'NULL'
    : `CASE WHEN ${anyNull(inputs)} THEN NULL ELSE map_concat(${all}) END`
}

const mapFromArrays: FunctionRule = (inputs) => {
  const [keys, values] = [argument(inputs, 0).sql, argument(inputs, 1).sql]
  const last = `list_filter(range(1, len(${keys}) + 1), lambda place: NOT list_contains((${keys})[place + 1:], (${keys})[place]))`
  const entry = `{'key': (${keys})[place], 'value': (${values})[place]}`
  return `CASE WHEN ${anyNull(inputs)} THEN NULL
    WHEN len(${keys}) <> len(${values}) THEN error('MAP_FROM_ARRAYS of arrays that are not equally long')
    WHEN len(list_filter(${keys}, lambda key: key IS NULL)) > 0 THEN error('a key of MAP_FROM_ARRAYS is NULL')
    ELSE map_from_entries(list_transform(${last}, lambda place: ${entry})) END`
}

const mapEntries: FunctionRule = (inputs) =>
  `list_transform(map_entries(${argument(inputs, 0).sql}), lambda entry: {'${rowFieldName(0)}': entry.key, '${rowFieldName(1)}': entry.value})`

/** A function in JavaScript that gives the text of a nested value. */
const readFrom =
  (name: string, ...absent: readonly string[]): FunctionRule =>
  (inputs, type) => {
    const given = inputs.map(({ sql }) => sql)
    const all = [...given, ...absent.slice(given.length - 1)]
    return fromTextSql(`${nameInDuckdb(name)}(${all.join(', ')})`, type)
  }

const split: FunctionRule = (inputs) => {
  const [text, separator] = [argument(inputs, 0).sql, argument(inputs, 1).sql]
  return `CASE WHEN ${text} = '' AND ${separator} IS NOT NULL THEN [] ELSE string_split(${text}, ${separator}) END`
}

export const collectionFunctions: FunctionRules = [
  ['ROW', row],
  ['ARRAY', array],
  ['MAP', map],
  ['FIELD', field],
  ['ITEM', item],
  ['CARDINALITY', cardinality],
  ['ELEMENT', element],
  ...arrayFunctions,
  ['SPLIT', split],
  ['REGEXP_EXTRACT_ALL', readFrom('regexp_extract_all', "''", '1')],
  ['MAP_KEYS', named('map_keys')],
  ['MAP_VALUES', named('map_values')],
  ['MAP_ENTRIES', mapEntries],
  ['MAP_FROM_ARRAYS', mapFromArrays],
  ['MAP_UNION', mapUnion],
  ['STR_TO_MAP', readFrom('str_to_map', "','", "'='")],
]
