import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rateSamplesMax } from '../src/limits.js'
import { addRates, busiestStages, type RateHistory, ratePoints } from '../src/throughput/history.js'
import { ridesAt } from './recording.js'

function heard(...seconds: number[]): RateHistory {
  return seconds.reduce<RateHistory>((history, second) => addRates(history, ridesAt(second)), [])
}

test('each second adds a sample; a view sent again adds none', () => {
  assert.equal(heard(1, 2, 3).length, 3)
  const history = heard(1, 2)
  assert.equal(addRates(history, ridesAt(2)), history)
})

test('the history is bounded, and keeps the latest', () => {
  const seconds = Array.from({ length: rateSamplesMax + 25 }, (_, second) => second)
  const history = heard(...seconds)
  assert.equal(history.length, rateSamplesMax)
  assert.equal(history.at(-1)?.time, ridesAt(rateSamplesMax + 24).now)
})

test('a line breaks where the page was cut off', () => {
  const points = ratePoints(heard(1, 2, 30, 31), 'topic:trips', 'in')
  assert.deepEqual(
    points.map(([, rate]) => rate === null),
    [false, false, true, false, false],
  )
})

test('only points since the asked moment are drawn', () => {
  const points = ratePoints(heard(1, 2, 3), 'job:surge', 'out', ridesAt(2).now)
  assert.deepEqual(
    points.map(([, rate]) => rate),
    [2, 3].map((second) => ridesAt(second).stages[2]?.recordsOutPerSecond),
  )
})

test('a stage that is not there leaves a gap', () => {
  assert.deepEqual(
    ratePoints(heard(1), 'job:gone', 'in').map(([, rate]) => rate),
    [null],
  )
})

test('the busiest stages are shown in the order of the pipeline', () => {
  const { stages } = ridesAt(1)
  const names = busiestStages(heard(1, 2), stages, 3).map(({ id }) => id)
  assert.deepEqual(names, ['gateway:gateway', 'topic:trips', 'job:surge'])
  assert.equal(busiestStages([], stages, 8).length, 5)
})
