import type { Host, Random } from '@millrace/host'
import { parseDecimal } from '../formats/decimal-text.js'
import { durationMs } from '../plan/duration.js'
import type { TableDefinition } from '../plan/table.js'
import type { DataType, Field } from '../plan/type.js'
import { typeName } from '../plan/type-name.js'
import type { Column, FixedColumn } from '../state/column.js'
import { JobError } from './errors.js'

/** Pushes the value of row `index` of the table. */
export type FieldGenerator = (column: Column, index: number) => void

const lengthDefault = 100

/** How many rows the shortest sequence of a table has; Infinity without any. */
export function rowsOfSequences(table: TableDefinition): number {
  const lengths = table.columns.flatMap(({ name }) => {
    const option = (key: string) => table.options.get(`fields.${name}.${key}`)
    if (option('kind') !== 'sequence') return []
    return [Number(option('end')) - Number(option('start')) + 1]
  })
  return Math.max(0, Math.min(Number.POSITIVE_INFINITY, ...lengths))
}

/** What the options of a table say of one of its columns. Throws OPTION_UNKNOWN for other types. */
export function fieldGenerator(table: TableDefinition, field: Field, host: Host): FieldGenerator {
  const option = (key: string) => table.options.get(`fields.${field.name}.${key}`)
  if (option('kind') === 'sequence') return sequence(table, field, Number(option('start')))
  const generate = random(table, field, option, host)
  const nullRate = Number(option('null-rate') ?? 0)
  if (nullRate === 0) return generate
  return (column, index) => {
    if (host.random.float() < nullRate) column.pushNull()
    else generate(column, index)
  }
}

function sequence(table: TableDefinition, { name, type }: Field, start: number): FieldGenerator {
  switch (type.kind) {
    case 'char':
    case 'varchar':
      return (column, index) => textOf(column).pushString(String(start + index))
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'decimal': {
      for (const key of ['start', 'end']) boundOf(table, { name, type }, key)
      const scale = type.kind === 'decimal' ? 10n ** BigInt(type.scale) : 1n
      return (column, index) => fixedOf(column).pushInteger(BigInt(start + index) * scale)
    }
    case 'float':
      return (column, index) => fixedOf(column).pushFloat32(start + index)
    case 'double':
      return (column, index) => fixedOf(column).pushFloat64(start + index)
    default:
      throw notGenerated(table, name, type, 'a sequence')
  }
}

function random(
  table: TableDefinition,
  { name, type }: Field,
  option: (key: string) => string | undefined,
  { clock, random: chance }: Host,
): FieldGenerator {
  switch (type.kind) {
    case 'boolean':
      return (column) => fixedOf(column).pushInt8(chance.below(2))
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
    case 'decimal': {
      const least = boundOf(table, { name, type }, 'min') ?? leastOf(type)
      const most = boundOf(table, { name, type }, 'max') ?? mostOf(type)
      if (least > most) throw refused(table, name, 'min', 'is more than the largest value')
      return (column) => fixedOf(column).pushInteger(between(chance, least, most))
    }
    case 'float':
    case 'double': {
      const least = Number(option('min') ?? 0)
      const most = Number(
        option('max') ?? (type.kind === 'float' ? 3.4028234663852886e38 : Number.MAX_VALUE),
      )
      const value = () => least + (most - least) * chance.float()
      if (type.kind === 'float') return (column) => fixedOf(column).pushFloat32(value())
      return (column) => fixedOf(column).pushFloat64(value())
    }
    case 'char':
    case 'varchar': {
      const length = lengthOf(chance, type, option)
      return (column) => {
        const wanted = length()
        const bytes = chance.bytes(Math.ceil(wanted / 2))
        textOf(column).pushString(bytes.toString('hex').slice(0, wanted))
      }
    }
    case 'binary':
    case 'varbinary': {
      const length = lengthOf(chance, type, option)
      return (column) => textOf(column).pushBytes(chance.bytes(length()))
    }
    case 'date':
      return (column) => fixedOf(column).pushInt32(Math.floor(clock.now() / 86_400_000))
    case 'time':
      return (column) => fixedOf(column).pushSafeInteger((clock.now() % 86_400_000) * 1000)
    case 'timestamp':
    case 'timestampLtz': {
      const maxPastMs = durationMs(option('max-past') ?? '0 ms') ?? 0
      return (column) => {
        const timeMs = clock.now() - Math.floor(chance.float() * (maxPastMs + 1))
        fixedOf(column).pushSafeInteger(timeMs * 1000)
      }
    }
    default:
      throw notGenerated(table, name, type, 'random values')
  }
}

