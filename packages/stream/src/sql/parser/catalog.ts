import { notSupported } from '../error.js'
import type { Span } from '../source.js'
import type {
  CreateCatalog,
  CreateDatabase,
  DropCatalog,
  DropDatabase,
} from '../tree/session-statement.js'
import type { Cursor } from './cursor.js'
import { acceptIfNotExists } from './statement.js'
import { parseOptions } from './table-definition.js'

/** CREATE CATALOG, after these words. */
export function parseCreateCatalog(cursor: Cursor, start: Span): CreateCatalog {
  const ifNotExists = acceptIfNotExists(cursor)
  const name = cursor.expectName('the name of the catalog')
  if (cursor.acceptKeyword('COMMENT')) cursor.expectString('a comment in quotes')
  const options = cursor.acceptKeyword('WITH') ? parseOptions(cursor) : []
  return { kind: 'createCatalog', at: cursor.since(start), ifNotExists, name, options }
}

/** DROP CATALOG, after these words. */
export function parseDropCatalog(cursor: Cursor, start: Span): DropCatalog {
  const ifExists = cursor.acceptKeyword('IF', 'EXISTS')
  const name = cursor.expectName('the name of the catalog')
  return { kind: 'dropCatalog', at: cursor.since(start), ifExists, name }
}

/** CREATE DATABASE, after these words. */
export function parseCreateDatabase(cursor: Cursor, start: Span): CreateDatabase {
  const ifNotExists = acceptIfNotExists(cursor)
  const path = cursor.expectNamePath('the name of the database')
  if (cursor.acceptKeyword('COMMENT')) cursor.expectString('a comment in quotes')
  if (cursor.isKeyword('WITH')) {
    throw notSupported('CREATE DATABASE … WITH', cursor.token.at, 'leave the options out')
  }
  return { kind: 'createDatabase', at: cursor.since(start), ifNotExists, path }
}

/** DROP DATABASE, after these words. */
export function parseDropDatabase(cursor: Cursor, start: Span): DropDatabase {
  const ifExists = cursor.acceptKeyword('IF', 'EXISTS')
  const path = cursor.expectNamePath('the name of the database')
  const cascade = cursor.acceptKeyword('CASCADE')
  if (!cascade) cursor.acceptKeyword('RESTRICT')
  return { kind: 'dropDatabase', at: cursor.since(start), ifExists, path, cascade }
}
