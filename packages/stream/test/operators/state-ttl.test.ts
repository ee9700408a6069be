import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '@millrace/host'
import { pushRowObject, readRowObject } from '../../src/formats/row-object.js'
import { Dataflow } from '../../src/operators/dataflow.js'
import { planScript } from '../../src/script.js'
import { batchParts, ColumnBatch, readBatch } from '../../src/state/batch.js'
import { applyChanges } from '../../src/state/operator-state.js'

type Row = Record<string, unknown>

interface Step {
  readonly atSecond: number
  /** By table; `$kind` says what change a row is, where it is no new one. */
  readonly rows: Readonly<Record<string, readonly Row[]>>
}

const tables = `
  CREATE TABLE a (k STRING, n INT) WITH ('connector' = 'kafka', 'topic' = 'a', 'format' = 'json');
  CREATE TABLE b (k STRING, m INT) WITH ('connector' = 'kafka', 'topic' = 'b', 'format' = 'json');
  CREATE TABLE by_key (k STRING, n INT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'upsert-kafka',
    'topic' = 'u', 'key.format' = 'json', 'value.format' = 'json');
  CREATE TABLE changed (k STRING, n INT) WITH ('connector' = 'kafka', 'topic' = 'c', 'format' = 'debezium-json');
  CREATE TABLE results (x STRING, y STRING) WITH ('connector' = 'print');`

const signs = ['+I', '-U', '+U', '-D']

/** What each step gives, of a script whose rows are forgotten after ten seconds, or as it says. */
async function run(
  insert: string,
  steps: readonly Step[],
  options: {
    restarts?: boolean
    ttl?: string
    afterStep?: (states: Dataflow['states']) => void
  } = {},
): Promise<string[][]> {
  const plan = planScript(
    `${tables} SET 'table.exec.state.ttl' = '${options.ttl ?? '10 s'}'; ${insert}`,
  )
  let dataflow = await Dataflow.compile(plan)
  const given: string[][] = []
  for (const { atSecond, rows } of steps) {
    const batches = new Map(
      dataflow.sources.map((source) => {
        return [source, batchOf(source.fields, rows[source.table.name] ?? [])] as const
      }),
    )
    await dataflow.load(batches, atSecond * 1000)
    const outcome = await dataflow.step({ watermarkMs: new Map(), drain: false })
    const texts = outcome.outputs.flatMap(({ rows: batch, kinds }) => {
      const names = batch.fields.map(({ name }) => name)
      return Array.from({ length: batch.rowCount }, (_, row) => {
        const values = Object.values(readRowObject(batch, names, row))
        return [signs[kinds?.int8[row] ?? 0], ...values].join(' ')
      })
    })
    applyChanges(dataflow.states, outcome.changes)
    await dataflow.settle()
    options.afterStep?.(dataflow.states)
    given.push(texts.sort())
    if (options.restarts) {
      const after = await Dataflow.compile(plan)
      for (const [name, state] of after.states) {
        const { rows: kept, ...whole } = dataflow.states.get(name)?.whole() ?? {}
        const copied =
          kept === undefined
            ? {}
            : { rows: readBatch(state.fields, Buffer.concat(batchParts(kept))) }
        state.apply({ ...whole, ...copied })
      }
      dataflow.close()
      dataflow = after
    }
  }
  dataflow.close()
  return given
}

function batchOf(fields: ColumnBatch['fields'], rows: readonly Row[]): ColumnBatch {
  const batch = new ColumnBatch(fields)
  const kindAt = fields.findIndex(({ name }) => name === '$kind')
  for (const { $kind, ...row } of rows) {
    pushRowObject(batch, new Set(Object.keys(row)), row)
    if (kindAt >= 0) batch.fixed(kindAt).pushInt8(signs.indexOf(String($kind ?? '+I')))
    batch.fixed(batch.columns.length - 1).pushInt32(0)
  }
  return batch
}

const at = (atSecond: number, rows: Step['rows']): Step => ({ atSecond, rows })
const k = (key: string, n = 1) => ({ k: key, n })

