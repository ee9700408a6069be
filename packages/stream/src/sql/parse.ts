import { tokenize } from './lexer.js'
import { Cursor } from './parser/cursor.js'
import { parseStatements } from './parser/statement.js'
import { Source } from './source.js'
import type { Statement } from './tree/statement.js'

/**
 * Reads a script of Flink SQL into its statements. `file` is only for messages.
 * @throws SqlError at the first part that is not Flink SQL, or is not supported yet.
 */
export function parseScript(text: string, file?: string): Statement[] {
  return parseStatements(new Cursor(tokenize(new Source(text, file))))
}
