import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { realHost } from '@millrace/host'
import { csvTrips } from '../src/demo/csv.js'
import { temporaryFolder } from './folder.js'

const header =
  'pickup_community_area,fare,trip_start_hour,trip_start_day,trip_start_timestamp,trip_miles,' +
  'payment_type,company,trip_seconds,dropoff_community_area,tips'

const row = '8,5.5,2,7,1380593700,1.5,Cash,,300,32,0'

const realFile = fileURLToPath(
  new URL('../../../../../shared/data/chicago_taxi_trips.csv', import.meta.url),
)

test('times are laid over one week, trips ordered by time and then by row', async (t) => {
  const file = path.join(temporaryFolder(t), 'trips.csv')
  writeFileSync(
    file,
    [
      header,
      '8,5.5,2,7,1380593700,1.5,Cash,,300,32,0', // row 1: Saturday 02:15
      ',3.25,0,1,7200,0,Unknown,Blue,0,,', // row 2: Sunday 00:00, no pickup area
      '32,4,0,1,3600,0,Cash,Blue,60,8,1.5', // row 3: the same time
    ].join('\n'),
  )
  const source = await csvTrips(realHost.disk, file)
  const trips = [0, 1, 2].map((position) => source.trip(position))
  assert.equal(source.count, 3)
  assert.deepEqual(
    trips.map((trip) => [trip.trip_id, new Date(trip.started_at).toISOString()]),
    [
      [2, '2026-01-04T00:00:00.000Z'],
      [3, '2026-01-04T00:00:00.000Z'],
      [1, '2026-01-10T02:15:00.000Z'],
    ],
  )
  assert.deepEqual(trips[0], {
    trip_id: 2,
    pickup_area: null,
    dropoff_area: null,
    started_at: Date.UTC(2026, 0, 4),
    fare: 3.25,
    miles: 0,
    tips: null,
    seconds: 0,
    payment_type: 'Unknown',
    company: 'Blue',
  })
  assert.equal(source.positionOf(1), 2)
  assert.equal(source.positionOf(4), undefined)
})

test('real trips: the same as reading the file line by line', async (t) => {
  if (!existsSync(realFile)) {
    t.skip('the file of real trips is not here: LEFT OUT its replay')
    return
  }
  const source = await csvTrips(realHost.disk, realFile)
  const [first = '', ...lines] = readFileSync(realFile, 'utf8').trimEnd().split('\n')
  const names = first.split(',')
  const expected = lines.map((line, index) => {
    // No field of this file is quoted.
    const cells = line.split(',')
    const number = (name: string) => Number(cells[names.indexOf(name)])
    const area = cells[names.indexOf('pickup_community_area')]
    const seconds =
      (number('trip_start_day') - 1) * 86_400 +
      number('trip_start_hour') * 3_600 +
      (number('trip_start_timestamp') % 3_600)
    return {
      trip_id: index + 1,
      started_at: Date.UTC(2026, 0, 4) + seconds * 1_000,
      pickup_area: area === '' ? null : Number(area),
      fare: number('fare'),
    }
  })
  expected.sort((a, b) => a.started_at - b.started_at || a.trip_id - b.trip_id)
  assert.equal(source.count, 15_002)
  for (const [position, trip] of expected.entries()) {
    const { trip_id, started_at, pickup_area, fare } = source.trip(position)
    assert.deepEqual({ trip_id, started_at, pickup_area, fare }, trip)
  }
  assert.equal(expected.filter((trip) => trip.pickup_area === null).length, 2)
})

for (const [what, content, reason] of [
  ['a missing column', 'pickup_community_area,fare\n8,5', /has no column `dropoff_community_area`/],
  [
    'text for a number',
    `${header}\n${row}\n${row.replace('5.5', 'twelve')}`,
    /: row 2: fare: `twelve` is no number\.$/,
  ],
  [
    'a row without a time',
    `${header}\n${row.replace(',7,', ',,')}`,
    /row 1: trip_start_day: it is/,
  ],
  ['a short row', `${header}\n${row}\n8,5.5\n${row}`, /: line 3: it has 2 columns, .* has 11\.$/],
  ['a long row', `${header}\n${row},1\n${row}`, /: line 2: it has 12 columns/],
  ['a header alone', `${header}\n`, /: the file holds no trips\.$/],
  ['an empty file', '', /: it is empty\.$/],
  ['a binary file', '\u0000\u0001\n\u0002', /: it is not a CSV file\.$/],
] as const) {
  test(`${what} is told in one line`, async (t) => {
    const file = path.join(temporaryFolder(t), 'trips.csv')
    writeFileSync(file, content)
    await assert.rejects(csvTrips(realHost.disk, file), (cause: Error) => {
      assert.match(cause.message, reason)
      assert.ok(!cause.message.includes('\n'), cause.message)
      return true
    })
  })
}

test('what is no file is told in one line', async (t) => {
  const folder = temporaryFolder(t)
  await assert.rejects(
    csvTrips(realHost.disk, path.join(folder, 'no.csv')),
    /there is no such file/,
  )
  await assert.rejects(csvTrips(realHost.disk, folder), /it is a folder/)
})
