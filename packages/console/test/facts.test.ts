import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stageFacts, summarise, troubledStages } from '../src/pipeline/facts.js'
import { branchingAt, ridesAt } from './recording.js'

test('a stage tells what it keeps, and nothing else', () => {
  const [gateway, trips, job, , table] = ridesAt(9).stages.map(stageFacts)
  assert.deepEqual(gateway, [{ label: 'refused', value: '2', warns: true }])
  assert.deepEqual(trips, [])
  assert.deepEqual(
    job?.map(({ label, warns }) => [label, warns]),
    [
      ['late', false],
      ['lag', false],
      ['watermark', false],
    ],
  )
  assert.deepEqual(
    table?.map(({ label }) => label),
    ['rows', 'lag'],
  )
})

test('failed stages come before those that restart', () => {
  assert.deepEqual(
    troubledStages(branchingAt(1).stages).map(({ name }) => name),
    ['fraud_detection_with_a_long_name', 'supply'],
  )
})

test('the pipeline in one line', () => {
  assert.equal(
    summarise(branchingAt(1).stages),
    '10 running · 1 starting · 1 restarting · 1 failed · 1 finished',
  )
  assert.equal(summarise([]), '')
})
