import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDuration } from '../src/format/duration.js'
import { formatBytes, formatCount, formatRate, formatValue, plural } from '../src/format/number.js'
import { formatEventTime, formatEventTimeLong, formatWatermark } from '../src/format/time.js'

test('counts are exact below a million', () => {
  assert.equal(formatCount(0), '0')
  assert.equal(formatCount(15_002), '15,002')
  assert.equal(formatCount(999_999), '999,999')
  assert.equal(formatCount(4_213_000), '4.21M')
  assert.equal(formatCount(Number.NaN), '–')
})

test('rates have a decimal only where it matters', () => {
  const rates = [0, 0.01, 0.44, 7.46, 9.97, 128.4, 9_999.4, 12_345]
  assert.deepEqual(rates.map(formatRate), [
    '0',
    '<0.1',
    '0.4',
    '7.5',
    '10',
    '128',
    '9,999',
    '12.3K',
  ])
})

test('values have four significant digits', () => {
  assert.equal(formatValue(1.23456), '1.235')
  assert.equal(formatValue(-0.00012345), '-0.0001235')
  assert.equal(formatValue(12_345_678), '12.3M')
})

test('plurals', () => {
  assert.deepEqual(
    [plural(1, 'window'), plural(2, 'window'), plural(60, 'series')],
    ['1 window', '2 windows', '60 series'],
  )
})

test('durations are said in their two largest units', () => {
  const second = 1000
  assert.equal(formatDuration(-5), '0 s')
  assert.equal(formatDuration(59.9 * second), '59 s')
  assert.equal(formatDuration(187 * second), '3 m 07 s')
  assert.equal(formatDuration(7_500 * second), '2 h 05 m')
  assert.equal(formatDuration(99 * 3600 * second), '4 d 3 h')
})

test('event times are in UTC, with seconds only where there are some', () => {
  const at = Date.UTC(2026, 0, 4, 7, 15)
  assert.equal(formatEventTime(at), '4 Jan 07:15')
  assert.equal(formatEventTime(at + 5_000), '4 Jan 07:15:05')
  assert.equal(formatEventTimeLong(at), 'Sun 4 Jan 07:15 UTC')
  assert.equal(formatEventTime(Number.NaN), '–')
})

test('a watermark beyond every date is the end of the input', () => {
  assert.equal(formatWatermark(Date.UTC(2026, 0, 10, 23, 45)), '10 Jan 23:45')
  assert.equal(formatWatermark(Number.MAX_SAFE_INTEGER), 'end of input')
})

test('sizes in memory', () => {
  assert.equal(formatBytes(480), '480 B')
  assert.equal(formatBytes(1200), '1.17 KB')
  assert.equal(formatBytes(2 * 1024 ** 3), '2 GB')
})
