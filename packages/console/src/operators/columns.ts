import type { OperatorView } from '@millrace/control/api'
import { formatDuration } from '../format/duration.js'
import { formatBytes, formatCount } from '../format/number.js'
import { formatWatermark } from '../format/time.js'

export interface OperatorColumn {
  readonly label: string
  /** Empty where the operator does not tell it. */
  readonly textOf: (operator: OperatorView) => string
}

const columns: readonly OperatorColumn[] = [
  column('in', ({ numRecordsIn }) => numRecordsIn, formatCount),
  column('out', ({ numRecordsOut }) => numRecordsOut, formatCount),
  column('late', ({ numLateRecordsDropped }) => numLateRecordsDropped, formatCount),
  column('skipped', ({ numRecordsSkipped }) => numRecordsSkipped, formatCount),
  column('pending', ({ pendingRecords }) => pendingRecords, formatCount),
  column('rows kept', ({ stateRows }) => stateRows, formatCount),
  column('memory', ({ stateBytes }) => stateBytes, formatBytes),
  column('watermark', ({ currentOutputWatermark }) => currentOutputWatermark, formatWatermark),
  column('busy', ({ accumulateBusyTimeMs }) => accumulateBusyTimeMs, formatDuration),
  column(
    'held back',
    ({ accumulateBackPressuredTimeMs }) => accumulateBackPressuredTimeMs,
    formatDuration,
  ),
]

/** The columns that say something of these operators. */
export function operatorColumns(operators: readonly OperatorView[]): readonly OperatorColumn[] {
  return columns.filter(({ textOf }) => operators.some((operator) => textOf(operator) !== ''))
}

function column(
  label: string,
  of: (operator: OperatorView) => number | undefined,
  format: (value: number) => string,
): OperatorColumn {
  return {
    label,
    textOf: (operator) => {
      const value = of(operator)
      return value === undefined ? '' : format(value)
    },
  }
}
