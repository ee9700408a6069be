import { SqlError } from '../error.js'
import type { Name } from '../tree/name.js'
import type { TypeNode } from '../tree/type.js'
import type { Cursor } from './cursor.js'
import { parseTimeUnit } from './time-unit.js'

/** Other spellings of a type, and the one that the tree uses. */
const synonyms = new Map([
  ['INTEGER', 'INT'],
  ['DEC', 'DECIMAL'],
  ['NUMERIC', 'DECIMAL'],
  ['CHARACTER', 'CHAR'],
])

/** A type, with NOT NULL or NULL after it. */
export function parseType(cursor: Cursor): TypeNode {
  return cursor.nested(() => {
    const start = cursor.token.at
    let type = parseTypeWithoutNullability(cursor)
    for (;;) {
      const nullable = acceptNullability(cursor)
      type = { ...type, at: cursor.since(start), nullable }
      const collection = cursor.isKeyword('ARRAY') ? 'ARRAY' : 'MULTISET'
      if (!cursor.acceptKeyword(collection)) return type
      type = { ...plain(cursor.since(start), collection), elements: [type] }
    }
  })
}

function acceptNullability(cursor: Cursor): boolean {
  if (cursor.acceptKeyword('NOT', 'NULL')) return false
  // NULL ON EMPTY is a clause behind the type.
  if (!cursor.isKeyword('NULL', 'ON')) cursor.acceptKeyword('NULL')
  return true
}

function plain(at: TypeNode['at'], name: string): TypeNode {
  return { kind: 'type', at, name, parameters: [], elements: [], fields: [], nullable: true }
}

function parseTypeWithoutNullability(cursor: Cursor): TypeNode {
  const start = cursor.token
  if (start.kind !== 'word' && start.kind !== 'quoted') throw cursor.unexpected('a data type')
  cursor.take()
  const written = start.kind === 'word' ? start.upper : start.text.toUpperCase()
  let name = synonyms.get(written) ?? written
  if (name === 'ARRAY' || name === 'MULTISET' || name === 'MAP') {
    return { ...plain(start.at, name), elements: parseElements(cursor, name) }
  }
  if (name === 'ROW') return { ...plain(start.at, name), fields: parseFields(cursor) }
  if (name === 'DOUBLE') cursor.acceptKeyword('PRECISION')
  if (name === 'CHAR' && cursor.acceptKeyword('VARYING')) name = 'VARCHAR'
  if (name === 'BINARY' && cursor.acceptKeyword('VARYING')) name = 'VARBINARY'
  const parameters = parseParameters(cursor)
  if (name === 'TIMESTAMP' || name === 'TIME') name = parseTimeZone(cursor, name)
  if (name === 'INTERVAL') name = parseIntervalType(cursor)
  return { ...plain(start.at, name), parameters }
}

function parseElements(cursor: Cursor, name: string): TypeNode[] {
  cursor.expectSign(
    '<',
    `write the element type: ${name}<${name === 'MAP' ? 'STRING, INT' : 'INT'}>`,
  )
  const elements = [parseType(cursor)]
  if (name === 'MAP') {
    cursor.expectSign(',')
    elements.push(parseType(cursor))
  }
  cursor.expectSign('>')
  return elements
}

function parseFields(cursor: Cursor): { name: Name; type: TypeNode }[] {
  if (cursor.acceptSign('<>')) return []
  const close = cursor.isSign('(') ? ')' : '>'
  if (!cursor.acceptSign('(')) cursor.expectSign('<', 'write the fields: ROW<name STRING, n INT>')
  if (cursor.acceptSign(close)) return []
  const fields = cursor.separated(() => {
    const name = cursor.expectName('a field name')
    const type = parseType(cursor)
    if (cursor.token.kind === 'string') cursor.take()
    return { name, type }
  })
  cursor.expectSign(close)
  return fields
}

function parseParameters(cursor: Cursor): number[] {
  if (!cursor.acceptSign('(')) return []
  const parameters = cursor.separated(() => {
    const token = cursor.token
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) {
      throw cursor.unexpected('a whole number')
    }
    cursor.take()
    return Number(token.text)
  })
  cursor.expectSign(')')
  return parameters
}

function parseTimeZone(cursor: Cursor, name: string): string {
  if (cursor.acceptKeyword('WITHOUT', 'TIME', 'ZONE')) return name
  if (name === 'TIMESTAMP' && cursor.acceptKeyword('WITH', 'LOCAL', 'TIME', 'ZONE')) {
    return 'TIMESTAMP_LTZ'
  }
  if (cursor.isKeyword('WITH', 'TIME', 'ZONE')) {
    throw new SqlError(
      `${name} WITH TIME ZONE is not a type of Flink SQL`,
      cursor.token.at,
      'use TIMESTAMP_LTZ(3), a point in time, or TIMESTAMP(3), a reading of calendar and clock',
    )
  }
  return name
}

function parseIntervalType(cursor: Cursor): string {
  const from = parseTimeUnit(cursor)
  parseParameters(cursor)
  if (cursor.acceptKeyword('TO')) {
    parseTimeUnit(cursor)
    parseParameters(cursor)
  }
  return from === 'YEAR' || from === 'MONTH' ? 'INTERVAL MONTH' : 'INTERVAL SECOND'
}
