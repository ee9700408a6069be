/** The contract of schemas in Protobuf. */
import type { Scenarios } from './avro-scenarios.js'

const file = (body: string) => `syntax = "proto3";\npackage rides;\n\n${body}\n`
const proto = (schema: string, more: object = {}) => ({ schema, schemaType: 'PROTOBUF', ...more })
const first = file('message Trip {\n  int32 area = 1;\n}')
const wider = file('message Trip {\n  int32 area = 1;\n  string note = 2;\n}')
const broken = file('message Trip {\n  string area = 1;\n}')

export const protobufScenarios: Scenarios = {
  async protobuf(contract) {
    const id = await contract.register('p-a', proto(first))
    const again = await contract.register('p-a', proto(first.replaceAll('\n', ' ')))
    await contract.get('/subjects/p-a/versions/1', (body) => {
      return id === again && body.schemaType === 'PROTOBUF' && body.schema === first
    })
    await contract.get(`/schemas/ids/${id}`, (body) => body.schemaType === 'PROTOBUF')
    await contract.get(`/schemas/ids/${id}?format=serialized`, (body) => {
      const descriptor = Buffer.from(body.schema, 'base64').toString('latin1')
      return descriptor.includes('rides') && descriptor.includes('Trip')
    })
    await contract.register('p-a', proto(wider))
    await contract.refuse('POST /subjects/p-a/versions', proto(broken), 409)
    await contract.refuse('POST /subjects/p-a/versions', proto(file('message Other {}')), 409)
    await contract.refuse('POST /subjects/p-b/versions', proto('message {'), 42201)
    await contract.refuse(
      'POST /subjects/p-b/versions',
      proto(file('message A { B b = 1; }')),
      42201,
    )
    await contract.ask('POST /subjects/p-a', proto(first), {
      status: 200,
      body: (body: { version: number }) => body.version === 1,
    })
    const path = 'POST /compatibility/subjects/p-a/versions/latest?verbose=true'
    await contract.ask(path, proto(broken), {
      status: 200,
      body: (body: { is_compatible: boolean; messages: string[] }) =>
        !body.is_compatible && body.messages.join().includes('FIELD_SCALAR_KIND_CHANGED'),
    })
    const normal = file('message N {\n  int32 b = 2;\n  int32 a = 1;\n}')
    const ordered = file('message N {\n  int32 a = 1;\n  int32 b = 2;\n}')
    const one = await contract.register('p-n', proto(ordered))
    await contract.ask('POST /subjects/p-n/versions?normalize=true', proto(normal), {
      status: 200,
      body: (body: { id: number }) => body.id === one,
    })
  },

  async 'protobuf references'(contract) {
    const references = [{ name: 'rides/code.proto', subject: 'pr-code', version: 1 }]
    await contract.register('pr-code', proto(file('enum Code {\n  A = 0;\n}')))
    const trip = file('import "rides/code.proto";\n\nmessage Trip {\n  Code code = 1;\n}')
    await contract.refuse('POST /subjects/pr-trip/versions', proto(trip), 42201)
    const id = await contract.register('pr-trip', proto(trip, { references }))
    await contract.get('/subjects/pr-code/versions/1/referencedby', [id])
    await contract.get('/subjects/pr-trip/versions/latest', (body) => {
      return body.references[0].name === 'rides/code.proto'
    })
    await contract.refuse('DELETE /subjects/pr-code', undefined, 42206)
    const known = file(
      'import "google/protobuf/timestamp.proto";\n\nmessage K {\n  google.protobuf.Timestamp at = 1;\n}',
    )
    await contract.register('pr-known', proto(known))
    await contract.get('/schemas/types', ['AVRO', 'JSON', 'PROTOBUF'])
  },
}
