import type { OperatorView } from '../api/types.js'
import { countText, table } from './terminal.js'

/** Sources, operators and sinks of a job, a line each. */
export function operatorTable(operators: readonly OperatorView[]): string {
  const headings = [
    ...['operator', 'in', 'out', 'late', 'skipped', 'pending'],
    ...['rows', 'bytes', 'watermark', 'busy s', 'waited s'],
  ]
  const count = (value: number | undefined) => (value === undefined ? null : countText(value))
  const seconds = (ms: number | undefined) => (ms === undefined ? null : (ms / 1000).toFixed(1))
  const rows = operators.map((each) => [
    each.name,
    count(each.numRecordsIn),
    count(each.numRecordsOut),
    count(each.numLateRecordsDropped),
    count(each.numRecordsSkipped),
    count(each.pendingRecords),
    count(each.stateRows),
    count(each.stateBytes),
    watermarkText(each.currentOutputWatermark),
    seconds(each.accumulateBusyTimeMs),
    seconds(each.accumulateBackPressuredTimeMs),
  ])
  return table(headings, rows)
}

/** The watermark after the last window is beyond what a date can say. */
export function watermarkText(watermark: number | undefined): string {
  if (watermark === undefined) return ''
  const date = new Date(watermark)
  return Number.isNaN(date.getTime()) ? 'the end' : date.toISOString()
}