/** Text and bytes of a fixed length have that; of others `length` says it, up to what fits. */
function lengthOf(
  chance: Random,
  type: DataType & { length: number },
  option: (key: string) => string | undefined,
): () => number {
  const isFixed = type.kind === 'char' || type.kind === 'binary'
  const length = isFixed
    ? type.length
    : Math.min(Number(option('length') ?? lengthDefault), type.length)
  if (isFixed || option('var-len')?.toLowerCase() !== 'true') return () => length
  return () => 1 + chance.below(Math.max(1, length))
}

/** Evenly from one to the other, both included. */
function between(chance: Random, least: bigint, most: bigint): bigint {
  const span = most - least + 1n
  if (span <= 0n) return least
  let drawn = 0n
  // 64 bits more than the span needs, so that the remainder is as good as even.
  for (let bits = span; bits > 0n; bits >>= 32n) drawn = (drawn << 32n) | BigInt(chance.uint32())
  drawn = (drawn << 64n) | (BigInt(chance.uint32()) << 32n) | BigInt(chance.uint32())
  return least + (drawn % span)
}

/** The largest value of an exact number, of a decimal without its point. */
function mostOf(type: DataType): bigint {
  switch (type.kind) {
    case 'decimal':
      return 10n ** BigInt(type.precision) - 1n
    case 'tinyint':
      return 127n
    case 'smallint':
      return 32_767n
    case 'int':
      return 2_147_483_647n
    default:
      return 2n ** 63n - 1n
  }
}

/** The least value where no option gives one: that of the type, of a decimal 0. */
function leastOf(type: DataType): bigint {
  return type.kind === 'decimal' ? 0n : -mostOf(type) - 1n
}

/** What an option gives as a value of the column's type. Throws OPTION_UNKNOWN where it is none. */
function boundOf(table: TableDefinition, { name, type }: Field, key: string): bigint | undefined {
  const text = table.options.get(`fields.${name}.${key}`)
  if (text === undefined) return undefined
  if (type.kind === 'decimal') {
    const unscaled = parseDecimal(text, type.precision, type.scale)
    if (unscaled !== undefined) return unscaled
  } else if (/^[+-]?\d+$/.test(text)) {
    const value = BigInt(text)
    if (value >= leastOf(type) && value <= mostOf(type)) return value
  }
  throw refused(table, name, key, `'${text}' is no ${typeName(type)}`)
}

function refused(table: TableDefinition, name: string, key: string, reason: string): JobError {
  return new JobError('OPTION_UNKNOWN', `table ${table.name}: 'fields.${name}.${key}': ${reason}`)
}

function fixedOf(column: Column): FixedColumn {
  if (column.kind !== 'fixed') throw new TypeError('the column is not of fixed width')
  return column
}

function textOf(column: Column) {
  if (column.kind !== 'bytes') throw new TypeError('the column does not hold bytes')
  return column
}

function notGenerated(
  table: TableDefinition,
  name: string,
  type: DataType,
  what: string,
): JobError {
  return new JobError(
    'OPTION_UNKNOWN',
    `table ${table.name}: ${what} of ${typeName(type)}, for the column '${name}', cannot be generated`,
  )
}
