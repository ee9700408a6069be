import type { TopicPolicy } from '@millrace/gateway'
import { KafkaError, type LogClient } from '@millrace/log'
import type { RegistryClient } from '@millrace/schema'
import { controlErrors } from '../errors.js'
import { neededTopics } from '../project/needed-topics.js'
import type { Project } from '../project/project.js'
import type { TopicSpec } from '../project/topic.js'
import { subjectOf } from '../schemas/project-schemas.js'
import { Registrations } from '../schemas/registration.js'

/**
 * Creates the topics of one cluster that are not there yet, adds the partitions that others are
 * short of, and gives all of them their settings; those that a topic had `before` and has no more are taken away.
 */
export async function createTopics(
  project: Project,
  cluster: string,
  client: LogClient,
  before: readonly TopicSpec[] = [],
): Promise<void> {
  const had = new Map(before.map((topic) => [topic.name, topic.configs]))
  const needed = neededTopics(project).filter((topic) => topic.cluster === cluster)
  await Promise.all(
    needed.map(async ({ name, partitions, configs }) => {
      try {
        await client.createTopic(name, { partitions, configs })
        // The topic may have been there, with fewer partitions, and with other settings.
        const [found] = await client.topics([name])
        if (found !== undefined && found.partitions < partitions) {
          await client.addPartitions(name, partitions)
        }
        const gone = Object.keys(had.get(name) ?? {}).map((key): [string, null] => [key, null])
        const settings = { ...Object.fromEntries(gone), ...configs }
        if (Object.keys(settings).length > 0) await client.setTopicConfigs(name, settings)
      } catch (cause) {
        if (!(cause instanceof KafkaError) || cause.codeName !== 'INVALID_CONFIG') throw cause
        throw controlErrors.configRefused(`topics/${name}.yaml`, cause.detail ?? cause.message)
      }
    }),
  )
}

/** Registers the newest version of each topic's schema, and of those that it refers to. */
export async function registerSchemas(project: Project, registry: RegistryClient): Promise<void> {
  const registrations = new Registrations(registry, project.schemas)
  await Promise.all(
    project.topics.map(async ({ name, schema }) => {
      if (schema === undefined) return
      await registrations.register(subjectOf(name), schema).catch((cause: Error) => {
        throw controlErrors.schemaRefused(`topics/${name}.yaml`, schema.file, cause.message)
      })
    }),
  )
}

/** The topics whose schema describes events of a type, by the type. */
export function topicsByType(topics: readonly TopicSpec[]): Map<string, string[]> {
  const byType = new Map<string, string[]>()
  for (const { name, schema } of topics) {
    if (schema !== undefined) byType.set(schema.name, [...(byType.get(schema.name) ?? []), name])
  }
  return byType
}

/** What the gateway holds the events of a topic to. */
export function policyOf(topic: TopicSpec): TopicPolicy {
  return {
    tier: topic.tier,
    cluster: topic.cluster,
    profile: topic.tier === 'relaxed' ? 'throughput' : 'lossless',
    ...(topic.owner === undefined ? {} : { owner: topic.owner }),
    ...(topic.key === undefined ? {} : { keyField: topic.key }),
    ...(topic.id === undefined ? {} : { idField: topic.id }),
    ...(topic.time === undefined ? {} : { timeField: topic.time }),
    ...(topic.exceptions === undefined ? {} : { exceptionTopic: topic.exceptions }),
    ...(topic.raw && { raw: topic.raw }),
    ...(topic.acknowledge === undefined ? {} : { acknowledge: topic.acknowledge }),
  }
}
