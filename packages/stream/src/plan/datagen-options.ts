import { type ColumnDefinition, type CreateTable, didYouMean, SqlError } from '../sql/index.js'
import { durationMs } from './duration.js'
import type { OptionDefinition } from './option-definition.js'

const count = {
  accepts: (value: string) => /^\d+$/.test(value) && Number.isSafeInteger(Number(value)),
  hint: 'write a whole number',
}
const whole = {
  accepts: (value: string) => /^[+-]?\d+$/.test(value) && Number.isSafeInteger(Number(value)),
  hint: 'write a whole number',
}
const number = {
  accepts: (value: string) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim()),
  hint: 'write a number',
}
const flag = {
  accepts: (value: string) => /^(true|false)$/i.test(value),
  hint: "it may be 'true' or 'false'",
}

export const datagenOptions: readonly OptionDefinition[] = [
  {
    key: 'rows-per-second',
    check: { accepts: (value) => count.accepts(value) && Number(value) > 0, hint: count.hint },
  },
  { key: 'number-of-rows', check: count },
]

/** Of one column: behind `fields.NAME.`. */
const ofField: readonly OptionDefinition[] = [
  { key: 'kind', values: ['random', 'sequence'] },
  { key: 'min', check: number },
  { key: 'max', check: number },
  {
    key: 'max-past',
    check: {
      accepts: (value) => durationMs(value) !== undefined,
      hint: "write a duration such as '5 s' or '1 h'",
    },
  },
  { key: 'length', check: count },
  { key: 'var-len', check: flag },
  { key: 'start', check: whole },
  { key: 'end', check: whole },
  {
    key: 'null-rate',
    check: {
      accepts: (value) => number.accepts(value) && Number(value) >= 0 && Number(value) <= 1,
      hint: 'write a number from 0 to 1',
    },
  },
]

/**
 * Checks `fields.NAME.OPTION`; false for any other option.
 * @throws SqlError where there is no such column or option, or the value is none.
 */
export function checkDatagenOption(
  table: CreateTable,
  { key, keyAt, value, valueAt }: CreateTable['options'][number],
): boolean {
  const match = /^fields\.(.+)\.([a-z-]+)$/.exec(key)
  if (match === null) return false
  const [, name = '', option = ''] = match
  const columns = table.columns.filter(isGenerated).map((column) => column.name.text)
  if (!columns.includes(name)) {
    throw new SqlError(
      `'${key}': there is no column \`${name}\` to generate`,
      keyAt,
      didYouMean(name, columns) ?? `the columns are ${columns.join(', ')}`,
    )
  }
  const definition = ofField.find((each) => each.key === option)
  if (definition === undefined) {
    const options = ofField.map((each) => each.key)
    throw new SqlError(
      `there is no option '${key}'`,
      keyAt,
      `behind 'fields.${name}.' there is ${options.join(', ')}`,
    )
  }
  const isValue = definition.values?.includes(value) ?? definition.check?.accepts(value) ?? true
  if (!isValue) {
    const hint = definition.check?.hint ?? "it may be 'random' or 'sequence'"
    throw new SqlError(`'${value}' is no value of '${key}'`, valueAt, hint)
  }
  checkKind(table, name, option, keyAt)
  return true
}

/** A sequence has a start and an end, and only a sequence has. */
function checkKind(
  table: CreateTable,
  name: string,
  option: string,
  at: CreateTable['options'][number]['keyAt'],
): void {
  const written = (key: string) =>
    table.options.find((each) => each.key === `fields.${name}.${key}`)
  const isSequence = written('kind')?.value === 'sequence'
  if (option === 'kind' && isSequence) {
    for (const key of ['start', 'end']) {
      if (written(key) === undefined) {
        throw new SqlError(
          `the sequence \`${name}\` has no '${key}'`,
          at,
          `add 'fields.${name}.${key}'`,
        )
      }
    }
  }
  const isOfSequence = option === 'start' || option === 'end'
  if (option === 'kind' || isOfSequence === isSequence) return
  throw new SqlError(
    `'${option}' does not go with the kind '${isSequence ? 'sequence' : 'random'}' of \`${name}\``,
    at,
    isSequence ? "a sequence has 'start' and 'end'" : `add 'fields.${name}.kind' = 'sequence'`,
  )
}

function isGenerated(column: ColumnDefinition): boolean {
  return column.kind === 'physical'
}
