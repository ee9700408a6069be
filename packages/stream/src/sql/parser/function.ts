import { notSupported } from '../error.js'
import type { Span } from '../source.js'
import type { CreateFunction, DescribeFunction, DropFunction } from '../tree/function-statement.js'
import type { Cursor } from './cursor.js'

/** Are the next words FUNCTION, or SYSTEM FUNCTION? */
export function isFunctionAhead(cursor: Cursor): boolean {
  return cursor.isKeyword('FUNCTION') || cursor.isKeyword('SYSTEM', 'FUNCTION')
}

/** Behind CREATE [TEMPORARY]. */
export function parseCreateFunction(
  cursor: Cursor,
  start: Span,
  temporary: boolean,
): CreateFunction {
  const system = acceptSystem(cursor, temporary, 'CREATE')
  cursor.expectKeyword('FUNCTION')
  const ifNotExists = cursor.acceptKeyword('IF', 'NOT', 'EXISTS')
  const name = cursor.expectNamePath('the name of the function')
  cursor.expectKeyword('AS')
  const { text: identifier, at: identifierAt } = cursor.expectString('where the function is')
  const language = parseLanguage(cursor)
  if (cursor.isKeyword('USING')) {
    throw notSupported('USING', cursor.token.at, 'name the module in the string behind AS')
  }
  const at = cursor.since(start)
  const common = { temporary, system, ifNotExists, name, identifier, identifierAt }
  return { kind: 'createFunction', at, ...common, ...language }
}

function parseLanguage(cursor: Cursor): Pick<CreateFunction, 'language' | 'languageAt'> {
  if (!cursor.acceptKeyword('LANGUAGE')) return {}
  const { token } = cursor
  if (token.kind !== 'word') throw cursor.unexpected('JAVASCRIPT or TYPESCRIPT')
  cursor.take()
  return { language: token.upper, languageAt: token.at }
}

/** Behind DROP [TEMPORARY]. */
export function parseDropFunction(cursor: Cursor, start: Span, temporary: boolean): DropFunction {
  const system = acceptSystem(cursor, temporary, 'DROP')
  cursor.expectKeyword('FUNCTION')
  const ifExists = cursor.acceptKeyword('IF', 'EXISTS')
  const name = cursor.expectNamePath('the name of the function')
  return { kind: 'dropFunction', at: cursor.since(start), temporary, system, ifExists, name }
}

/** Behind DESCRIBE. */
export function parseDescribeFunction(cursor: Cursor, start: Span): DescribeFunction {
  cursor.expectKeyword('FUNCTION')
  const extended = cursor.acceptKeyword('EXTENDED')
  const name = cursor.expectNamePath('the name of the function')
  return { kind: 'describeFunction', at: cursor.since(start), extended, name }
}

/** Functions of the system are temporary ones, as in Flink. */
function acceptSystem(cursor: Cursor, temporary: boolean, statement: string): boolean {
  const { token } = cursor
  if (!cursor.acceptKeyword('SYSTEM')) return false
  if (temporary) return true
  const hint = `write ${statement} TEMPORARY SYSTEM FUNCTION`
  throw notSupported(`${statement} SYSTEM FUNCTION`, token.at, hint)
}
