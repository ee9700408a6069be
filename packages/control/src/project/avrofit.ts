import type { DataType } from '@millrace/stream'

type Kinds = readonly string[]

const texts: Kinds = ['string', 'bytes', 'fixed', 'enum']

/** The Avro types that a column may be read from, by Avro's schema resolution. */
const readableFrom: Partial<Record<DataType['kind'], Kinds>> = {
  boolean: ['boolean'],
  tinyint: ['int'],
  smallint: ['int'],
  int: ['int'],
  date: ['int'],
  bigint: ['int', 'long'],
  float: ['int', 'long', 'float'],
  double: ['int', 'long', 'float', 'double'],
  time: ['int', 'long'],
  timestamp: ['long'],
  timestampLtz: ['long'],
  char: texts,
  varchar: texts,
  binary: texts,
  varbinary: texts,
}

const primitives: Kinds = ['boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']

/**
 * The two types of a column that cannot be read from the field of its name; undefined where it
 * can, or where that is not certain (decimals, unions of several types, types inside types).
 */
export function columnMismatch(
  type: DataType,
  schemaText: string,
  name: string,
): { sql: string; avro: string } | undefined {
  const { fields } = JSON.parse(schemaText) as { fields: { name: string; type: unknown }[] }
  const avro = kindOf(fields.find((field) => field.name === name)?.type)
  const fitting = readableFrom[type.kind]
  if (avro === undefined || fitting === undefined || fitting.includes(avro)) return undefined
  return { sql: sqlName(type), avro }
}

function kindOf(type: unknown): string | undefined {
  if (typeof type === 'string') return primitives.includes(type) ? type : undefined
  if (Array.isArray(type)) {
    const branches = type.filter((branch) => branch !== 'null')
    return branches.length === 1 ? kindOf(branches[0]) : undefined
  }
  if (typeof type !== 'object' || type === null || !('type' in type)) return undefined
  return type.type === 'enum' ? 'enum' : kindOf(type.type)
}

function sqlName(type: DataType): string {
  if (type.kind === 'varchar') return 'STRING'
  if (type.kind === 'varbinary') return 'BYTES'
  if (type.kind === 'timestampLtz') return 'TIMESTAMP_LTZ'
  return type.kind.toUpperCase()
}
