import { didYouMean } from '../closest-name.js'
import { notSupported } from '../error.js'
import type { Span } from '../source.js'
import type { DescribeFunction, DropFunction } from '../tree/function-statement.js'
import type { NamePath } from '../tree/name.js'
import {
  type AlterStatement,
  type DescribeStatement,
  type DropCatalog,
  type DropDatabase,
  type DropStatement,
  listings,
  type ResetStatement,
  type ShowLike,
  type ShowStatement,
  type UseStatement,
} from '../tree/session-statement.js'
import { parseTableAlteration, parseViewAlteration } from './alteration.js'
import { parseDropCatalog, parseDropDatabase } from './catalog.js'
import type { Cursor } from './cursor.js'
import { isFunctionAhead, parseDescribeFunction, parseDropFunction } from './function.js'

/** DROP … */
export function parseDrop(
  cursor: Cursor,
): DropStatement | DropCatalog | DropDatabase | DropFunction {
  const start = cursor.expectKeyword('DROP').at
  if (cursor.acceptKeyword('CATALOG')) return parseDropCatalog(cursor, start)
  if (cursor.acceptKeyword('DATABASE')) return parseDropDatabase(cursor, start)
  const temporary = cursor.acceptKeyword('TEMPORARY')
  if (isFunctionAhead(cursor)) return parseDropFunction(cursor, start, temporary)
  const object = tableOrView(cursor, 'DROP')
  const ifExists = acceptIfExists(cursor)
  const name = cursor.expectNamePath(`the name of the ${object.toLowerCase()}`)
  return { kind: 'drop', at: cursor.since(start), object, temporary, ifExists, name }
}

/** ALTER … */
export function parseAlter(cursor: Cursor): AlterStatement {
  const start = cursor.expectKeyword('ALTER').at
  const object = tableOrView(cursor, 'ALTER')
  const ifExists = acceptIfExists(cursor)
  const name = cursor.expectNamePath(`the name of the ${object.toLowerCase()}`)
  const change = object === 'TABLE' ? parseTableAlteration(cursor) : parseViewAlteration(cursor)
  return { kind: 'alter', at: cursor.since(start), object, ifExists, name, change }
}

function tableOrView(cursor: Cursor, statement: string): 'TABLE' | 'VIEW' {
  if (cursor.acceptKeyword('TABLE')) return 'TABLE'
  if (cursor.acceptKeyword('VIEW')) return 'VIEW'
  const others = ['CATALOG', 'CONNECTION', 'DATABASE', 'FUNCTION', 'MATERIALIZED', 'MODEL']
  if (cursor.isKeywordAhead(0, 'SYSTEM', 'TEMPORARY', ...others)) {
    throw notSupported(`${statement} ${cursor.token.upper}`, cursor.token.at, 'leave it out')
  }
  throw cursor.unexpected('TABLE or VIEW')
}

function acceptIfExists(cursor: Cursor): boolean {
  return cursor.acceptKeyword('IF', 'EXISTS')
}

/** SHOW … */
export function parseShow(cursor: Cursor): ShowStatement {
  const start = cursor.expectKeyword('SHOW').at
  const what = listings.find((each) => cursor.acceptKeyword(...each.split(' ')))
  if (what === undefined) throw unknownListing(cursor)
  const of = whatIsShown(cursor, what)
  const like = parseLike(cursor)
  return { kind: 'show', at: cursor.since(start), what, ...(of && { of }), ...(like && { like }) }
}

function unknownListing(cursor: Cursor) {
  const { token } = cursor
  const others = [
    ...['JOBS', 'PARTITIONS', 'PROCEDURES', 'MODELS', 'CREATE', 'MATERIALIZED', 'CONNECTIONS'],
  ]
  if (cursor.isKeywordAhead(0, ...others)) {
    return notSupported(`SHOW ${token.upper}`, token.at, 'leave it out')
  }
  const hint = didYouMean(token.text, listings)?.replaceAll('`', '')
  return cursor.unexpected('what to show', hint ?? `SHOW knows ${listings.join(', ')}`)
}

function whatIsShown(cursor: Cursor, what: ShowStatement['what']): NamePath | undefined {
  switch (what) {
    case 'CREATE TABLE':
      return cursor.expectNamePath('the name of the table')
    case 'CREATE VIEW':
      return cursor.expectNamePath('the name of the view')
    case 'COLUMNS':
      if (!cursor.acceptKeyword('FROM') && !cursor.acceptKeyword('IN')) {
        throw cursor.unexpected('FROM')
      }
      return cursor.expectNamePath('the name of the table')
    case 'DATABASES':
    case 'TABLES':
    case 'VIEWS':
    case 'FUNCTIONS':
    case 'USER FUNCTIONS':
      if (!cursor.acceptKeyword('FROM') && !cursor.acceptKeyword('IN')) return undefined
      return cursor.expectNamePath('the name of the database')
    default:
      return undefined
  }
}

function parseLike(cursor: Cursor): ShowLike | undefined {
  const negated = cursor.isKeyword('NOT') && cursor.isKeywordAhead(1, 'LIKE', 'ILIKE')
  if (negated) cursor.take()
  const ignoresCase = cursor.isKeyword('ILIKE')
  if (!cursor.isKeywordAhead(0, 'LIKE', 'ILIKE')) return undefined
  cursor.take()
  return { negated, ignoresCase, pattern: cursor.expectString('a pattern in quotes').text }
}

/** DESCRIBE …, DESC … */
export function parseDescribe(cursor: Cursor): DescribeStatement | DescribeFunction {
  const start = cursor.take().at
  if (cursor.isKeyword('FUNCTION') && (cursor.isName(1) || cursor.isKeywordAhead(1, 'EXTENDED'))) {
    return parseDescribeFunction(cursor, start)
  }
  const others = ['CATALOG', 'JOB', 'MODEL', 'CONNECTION']
  if (cursor.isKeywordAhead(0, ...others) && cursor.isName(1)) {
    throw notSupported(`DESCRIBE ${cursor.token.upper}`, cursor.token.at, 'describe a table')
  }
  cursor.acceptKeyword('EXTENDED')
  const name = cursor.expectNamePath('the name of a table or view')
  return { kind: 'describe', at: cursor.since(start), name }
}

/** USE … */
export function parseUse(cursor: Cursor): UseStatement {
  const start = cursor.expectKeyword('USE').at
  if (cursor.isKeywordAhead(0, 'MODULE', 'MODULES')) {
    throw notSupported('USE MODULES', cursor.token.at, 'leave it out: all functions are there')
  }
  const isCatalog = cursor.isKeyword('CATALOG') && cursor.isName(1)
  if (isCatalog) cursor.take()
  const path = isCatalog
    ? [cursor.expectName('the name of the catalog')]
    : cursor.expectNamePath('the name of the database')
  return { kind: 'use', at: cursor.since(start), isCatalog, path }
}

/** RESET ['key'] */
export function parseReset(cursor: Cursor): ResetStatement {
  const start: Span = cursor.expectKeyword('RESET').at
  if (cursor.token.kind !== 'string') return { kind: 'reset', at: start }
  const key = cursor.take()
  return { kind: 'reset', at: cursor.since(start), key: key.text, keyAt: key.at }
}
