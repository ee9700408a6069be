import { quoted, ticked } from './create-text.js'

/** A column as it stands in a CREATE TABLE. */
export interface ColumnText {
  readonly name: string
  readonly type: string
}

/** What a record has beside key and value, under names that no field of a schema can have. */
const systemColumns: readonly (ColumnText & { readonly metadata: string })[] = [
  { name: '$rowtime', type: 'TIMESTAMP_LTZ(3) NOT NULL', metadata: 'timestamp' },
  { name: '$partition', type: 'INT NOT NULL', metadata: 'partition' },
  { name: '$offset', type: 'BIGINT NOT NULL', metadata: 'offset' },
  { name: '$headers', type: 'MAP<STRING, BYTES>', metadata: 'headers' },
]

/** How long events are waited for that come after later ones, where no script says otherwise. */
const watermarkDelay = "INTERVAL '5' SECOND"

/** What is known of a topic as a table. */
export interface TopicTable {
  readonly topic: string
  readonly columns: readonly ColumnText[]
  readonly primaryKey: readonly string[]
  /** Event time; the record's timestamp where absent. */
  readonly timeColumn?: string
  readonly options: Readonly<Record<string, string>>
}

/** The CREATE TABLE of a topic, with the columns of the system and a watermark. */
export function topicTableText(table: TopicTable): string {
  const { topic, columns, primaryKey, timeColumn = '$rowtime', options } = table
  const time = ticked(timeColumn)
  const items = [
    ...columns.map(({ name, type }) => `${ticked(name)} ${type}`),
    ...systemColumns.map(({ name, type, metadata }) => {
      return `${ticked(name)} ${type} METADATA FROM ${quoted(metadata)} VIRTUAL`
    }),
    `WATERMARK FOR ${time} AS ${time} - ${watermarkDelay}`,
    ...(primaryKey.length > 0
      ? [`PRIMARY KEY (${primaryKey.map(ticked).join(', ')}) NOT ENFORCED`]
      : []),
  ]
  const written = Object.entries(options).map(([key, value]) => `${quoted(key)} = ${quoted(value)}`)
  return `CREATE TABLE ${ticked(topic)} (${items.join(', ')}) WITH (${written.join(', ')})`
}
