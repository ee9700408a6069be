/** Confluent's client for Node: it and ours read each other's values. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { RegistryValues } from './registry-values.js'
import { schemaTexts, value } from './trip.js'

/** Where `tools/node-clients.mjs` puts it. */
const folder = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'),
  'millrace',
  'confluent-schemaregistry-1.10.1',
)

/** As much of the package as is used here; its own types are where it is installed. */
interface Confluent {
  SchemaRegistryClient: { newClient(config: { baseURLs: string[] }): ConfluentClient }
  AvroSerializer: new (client: ConfluentClient, kind: string, config: object) => Serializer
  AvroDeserializer: new (client: ConfluentClient, kind: string, config: object) => Deserializer
  JsonSerializer: new (client: ConfluentClient, kind: string, config: object) => Serializer
  JsonDeserializer: new (client: ConfluentClient, kind: string, config: object) => Deserializer
  SerdeType: { VALUE: string }
}
interface SchemaInfo {
  schema: string
  schemaType?: string
}
interface ConfluentClient {
  register(subject: string, schema: SchemaInfo, normalize: boolean): Promise<number>
  getId(subject: string, schema: SchemaInfo, normalize: boolean): Promise<number>
  getAllVersions(subject: string): Promise<number[]>
  getAllSubjects(): Promise<string[]>
  getLatestSchemaMetadata(subject: string): Promise<{ version?: number }>
  testSubjectCompatibility(subject: string, schema: SchemaInfo): Promise<boolean>
  deleteSubject(subject: string, permanent: boolean): Promise<number[]>
  close(): Promise<void>
}
interface Serializer {
  serialize(topic: string, message: unknown): Promise<Buffer>
}
interface Deserializer {
  deserialize(topic: string, payload: Buffer): Promise<object>
}

function installed(t: TestContext): Confluent | undefined {
  if (existsSync(folder)) {
    return createRequire(path.join(folder, 'package.json'))('@confluentinc/schemaregistry')
  }
  const why = "Confluent's client for Node is not here (node tools/node-clients.mjs)"
  if (process.env.CI) throw new Error(why)
  t.skip(`${why}: LEFT OUT what it would show`)
  return undefined
}

test("Confluent's: Avro and JSON Schema, lookups, levels, deletion", async (t) => {
  const confluent = installed(t)
  if (confluent === undefined) return
  const values = new RegistryValues()
  t.after(() => values.remove())
  await values.start()
  const client = confluent.SchemaRegistryClient.newClient({ baseURLs: [values.url] })
  t.after(() => client.close())
  const { VALUE } = confluent.SerdeType
  const kinds = [
    {
      schemaType: 'AVRO',
      serializer: new confluent.AvroSerializer(client, VALUE, { useLatestVersion: true }),
      deserializer: new confluent.AvroDeserializer(client, VALUE, {}),
    },
    {
      schemaType: 'JSON',
      serializer: new confluent.JsonSerializer(client, VALUE, {
        useLatestVersion: true,
        validate: true,
      }),
      deserializer: new confluent.JsonDeserializer(client, VALUE, {}),
    },
  ] as const
  for (const { schemaType, serializer, deserializer } of kinds) {
    const topic = `confluent-${schemaType}`
    const schema = { schema: schemaTexts[schemaType], schemaType }
    const id = await client.register(`${topic}-value`, schema, false)
    assert.equal(await client.getId(`${topic}-value`, schema, false), id)
    assert.deepEqual(await values.read(await serializer.serialize(topic, value)), value)
    const back = await deserializer.deserialize(topic, await values.write(`${topic}-value`, value))
    assert.deepEqual({ ...back }, value)
  }
  const subject = 'confluent-AVRO-value'
  assert.deepEqual(await client.getAllVersions(subject), [1])
  assert.equal((await client.getLatestSchemaMetadata(subject)).version, 1)
  assert.ok((await client.getAllSubjects()).includes(subject))
  const other = JSON.stringify({ type: 'record', name: 'Other', fields: [] })
  assert.equal(await client.testSubjectCompatibility(subject, { schema: other }), false)
  await assert.rejects(client.register(subject, { schema: other }, false), /409|incompatible/)
  assert.deepEqual(await client.deleteSubject(subject, false), [1])
  assert.deepEqual(await client.deleteSubject(subject, true), [1])
})
