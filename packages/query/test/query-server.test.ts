import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { NetworkError, realHost } from '@millrace/host'
import { QueryServer, type Relation } from '@millrace/query'

interface Reply {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what a server answers is for the tests to find out
  body: any
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-query-'))
const secret = join(folder, 'secret.csv')
const queryMs = 1_500
let instance: DuckDBInstance
let writer: DuckDBConnection
let server: QueryServer
let relations: Relation[] = []

async function relationOf(name: string, source: string): Promise<Relation> {
  const columns = async () => {
    const found = await writer.runAndReadAll(`DESCRIBE ${source}`)
    return found
      .getRowsJson()
      .map(([column, type]) => ({ name: String(column), type: String(type) }))
  }
  return { name, source, columns }
}

async function post(body: unknown, path = '/sql', type = 'application/json'): Promise<Reply> {
  const response = await fetch(`http://127.0.0.1:${server.address.port}${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

const sql = (text: string) => post({ sql: text })

async function refused(text: string, code: string, status = 400): Promise<Reply['body']> {
  const reply = await sql(text)
  assert.equal(reply.body.code, code, `${text} gave ${JSON.stringify(reply.body)}`)
  assert.equal(reply.status, status)
  assert.ok(reply.body.message && reply.body.hint, 'a message and a hint')
  return reply.body
}

before(async () => {
  writeFileSync(secret, 'a,b\n1,2\n')
  instance = await DuckDBInstance.create(join(folder, 'tables.duckdb'))
  writer = await instance.connect()
  await writer.run('CREATE SCHEMA tables.hidden')
  await writer.run('CREATE TABLE tables.hidden.positions (next_offset BIGINT)')
  await writer.run('CREATE TABLE tables.main.surge (area INTEGER, multiplier DOUBLE)')
  await writer.run('INSERT INTO tables.main.surge VALUES (8, 1.5), (32, 2.25), (76, NULL)')
  relations = [
    await relationOf('surge', 'tables.main.surge'),
    { name: 'waiting', source: 'tables.main.waiting', columns: async () => [] },
  ]
  server = await QueryServer.start({
    host: realHost,
    instance,
    relations: () => relations,
    address: { host: '127.0.0.1', port: 0 },
    queryMs,
  })
})

after(async () => {
  await server.close()
  writer.closeSync()
  instance.closeSync()
  rmSync(folder, { recursive: true, force: true })
})

test('a SELECT is answered with columns and rows', async () => {
  const { status, body } = await sql('SELECT area, multiplier FROM surge ORDER BY area')
  assert.equal(status, 200)
  assert.deepEqual(body.columns, [
    { name: 'area', type: 'INTEGER' },
    { name: 'multiplier', type: 'DOUBLE' },
  ])
  assert.deepEqual(body.rows, [
    [8, 1.5],
    [32, 2.25],
    [76, null],
  ])
  assert.equal(body.rowCount, 3)
  assert.ok(body.elapsedMs >= 0)
})

test('the statement may come as plain text', async () => {
  const { body } = await post('SELECT count(*) AS n FROM surge', '/sql', 'text/plain')
  assert.deepEqual(body.rows, [[3]])
})

test('values cross as JSON that loses nothing', async () => {
  const cases: [expression: string, expected: unknown][] = [
    ['9007199254740991::BIGINT', 9007199254740991],
    ['9007199254740993::BIGINT', '9007199254740993'],
    ['sum(2::BIGINT)', 2],
    ["TIMESTAMP '2026-01-04 12:30:00'", '2026-01-04T12:30:00.000Z'],
    ["TIMESTAMP '2026-01-04 12:30:00.123456'", '2026-01-04T12:30:00.123456Z'],
    ["TIMESTAMP '1969-12-31 23:59:59.999999'", '1969-12-31T23:59:59.999999Z'],
    ["TIMESTAMPTZ '2026-01-04 12:30:00+01'", '2026-01-04T11:30:00.000Z'],
    ["DATE '2026-01-04'", '2026-01-04'],
    ["TIME '12:30:00'", '12:30:00'],
    ['12.50::DECIMAL(10,2)', 12.5],
    ['0.10::DECIMAL(10,2)', 0.1],
    ['12345678901234567.89::DECIMAL(30,2)', '12345678901234567.89'],
    ["'NaN'::DOUBLE", 'NaN'],
    ['[1, 2, NULL]', [1, 2, null]],
    ["{'a': 1, 'b': 'x'}", { a: 1, b: 'x' }],
    ["MAP {'k': 7}", [['k', 7]]],
    ["'\\xAA\\x01'::BLOB", 'qgE='],
    ["'ünï🙂'", 'ünï🙂'],
    ['NULL', null],
    ['true', true],
  ]
  for (const [expression, expected] of cases) {
    const { body } = await sql(`SELECT ${expression} AS v`)
    assert.deepEqual(body.rows?.[0]?.[0], expected, `${expression}: ${JSON.stringify(body)}`)
  }
})

test('all that only reads is answered', async () => {
  for (const text of [
    'WITH hot AS (SELECT * FROM surge WHERE multiplier > 2) SELECT count(*) FROM hot',
    'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n',
    'VALUES (1), (2)',
    'FROM surge',
    'TABLE surge;',
    'SELECT * FROM range(3)',
    'SELECT unnest([1, 2])',
    'EXPLAIN SELECT * FROM surge',
    '-- how\nEXPLAIN ANALYZE SELECT * FROM surge',
    'DESCRIBE surge',
    'SUMMARIZE surge',
    'SHOW TABLES',
    'SELECT "AREA" FROM SURGE',
  ]) {
    const { status, body } = await sql(text)
    assert.equal(status, 200, `${text}: ${JSON.stringify(body)}`)
    assert.ok(body.rowCount > 0, text)
  }
})

test('whatever does more than read is refused', async () => {
  for (const text of [
    'INSERT INTO surge VALUES (1, 1)',
    'UPDATE surge SET area = 1',
    'DELETE FROM surge',
    'CREATE TABLE mine (a INTEGER)',
    'CREATE VIEW mine AS SELECT 1',
    'DROP VIEW surge',
    `COPY surge TO '${join(folder, 'out.csv')}'`,
    `COPY (SELECT 1) TO '${join(folder, 'out.csv')}'`,
    `EXPORT DATABASE '${folder}'`,
    `ATTACH '${join(folder, 'other.duckdb')}'`,
    'DETACH tables',
    'USE tables',
    'SET threads = 1',
    'RESET threads',
    'PRAGMA database_list',
    'CALL range(3)',
    'CHECKPOINT',
    'INSTALL httpfs',
    'LOAD json',
    'BEGIN',
    'COMMIT',
    'PREPARE p AS SELECT 1',
    'VACUUM',
    'EXPLAIN INSERT INTO surge VALUES (1, 1)',
    'EXPLAIN ANALYZE DELETE FROM surge',
    'SHOW ALL TABLES',
    'SHOW DATABASES',
    'SELECT * FROM (SHOW ALL TABLES)',
  ]) {
    await refused(text, 'not_read_only')
  }
  assert.deepEqual((await sql('SELECT count(*) FROM surge')).body.rows, [[3]])
})

test('one statement at a time', async () => {
  await refused('SELECT 1; SELECT 2', 'several_statements')
  await refused('SELECT 1; DROP TABLE surge', 'not_read_only')
  for (const nothing of ['', ' ; ', '-- nothing']) await refused(nothing, 'empty_statement')
})

test('files, networks and the engine itself are out of reach', async () => {
  for (const text of [
    `SELECT * FROM read_csv('${secret}')`,
    `SELECT * FROM read_text('${secret}')`,
    `SELECT * FROM glob('${folder}/*')`,
    "SELECT * FROM read_parquet('https://example.org/x.parquet')",
    'SELECT * FROM duckdb_settings()',
    'SELECT * FROM duckdb_tables()',
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('surge')",
    "SELECT * FROM pragma_table_info('surge')",
    "SELECT current_setting('temp_directory')",
    "SELECT json_serialize_plan('SELECT * FROM tables.hidden.positions')",
    "SELECT (SELECT count(*) FROM read_csv('/etc/passwd'))",
    "SELECT 1 WHERE EXISTS (FROM read_text('/etc/passwd'))",
    "SELECT * FROM surge ORDER BY (SELECT count(*) FROM glob('*'))",
    "WITH x AS (FROM read_text('/etc/passwd')) SELECT 1",
  ]) {
    await refused(text, 'forbidden_function')
  }
  for (const text of [
    `SELECT * FROM '${secret}'`,
    'SELECT * FROM tables.hidden.positions',
    'SELECT * FROM hidden.positions',
    'SELECT * FROM tables.main.surge',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM duckdb_tables',
    'SELECT * FROM sqlite_master',
    'DESCRIBE tables.hidden.positions',
    'WITH duckdb_tables AS (SELECT * FROM duckdb_tables) SELECT * FROM duckdb_tables',
    'SELECT * FROM (WITH sqlite_master AS (SELECT 1) FROM sqlite_master), sqlite_master',
  ]) {
    await refused(text, 'unknown_table')
  }
})

test('the instance itself has no door outside, and cannot be given one', async () => {
  await assert.rejects(writer.run(`SELECT * FROM read_csv('${secret}')`), /disabled/)
  await assert.rejects(writer.run('SET GLOBAL enable_external_access = true'))
})

test('errors say where, what, and what would be right', async () => {
  const unknownTable = await refused('SELECT *\nFROM surje', 'unknown_table')
  assert.equal(unknownTable.message, 'There is no table surje.')
  assert.match(unknownTable.hint, /Did you mean surge\?.*surge, waiting/)
  assert.deepEqual(unknownTable.position, { line: 2, column: 6 })

  const unknownColumn = await refused("SELECT 'é', multiplyer FROM surge", 'unknown_column')
  assert.match(unknownColumn.hint, /multiplier/)
  assert.deepEqual(unknownColumn.position, { line: 1, column: 13 })

  // DuckDB lists sixty overloads here.
  const types = await refused("SELECT 'a'::VARCHAR + 1 FROM surge", 'invalid_query')
  assert.match(types.message, /^No function matches .+'\.$/)
  assert.equal(types.hint, 'CAST the arguments to types that it takes.')

  const syntax = await refused('EXPLAIN SELEC 1', 'syntax_error')
  assert.deepEqual(syntax.position, { line: 1, column: 9 })

  await refused('SELECT * FROM waiting', 'table_is_empty')
  await refused("SELECT CAST('x' AS INTEGER)", 'execution_failed')
  await refused('SELECT nosuch(1)', 'invalid_query')
  await refused('SELECT $1', 'invalid_query')
})

test('a body that is no question is refused', async () => {
  for (const body of ['{"sql": 1}', '{', '[]', '{}']) {
    const reply = await post(body)
    assert.equal(reply.status, 400, body)
    assert.equal(reply.body.code, 'bad_request', body)
  }
  const elsewhere = await post({}, '/nowhere')
  assert.equal(elsewhere.status, 404)
  assert.equal(elsewhere.body.code, 'not_found')
})

test('limits: rows, bytes, length of the statement', async () => {
  await refused('SELECT * FROM range(100001)', 'result_too_large', 413)
  await refused("SELECT repeat('x', 1000000) FROM range(100)", 'result_too_large', 413)
  await refused(`SELECT '${'x'.repeat(300_000)}'`, 'statement_too_long', 413)
  await refused(`SELECT '${'x'.repeat(600_000)}'`, 'statement_too_long', 413)
  const most = await sql('SELECT * FROM range(100000)')
  assert.equal(most.body.rowCount, 100_000)
})

test('statements nested without end are refused, and cost nobody else anything', async () => {
  await refused(`SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`, 'syntax_error')
  await refused(`SELECT ${'1+'.repeat(100_000)}1`, 'syntax_error')
  assert.equal((await sql('SELECT 1')).status, 200)
})

const endless =
  'SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = -1'

test('an endless query meets the time limit while others are answered and rows are written', async () => {
  const slow = sql(endless)
  for (let i = 0; i < 5; i++) {
    const started = performance.now()
    await writer.run(`INSERT INTO tables.main.surge VALUES (${1000 + i}, 1)`)
    const { body } = await sql('SELECT count(*) FROM surge WHERE area >= 1000')
    assert.deepEqual(body.rows, [[i + 1]])
    assert.ok(performance.now() - started < queryMs / 2, 'answered long before the slow one ends')
  }
  const reply = await slow
  assert.equal(reply.status, 408)
  assert.equal(reply.body.code, 'time_limit')
  await writer.run('DELETE FROM tables.main.surge WHERE area >= 1000')
})

test('too many at once: some wait, the rest are told to come back', async () => {
  const replies = await Promise.all(
    Array.from({ length: 300 }, () => sql(endless.replace('-1', '-2'))),
  )
  const statuses = new Set(replies.map(({ status }) => status))
  assert.deepEqual([...statuses].sort(), [408, 429])
  const refusals = replies.filter(({ status }) => status === 429)
  assert.ok(
    refusals.every(
      ({ body, headers }) => body.code === 'too_many_queries' && headers.get('retry-after'),
    ),
  )
  assert.equal((await sql('SELECT 1')).status, 200)
})

test('a client that hangs up ends its query', async () => {
  const controllers = [new AbortController(), new AbortController()]
  const started = performance.now()
  const slow = controllers.map(({ signal }) =>
    fetch(`http://127.0.0.1:${server.address.port}/sql`, {
      method: 'POST',
      body: endless,
      signal,
      headers: { 'content-type': 'text/plain' },
    }),
  )
  setTimeout(
    () =>
      controllers.forEach((controller) => {
        controller.abort()
      }),
    100,
  )
  await Promise.allSettled(slow)
  assert.equal((await sql('SELECT 1')).status, 200)
  assert.ok(
    performance.now() - started < queryMs - 200,
    'the connections were free before the time limit',
  )
})

