import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matches } from '../src/exceptions/filter.js'
import { type Parameters, readResend, readSearch } from '../src/exceptions/search-parameters.js'
import type { StoredException } from '../src/exceptions/stored-exception.js'

const now = Date.UTC(2026, 0, 4, 12)

test('a search is read as it was asked', () => {
  const { filter, limit, readMax } = readSearch(
    {
      ...{ topic: 'trips', reason: 'int', field: 'a.b', keyword: 'k', event: 'e', status: 'all' },
      ...{ since: '2h', until: '2026-01-04T13:00:00+02:00', limit: '7', read: 1_000_000 },
    },
    now,
  )
  assert.deepEqual(filter, {
    ...{ topic: 'trips', reason: 'int', field: 'a.b', keyword: 'k', event: 'e', status: 'all' },
    ...{ since: now - 7_200_000, until: Date.UTC(2026, 0, 4, 11) },
  })
  assert.deepEqual([limit, readMax], [7, 1_000_000])
  assert.deepEqual(readSearch({}, now), { filter: { status: 'open' }, limit: 50, readMax: 20_000 })
  assert.deepEqual(readResend({}, now), {
    ...{ filter: { status: 'open' }, limit: 1_000, readMax: 20_000, isDry: false },
  })
  const named = readResend({ ids: ['a.b:1:20'], dryRun: true }, now)
  assert.deepEqual(
    [named.places, named.isDry],
    [[{ topic: 'a.b', partition: 1, offset: 20 }], true],
  )
})

test('what is wrong with a parameter is one line', () => {
  const lists: [Parameters, RegExp][] = [
    [{ topic: ['a', 'b'] }, /^`topic` is `\["a","b"\]`; it must be text, given once\.$/],
    [{ since: 'noon' }, /^`since` is `noon`; it must be a time like `2026-01-04T12:30:00Z`, or/],
    [{ until: '' }, /^`until` is ``; it must be a time/],
    [{ limit: '1001' }, /^`limit` is `1001`; it must be a whole number from 1 to 1000\.$/],
    [{ limit: '1.5' }, /^`limit` is `1\.5`;/],
    [{ read: '-1' }, /^`read` is `-1`; it must be a whole number from 1 to 1000000\.$/],
    [{ status: 'closed' }, /^`status` is `closed`; it must be `open`, `resent` or `all`\.$/],
    [{ feild: 'x' }, /^There is no parameter `feild`\. Did you mean `field`\?$/],
    [{ keyword: 'x'.repeat(100), topic: 1 }, /^`topic` is `1`;/],
  ]
  for (const [parameters, message] of lists) {
    assert.throws(() => readSearch(parameters, now), { code: 'BAD_PARAMETER', message })
  }
  const resends: [Parameters, RegExp][] = [
    [{ dryRun: 'yes' }, /^`dryRun` is `yes`; it must be `true` or `false`\.$/],
    [{ ids: [] }, /^`ids` is `\[\]`; it must be a list of 1 to 10000 ids\.$/],
    [{ ids: ['a:1'] }, /^`id` is `a:1`; it must be an id as the list tells it/],
    [
      { ids: ['a:1:2'], topic: 't' },
      /^`topic` is `t`; it must be left out where `ids` are given\.$/,
    ],
    [{ status: 'all' }, /^There is no parameter `status`\./],
  ]
  for (const [parameters, message] of resends) {
    assert.throws(() => readResend(parameters, now), { code: 'BAD_PARAMETER', message })
  }
})

const stored: StoredException = {
  place: { topic: 'trips.exceptions', partition: 0, offset: 7 },
  time: now,
  event: {
    ...{ topic: 'trips', field: 'stops[2].zip', reason: 'Expected string', receivedAt: 'x' },
    ...{ event: '{"note":"Größe"}', from: { topic: 'trips.raw', partition: 0, offset: 1 } },
  },
  envelope: { id: 'e-1', type: 't', source: 's', time: now },
  outcome: undefined,
}

test('a filter means those that it names', () => {
  const is = (parameters: Parameters, of = stored) => {
    return matches(of, readSearch(parameters, now).filter)
  }
  for (const topic of ['trips', 'trips.raw', 'trips.exceptions']) assert.ok(is({ topic }))
  assert.ok(!is({ topic: 'trip' }))
  for (const field of ['stops', 'stops[2]', 'stops[2].zip']) assert.ok(is({ field }), field)
  for (const field of ['stop', 'stops[2].zi', 'zip']) assert.ok(!is({ field }), field)
  assert.ok(is({ reason: 'expected STRING', keyword: 'größE', event: 'e-1' }))
  assert.ok(!is({ reason: 'expected int' }))
  assert.ok(!is({ keyword: 'expected' }))
  assert.ok(is({ since: '2026-01-04T12:00:00Z' }))
  assert.ok(!is({ until: '2026-01-04T12:00:00Z' }))
  const at = '2026-01-04T13:00:00Z'
  const refused = { offset: 7, at, refused: { field: 'other', reason: 'now this' } }
  assert.ok(is({ field: 'other', reason: 'now' }, { ...stored, outcome: refused }))
  const sent = { ...stored, outcome: { offset: 7, at, sent: { topic: 'trips', id: 'e-1' } } }
  assert.deepEqual(
    [is({}, sent), is({ status: 'resent' }, sent), is({ status: 'all' }, sent)],
    [...[false, true, true]],
  )
  assert.deepEqual([is({}), is({ status: 'resent' }), is({ status: 'all' })], [true, false, true])
})
