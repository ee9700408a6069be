import {
  declarationOfTopic,
  type ExternalCatalog,
  type ExternalTable,
  topicsDatabase,
} from '@millrace/stream/script'
import { mainCluster } from './cluster.js'
import type { TopicSpec } from './topic.js'

/** What a pipeline is told of a topic whose files could not be read: that has been told already. */
export const topicUnread = 'the topic could not be read'

/**
 * The clusters of a project as catalogs, without asking any of them: of each topic of `topics/` the
 * table that its schema makes. `unread` are topics whose files could not be read.
 */
export function catalogsOf(
  clusters: readonly string[],
  topics: readonly TopicSpec[],
  unread: readonly string[] = [],
): ExternalCatalog[] {
  const broken = unread.map((name): ExternalTable => {
    return { name, refusal: { message: topicUnread, hint: '' } }
  })
  return [mainCluster, ...clusters].map((name) => {
    const own = topics.filter(({ cluster }) => cluster === name)
    const tables = own.map(tableOf)
    // Nobody knows which cluster it is on.
    return { name, database: topicsDatabase, tables: [...tables, ...broken] }
  })
}

function tableOf(topic: TopicSpec): ExternalTable {
  const { name, schema, schemaUnread } = topic
  if (schemaUnread) return { name, refusal: { message: topicUnread, hint: '' } }
  if (schema === undefined) {
    const message = `the topic \`${name}\` has no schema, and so no columns`
    const hint = `write \`schema\` into topics/${name}.yaml, or declare a table with CREATE TABLE`
    return { name, refusal: { message, hint } }
  }
  return declarationOfTopic({
    topic: name,
    value: { text: schema.text, type: schema.type },
    ...(topic.key !== undefined && { keyField: topic.key }),
    ...(topic.time !== undefined && { timeField: topic.time }),
    isCompacted: isCompacted(topic.configs['cleanup.policy']),
  })
}

/** Does a log with this `cleanup.policy` keep the latest record of each key? */
export function isCompacted(policy: string | undefined): boolean {
  return policy?.split(',').some((part) => part.trim() === 'compact') ?? false
}
