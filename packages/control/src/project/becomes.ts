import type { FieldMapping } from '@millrace/converter'
import type { Mapping } from './mapping.js'
import { suggestion } from './spelling.js'
import type { TopicSpec } from './topic.js'

/** `becomes` of a raw topic: the topic of typed events, and how a raw one becomes such an event. */
export interface BecomesSpec {
  topic: string
  mapping: FieldMapping
}

/** A path of names with dots between them. */
const pathForm = /^[^.]+(?:\.[^.]+)*$/

/** Reads `becomes`; whether it fits the topic that it names is seen by `checkBecomes`. */
export function readBecomes(yaml: Mapping): BecomesSpec {
  const topic = yaml.text('topic', { required: true }) ?? ''
  const fieldsYaml = yaml.mapping('fields')
  const fields: Record<string, string> = {}
  for (const to of fieldsYaml?.keys() ?? []) {
    const from = fieldsYaml?.text(to, { pattern: pathForm, says: 'a field, or a path with dots' })
    if (from !== undefined) fields[to] = from
  }
  const defaults = yaml.values('defaults') ?? {}
  for (const path of [...Object.keys(fields), ...Object.keys(defaults)]) {
    if (!pathForm.test(path)) yaml.problem('', `\`${path}\` is no field, and no path with dots`)
  }
  const unknown = yaml.choice('unknown', ['drop', 'refuse']) ?? 'refuse'
  yaml.end()
  return { topic, mapping: { fields, defaults, unknown } }
}

/** Finds what keeps a raw topic from becoming the one that it names; `names` are of all files. */
export function checkBecomes(
  raw: TopicSpec,
  yaml: Mapping | undefined,
  topics: readonly TopicSpec[],
  names: readonly string[],
): void {
  if (raw.becomes === undefined || yaml === undefined) return
  const { topic, mapping } = raw.becomes
  const found = (message: string, hint?: string) => yaml.problem('topic', message, hint)
  const typed = topics.find(({ name }) => name === topic)
  if (typed === undefined) {
    if (topic === '' || names.includes(topic)) return
    const others = names.filter((name) => name !== raw.name)
    found(
      `there is no topic \`${topic}\``,
      `${suggestion(topic, others) ?? ''} Or write topics/${topic}.yaml.`.trim(),
    )
    return
  }
  if (typed.raw) found(`\`${topic}\` is raw, too`, 'Name a topic with a schema.')
  if (raw.cluster !== typed.cluster) {
    const message = `\`${topic}\` is on the cluster \`${typed.cluster}\`, and \`${raw.name}\` on \`${raw.cluster}\``
    found(message, 'Events move in a transaction, which is of one cluster: put both on the same.')
  }
  if (typed.exceptions === undefined) {
    const hint = `Write \`exceptions\` into topics/${topic}.yaml.`
    found(`\`${topic}\` has no place for what does not fit`, hint)
  }
  const { schema } = typed
  if (schema === undefined || schema.fields.length === 0) return
  for (const part of ['fields', 'defaults'] as const) {
    for (const path of Object.keys(mapping[part])) {
      const [field = ''] = path.split('.')
      if (schema.fields.includes(field)) continue
      const hint = suggestion(field, schema.fields)
      yaml
        .mapping(part)
        ?.problem(path, `the schema \`${schema.file}\` has no field \`${field}\``, hint)
    }
  }
}