test('relations come, change and go', async () => {
  await refused('SELECT * FROM trips', 'unknown_table')
  await writer.run('CREATE TABLE tables.main.trips (id INTEGER)')
  await writer.run('INSERT INTO tables.main.trips VALUES (1)')
  const before = relations
  relations = [...before, await relationOf('trips', 'tables.main.trips')]
  assert.deepEqual((await sql('SELECT * FROM trips')).body.rows, [[1]])

  await writer.run('ALTER TABLE tables.main.trips ADD COLUMN fare DOUBLE')
  await writer.run('ALTER TABLE tables.main.trips ALTER COLUMN id SET DATA TYPE BIGINT')
  assert.deepEqual((await sql('SELECT * FROM trips')).body.columns, [
    { name: 'id', type: 'BIGINT' },
    { name: 'fare', type: 'DOUBLE' },
  ])

  relations = before
  await refused('SELECT * FROM trips', 'unknown_table')
})

test('GET /tables lists relations with their columns', async () => {
  const response = await fetch(`http://127.0.0.1:${server.address.port}/tables`)
  assert.deepEqual(await response.json(), {
    tables: [
      {
        name: 'surge',
        columns: [
          { name: 'area', type: 'INTEGER' },
          { name: 'multiplier', type: 'DOUBLE' },
        ],
      },
      { name: 'waiting', columns: [] },
    ],
  })
})

