import { type DataType, unboundedLength } from './type.js'

/** A type as Flink writes it: `DECIMAL(10, 2) NOT NULL`. */
export function typeName(type: DataType): string {
  return type.nullable ? baseName(type) : `${baseName(type)} NOT NULL`
}

/** Without NOT NULL. */
export function baseName(type: DataType): string {
  switch (type.kind) {
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`
    case 'varchar':
      return type.length === unboundedLength ? 'STRING' : `VARCHAR(${type.length})`
    case 'varbinary':
      return type.length === unboundedLength ? 'BYTES' : `VARBINARY(${type.length})`
    case 'char':
    case 'binary':
      return `${type.kind.toUpperCase()}(${type.length})`
    case 'time':
    case 'timestamp':
      return `${type.kind.toUpperCase()}(${type.precision})`
    case 'timestampLtz':
      return `TIMESTAMP_LTZ(${type.precision})`
    case 'interval':
      return type.unit === 'month' ? 'INTERVAL MONTH' : 'INTERVAL SECOND(3)'
    default:
      return type.kind.toUpperCase()
  }
}
