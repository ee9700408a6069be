import { notSupported } from '../error.js'
import type { Alteration, PlacedColumn, SchemaChange, SchemaItems } from '../tree/alteration.js'
import type { Cursor } from './cursor.js'
import { parseQuery } from './query.js'
import { parseOptions, parseTableItem, refuseUntyped, type TableBody } from './table-definition.js'

/** What stands behind ALTER TABLE name. */
export function parseTableAlteration(cursor: Cursor): Alteration {
  if (cursor.acceptKeyword('RENAME')) return parseRename(cursor)
  if (cursor.acceptKeyword('SET')) return { kind: 'setOptions', options: parseOptions(cursor) }
  if (cursor.acceptKeyword('RESET')) {
    cursor.expectSign('(')
    const keys = cursor.separated(() => {
      const key = cursor.expectString('an option in quotes')
      return { key: key.text, keyAt: key.at }
    })
    cursor.expectSign(')')
    return { kind: 'resetOptions', keys }
  }
  if (!cursor.isKeywordAhead(0, 'ADD', 'MODIFY', 'DROP')) {
    throw cursor.unexpected('ADD, MODIFY, DROP, SET, RESET or RENAME')
  }
  refuseParts(cursor)
  if (cursor.acceptKeyword('DROP')) return parseDropped(cursor)
  const kind = cursor.take().upper === 'ADD' ? 'add' : 'modify'
  return parseItems(cursor, kind)
}

/** What stands behind ALTER VIEW name. */
export function parseViewAlteration(cursor: Cursor): Alteration {
  if (cursor.acceptKeyword('RENAME', 'TO')) {
    return { kind: 'rename', to: cursor.expectNamePath('the new name') }
  }
  if (cursor.acceptKeyword('AS')) return { kind: 'replaceQuery', query: parseQuery(cursor) }
  throw cursor.unexpected('AS or RENAME TO')
}

function parseRename(cursor: Cursor): Alteration {
  if (cursor.acceptKeyword('TO')) {
    return { kind: 'rename', to: cursor.expectNamePath('the new name') }
  }
  const from = cursor.expectName('TO, or the column that is renamed')
  cursor.expectKeyword('TO')
  return { kind: 'renameColumn', from, to: cursor.expectName('the new name of the column') }
}

/** Parts of a table that no connector here has. */
function refuseParts(cursor: Cursor): void {
  const [verb, ...others] = [0, 1, 2, 3].map((ahead) => cursor.peek(ahead))
  const [first = verb] = others
  const isPartition = first?.upper === 'PARTITION' || first?.upper === 'IF'
  if (verb === undefined || (!isPartition && first?.upper !== 'DISTRIBUTION')) return
  const what = isPartition ? 'PARTITION' : 'DISTRIBUTION'
  throw notSupported(`ALTER TABLE … ${verb.upper} ${what}`, verb.at, 'leave it out')
}

function parseDropped(cursor: Cursor): SchemaChange {
  const { at } = cursor.token
  if (cursor.acceptKeyword('WATERMARK')) return { kind: 'dropWatermark', at }
  if (cursor.acceptKeyword('PRIMARY', 'KEY')) return { kind: 'dropKey', at: cursor.since(at) }
  if (cursor.acceptKeyword('CONSTRAINT')) {
    const name = cursor.expectName('the name of the constraint')
    return { kind: 'dropKey', at: cursor.since(at), name }
  }
  const names = cursor.isSign('(')
    ? cursor.expectNameList('a column name')
    : [cursor.expectName('a column name')]
  return { kind: 'dropColumns', names }
}

function parseItems(cursor: Cursor, kind: SchemaItems['kind']): SchemaItems {
  const body: TableBody = { columns: [], watermarks: [], primaryKeys: [], order: [] }
  const columns: PlacedColumn[] = []
  const parseItem = () => {
    parseTableItem(cursor, body)
    const column = body.columns[columns.length]
    if (column !== undefined) columns.push({ column, ...parsePlace(cursor) })
  }
  if (cursor.acceptSign('(')) {
    cursor.separated(parseItem)
    cursor.expectSign(')')
  } else parseItem()
  refuseUntyped(body)
  const { watermarks, primaryKeys } = body
  return { kind, columns, watermarks, primaryKeys }
}

function parsePlace(cursor: Cursor): Pick<PlacedColumn, 'place'> {
  if (cursor.acceptKeyword('FIRST')) return { place: 'first' }
  if (!cursor.acceptKeyword('AFTER')) return {}
  return { place: cursor.expectName('the column before it') }
}
