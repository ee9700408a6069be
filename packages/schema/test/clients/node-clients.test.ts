/** Clients of the registry that others wrote for Node: they and ours read each other's values. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SchemaRegistry as KafkaJsRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { RegistryValues } from './registry-values.js'
import { schemaTexts, value } from './trip.js'

const values = new RegistryValues()
before(() => values.start())
after(() => values.remove())

test('that of KafkaJS: all three, of Protobuf the schema', async () => {
  const client = new KafkaJsRegistry({ host: values.url })
  for (const type of [SchemaType.AVRO, SchemaType.JSON, SchemaType.PROTOBUF] as const) {
    const subject = `kafkajs-${type}`
    const { id } = await client.register({ type, schema: schemaTexts[type] }, { subject })
    assert.equal(await client.getLatestSchemaId(subject), id)
    // Its Protobuf payloads leave out the indexes of the message, which Confluent's have.
    if (type === SchemaType.PROTOBUF) continue
    assert.deepEqual(await values.read(await client.encode(id, value)), value)
    const back = await client.decode(await values.write(subject, value))
    assert.deepEqual({ ...back }, value)
  }
})
