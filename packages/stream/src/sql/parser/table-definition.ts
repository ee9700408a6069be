import { notSupported, SqlError } from '../error.js'
import type { Span } from '../source.js'
import type { Name } from '../tree/name.js'
import type {
  ColumnDefinition,
  CreateTable,
  PrimaryKeyDefinition,
  TableOption,
  WatermarkDefinition,
} from '../tree/statement.js'
import type { Cursor } from './cursor.js'
import { parseExpression } from './expression.js'
import { parseLikeClause } from './like-clause.js'
import { parseQuery } from './query.js'
import { acceptIfNotExists } from './statement.js'
import { parseType } from './type.js'

/** CREATE TABLE, after these words. */
export function parseCreateTable(cursor: Cursor, start: Span, temporary: boolean): CreateTable {
  const ifNotExists = acceptIfNotExists(cursor)
  const name = cursor.expectNamePath('the name of the table')
  const body: TableBody = { columns: [], watermarks: [], primaryKeys: [], order: [] }
  if (cursor.acceptSign('(')) {
    cursor.separated(() => parseTableItem(cursor, body))
    cursor.expectSign(')')
  }
  const comment = cursor.acceptKeyword('COMMENT')
    ? cursor.expectString('a comment in quotes').text
    : undefined
  if (cursor.isKeyword('DISTRIBUTED')) {
    throw notSupported('DISTRIBUTED', cursor.token.at, 'leave it out')
  }
  const partitionedBy = cursor.acceptKeyword('PARTITIONED', 'BY')
    ? cursor.expectNameList('a column name')
    : []
  const options = cursor.acceptKeyword('WITH') ? parseOptions(cursor) : []
  const like = cursor.acceptKeyword('LIKE') ? parseLikeClause(cursor) : undefined
  const query = like === undefined && cursor.acceptKeyword('AS') ? parseQuery(cursor) : undefined
  const { order, ...items } = body
  if (query === undefined || items.columns.length > 0) refuseUntyped(body)
  if (query !== undefined && temporary) {
    const hint = 'Flink has it neither: leave TEMPORARY out'
    throw notSupported('CREATE TEMPORARY TABLE … AS', start, hint)
  }
  return {
    kind: 'createTable',
    at: cursor.since(start),
    temporary,
    ifNotExists,
    name,
    ...items,
    ...(order.length > 0 && { order }),
    ...(comment !== undefined && { comment }),
    partitionedBy,
    options,
    ...(like && { like }),
    ...(query && { query }),
  }
}

/** What stands between the parentheses of a table, as far as it was read. */
export interface TableBody {
  readonly columns: ColumnDefinition[]
  readonly watermarks: WatermarkDefinition[]
  readonly primaryKeys: PrimaryKeyDefinition[]
  /** Names alone, without types. */
  readonly order: Name[]
}

/** A name alone is a column of AS SELECT, and of nothing else. */
export function refuseUntyped({ order: [untyped] }: TableBody): void {
  if (untyped === undefined) return
  throw new SqlError(
    `the column \`${untyped.text}\` has no type`,
    untyped.at,
    'write one behind it',
  )
}

/** A column, a watermark or a key. */
export function parseTableItem(cursor: Cursor, body: TableBody): void {
  const start = cursor.token.at
  if (cursor.acceptKeyword('WATERMARK')) {
    cursor.expectKeyword('FOR')
    const column = cursor.expectNamePath('the time column')
    cursor.expectKeyword('AS')
    const expression = parseExpression(cursor)
    body.watermarks.push({ at: cursor.since(start), column, expression })
  } else if (cursor.isKeywordAhead(0, 'CONSTRAINT', 'PRIMARY', 'UNIQUE')) {
    const name = parseConstraintName(cursor)
    refuseUnique(cursor)
    cursor.expectKeyword('PRIMARY', 'KEY')
    const columns = cursor.expectNameList('a column name')
    const enforced = parseEnforced(cursor)
    body.primaryKeys.push({ at: cursor.since(start), ...(name && { name }), columns, enforced })
  } else if (cursor.isSign(',', 1) || cursor.isSign(')', 1)) {
    body.order.push(cursor.expectName('a column name'))
  } else body.columns.push(parseColumn(cursor, body))
}

function refuseUnique(cursor: Cursor): void {
  if (!cursor.isKeyword('UNIQUE')) return
  throw new SqlError('Flink SQL has no UNIQUE constraint', cursor.token.at, 'use PRIMARY KEY')
}

/** NOT ENFORCED, ENFORCED or nothing; the last two mean the same. */
function parseEnforced(cursor: Cursor): boolean {
  if (cursor.acceptKeyword('NOT', 'ENFORCED')) return false
  cursor.acceptKeyword('ENFORCED')
  return true
}

function parseColumn(cursor: Cursor, body: TableBody): ColumnDefinition {
  const name = cursor.expectName('a column name')
  if (cursor.acceptKeyword('AS')) {
    const expression = parseExpression(cursor)
    const at = cursor.since(name.at)
    return { kind: 'computed', at, name, expression, ...parseComment(cursor) }
  }
  const type = parseType(cursor)
  if (cursor.acceptKeyword('METADATA')) {
    const key = cursor.acceptKeyword('FROM')
      ? cursor.expectString('the name of the metadata in quotes').text
      : undefined
    const virtual = cursor.acceptKeyword('VIRTUAL')
    const at = cursor.since(name.at)
    const comment = parseComment(cursor)
    return {
      kind: 'metadata',
      at,
      name,
      type,
      ...(key !== undefined && { key }),
      virtual,
      ...comment,
    }
  }
  const constraint = cursor.token.at
  const keyName = parseConstraintName(cursor)
  refuseUnique(cursor)
  if (cursor.acceptKeyword('PRIMARY', 'KEY')) {
    const enforced = parseEnforced(cursor)
    body.primaryKeys.push({
      at: cursor.since(constraint),
      ...(keyName && { name: keyName }),
      columns: [name],
      enforced,
    })
  }
  if (cursor.isKeyword('DEFAULT')) {
    throw new SqlError('Flink SQL has no DEFAULT', cursor.token.at, 'use COALESCE in the query')
  }
  const comment = parseComment(cursor)
  return { kind: 'physical', at: cursor.since(name.at), name, type, ...comment }
}

function parseConstraintName(cursor: Cursor): Name | undefined {
  if (!cursor.acceptKeyword('CONSTRAINT')) return undefined
  return cursor.expectName('the name of the constraint')
}

function parseComment(cursor: Cursor): { readonly comment?: string } {
  if (!cursor.acceptKeyword('COMMENT')) return {}
  return { comment: cursor.expectString('a comment in quotes').text }
}

/** `('key' = 'value', …)` */
export function parseOptions(cursor: Cursor): TableOption[] {
  cursor.expectSign('(')
  const example = "write 'key' = 'value', both in single quotes"
  const options = cursor.separated(() => {
    const key = cursor.expectString('an option in quotes', example)
    cursor.expectSign('=', example)
    const value = cursor.expectString('the value of the option in quotes', example)
    return { key: key.text, keyAt: key.at, value: value.text, valueAt: value.at }
  })
  cursor.expectSign(')')
  return options
}