describe("'table.exec.state.ttl'", () => {
  for (const restarts of [false, true]) {
    const started = restarts ? ', started again after each step' : ''
    it(`forgets a group so long after its last row, and begins it anew${started}`, async () => {
      const steps = [
        at(0, { a: [k('x'), k('y')] }),
        at(9, { a: [k('x')] }),
        // y was written at 0, x at 9.
        at(10, { a: [k('x'), k('y')] }),
        at(19.999, { a: [k('x')] }),
        at(30, { a: [k('x')] }),
      ]
      const insert =
        'INSERT INTO results SELECT k, CAST(COUNT(*) AS STRING) || CAST(MAX(n) AS STRING) FROM a GROUP BY k;'
      assert.deepEqual(await run(insert, steps, { restarts }), [
        ['+I x 11', '+I y 11'],
        ['+U x 21', '-U x 11'],
        ['+I y 11', '+U x 31', '-U x 21'],
        ['+U x 41', '-U x 31'],
        ['+I x 11'],
      ])
    })
  }

  it('tells a group that came and is the same, so that those above keep theirs', async () => {
    const insert = 'INSERT INTO results SELECT k, CAST(MAX(n) AS STRING) FROM a GROUP BY k;'
    const steps = [at(0, { a: [k('x', 5)] }), at(6, { a: [k('x', 3)] })]
    assert.deepEqual(await run(insert, steps), [['+I x 5'], ['+U x 5', '-U x 5']])
  })

  it('forgets values under DISTINCT one by one', async () => {
    const insert =
      'INSERT INTO results SELECT k, CAST(COUNT(DISTINCT n) AS STRING) FROM a GROUP BY k;'
    const steps = [
      at(0, { a: [k('x', 1)] }),
      at(6, { a: [k('x', 2)] }),
      // The 1 is forgotten, the count of x is not: it counts once more, as in Flink.
      at(11, { a: [k('x', 1), k('x', 2)] }),
    ]
    assert.deepEqual((await run(insert, steps)).at(-1), ['+U x 3', '-U x 2'])
  })

  it('forgets a value for all filters of its argument together', async () => {
    const insert =
      'INSERT INTO results SELECT k, CAST(COUNT(DISTINCT n) FILTER (WHERE n > 1) * 10 + COUNT(DISTINCT n) AS STRING) FROM a GROUP BY k;'
    const steps = [
      at(0, { a: [k('x', 1), k('x', 2)] }),
      at(6, { a: [k('x', 2)] }),
      // The 1 is forgotten, the 2 was written again.
      at(11, { a: [k('x', 1), k('x', 2)] }),
    ]
    assert.deepEqual((await run(insert, steps)).at(-1), ['+U x 13', '-U x 12'])
  })

  it('forgets the rows of a join one by one', async () => {
    const insert =
      'INSERT INTO results SELECT a.k, CAST(a.n AS STRING) || CAST(b.m AS STRING) FROM a JOIN b ON a.k = b.k;'
    const steps = [
      at(0, { a: [k('x', 1)] }),
      at(5, { a: [k('x', 2)] }),
      at(11, { b: [{ k: 'x', m: 7 }] }),
      at(16, { b: [{ k: 'x', m: 8 }], a: [k('x', 3)] }),
    ]
    assert.deepEqual(await run(insert, steps), [[], [], ['+I x 27'], ['+I x 37', '+I x 38']])
  })

  it('passes over what is taken back and was forgotten', async () => {
    const change = (kind: string, n: number) => ({ $kind: kind, k: 'x', n })
    const steps = [
      at(0, { changed: [change('+I', 1)] }),
      at(20, { changed: [change('-D', 1)] }),
      at(21, { changed: [change('+I', 1)] }),
    ]
    for (const [insert, last] of [
      ['SELECT k, CAST(COUNT(*) AS STRING) FROM changed GROUP BY k', ['+I x 1']],
      ['SELECT k, CAST(SUM(DISTINCT n) AS STRING) FROM changed GROUP BY k', ['+I x 1']],
      [
        'SELECT k, CAST(n AS STRING) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY n) AS r FROM changed) WHERE r <= 2',
        ['+I x 1'],
      ],
    ] as const) {
      const given = await run(`INSERT INTO results ${insert};`, steps)
      assert.deepEqual(given.slice(1), [[], last], insert)
    }
  })

  it('forgets the rows of a ranking, and the keys of a deduplication and of a table by key', async () => {
    const first = (order: string) =>
      `INSERT INTO results SELECT k, CAST(n AS STRING) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY ${order}) AS r FROM a) WHERE r <= 2;`
    const steps = [at(0, { a: [k('x', 9)] }), at(5, { a: [k('x', 8)] }), at(12, { a: [k('x', 7)] })]
    assert.deepEqual(await run(first('n DESC'), steps), [['+I x 9'], ['+I x 8'], ['+I x 7']])
    const byKey = 'INSERT INTO results SELECT k, CAST(n AS STRING) FROM by_key;'
    const told = [5, 5, 6].map((n, index) => {
      return at([0, 3, 14][index] ?? 0, { by_key: [{ k: 'x', n, $kind: '+U' }] })
    })
    assert.deepEqual(await run(byKey, told), [['+I x 5'], ['+U x 5', '-U x 5'], ['+I x 6']])
  })

  it('is another one for each side of a join where a hint says so', async () => {
    const insert = (hint: string) =>
      `INSERT INTO results SELECT ${hint} a.k, CAST(a.n AS STRING) || CAST(b.m AS STRING) FROM a JOIN b ON a.k = b.k;`
    const steps = [
      at(0, { a: [k('x', 1)], b: [{ k: 'x', m: 1 }] }),
      at(7, { a: [k('x', 2)], b: [{ k: 'x', m: 2 }] }),
      at(14, { a: [k('x', 3)] }),
      at(21, { b: [{ k: 'x', m: 3 }] }),
    ]
    for (const restarts of [false, true]) {
      const given = (hint: string, ttl?: string) =>
        run(insert(hint), steps, { restarts, ...(ttl !== undefined && { ttl }) })
      const first = ['+I x 11']
      const second = ['+I x 12', '+I x 21', '+I x 22']
      assert.deepEqual(await given(''), [first, second, ['+I x 32'], ['+I x 33']])
      assert.deepEqual(await given("/*+ STATE_TTL('a' = '0') */"), [
        ...[first, second, ['+I x 32']],
        ['+I x 13', '+I x 23', '+I x 33'],
      ])
      const ofB = "/*+ STATE_TTL('b' = '5 s') */"
      assert.deepEqual(await given(ofB), [first, ['+I x 12', '+I x 22'], [], ['+I x 33']])
      assert.deepEqual(await given(ofB, '0'), [
        ...[first, ['+I x 12', '+I x 22'], []],
        ['+I x 13', '+I x 23', '+I x 33'],
      ])
    }
  })

  it('is another one for a grouping where a hint says so', async () => {
    const insert =
      "INSERT INTO results SELECT /*+ STATE_TTL('t' = '20 s') */ k, CAST(COUNT(*) AS STRING) FROM a AS t GROUP BY k;"
    const steps = [0, 15, 36].map((second) => at(second, { a: [k('x')] }))
    const wanted = [['+I x 1'], ['+U x 2', '-U x 1'], ['+I x 1']]
    for (const ttl of ['10 s', '0']) assert.deepEqual(await run(insert, steps, { ttl }), wanted)
  })

  for (let seed = 1; seed <= 5; seed++) {
    it(`counts as if each group had a clock of its own, and keeps no more than it must (seed ${seed})`, async () => {
      const random = seededRandom(seed)
      const model = new Map<string, { count: number; written: number }>()
      const steps: Step[] = []
      const wanted: string[][] = []
      let atSecond = 0
      for (let step = 0; step < 60; step++) {
        atSecond += random.below(4)
        const rows = Array.from({ length: random.below(6) }, () => k(`k${random.below(12)}`))
        for (const { k: key } of rows) {
          const known = model.get(key)
          const alive = known !== undefined && known.written + 10 > atSecond ? known.count : 0
          model.set(key, { count: alive + 1, written: atSecond })
        }
        const keys = [...new Set(rows.map((row) => row.k))]
        wanted.push(keys.map((key) => `${key} ${model.get(key)?.count}`).sort())
        steps.push(at(atSecond, { a: rows }))
      }
      let kept = 0
      const given = await run(
        'INSERT INTO results SELECT k, CAST(COUNT(*) AS STRING) FROM a GROUP BY k;',
        [...steps, at(atSecond + 10, { a: [k('last')] })],
        {
          restarts: seed % 2 === 0,
          afterStep: (states) => {
            kept = [...states.values()].reduce((sum, state) => sum + state.rowCount, 0)
          },
        },
      )
      const latest = given.map((texts) =>
        texts.filter((text) => !text.startsWith('-')).map((text) => text.slice(3)),
      )
      assert.deepEqual(
        latest.slice(0, -1).map((texts) => texts.sort()),
        wanted,
      )
      assert.equal(kept, 1)
    })
  }
})
