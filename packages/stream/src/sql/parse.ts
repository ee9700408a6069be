import { tokenize } from './lexer.js'
import { Cursor } from './parser/cursor.js'
import { parseStatements } from './parser/statement.js'
import { parseType } from './parser/type.js'
import { Source } from './source.js'
import type { Statement } from './tree/statement.js'
import type { TypeNode } from './tree/type.js'

/**
 * Reads a script of Flink SQL into its statements. `file` is only for messages.
 * @throws SqlError at the first part that is not Flink SQL, or is not supported yet.
 */
export function parseScript(text: string, file?: string): Statement[] {
  return parseStatements(new Cursor(tokenize(new Source(text, file))))
}

/**
 * Reads a type that stands alone. `file` is where it stands, for messages.
 * @throws SqlError where it is none.
 */
export function parseTypeText(text: string, file: string): TypeNode {
  const cursor = new Cursor(tokenize(new Source(text, file)))
  const type = parseType(cursor)
  if (cursor.token.kind !== 'end') throw cursor.unexpected('the end of the type')
  return type
}