test("Pinot's shape", async () => {
  const { status, body } = await post(
    { sql: 'SELECT area, multiplier FROM surge ORDER BY area LIMIT 1' },
    '/query/sql',
  )
  assert.equal(status, 200)
  assert.deepEqual(body.resultTable, {
    dataSchema: { columnNames: ['area', 'multiplier'], columnDataTypes: ['INT', 'DOUBLE'] },
    rows: [[8, 1.5]],
  })
  assert.equal(typeof body.timeUsedMs, 'number')
  const failed = await post({ sql: 'SELEC' }, '/query/sql')
  assert.equal(failed.status, 200)
  assert.equal(failed.body.exceptions[0].errorCode, 150)
})

test('a port that is taken is told of', async () => {
  const other = await DuckDBInstance.create(':memory:')
  const starting = QueryServer.start({
    host: realHost,
    instance: other,
    relations: () => [],
    address: server.address,
  })
  await assert.rejects(starting, (error) => {
    return error instanceof NetworkError && error.code === 'EADDRINUSE'
  })
  other.closeSync()
})

test('a small query takes a few milliseconds', async (t) => {
  const times: number[] = []
  for (let i = 0; i < 60; i++) {
    const { body } = await sql(
      `SELECT area, max(multiplier) FROM surge WHERE area > ${i % 10} GROUP BY area`,
    )
    times.push(body.elapsedMs)
  }
  times.sort((a, b) => a - b)
  const p50 = times[30] ?? Number.NaN
  t.diagnostic(`p50 ${p50.toFixed(1)} ms`)
  assert.ok(p50 < 50, `p50 was ${p50} ms`)
})
