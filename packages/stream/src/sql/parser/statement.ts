import { didYouMean } from '../closest-name.js'
import { notSupported, SqlError } from '../error.js'
import type { CreateView, InsertStatement, Statement, StatementSet } from '../tree/statement.js'
import { parseCreateCatalog, parseCreateDatabase } from './catalog.js'
import type { Cursor } from './cursor.js'
import { parseExplain } from './explain.js'
import { isFunctionAhead, parseCreateFunction } from './function.js'
import { parseHints } from './hint.js'
import { parseQuery, startsQuery } from './query.js'
import { parseAlter, parseDescribe, parseDrop, parseReset, parseShow, parseUse } from './session.js'
import { parseCreateTable } from './table-definition.js'

const supported = [
  ...['CREATE TABLE', 'CREATE VIEW', 'INSERT INTO', 'EXECUTE STATEMENT SET', 'SELECT', 'SET'],
  ...['RESET', 'DROP', 'ALTER', 'SHOW', 'DESCRIBE', 'EXPLAIN', 'USE'],
]

/** Statements of Flink that are known by their first words, and are not there yet. */
const unsupported = [
  ...['ANALYZE', 'CALL', 'COMPILE', 'DELETE', 'LOAD', 'MERGE', 'STOP', 'TRUNCATE', 'UNLOAD'],
  ...['UPDATE', 'UPSERT'],
  ...['ADD', 'REMOVE'],
]

/** All statements up to the end, with semicolons between them. */
export function parseStatements(cursor: Cursor): Statement[] {
  const statements: Statement[] = []
  for (;;) {
    while (cursor.acceptSign(';'));
    if (isAtEnd(cursor)) return statements
    statements.push(parseStatement(cursor))
    if (!isAtEnd(cursor)) cursor.expectSign(';', forgottenSemicolon(cursor))
  }
}

function isAtEnd(cursor: Cursor): boolean {
  return cursor.token.kind === 'end'
}

function forgottenSemicolon(cursor: Cursor): string | undefined {
  const begins = [
    ...['CREATE', 'INSERT', 'SET', 'SELECT', 'EXECUTE', 'WITH', 'DROP', 'ALTER', 'SHOW'],
    ...['DESCRIBE', 'EXPLAIN', 'RESET'],
  ]
  const forgotten = begins.some((word) => cursor.isKeyword(word))
  return forgotten ? 'end the statement before with a semicolon' : undefined
}

function parseStatement(cursor: Cursor): Statement {
  if (startsQuery(cursor)) {
    const query = parseQuery(cursor)
    return { kind: 'queryStatement', at: query.at, query }
  }
  switch (cursor.token.upper) {
    case 'CREATE':
      return parseCreate(cursor)
    case 'INSERT':
      return parseInsert(cursor)
    case 'EXECUTE':
      return parseExecute(cursor)
    case 'BEGIN':
      return parseStatementSet(cursor)
    case 'SET':
      return parseSet(cursor)
    case 'RESET':
      return parseReset(cursor)
    case 'DROP':
      return parseDrop(cursor)
    case 'ALTER':
      return parseAlter(cursor)
    case 'SHOW':
      return parseShow(cursor)
    case 'DESC':
    case 'DESCRIBE':
      return parseDescribe(cursor)
    case 'USE':
      return parseUse(cursor)
    case 'EXPLAIN':
      return parseExplain(cursor, () => parseExplained(cursor))
    default:
      throw unknownStatement(cursor)
  }
}

function unknownStatement(cursor: Cursor): SqlError {
  const { token } = cursor
  const list = `a script may hold ${supported.join(', ')}`
  if (token.kind === 'word' && unsupported.includes(token.upper)) {
    return notSupported(`the statement ${token.upper}`, token.at, list)
  }
  const firstWords = [
    ...['CREATE', 'INSERT', 'EXECUTE', 'BEGIN', 'SET', 'SELECT', 'WITH', 'VALUES', 'RESET'],
    ...['DROP', 'ALTER', 'SHOW', 'DESC', 'DESCRIBE', 'USE', 'EXPLAIN'],
  ]
  const hint = token.kind === 'word' ? didYouMean(token.text, firstWords) : undefined
  return cursor.unexpected('a statement', hint ?? list)
}

function parseCreate(cursor: Cursor): Statement {
  const start = cursor.expectKeyword('CREATE').at
  const replacing = cursor.token.at
  const replaces = cursor.isKeyword('OR')
  if (replaces) cursor.expectKeyword('OR', 'REPLACE')
  const temporary = cursor.acceptKeyword('TEMPORARY')
  if (replaces && !cursor.isKeyword('VIEW')) {
    const hint = 'only a view is replaced: DROP the other first'
    throw notSupported(`OR REPLACE ${cursor.token.upper}`, replacing, hint)
  }
  if (cursor.acceptKeyword('TABLE')) return parseCreateTable(cursor, start, temporary)
  if (cursor.acceptKeyword('VIEW')) {
    const view = parseCreateView(cursor, start, temporary)
    return replaces ? { ...view, replaces } : view
  }
  if (isFunctionAhead(cursor)) return parseCreateFunction(cursor, start, temporary)
  if (!temporary && cursor.acceptKeyword('CATALOG')) return parseCreateCatalog(cursor, start)
  if (!temporary && cursor.acceptKeyword('DATABASE')) return parseCreateDatabase(cursor, start)
  const { token } = cursor
  const others = ['CATALOG', 'DATABASE', 'MODEL', 'CONNECTION', 'MATERIALIZED', 'SYSTEM']
  if (token.kind === 'word' && others.includes(token.upper)) {
    throw notSupported(`CREATE ${token.upper}`, token.at, 'create tables, views and functions')
  }
  throw cursor.unexpected('TABLE, VIEW or FUNCTION')
}

