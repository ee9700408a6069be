import type { DataType } from '../../../plan/type.js'
import { nameInDuckdb } from '../../scalar/scalar-function.js'
import { fromTextSql, rowFieldName } from '../nested.js'
import { quoted } from '../text.js'
import {
  argument,
  type FunctionRule,
  type FunctionRules,
  type Input,
  literalText,
  scripted,
} from './rule.js'

/** Calls whose text is JSON already. */
const written = new Set(['JSON_ARRAY', 'JSON_OBJECT', 'JSON'])

/** A value as JSON, NULL where it is; what is JSON already is taken as it is. */
function jsonOf({ sql, type, expression }: Input): string {
  if (expression.kind === 'call' && written.has(expression.function)) return sql
  return jsonText(sql, type, 0)
}

/** `depth` tells the names within from those around. */
function jsonText(sql: string, type: DataType, depth: number): string {
  const orNull = (value: string, of: DataType) =>
    `coalesce(${jsonText(value, of, depth + 1)}, 'null')`
  const joined = (texts: string) => `coalesce(array_to_string(${texts}, ','), '')`
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return `CAST(${sql} AS VARCHAR)`
    case 'float':
    case 'double':
      return `millrace_json_double(CAST(${sql} AS DOUBLE))`
    case 'decimal':
      return `millrace_json_decimal(CAST(${sql} AS VARCHAR))`
    case 'timestamp':
      return `millrace_json_timestamp(epoch_us(${sql}))`
    case 'timestampLtz':
      return `(rtrim(millrace_json_timestamp(epoch_us(${sql})), '"') || 'Z"')`
    case 'binary':
    case 'varbinary':
      return `('"' || to_base64(${sql}) || '"')`
    case 'array': {
      const each = `each_${depth}`
      const texts = `list_transform(${sql}, lambda ${each}: ${orNull(each, type.element)})`
      return `CASE WHEN (${sql}) IS NOT NULL THEN '[' || ${joined(texts)} || ']' END`
    }
    case 'row': {
      const fields = type.fields
        .map((field, index) => ({
          ...field,
          sql: `struct_extract(${sql}, '${rowFieldName(index)}')`,
        }))
        .sort((left, right) => (left.name < right.name ? -1 : 1))
        .map(
          (field) =>
            `${quoted(`${JSON.stringify(field.name)}:`)} || ${orNull(field.sql, field.type)}`,
        )
      return `CASE WHEN (${sql}) IS NOT NULL THEN '{' || ${fields.join(" || ',' || ")} || '}' END`
    }
    case 'map': {
      const each = `each_${depth}`
      const entry = `millrace_json_string(${each}.key) || ':' || ${orNull(`${each}.value`, type.value)}`
      const texts = `list_transform(list_sort(map_entries(${sql})), lambda ${each}: ${entry})`
      return `CASE WHEN (${sql}) IS NOT NULL THEN '{' || ${joined(texts)} || '}' END`
    }
    default:
      return `millrace_json_string(${sql})`
  }
}

/** A constant that stands behind the arguments, or what it is where none does. */
const constant = (inputs: readonly Input[], index: number, absent: string) =>
  inputs[index] === undefined ? quoted(absent) : argument(inputs, index).sql

const isJson =
  (kind: string): FunctionRule =>
  (inputs) =>
    `coalesce(millrace_is_json(${argument(inputs, 0).sql}, '${kind}'), FALSE)`

const query =
  (name: string, ...absent: readonly string[]): FunctionRule =>
  (inputs) => {
    const clauses = absent.map((each, index) => constant(inputs, index + 2, each))
    const all = [argument(inputs, 0).sql, argument(inputs, 1).sql, ...clauses]
    return `${nameInDuckdb(name)}(${all.join(', ')})`
  }

const jsonQuery: FunctionRule = (inputs, type) => {
  const text = query('json_query', 'WITHOUT', 'NULL', 'NULL', 'text')(inputs, type)
  return type.kind === 'array' ? fromTextSql(text, type) : text
}

/** The values that are there, with commas between them. */
const members = (inputs: readonly Input[], text: (value: string, index: number) => string) => {
  const [onNull, ...values] = inputs
  const isKept = onNull?.expression.kind === 'literal' && onNull.expression.value === 'NULL'
  const texts = values.map((input, index) => {
    const json = text(jsonOf(input), index)
    return isKept ? `coalesce(${json}, ${text("'null'", index)})` : json
  })
  return texts.length === 0 ? "''" : `concat_ws(',', ${texts.join(', ')})`
}

/** Members in the order of their keys, each once; of a key given twice the last counts. */
const jsonObject: FunctionRule = (inputs) => {
  const values = new Map<string, Input>()
  for (let index = 1; index + 1 < inputs.length; index += 2) {
    values.set(literalText(inputs, index), argument(inputs, index + 1))
  }
  const sorted = [...values].sort(([left], [right]) => (left < right ? -1 : 1))
  const given = [argument(inputs, 0), ...sorted.map(([, value]) => value)]
  const key = (index: number) => quoted(`${JSON.stringify(sorted[index]?.[0])}:`)
  return `('{' || ${members(given, (value, index) => `(${key(index)} || ${value})`)} || '}')`
}

export const jsonFunctions: FunctionRules = [
  ['IS JSON', isJson('')],
  ['IS JSON OBJECT', isJson('object')],
  ['IS JSON ARRAY', isJson('array')],
  ['IS JSON SCALAR', isJson('scalar')],
  ['JSON_EXISTS', query('json_exists', 'FALSE')],
  ['JSON_VALUE', query('json_value', 'text', 'NULL', 'NULL')],
  ['JSON_QUERY', jsonQuery],
  ['JSON_STRING', (inputs) => jsonOf(argument(inputs, 0))],
  ['JSON_OBJECT', jsonObject],
  ['JSON_ARRAY', (inputs) => `('[' || ${members(inputs, (value) => value)} || ']')`],
  ['JSON', scripted('json_same')],
  ['JSON_QUOTE', scripted('json_quote')],
  ['JSON_UNQUOTE', scripted('json_unquote')],
]
