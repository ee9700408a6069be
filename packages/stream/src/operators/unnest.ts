import type { UnnestNode } from '../plan/node.js'
import { type DataType, fieldAt } from '../plan/type.js'
import { columnName } from './duckdb/engine.js'
import { expressionSql } from './duckdb/expression.js'
import { rowFieldName } from './duckdb/nested.js'
import { aliased } from './duckdb/relation.js'
import { duckdbTypeName } from './duckdb/types.js'
import type { Flow } from './operator.js'
import { latePlaceOf, over } from './stateless.js'

/**
 * Each row beside each element of its collection, in the collection's order. It keeps no state: a
 * row that is taken back has the elements that it came with.
 */
export function unnestFlow(node: UnnestNode, input: Flow): Flow {
  const { collection, isOuter, withOrdinality, fields } = node
  const start = node.input.fields.length
  const columns = Array.from({ length: start }, (_, index) => columnName(index))
  const kind = input.changelog === 'append' ? '' : ', k'
  const places = 'range(1, len(elements) + 1)'
  // A row without elements has one NULL in their stead.
  const orNull = (list: string) =>
    isOuter ? `CASE WHEN len(elements) > 0 THEN ${list} ELSE [NULL] END` : list
  const lists = `SELECT *, ${listSql(expressionSql(collection), collection.type)} AS elements FROM (${input.sql})`
  const each = `SELECT *, unnest(${orNull('elements')}) AS element, unnest(${orNull(places)}) AS place FROM (${lists})`
  const added = [...partsSql(collection.type), ...(withOrdinality ? ['place'] : [])].map(
    (sql, index) => `CAST(${sql} AS ${duckdbTypeName(fieldAt(fields, start + index).type)})`,
  )
  const late = latePlaceOf(input)
  return over(input, `SELECT ${aliased([...columns, ...added])}${kind}${late} FROM (${each})`)
}

function listSql(sql: string, type: DataType): string {
  if (type.kind === 'map') return `map_entries(${sql})`
  if (type.kind !== 'multiset') return sql
  const copies = 'list_transform(range(entry.value), lambda place: entry.key)'
  return `flatten(list_transform(map_entries(${sql}), lambda entry: ${copies}))`
}

function partsSql(type: DataType): string[] {
  if (type.kind === 'map') return ['element.key', 'element.value']
  const element = type.kind === 'array' || type.kind === 'multiset' ? type.element : type
  if (element.kind !== 'row') return ['element']
  return element.fields.map((_, index) => `struct_extract(element, '${rowFieldName(index)}')`)
}