/** IF NOT EXISTS. */
export function acceptIfNotExists(cursor: Cursor): boolean {
  if (!cursor.isKeyword('IF', 'NOT')) return false
  cursor.expectKeyword('IF', 'NOT', 'EXISTS')
  return true
}

function parseCreateView(cursor: Cursor, start: CreateView['at'], temporary: boolean): CreateView {
  const ifNotExists = acceptIfNotExists(cursor)
  const name = cursor.expectNamePath('the name of the view')
  const columns = cursor.isSign('(') ? cursor.expectNameList('a column name') : []
  if (cursor.acceptKeyword('COMMENT')) cursor.expectString('a comment in quotes')
  cursor.expectKeyword('AS')
  const query = parseQuery(cursor)
  const at = cursor.since(start)
  return { kind: 'createView', at, temporary, ifNotExists, name, columns, query }
}

function parseInsert(cursor: Cursor): InsertStatement {
  const start = cursor.expectKeyword('INSERT').at
  const overwrite = cursor.acceptKeyword('OVERWRITE')
  if (!overwrite) cursor.expectKeyword('INTO')
  cursor.acceptKeyword('TABLE')
  const table = cursor.expectNamePath('the table to insert into')
  const hints = parseHints(cursor)
  if (cursor.isKeyword('PARTITION')) {
    throw notSupported('INSERT with PARTITION', cursor.token.at, 'select the value as a column')
  }
  const hasColumns = cursor.isSign('(') && !startsQuery(cursor)
  const columns = hasColumns ? cursor.expectNameList('a column name') : []
  if (!startsQuery(cursor)) throw cursor.unexpected('SELECT or VALUES')
  const query = parseQuery(cursor)
  return { kind: 'insert', at: cursor.since(start), overwrite, table, hints, columns, query }
}

function parseExecute(cursor: Cursor): Statement {
  const start = cursor.token.at
  cursor.expectKeyword('EXECUTE')
  if (cursor.isKeyword('INSERT')) return parseInsert(cursor)
  if (cursor.isKeyword('PLAN')) {
    throw notSupported('EXECUTE PLAN', cursor.token.at, 'write the statements themselves')
  }
  cursor.expectKeyword('STATEMENT', 'SET')
  cursor.expectKeyword('BEGIN')
  return parseInserts(cursor, start)
}

/** The older form, with semicolons after BEGIN STATEMENT SET. */
function parseStatementSet(cursor: Cursor): StatementSet {
  const start = cursor.token.at
  cursor.expectKeyword('BEGIN', 'STATEMENT', 'SET')
  cursor.expectSign(';')
  return parseInserts(cursor, start)
}

function parseInserts(cursor: Cursor, start: StatementSet['at']): StatementSet {
  const inserts: InsertStatement[] = []
  for (;;) {
    while (cursor.acceptSign(';'));
    if (cursor.acceptKeyword('END')) break
    if (!cursor.isKeyword('INSERT')) throw cursor.unexpected('INSERT INTO or END')
    inserts.push(parseInsert(cursor))
    if (!cursor.isKeyword('END')) cursor.expectSign(';', forgottenSemicolon(cursor))
  }
  const at = cursor.since(start)
  if (inserts.length > 0) return { kind: 'statementSet', at, inserts }
  throw new SqlError('a statement set needs at least one INSERT INTO', at)
}

/** A statement set stands behind EXPLAIN without EXECUTE. */
function parseExplained(cursor: Cursor): Statement {
  if (cursor.isKeyword('STATEMENT', 'SET')) {
    const start = cursor.token.at
    cursor.expectKeyword('STATEMENT', 'SET')
    cursor.expectKeyword('BEGIN')
    return parseInserts(cursor, start)
  }
  return parseStatement(cursor)
}

function parseSet(cursor: Cursor): Statement {
  const start = cursor.expectKeyword('SET').at
  if (isAtEnd(cursor) || cursor.isSign(';')) return { kind: 'showSettings', at: start }
  const example = "write SET 'key' = 'value', both in single quotes"
  const key = cursor.expectString('a key in quotes', example)
  cursor.expectSign('=', example)
  const value = cursor.expectString('a value in quotes', example)
  return {
    kind: 'set',
    at: cursor.since(start),
    key: key.text,
    keyAt: key.at,
    value: value.text,
    valueAt: value.at,
  }
}
