import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseFullDate, parseRfc3339 } from '../src/index.js'

test('moments are read to the microsecond', () => {
  assert.equal(parseRfc3339('1970-01-01T00:00:00Z'), 0)
  assert.equal(parseRfc3339('1969-12-31T23:59:59.999999Z'), -1)
  assert.equal(parseRfc3339('2026-01-04T00:00:00.1234567Z'), 1_767_484_800_123_456)
  assert.equal(parseRfc3339('2026-01-04t01:00:00+01:00'), 1_767_484_800_000_000)
  assert.equal(parseRfc3339('2026-01-03 19:30:00-04:30'), 1_767_484_800_000_000)
  assert.equal(parseRfc3339('2024-02-29T00:00:00Z'), Date.UTC(2024, 1, 29) * 1000)
})

test('what is no moment is refused', () => {
  for (const text of [
    '',
    'now',
    '2026-01-04',
    '2026-01-04T00:00:00',
    '2026-01-04T24:00:00Z',
    '2026-01-04T00:60:00Z',
    '2026-01-04T00:00:60Z',
    '2026-02-30T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-04T00:00:00.Z',
    '2026-01-04T00:00:00+0100',
    '2026-01-04T00:00:00+24:00',
    ' 2026-01-04T00:00:00Z',
    '2026-01-04T00:00:00Z\n',
  ]) {
    assert.equal(parseRfc3339(text), undefined, text)
  }
})

test('dates are read as days', () => {
  assert.equal(parseFullDate('1970-01-02'), 1)
  assert.equal(parseFullDate('0001-01-01'), -719162)
  assert.equal(parseFullDate('2023-02-29'), undefined)
  assert.equal(parseFullDate('2026-1-4'), undefined)
})
