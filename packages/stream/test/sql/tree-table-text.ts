import type {
  Alteration,
  ColumnDefinition,
  PlacedColumn,
  PrimaryKeyDefinition,
  WatermarkDefinition,
} from '../../src/sql/index.js'
import { expressionText, name, names, path, queryText, string, typeText } from './tree-text.js'

/** The parts of a table as SQL again, and what ALTER changes of them. */

export function columnText(column: ColumnDefinition): string {
  const comment = column.comment === undefined ? '' : ` COMMENT ${string(column.comment)}`
  if (column.kind === 'computed') {
    return `${name(column.name)} AS ${expressionText(column.expression)}${comment}`
  }
  if (column.kind === 'physical') {
    return `${name(column.name)} ${typeText(column.type)}${comment}`
  }
  const from = column.key === undefined ? '' : ` FROM ${string(column.key)}`
  const virtual = column.virtual ? ' VIRTUAL' : ''
  return `${name(column.name)} ${typeText(column.type)} METADATA${from}${virtual}${comment}`
}

export function watermarkText({ column, expression }: WatermarkDefinition): string {
  return `WATERMARK FOR ${path(column)} AS ${expressionText(expression)}`
}

export function keyText({ name: constraint, columns, enforced }: PrimaryKeyDefinition): string {
  const named = constraint === undefined ? '' : `CONSTRAINT ${name(constraint)} `
  return `${named}PRIMARY KEY (${names(columns)})${enforced ? '' : ' NOT ENFORCED'}`
}

export function alterationText(change: Alteration): string {
  switch (change.kind) {
    case 'rename':
      return `RENAME TO ${path(change.to)}`
    case 'renameColumn':
      return `RENAME ${name(change.from)} TO ${name(change.to)}`
    case 'resetOptions':
      return `RESET (${change.keys.map(({ key }) => string(key)).join(', ')})`
    case 'setOptions': {
      const options = change.options.map(({ key, value }) => `${string(key)} = ${string(value)}`)
      return `SET (${options.join(', ')})`
    }
    case 'replaceQuery':
      return `AS ${queryText(change.query)}`
    case 'dropColumns':
      return `DROP (${names(change.names)})`
    case 'dropWatermark':
      return 'DROP WATERMARK'
    case 'dropKey':
      return `DROP ${change.name === undefined ? 'PRIMARY KEY' : `CONSTRAINT ${name(change.name)}`}`
    default: {
      const items = [
        ...change.columns.map(placedText),
        ...change.watermarks.map(watermarkText),
        ...change.primaryKeys.map(keyText),
      ]
      return `${change.kind.toUpperCase()} (${items.join(', ')})`
    }
  }
}

function placedText({ column, place }: PlacedColumn): string {
  if (place === undefined) return columnText(column)
  return `${columnText(column)} ${place === 'first' ? 'FIRST' : `AFTER ${name(place)}`}`
}
