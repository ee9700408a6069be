import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generatedTrips, generatedTripsPerDay } from '../src/demo/generator.js'

test('the same seed gives the same trips, in any order of asking', () => {
  const one = generatedTrips({ seed: 7 })
  const two = generatedTrips({ seed: 7 })
  const forwards = [0, 1, 999, 100_000].map((position) => one.trip(position))
  const backwards = [100_000, 999, 1, 0].map((position) => two.trip(position)).reverse()
  assert.deepEqual(forwards, backwards)
})

test('another seed gives other trips', () => {
  assert.notDeepEqual(generatedTrips({ seed: 1 }).trip(5), generatedTrips({ seed: 2 }).trip(5))
})

test('ids are positions from 1 on, and lead back', () => {
  const source = generatedTrips({ seed: 1, count: 10 })
  for (let position = 0; position < 10; position++) {
    assert.equal(source.positionOf(source.trip(position).trip_id), position)
  }
  assert.equal(source.positionOf(0), undefined)
})

test('times go on with the positions, but for the disorder that the pipeline allows', () => {
  const source = generatedTrips({ seed: 3 })
  let latest = Number.NEGATIVE_INFINITY
  let disordered = 0
  for (let position = 0; position < 3 * generatedTripsPerDay; position += 3) {
    const { started_at } = source.trip(position)
    assert.ok(started_at > latest - 5 * 60_000, `trip ${position} is late`)
    if (started_at < latest) disordered++
    latest = Math.max(latest, started_at)
  }
  assert.ok(disordered > 0)
})

test('a day has its rush hours, and areas differ', () => {
  const source = generatedTrips({ seed: 1 })
  const hours = new Map<number, number>()
  const areas = new Map<number, number>()
  for (let position = 0; position < generatedTripsPerDay; position++) {
    const trip = source.trip(position)
    const hour = new Date(trip.started_at).getUTCHours()
    hours.set(hour, (hours.get(hour) ?? 0) + 1)
    areas.set(trip.pickup_area ?? 0, (areas.get(trip.pickup_area ?? 0) ?? 0) + 1)
  }
  assert.ok((hours.get(18) ?? 0) > 5 * (hours.get(3) ?? 0))
  assert.ok((areas.get(8) ?? 0) > 3 * (areas.get(22) ?? 0))
})
