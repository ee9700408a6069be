import type { Random } from '@millrace/host'
import { jsonMessage, listOf, type Message, oneIn, oneOf } from '../message.js'
import { hostileSchema, type SomeSchema, sizeableSchema } from '../schemas.js'
import { avroSchema, jsonSchema, protoSchema, topicNames } from '../topics.js'

/** Subjects that requests may change as they like begin so. */
export const ownSubjects = 'fuzz-'

const mediaType = 'application/vnd.schemaregistry.v1+json'
const levels = [
  'NONE',
  'BACKWARD',
  'FORWARD',
  'FULL',
  'BACKWARD_TRANSITIVE',
  'FULL_TRANSITIVE',
  'APPEND_WITH_DEFAULTS',
]

/** The registry: subjects, versions, contexts, configs and modes, in all types of schemas. */
export function registry(random: Random): Message {
  const subject = subjectOf(random)
  const context = oneOf(random, ['', '', '', '', '/contexts/.fuzz', '/contexts/:.fuzz:'])
  const send = (method: string, path: string, body: unknown) =>
    jsonMessage(
      { door: 'registry', to: 'registry', method, path: `${context}${path}` },
      mediaType,
      body,
    )
  const ask = (method: string, path: string): Message => {
    return { door: 'registry', to: 'registry', method, path, headers: [], body: undefined }
  }
  const version = oneOf(random, ['1', '2', 'latest', '-1', '7'])
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return send('POST', `/subjects/${subject}/versions${query(random)}`, registration(random))
    case 4:
      return send('POST', `/subjects/${subject}${query(random)}`, registration(random))
    case 5:
      return send(
        'POST',
        `/compatibility/subjects/${subject}/versions${oneOf(random, ['', `/${version}`])}?verbose=true`,
        registration(random),
      )
    case 6:
      return send('PUT', `/config/${subject}`, {
        compatibility: oneOf(random, levels),
        ...(oneIn(random, 3) && { normalize: true, defaultMetadata: { properties: { a: 'b' } } }),
        ...(oneIn(random, 6) && { alias: subjectOf(random) }),
        ...(oneIn(random, 6) && { compatibilityGroup: 'major' }),
      })
    case 7:
      return send('PUT', `/mode/${subject}?force=true`, {
        mode: oneOf(random, ['READWRITE', 'READWRITE', 'IMPORT', 'READONLY']),
      })
    case 8: {
      const permanent = oneOf(random, ['', '?permanent=true'])
      const path = oneOf(random, ['', `/versions/${version}`])
      return ask('DELETE', `/subjects/${subject}${path}${permanent}`)
    }
    case 9:
      return ask('DELETE', `/${oneOf(random, ['config', 'mode'])}/${subject}`)
    default:
      return ask('GET', reading(random, subject, version))
  }
}

function subjectOf(random: Random): string {
  const name = `${ownSubjects}${random.below(6)}`
  return oneOf(random, [name, name, name, `:.ctx:${name}`, `:.ctx${random.below(3)}:${name}`])
}

function query(random: Random): string {
  return oneOf(random, ['', '', '', '?normalize=true', '?format=serialized', '?deleted=true'])
}

function registration(random: Random): unknown {
  return {
    ...schemaOf(random),
    ...(oneIn(random, 4) && { references: references(random) }),
    ...(oneIn(random, 6) && { metadata: { properties: { owner: 'fuzz', major: '1' } } }),
    ...(oneIn(random, 6) && {
      ruleSet: { domainRules: [{ name: 'r', kind: 'CONDITION', type: 'CEL', mode: 'WRITE' }] },
    }),
    ...(oneIn(random, 10) && { id: 1000 + random.below(20), version: random.below(4) }),
  }
}

function schemaOf(random: Random): SomeSchema {
  if (oneIn(random, 4)) return hostileSchema(random)
  if (oneIn(random, 4)) return sizeableSchema(random)
  return oneOf(random, [
    { schema: avroSchema },
    { schemaType: 'JSON', schema: jsonSchema },
    { schemaType: 'PROTOBUF', schema: protoSchema },
    { schema: '"string"' },
    { schema: '{"type":"record","name":"R","fields":[{"name":"other","type":"fuzz.Event"}]}' },
    { schemaType: 'JSON', schema: '{"$ref":"other.json"}' },
    {
      schemaType: 'PROTOBUF',
      schema: 'syntax = "proto3"; import "other.proto"; message R { fuzz.Event e = 1; }',
    },
  ])
}

function references(random: Random): unknown[] {
  return listOf(random, 3, () => ({
    name: oneOf(random, ['fuzz.Event', 'other.json', 'other.proto', 'R']),
    subject: oneIn(random, 3) ? `${oneOf(random, topicNames)}-value` : subjectOf(random),
    version: oneOf(random, [1, 1, 2, -1, 0]),
  }))
}

function reading(random: Random, subject: string, version: string): string {
  return oneOf(random, [
    ...[
      '/',
      '/subjects',
      '/schemas',
      '/schemas/types',
      '/contexts',
      '/config',
      '/mode',
      '/v1/metadata/id',
    ],
    ...[
      '/schemas/ids/1',
      '/schemas/ids/2/schema',
      '/schemas/ids/3/subjects',
      '/schemas/ids/4/versions',
    ],
    ...[`/subjects/${subject}/versions`, `/subjects/${subject}/versions/${version}`],
    ...[
      `/subjects/${subject}/versions/${version}/schema`,
      `/subjects/${subject}/metadata?key=a&value=b`,
    ],
    ...[
      `/subjects/${subject}/versions/${version}/referencedby`,
      `/config/${subject}?defaultToGlobal=true`,
    ],
    ...[`/mode/${subject}?defaultToGlobal=true`, `/contexts/.fuzz/subjects/${subject}/versions`],
    ...['/subjects?subjectPrefix=:*:&deleted=true', '/schemas?latestOnly=true&limit=2&offset=1'],
  ])
}
