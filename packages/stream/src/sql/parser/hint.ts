import { tokenizeHint } from '../lexer.js'
import type { Token } from '../token.js'
import type { Hint } from '../tree/hint.js'
import type { Name } from '../tree/name.js'
import type { TableOption } from '../tree/statement.js'
import { Cursor } from './cursor.js'

/** The hints at hand, as many as there are: several comments, and several in one. */
export function parseHints(cursor: Cursor): Hint[] {
  const hints: Hint[] = []
  while (cursor.token.kind === 'hint') hints.push(...hintsIn(cursor.take()))
  return hints
}

/** `A(…), B(…)` or `A(…) B(…)`; a hint may have no parentheses. */
function hintsIn(token: Token): Hint[] {
  const cursor = new Cursor(tokenizeHint(token))
  const hints = [parseHint(cursor)]
  while (cursor.token.kind !== 'end') {
    cursor.acceptSign(',')
    hints.push(parseHint(cursor))
  }
  return hints
}

function parseHint(cursor: Cursor): Hint {
  const name = cursor.expectName('the name of a hint')
  const options: TableOption[] = []
  const names: Name[] = []
  if (cursor.acceptSign('(') && !cursor.acceptSign(')')) {
    cursor.separated(() => parseArgument(cursor, options, names))
    cursor.expectSign(')')
  }
  return { at: cursor.since(name.at), name, options, names }
}

function parseArgument(cursor: Cursor, options: TableOption[], names: Name[]): void {
  const { token } = cursor
  const isText = token.kind === 'string' || token.kind === 'number'
  if (isText) cursor.take()
  else if (!cursor.isSign('=', 1)) {
    // The alias of a table, or `catalog.database.table`.
    const path = cursor.expectNamePath('a name')
    const text = path.map((part) => part.text).join('.')
    names.push({ text, at: cursor.since(token.at) })
    return
  } else cursor.expectName('a key')
  if (!cursor.acceptSign('=')) {
    names.push({ text: token.text, at: token.at })
    return
  }
  const value = cursor.expectString('a value in quotes', "write 'key' = 'value'")
  options.push({ key: token.text, keyAt: token.at, value: value.text, valueAt: value.at })
}
