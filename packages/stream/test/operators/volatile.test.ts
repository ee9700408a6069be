import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'

const rowCount = 500
const given = Array.from({ length: rowCount }, (_, id) => ({ id }))

async function answers(columns: string, query: string, key = '') {
  const connector =
    key === ''
      ? `'connector' = 'kafka', 'format' = 'json'`
      : `'connector' = 'upsert-kafka', 'key.format' = 'json', 'value.format' = 'json'`
  const plan =
    planScript(`CREATE TABLE given (id BIGINT) WITH ('connector' = 'kafka', 'format' = 'json');
    CREATE VIEW drawn AS SELECT id, UUID() AS u, RAND() AS r, RAND_INTEGER(10) AS n FROM given;
    CREATE TABLE answers (${columns}${key && `, PRIMARY KEY (${key}) NOT ENFORCED`}) WITH (${connector});
    INSERT INTO answers ${query};`)
  const result = await runOnce(plan, new Map([['given', given]]), { batchSize: 97 })
  return result.get('answers') ?? []
}

describe('values that are others each time', () => {
  it('are others for each row, within their bounds', async () => {
    const rows = await answers('u STRING, r DOUBLE, n INT', 'SELECT u, r, n FROM drawn')
    assert.equal(new Set(rows.map(({ u }) => u)).size, rowCount)
    assert.equal(new Set(rows.map(({ r }) => r)).size, rowCount)
    assert.deepEqual([...new Set(rows.map(({ n }) => Number(n)))].sort(), [...Array(10).keys()])
    assert(rows.every(({ r }) => Number(r) >= 0 && Number(r) < 1))
    assert(
      rows.every(({ u }) =>
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(String(u)),
      ),
    )
  })

  it('are one for a row, wherever it is read', async () => {
    const rows = await answers(
      'a STRING, b STRING, low BOOLEAN, n INT, m INT',
      'SELECT u, u, r < 0.5, n, CASE n WHEN 0 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE n END FROM drawn WHERE r < 0.5 OR n > 4',
    )
    assert(rows.length > rowCount / 2 && rows.length < rowCount)
    for (const { a, b, low, n, m } of rows) {
      assert.equal(a, b)
      assert.equal(n, m)
      assert(low === true || Number(n) > 4)
    }
  })

  it('are the same for all aggregates of a group', async () => {
    const rows = await answers(
      'k INT, all_of_them BIGINT, different BIGINT, least STRING, most STRING, listed STRING',
      `SELECT n, COUNT(u), COUNT(DISTINCT u), MIN(u), MAX(u), LISTAGG(DISTINCT u) FROM drawn GROUP BY n`,
      'k',
    )
    const sum = rows.reduce((total, row) => total + Number(row.all_of_them), 0)
    assert.equal(sum, rowCount)
    for (const row of rows) {
      assert.equal(row.all_of_them, row.different)
      const listed = String(row.listed).split(',').sort()
      assert.equal(listed.length, Number(row.all_of_them))
      assert.deepEqual([listed[0], listed.at(-1)], [row.least, row.most])
    }
  })

  it('are computed for the rows that CASE, AND, OR and COALESCE lead to: for others they may fail', async () => {
    const drawn = 'RAND_INTEGER(CAST(id AS INT))'
    const wanted = [
      `CASE WHEN id = 0 THEN -1 WHEN id > 10 AND 10 / (id - 10) < 1 THEN ${drawn} ELSE ${drawn} END`,
      `CASE WHEN id = 0 OR ${drawn} < 0 THEN -1 ELSE 0 END`,
      `COALESCE(CASE WHEN id = 0 THEN -1 END, ${drawn})`,
    ]
    const rows = await answers(
      'id BIGINT, a INT, b INT, c INT',
      `SELECT id, ${wanted.join(', ')} FROM given WHERE id < 20 AND (id = 0 OR ${drawn} < id)`,
    )
    assert.deepEqual(rows[0], { id: 0, a: -1, b: -1, c: -1 })
    assert.equal(rows.length, 20)
    for (const { id, a, b, c } of rows.slice(1)) {
      assert.equal(b, 0)
      for (const each of [a, c]) assert(Number(each) >= 0 && Number(each) < Number(id))
    }
  })

  it('take some of the rows', async () => {
    const rows = await answers('id BIGINT', 'SELECT id FROM given WHERE RAND() < 0.2')
    assert(rows.length > rowCount / 10 && rows.length < rowCount / 3, `${rows.length} rows`)
  })

  it('take some of the rows of a join', async () => {
    const rows = await answers(
      'id BIGINT',
      'SELECT a.id FROM given AS a, given AS b WHERE a.id = b.id AND RAND() < 0.2',
    )
    assert(rows.length > rowCount / 10 && rows.length < rowCount / 3, `${rows.length} rows`)
  })
})
