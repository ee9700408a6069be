import { notSupported, SqlError } from '../error.js'
import type { PatternTermNode } from '../tree/match-recognize.js'
import type { Cursor } from './cursor.js'

/** PATTERN and what stands in its parentheses: variables, one after another. */
export function parsePattern(cursor: Cursor): PatternTermNode[] {
  cursor.expectKeyword('PATTERN')
  cursor.expectSign('(')
  const terms = [parseTerm(cursor)]
  while (!cursor.isSign(')')) terms.push(parseTerm(cursor))
  cursor.expectSign(')')
  return terms
}

function parseTerm(cursor: Cursor): PatternTermNode {
  refuseUnsupported(cursor)
  const variable = cursor.expectName('a variable of the pattern')
  const counts = parseCounts(cursor)
  const isQuantified = counts !== undefined
  const reluctant = isQuantified && cursor.acceptSign('?')
  const at = cursor.since(variable.at)
  return { at, variable, ...(counts ?? { from: 1, to: 1 }), reluctant }
}

function refuseUnsupported(cursor: Cursor): void {
  const { at, kind, text, upper } = cursor.token
  if (kind === 'word' && upper === 'PERMUTE') {
    throw notSupported('PERMUTE in a pattern', at, 'write a query for each order')
  }
  if (kind === 'word' && text === '$') throw notAnchored(cursor)
  if (kind !== 'sign') return
  switch (text) {
    case '(':
      throw notSupported('a group in a pattern', at, 'give each variable its own quantifier')
    case '|':
      throw notSupported('| in a pattern', at, 'write OR into the condition of one variable')
    case '{':
      throw notSupported('an exclusion in a pattern', at, 'leave it out of MEASURES')
    case '^':
      throw notAnchored(cursor)
  }
}

function notAnchored({ token }: Cursor): SqlError {
  return notSupported(
    `${token.text} in a pattern`,
    token.at,
    'leave it out: a stream has neither beginning nor end',
  )
}

/** How many rows a quantifier takes; undefined where there is none. */
function parseCounts(cursor: Cursor): Counts | undefined {
  if (cursor.acceptSign('*')) return { from: 0 }
  if (cursor.acceptSign('+')) return { from: 1 }
  if (cursor.acceptSign('?')) return { from: 0, to: 1 }
  if (!cursor.isSign('{') || cursor.isSign('-', 1)) return undefined
  const start = cursor.take().at
  const counts = parseRange(cursor)
  cursor.expectSign('}')
  if (counts.to === undefined || (counts.to >= counts.from && counts.to > 0)) return counts
  throw new SqlError(
    `a variable cannot take from ${counts.from} to ${counts.to} rows`,
    cursor.since(start),
    'write the smaller number first, and a larger one than 0',
  )
}

interface Counts {
  readonly from: number
  readonly to?: number
}

/** `n`, `n,`, `n,m` or `,m`. */
function parseRange(cursor: Cursor): Counts {
  if (cursor.acceptSign(',')) return { from: 0, to: parseCount(cursor) }
  const from = parseCount(cursor)
  if (!cursor.acceptSign(',')) return { from, to: from }
  return cursor.isSign('}') ? { from } : { from, to: parseCount(cursor) }
}

function parseCount(cursor: Cursor): number {
  const { token } = cursor
  if (token.kind !== 'number' || !/^\d{1,4}$/.test(token.text)) {
    throw cursor.unexpected('a number of rows, up to 9999')
  }
  cursor.take()
  return Number(token.text)
}
