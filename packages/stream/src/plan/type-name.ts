import { type DataType, unboundedLength } from './type.js'

/** A type as Flink writes it: `DECIMAL(10, 2) NOT NULL`. */
export function typeName(type: DataType): string {
  return type.nullable ? baseName(type) : `${baseName(type)} NOT NULL`
}

/** With the lengths of STRING and BYTES, as a catalogue keeps it. */
export function fullTypeName(type: DataType): string {
  const name = typeName(type)
  return name.replace(/^STRING/, 'VARCHAR(2147483647)').replace(/^BYTES/, 'VARBINARY(2147483647)')
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
    case 'array':
    case 'multiset':
      return `${type.kind.toUpperCase()}<${typeName(type.element)}>`
    case 'map':
      return `MAP<${typeName(type.key)}, ${typeName(type.value)}>`
    case 'row': {
      const fields = type.fields.map(
        ({ name, type: each }) => `${quotedName(name)} ${typeName(each)}`,
      )
      return `ROW<${fields.join(', ')}>`
    }
    case 'interval':
      return type.unit === 'month' ? 'INTERVAL MONTH' : 'INTERVAL SECOND(3)'
    default:
      return type.kind.toUpperCase()
  }
}

/** A name, in quotes where it needs them. */
export function nameText(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quotedName(name)
}

function quotedName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
