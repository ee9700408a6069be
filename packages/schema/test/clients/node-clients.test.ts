/** Clients of the registry that others wrote for Node: they and ours read each other's values. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AvroDeserializer,
  AvroSerializer,
  JsonDeserializer,
  JsonSerializer,
  SchemaRegistryClient,
  SerdeType,
} from '@confluentinc/schemaregistry'
import { SchemaRegistry as KafkaJsRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { codecOf, frame, RegistryClient, unframe } from '../../src/index.js'
import { TestRegistry } from '../test-registry.js'

const avro = JSON.stringify({
  type: 'record',
  name: 'Trip',
  namespace: 'rides',
  fields: [
    { name: 'area', type: 'int' },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
})
const json = JSON.stringify({
  type: 'object',
  properties: { area: { type: 'integer' }, note: { type: 'string' } },
  required: ['area'],
  additionalProperties: false,
})
const proto =
  'syntax = "proto3";\npackage rides;\n\nmessage Trip {\n  int32 area = 1;\n  string note = 2;\n}\n'
const value = { area: 7, note: 'x' }

describe('clients for Node', () => {
  const fixture = new TestRegistry()
  let url = ''
  let ours: RegistryClient
  before(async () => {
    url = (await fixture.start()).url
    ours = new RegistryClient(url)
  })
  after(() => fixture.remove())

  /** What our codec reads in a framed value. */
  const read = async (bytes: Buffer) => {
    const unframed = unframe(bytes)
    assert.ok(unframed)
    return codecOf(await ours.completeById(unframed.id)).decode(unframed.payload)
  }
  /** A value framed by us, under a schema of a subject. */
  const write = async (subject: string, of: unknown) => {
    const latest = await ours.latest(subject)
    assert.ok(latest)
    const codec = codecOf(await ours.completeById(latest.id))
    return frame(latest.id, codec.encode(of))
  }

  test("Confluent's: Avro and JSON Schema, lookups, levels, deletion", async () => {
    const client = SchemaRegistryClient.newClient({ baseURLs: [url] })
    const kinds = [
      {
        schemaType: 'AVRO',
        schema: avro,
        serializer: new AvroSerializer(client, SerdeType.VALUE, { useLatestVersion: true }),
        deserializer: new AvroDeserializer(client, SerdeType.VALUE, {}),
      },
      {
        schemaType: 'JSON',
        schema: json,
        serializer: new JsonSerializer(client, SerdeType.VALUE, {
          useLatestVersion: true,
          validate: true,
        }),
        deserializer: new JsonDeserializer(client, SerdeType.VALUE, {}),
      },
    ] as const
    for (const { schemaType, schema, serializer, deserializer } of kinds) {
      const topic = `confluent-${schemaType}`
      const id = await client.register(`${topic}-value`, { schema, schemaType }, false)
      assert.equal(await client.getId(`${topic}-value`, { schema, schemaType }, false), id)
      const bytes = await serializer.serialize(topic, value)
      assert.deepEqual(await read(bytes), value)
      const back = await deserializer.deserialize(topic, await write(`${topic}-value`, value))
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
    await client.close()
  })

  test('that of KafkaJS: all three, of Protobuf the schema', async () => {
    const client = new KafkaJsRegistry({ host: url })
    const texts = [
      [SchemaType.AVRO, avro],
      [SchemaType.JSON, json],
      [SchemaType.PROTOBUF, proto],
    ] as const
    for (const [type, schema] of texts) {
      const subject = `kafkajs-${type}`
      const { id } = await client.register({ type, schema }, { subject })
      assert.equal(await client.getLatestSchemaId(subject), id)
      // Its Protobuf payloads leave out the indexes of the message, which Confluent's have.
      if (type === SchemaType.PROTOBUF) continue
      assert.deepEqual(await read(await client.encode(id, value)), value)
      const back = await client.decode(await write(subject, value))
      assert.deepEqual({ ...back }, value)
    }
  })
})
