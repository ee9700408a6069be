import { type CreateTable, SqlError } from '../sql/index.js'
import type { TableDefinition } from './table.js'

/**
 * The option of a table whose records, where an operator finds them too late, are written to a
 * topic as they were read, and not only counted. Flink has nothing like it in SQL.
 */
export const lateTopicOption = 'scan.watermark.late-records.topic'

/** The topic for the table's late records; undefined where they are only counted. */
export function lateTopicOf({ options }: Pick<TableDefinition, 'options'>): string | undefined {
  return options.get(lateTopicOption)
}

/** @throws SqlError where the option stands with a table of which no record is ever late. */
export function checkLateTopic(table: CreateTable, options: ReadonlyMap<string, string>): void {
  const option = table.options.find(({ key }) => key === lateTopicOption)
  if (option === undefined) return
  if (options.get('connector') !== 'kafka') {
    throw new SqlError(
      `'${lateTopicOption}' goes with 'connector' = 'kafka'`,
      option.keyAt,
      'leave it out',
    )
  }
  if (table.watermarks.length === 0) {
    throw new SqlError(
      `'${lateTopicOption}' stands with a table without WATERMARK, of which no record is late`,
      option.keyAt,
      'declare a WATERMARK, or leave it out',
    )
  }
  if (option.value.trim() === '' || option.value === options.get('topic')) {
    throw new SqlError(
      `'${option.value}' is no value of '${lateTopicOption}'`,
      option.valueAt,
      'name another topic than the one that is read',
    )
  }
}
