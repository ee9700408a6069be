/** The contract of schemas in JSON Schema. */
import type { Scenarios } from './avro-scenarios.js'

const object = (properties: object, more: object = {}) => {
  return JSON.stringify({ type: 'object', properties, additionalProperties: false, ...more })
}
const text = { type: 'string' }
const int = { type: 'integer' }
const json = (schema: string, more: object = {}) => ({ schema, schemaType: 'JSON', ...more })

export const jsonScenarios: Scenarios = {
  async 'json schema'(contract) {
    const first = object({ a: text })
    const id = await contract.register('j-a', json(first))
    const again = await contract.register('j-a', json(`  ${first}`))
    await contract.get('/subjects/j-a/versions/1', (body) => {
      return id === again && body.schemaType === 'JSON' && body.schema === first
    })
    await contract.get(`/schemas/ids/${id}`, (body) => body.schemaType === 'JSON')
    await contract.get(`/schemas/ids/${id}/schema`, JSON.parse(first))
    await contract.register('j-a', json(object({ a: text, b: int })))
    await contract.refuse('POST /subjects/j-a/versions', json(object({ a: int })), 409)
    await contract.refuse('POST /subjects/j-a/versions', json(object({ b: int })), 409)
    await contract.refuse('POST /subjects/j-b/versions', json('{"type":"sting"}'), 42201)
    await contract.refuse('POST /subjects/j-b/versions', json('{'), 42201)
    await contract.refuse('POST /subjects/j-a/versions', { schema: '"string"' }, 409)
    await contract.ask('POST /subjects/j-a', json(first), {
      status: 200,
      body: (body: { version: number }) => body.version === 1,
    })
    const path = 'POST /compatibility/subjects/j-a/versions/latest?verbose=true'
    await contract.ask(path, json(object({ a: int })), {
      status: 200,
      body: (body: { is_compatible: boolean; messages: string[] }) =>
        !body.is_compatible && body.messages.join().includes('TYPE_CHANGED'),
    })
    const open = JSON.stringify({ type: 'object', properties: { a: text } })
    const more = JSON.stringify({ type: 'object', properties: { a: text, b: int } })
    await contract.register('j-c', json(open))
    await contract.refuse('POST /subjects/j-c/versions', json(more), 409)
  },

  async 'json schema references'(contract) {
    const references = [{ name: 'code.json', subject: 'jr-code', version: 1 }]
    await contract.register('jr-code', json(JSON.stringify({ enum: ['A', 'B'] })))
    const trip = object({ code: { $ref: 'code.json' } })
    await contract.refuse('POST /subjects/jr-trip/versions', json(trip), 42201)
    const id = await contract.register('jr-trip', json(trip, { references }))
    await contract.get('/subjects/jr-code/versions/1/referencedby', [id])
    await contract.get('/subjects/jr-trip/versions/latest', (body) => {
      return body.references[0].name === 'code.json' && body.schema === trip
    })
    await contract.refuse('DELETE /subjects/jr-code', undefined, 42206)
  },
}
