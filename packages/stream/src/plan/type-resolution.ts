import { notSupported, SqlError, type TypeNode } from '../sql/index.js'
import { decimalPrecisionMax } from './decimal.js'
import { type DataType, type Field, unboundedLength } from './type.js'

const plainKinds = {
  BOOLEAN: 'boolean',
  TINYINT: 'tinyint',
  SMALLINT: 'smallint',
  INT: 'int',
  BIGINT: 'bigint',
  FLOAT: 'float',
  DOUBLE: 'double',
  DATE: 'date',
} as const

const timePrecisionMax = 9
const decimalPrecisionDefault = 10
const timestampPrecisionDefault = 6

/** What a written type means. */
export function resolveType(node: TypeNode): DataType {
  const { name, parameters, nullable } = node
  if (isPlain(name)) {
    refuseParameters(node, 0)
    return { kind: plainKinds[name], nullable }
  }
  switch (name) {
    case 'STRING':
    case 'BYTES':
      refuseParameters(node, 0)
      return {
        kind: name === 'STRING' ? 'varchar' : 'varbinary',
        length: unboundedLength,
        nullable,
      }
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY': {
      const kind = (
        { CHAR: 'char', VARCHAR: 'varchar', BINARY: 'binary', VARBINARY: 'varbinary' } as const
      )[name]
      return { kind, length: parameter(node, 0, 1, 1, unboundedLength), nullable }
    }
    case 'DECIMAL': {
      refuseParameters(node, 2)
      const precision = parameter(node, 0, decimalPrecisionDefault, 1, decimalPrecisionMax)
      return { kind: 'decimal', precision, scale: parameter(node, 1, 0, 0, precision), nullable }
    }
    case 'TIME':
      return { kind: 'time', precision: parameter(node, 0, 0, 0, timePrecisionMax), nullable }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const precision = parameter(node, 0, timestampPrecisionDefault, 0, timePrecisionMax)
      return { kind: name === 'TIMESTAMP' ? 'timestamp' : 'timestampLtz', precision, nullable }
    }
    case 'INTERVAL MONTH':
    case 'INTERVAL SECOND':
      return {
        kind: 'interval',
        unit: name === 'INTERVAL MONTH' ? 'month' : 'millisecond',
        nullable,
      }
    case 'ARRAY':
    case 'MULTISET':
      return { kind: name === 'ARRAY' ? 'array' : 'multiset', element: partAt(node, 0), nullable }
    case 'MAP':
      return { kind: 'map', key: partAt(node, 0), value: partAt(node, 1), nullable }
    case 'ROW':
      return { kind: 'row', fields: rowFields(node), nullable }
    case 'RAW':
      throw notSupported('the type RAW', node.at, 'declare the fields that you need as columns')
    default:
      throw new SqlError(
        `there is no type ${name}${parameters.length > 0 ? '(…)' : ''}`,
        node.at,
        otherName.get(name) ??
          'the types are BOOLEAN, INT, BIGINT, DOUBLE, DECIMAL(p, s), STRING, DATE, TIMESTAMP(3), TIMESTAMP_LTZ(3) and their like',
      )
  }
}

function partAt(node: TypeNode, index: number): DataType {
  const part = node.elements[index]
  if (part === undefined) throw new Error(`${node.name} has no part ${index}`)
  const type = resolveType(part)
  if (type.kind !== 'interval') return type
  throw new SqlError('a column cannot hold an interval', part.at, 'use BIGINT')
}

function rowFields(node: TypeNode): Field[] {
  const [first] = node.fields
  if (first === undefined) {
    throw notSupported('a ROW without fields', node.at, 'name the fields that you need')
  }
  const seen = new Set<string>()
  return node.fields.map(({ name, type }) => {
    if (seen.has(name.text))
      throw new SqlError(`the field \`${name.text}\` is there twice`, name.at)
    seen.add(name.text)
    return { name: name.text, type: partAt({ ...node, elements: [type] }, 0) }
  })
}

/** What other systems call a type, and what Flink does. */
const otherName = new Map([
  ['TEXT', 'write STRING'],
  ['LONG', 'write BIGINT'],
  ['REAL', 'write FLOAT'],
  ['BOOL', 'write BOOLEAN'],
  ['INT8', 'write BIGINT'],
  ['DATETIME', 'write TIMESTAMP(3)'],
  ['TIMESTAMPTZ', 'write TIMESTAMP_LTZ(3)'],
  ['BLOB', 'write BYTES'],
])

function isPlain(name: string): name is keyof typeof plainKinds {
  return Object.hasOwn(plainKinds, name)
}

function refuseParameters(node: TypeNode, most: number): void {
  if (node.parameters.length <= most) return
  const takes = most === 0 ? 'no length or precision' : `at most ${most} numbers`
  throw new SqlError(`${node.name} takes ${takes}`, node.at, `write ${node.name} without it`)
}

function parameter(
  node: TypeNode,
  index: number,
  otherwise: number,
  least: number,
  most: number,
): number {
  if (node.name !== 'DECIMAL') refuseParameters(node, 1)
  const value = node.parameters[index] ?? otherwise
  if (value >= least && value <= most) return value
  throw new SqlError(
    `${node.name}(${node.parameters.join(', ')}) is out of range`,
    node.at,
    `the ${index === 0 ? 'first' : 'second'} number must be from ${least} to ${most}`,
  )
}
