import type { Span } from '../source.js'
import type { CreateCatalog, DropCatalog } from '../tree/session-statement.js'
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
