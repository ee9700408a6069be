import type { ExternalTable } from './external-catalog.js'
import { isPhysical, type TableDefinition } from './table.js'
import { topicTableText } from './topic-columns.js'
import { typeName } from './type-name.js'

/**
 * The topic that a script writes as a table for other scripts: with the columns, the key and the
 * formats of the sink that the script declares.
 */
export function declarationOfSink(sink: TableDefinition): ExternalTable {
  const topic = sink.options.get('topic') ?? sink.name
  const columns = sink.columns
    .filter(isPhysical)
    .map(({ name, type }) => ({ name, type: typeName(type) }))
  const time = columns.find(({ name }) => name === sink.watermark?.column)
  const options = [...sink.options].filter(([key]) => !/^(sink|scan|properties)\./.test(key))
  const declaration = topicTableText({
    ...{ topic, columns, primaryKey: sink.primaryKey },
    ...(time !== undefined && { timeColumn: time.name }),
    options: { ...Object.fromEntries(options), topic },
  })
  return { name: topic, declaration }
}
