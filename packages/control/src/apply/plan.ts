/**
 * What a change of a project's files means for the platform that runs it.
 *
 * What the gateway, the registry, the converter and the API go by (topics and their schemas, boards)
 * takes effect at once. Pipelines and tables are planned when their processes start, and what those
 * are planned with, clusters and ports with them, waits for the next start. What would lose records
 * is refused, and then nothing is changed at all.
 */
import type { ChangeView } from '../api/types.js'
import { mainCluster } from '../project/cluster.js'
import { manifestFile } from '../project/manifest.js'
import type { Project } from '../project/project.js'
import type { TopicSpec } from '../project/topic.js'

type Effect = ChangeView['effect']

export interface Plan {
  changes: ChangeView[]
  /** What runs once it has taken effect. */
  next: Project
}

/** The plan from the project that runs to the one that its files say. */
export function planOf(running: Project, wanted: Project): Plan {
  const changes: ChangeView[] = []
  const topics = planTopics(running, wanted, changes)
  planFiles(running, wanted, changes)
  const { manifest, pipelines, tables, catalogs } = running
  return { changes, next: { ...wanted, manifest, pipelines, tables, catalogs, topics } }
}

/** The topics as they can be now. */
function planTopics(running: Project, wanted: Project, changes: ChangeView[]): TopicSpec[] {
  const clusters = [mainCluster, ...running.manifest.clusters.map(({ name }) => name)]
  const before = byName(running.topics)
  const after = byName(wanted.topics)
  const topics: TopicSpec[] = []
  for (const topic of wanted.topics) {
    const file = `topics/${topic.name}.yaml`
    const tell = (effect: Effect, change: string) => changes.push({ file, effect, change })
    const older = before.get(topic.name)
    if (!clusters.includes(topic.cluster)) {
      tell('restart', `the cluster \`${topic.cluster}\` does not run yet`)
      if (older !== undefined) topics.push(older)
      continue
    }
    if (older === undefined) {
      tell('now', 'new')
      topics.push(topic)
      continue
    }
    // Until a restart the topic has as many as it had.
    topics.push({ ...topic, partitions: older.partitions })
    planTopic(older, topic, running, tell, changes)
  }
  for (const { name } of running.topics) {
    if (after.has(name)) continue
    const change = 'not part of the project any more; the topic stays, with its records'
    changes.push({ file: `topics/${name}.yaml`, effect: 'now', change })
  }
  return topics
}

function planTopic(
  older: TopicSpec,
  topic: TopicSpec,
  running: Project,
  tell: (effect: Effect, change: string) => void,
  changes: ChangeView[],
): void {
  if (topic.cluster !== older.cluster) {
    const move = `it is on the cluster \`${older.cluster}\`, and its records would stay there`
    tell('refused', `${move}: begin a topic of another name on \`${topic.cluster}\``)
    return
  }
  const { partitions: had, ...oldRest } = older
  const { partitions, ...rest } = topic
  if (partitions < had) {
    tell(
      'refused',
      `it has ${had} partitions, and with ${partitions} the records of others are lost`,
    )
  }
  if (partitions > had) tell('restart', `partitions: ${had} to ${partitions}`)
  const keys = differing(oldRest, rest)
  if (keys.length === 0) return
  tell('now', keys.join(', '))
  const planned = keys.filter((key) => plannedWith.has(key))
  if (planned.length === 0 || topic.cluster !== mainCluster) return
  const change = `planned with \`${topic.name}\` as it was: ${planned.join(', ')}`
  for (const { file, sources, sinks } of running.pipelines) {
    if ([...sources, ...sinks].includes(topic.name)) {
      changes.push({ file, effect: 'restart', change })
    }
  }
}

/** What of a topic makes the table that pipelines see of it. */
const plannedWith: ReadonlySet<string> = new Set(['schema', 'key', 'time', 'configs', 'raw'])

function planFiles(running: Project, wanted: Project, changes: ChangeView[]): void {
  const tell = (file: string, effect: Effect, change: string) => {
    changes.push({ file, effect, change })
  }
  const compare = <One extends { name: string }>(
    before: readonly One[],
    after: readonly One[],
    of: { file: (name: string) => string; said: (one: One) => object; effect: Effect },
  ) => {
    const [older, newer] = [byName(before), byName(after)]
    for (const name of new Set([...older.keys(), ...newer.keys()])) {
      const [was, is] = [older.get(name), newer.get(name)]
      if (was === undefined) tell(of.file(name), of.effect, 'new')
      else if (is === undefined) tell(of.file(name), of.effect, 'not there any more')
      else {
        const keys = differing(of.said(was), of.said(is))
        if (keys.length > 0) tell(of.file(name), of.effect, keys.join(', '))
      }
    }
  }
  compare(running.pipelines, wanted.pipelines, {
    file: (name) => `pipelines/${name}.sql`,
    said: ({ text }) => ({ text }),
    effect: 'restart',
  })
  compare(running.tables, wanted.tables, {
    file: (name) => `tables/${name}.yaml`,
    said: (table) => table,
    effect: 'restart',
  })
  compare(running.boards, wanted.boards, {
    file: (name) => `boards/${name}.yaml`,
    said: (board) => board,
    effect: 'now',
  })
  const keys = differing(running.manifest, wanted.manifest)
  if (keys.length > 0) tell(manifestFile, 'restart', keys.join(', '))
}

/** The keys that differ; of a value that JSON cannot say (a map) its entries count. */
function differing(before: object, after: object): string[] {
  const text = (of: object, key: string) => {
    return JSON.stringify((of as Record<string, unknown>)[key], (_, value: unknown) =>
      value instanceof Map ? [...value] : value,
    )
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].filter((key) => text(before, key) !== text(after, key)).sort()
}

function byName<One extends { name: string }>(all: readonly One[]): Map<string, One> {
  return new Map(all.map((one) => [one.name, one]))
}
