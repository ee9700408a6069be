import { currentWatermarkFunction } from '../current-watermark.js'
import { processingTimeFunction } from '../processing-time.js'
import type { DataType } from '../type.js'
import { isTemporal } from '../type-family.js'
import { dateFormatFunctions } from './date-format.js'
import {
  always,
  dateOrTimestamp,
  type FunctionDefinition,
  integer,
  type Parameter,
  same,
  unit,
} from './definition.js'

const time: Parameter = { accepts: isTemporal, described: 'time' }

/** Functions that are EXTRACT of a unit. */
export const unitFunctions: ReadonlyMap<string, string> = new Map([
  ['YEAR', 'YEAR'],
  ['QUARTER', 'QUARTER'],
  ['MONTH', 'MONTH'],
  ['WEEK', 'WEEK'],
  ['DAYOFYEAR', 'DOY'],
  ['DAYOFMONTH', 'DAY'],
  ['DAYOFWEEK', 'DOW'],
  ['HOUR', 'HOUR'],
  ['MINUTE', 'MINUTE'],
  ['SECOND', 'SECOND'],
])

const timestamp = (kind: 'timestamp' | 'timestampLtz', precision: number) => (): DataType => ({
  kind,
  precision,
  nullable: true,
})

const timeOfDay = (): DataType => ({ kind: 'time', precision: 0, nullable: true })

/**
 * Flink reads the clock for each record. Here it is read once a step, so that what was committed is
 * what was computed; `refuseUnsteadyTime` says where that is not enough.
 */
const present = (name: string, meaning: string, result: () => DataType): FunctionDefinition => ({
  name,
  meaning,
  parameters: [],
  result,
  nullable: 'never',
})

const rounding = (name: string, written: string, meaning: string): FunctionDefinition => ({
  name,
  meaning: `${meaning} of the unit that the first names, in which the time lies`,
  written,
  parameters: [unit, time],
  result: same(1),
})

export const temporalFunctions: readonly FunctionDefinition[] = [
  {
    name: currentWatermarkFunction,
    meaning: 'the watermark of the table with this event time when the row came; NULL before one',
    parameters: [time],
    result: same(0),
    nullable: 'always',
  },
  {
    name: 'EXTRACT',
    meaning: 'the field that the first names (YEAR, DOW, …) of a time; DOW is 1 on Sunday',
    written: 'EXTRACT(unit FROM time)',
    parameters: [unit, time],
    result: always('bigint'),
  },
  ...[...unitFunctions].map(
    ([name, field]): FunctionDefinition => ({
      name,
      meaning: `EXTRACT(${field} FROM …)`,
      parameters: [time],
      result: always('bigint'),
    }),
  ),
  present(processingTimeFunction, 'the time of the step', timestamp('timestampLtz', 3)),
  present('CURRENT_TIMESTAMP', 'the time of the step', timestamp('timestampLtz', 3)),
  present('NOW', 'CURRENT_TIMESTAMP', timestamp('timestampLtz', 3)),
  present('CURRENT_ROW_TIMESTAMP', 'CURRENT_TIMESTAMP', timestamp('timestampLtz', 3)),
  present('LOCALTIMESTAMP', 'the clock and calendar of the step', timestamp('timestamp', 3)),
  present('CURRENT_DATE', 'the date of the step', always('date')),
  present('LOCALTIME', 'the time of day of the step', timeOfDay),
  present('CURRENT_TIME', 'LOCALTIME', timeOfDay),
  rounding('FLOOR_TO', 'FLOOR(time TO unit)', 'the beginning'),
  rounding('CEIL_TO', 'CEIL(time TO unit)', 'the time itself where it begins one, or else the end'),
  {
    name: 'OVERLAPS',
    meaning: 'do the times from the first to the second and from the third to the fourth meet?',
    written: '(time, time) OVERLAPS (time, time)',
    parameters: [time, time, time, time],
    unify: 0,
    result: always('boolean'),
  },
  {
    name: 'TIMESTAMPDIFF',
    meaning: 'whole units that the first names from the second time to the third',
    written: 'TIMESTAMPDIFF(unit, time, time)',
    parameters: [unit, dateOrTimestamp, dateOrTimestamp],
    unify: 1,
    result: always('int'),
  },
  {
    name: 'TIMESTAMPADD',
    meaning: 'the time of the third, later by as many of the units as the second says',
    written: 'TIMESTAMPADD(unit, integer, time)',
    parameters: [unit, integer, time],
    result: same(2),
  },
  ...dateFormatFunctions,
]
