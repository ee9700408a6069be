import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { Field } from '@millrace/stream'
import { rowDifferences } from '../src/check/rows.js'
import { temporaryFolder } from './folder.js'
import { millrace, ridesFolder } from './millrace.js'

const fields: Field[] = [
  { name: 'area', type: { kind: 'int', nullable: false } },
  { name: 'start', type: { kind: 'timestamp', precision: 3, nullable: false } },
  { name: 'surge', type: { kind: 'decimal', precision: 4, scale: 2, nullable: true } },
]
const start = '2026-01-04 10:00:00'

test('the same values in other words are the same', () => {
  const expected = [{ area: 8, start, surge: 1 }]
  for (const same of [
    { area: 8n, start: new Date('2026-01-04T10:00:00Z'), surge: '1.00' },
    { area: '8', start: '2026-01-04T10:00:00.000', surge: 1 },
    { area: 8, start: '2026-01-04T10:00:00Z', surge: '1.0' },
  ]) {
    assert.deepEqual(rowDifferences(fields, [], expected, [same]), [])
  }
})

test('columns that are not expected may hold anything; rows come in any order', () => {
  const expected = [{ area: 1 }, { area: 2 }]
  const actual = [
    { area: 2, start, surge: 1 },
    { area: 1, start, surge: 2 },
  ]
  assert.deepEqual(rowDifferences(fields, ['area'], expected, actual), [])
})

test('what differs is told by key and column', () => {
  const key = ['area', 'start']
  const expected = [
    { area: 1, start, surge: 1.5 },
    { area: 2, start, surge: null },
  ]
  const actual = [
    { area: 1, start, surge: '1.60' },
    { area: 3, start, surge: null },
  ]
  const at = 'start: 2026-01-04T10:00:00.000Z'
  assert.deepEqual(rowDifferences(fields, key, expected, actual), [
    `different  { area: 1, ${at} }  surge is 1.60, expected 1.50`,
    `missing    { area: 2, ${at}, surge: NULL }`,
    `too many   { area: 3, ${at}, surge: NULL }`,
  ])
})

test('a row that comes twice must be expected twice', () => {
  const row = { area: 1, start, surge: 1 }
  assert.equal(rowDifferences(fields, [], [row], [row, row]).length, 1)
  assert.equal(rowDifferences(fields, [], [row, row], [row]).length, 1)
})

test('a column that the table does not have is told', () => {
  assert.deepEqual(rowDifferences(fields, [], [{ arae: 1 }], []), [
    'expects the column `arae`, which the table does not have',
  ])
})

test('the tests of the example pass', async () => {
  const { code, out } = await millrace(['test', ridesFolder])
  assert.match(out, /^3 cases passed$/m)
  assert.equal(code, 0)
})

test('a case that fails says what differs and where it stands', async (t) => {
  const folder = temporaryFolder(t)
  const pipelines = path.join(folder, 'pipelines')
  mkdirSync(pipelines)
  writeFileSync(path.join(folder, 'millrace.yaml'), 'name: rides\n')
  mkdirSync(path.join(folder, 'topics'))
  writeFileSync(path.join(folder, 'topics', 'trips.yaml'), '')
  const sql = readFileSync(path.join(ridesFolder, 'pipelines', 'surge.sql'))
  writeFileSync(path.join(pipelines, 'surge.sql'), sql)
  writeFileSync(
    path.join(pipelines, 'surge.test.yaml'),
    `pipeline: surge.sql
cases:
  - name: wrong
    given:
      trips:
        - { trip_id: 1, pickup_area: 8, started_at: "2026-01-04 10:01:00", fare: 5 }
    expect:
      area_surge:
        - { pickup_area: 8, window_start: "2026-01-04 10:00:00", demand: 2 }
  - name: wrong table
    given: { trip: [] }
    expect: { area_surge: [] }
  - name: wrong field
    given: { trips: [{ trip_id: 1, pickup_are: 8 }] }
    expect: { area_surge: [] }
`,
  )
  const { code, out } = await millrace(['test', folder])
  assert.equal(code, 1)
  assert.match(out, /^failed {2}pipelines\/surge\.test\.yaml:3: wrong$/m)
  assert.match(out, /different {2}\{ pickup_area: 8, .* \} {2}demand is 1, expected 2/)
  assert.match(out, /names the table `trip`, .* Did you mean `trips`\?/)
  assert.match(out, /row 1 of `trips` has the field `pickup_are`, .* Did you mean `pickup_area`\?/)
  assert.match(out, /3 of 3 cases failed/)
  const { out: json } = await millrace(['test', folder, '--json'])
  assert.equal(JSON.parse(json).length, 3)
})
