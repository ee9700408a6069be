import path from 'node:path'
import { describeLogDirs } from '../../protocol/apis.js'
import { errorOf } from '../error-code.js'
import { type BrokerState, defineHandler } from '../request-handler.js'
import type { Topic } from '../topics.js'

/** What is answered where a size is not known. */
const unknownBytes = -1

/** The one folder of the broker, with the sizes of its logs: of those asked for, all for null. */
export const describeLogDirsHandler = defineHandler(describeLogDirs, ({ broker }, request) => {
  const asked = request.topics === null ? undefined : partitionsByTopic(request.topics)
  const topics = broker.topics
    .all()
    .map((topic) => sizesOf(topic, asked))
    .filter(({ partitions }) => partitions.length > 0)
  return { results: [{ logDir: path.resolve(broker.directory), topics, ...volume(broker) }] }
})

function partitionsByTopic(topics: readonly { topic: string; partitions: number[] }[]) {
  const byTopic = new Map<string, Set<number>>()
  for (const { topic, partitions } of topics) {
    byTopic.set(topic, new Set([...(byTopic.get(topic) ?? []), ...partitions]))
  }
  return byTopic
}

function sizesOf(topic: Topic, asked: ReadonlyMap<string, ReadonlySet<number>> | undefined) {
  const { name } = topic.description
  const partitions = topic.partitions
    .map((log, partitionIndex) => ({ partitionIndex, partitionSize: log.sizeBytes }))
    .filter(({ partitionIndex }) => asked?.get(name)?.has(partitionIndex) ?? asked === undefined)
  return { name, partitions }
}

function volume(broker: BrokerState) {
  try {
    const { totalBytes, usableBytes } = broker.host.disk.space(broker.directory)
    const known = (bytes: number) => (Number.isFinite(bytes) ? bytes : unknownBytes)
    return { totalBytes: known(totalBytes), usableBytes: known(usableBytes) }
  } catch (cause) {
    return { errorCode: errorOf(cause, broker.log).errorCode }
  }
}
