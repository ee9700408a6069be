/** The contract of subjects, versions, deletion, settings and contexts, with Avro schemas. */
import type { Contract } from './contract.js'

/** A scenario begins with nothing there, and uses subjects of its own. */
export type Scenarios = Record<string, (contract: Contract) => Promise<void>>

export function record(name: string, fields: object[], more: object = {}): string {
  return JSON.stringify({ type: 'record', name, fields, ...more })
}
const int = (name: string, more: object = {}) => ({ name, type: 'int', ...more })
const first = record('Trip', [int('area')])
const wider = record('Trip', [int('area'), int('fare', { default: 0 })])
const broken = record('Trip', [int('area'), int('fare')])

export const avroScenarios: Scenarios = {
  async versions(contract) {
    const a = await contract.register('v-a', { schema: first })
    const again = await contract.register('v-a', { schema: ` ${first} `, schemaType: 'AVRO' })
    const b = await contract.register('v-a', { schema: wider })
    const other = await contract.register('v-b', { schema: first })
    await contract.get('/subjects/v-a/versions', () => a === again && a === other && b > a)
    await contract.get('/subjects/v-a/versions', [1, 2])
    await contract.get('/subjects?subjectPrefix=v-', ['v-a', 'v-b'])
    await contract.get('/subjects?subjectPrefix=v-&offset=1&limit=1', ['v-b'])
    const isFirst = (body: { [name: string]: unknown }) =>
      body.subject === 'v-a' && body.version === 1 && body.id === a && body.schema === first
    await contract.get('/subjects/v-a/versions/1', isFirst)
    await contract.get('/subjects/v-a/versions/latest', (body) => body.version === 2)
    await contract.get('/subjects/v-a/versions/-1', (body) => body.version === 2)
    await contract.get('/subjects/v-a/versions/1/schema', JSON.parse(first))
    await contract.get(`/schemas/ids/${a}`, (body) => body.schema === first)
    await contract.get(`/schemas/ids/${a}/schema`, JSON.parse(first))
    await contract.get(`/schemas/ids/${a}/subjects`, ['v-a', 'v-b'])
    await contract.get(`/schemas/ids/${a}/versions`, [
      { subject: 'v-a', version: 1 },
      { subject: 'v-b', version: 1 },
    ])
    const lookup = { status: 200, body: isFirst }
    await contract.ask('POST /subjects/v-a', { schema: first }, lookup)
    await contract.get('/schemas/types', (body) => body.includes('AVRO'))
    await contract.get('/schemas?subjectPrefix=v-a', (body) => body.length === 2)
    await contract.get('/schemas?subjectPrefix=v-a&latestOnly=true', (body) => {
      return body.length === 1 && body[0].version === 2
    })
  },

  async 'what is not there'(contract) {
    await contract.register('n-a', { schema: first })
    await contract.refuse('GET /subjects/no/versions', undefined, 40401)
    await contract.refuse('GET /subjects/no/versions/1', undefined, 40401)
    await contract.refuse('GET /subjects/n-a/versions/9', undefined, 40402)
    await contract.refuse('GET /subjects/n-a/versions/0', undefined, 42202)
    await contract.refuse('GET /subjects/n-a/versions/x', undefined, 42202)
    await contract.refuse('GET /schemas/ids/999999', undefined, 40403)
    await contract.refuse('POST /subjects/no', { schema: first }, 40401)
    await contract.refuse('POST /subjects/n-a', { schema: broken }, 40403)
    await contract.refuse('DELETE /subjects/no', undefined, 40401)
    await contract.refuse('DELETE /subjects/n-a/versions/9', undefined, 40402)
    await contract.refuse('GET /config/no', undefined, 40408)
    await contract.refuse('GET /mode/no', undefined, 40409)
    await contract.refuse('DELETE /config/no', undefined, 40401)
    await contract.refuse('DELETE /mode/no', undefined, 40401)
    await contract.refuse('POST /subjects/n-b/versions', { schema: '{"type":"rec"}' }, 42201)
    await contract.refuse('POST /subjects/n-b/versions', { schema: '' }, 42201)
    await contract.refuse(
      'POST /subjects/n-b/versions',
      { schema: 'x', schemaType: 'THRIFT' },
      42201,
    )
    await contract.refuse('POST /subjects/n-a/versions', { schema: broken }, 409)
    await contract.refuse('PUT /config', { compatibility: 'SOME' }, 42203)
    await contract.refuse('PUT /mode', { mode: 'SLEEPING' }, 42204)
    await contract.refuse('POST /subjects/__GLOBAL/versions', { schema: first }, 42208)
  },

  async deletion(contract) {
    const a = await contract.register('d-a', { schema: first })
    const b = await contract.register('d-a', { schema: wider })
    await contract.refuse('DELETE /subjects/d-a/versions/1?permanent=true', undefined, 40407)
    await contract.ask('DELETE /subjects/d-a/versions/1', undefined, { status: 200, body: 1 })
    await contract.refuse('DELETE /subjects/d-a/versions/1', undefined, 40406)
    await contract.get('/subjects/d-a/versions', [2])
    await contract.get('/subjects/d-a/versions?deleted=true', [1, 2])
    await contract.get('/subjects/d-a/versions?deletedOnly=true', [1])
    await contract.refuse('GET /subjects/d-a/versions/1', undefined, 40402)
    await contract.get('/subjects/d-a/versions/1?deleted=true', (body) => body.id === a)
    await contract.get(`/schemas/ids/${a}`, (body) => body.schema === first)
    await contract.get(`/schemas/ids/${a}/subjects`, [])
    await contract.get(`/schemas/ids/${a}/subjects?deleted=true`, ['d-a'])
    await contract.refuse('POST /subjects/d-a', { schema: first }, 40403)
    await contract.ask(
      'POST /subjects/d-a?deleted=true',
      { schema: first },
      {
        status: 200,
        body: (body: { id: number }) => body.id === a,
      },
    )
    await contract.ask('DELETE /subjects/d-a', undefined, { status: 200, body: [2] })
    await contract.refuse('DELETE /subjects/d-a', undefined, 40404)
    await contract.refuse('GET /subjects/d-a/versions', undefined, 40401)
    await contract.get('/subjects?subjectPrefix=d-a', [])
    await contract.get('/subjects?subjectPrefix=d-a&deleted=true', ['d-a'])
    await contract.get('/subjects?subjectPrefix=d-a&deletedOnly=true', ['d-a'])
    await contract.get(`/schemas/ids/${b}`, (body) => body.schema === wider)
    const back = await contract.register('d-a', { schema: first })
    await contract.get('/subjects/d-a/versions', (body) => body[0] === 3 && back === a)
    await contract.refuse('DELETE /subjects/d-a?permanent=true', undefined, 40405)
    await contract.ask('DELETE /subjects/d-a', undefined, { status: 200, body: [3] })
    await contract.ask('DELETE /subjects/d-a?permanent=true', undefined, {
      status: 200,
      body: (body: number[]) => body.at(-1) === 3,
    })
    await contract.refuse('DELETE /subjects/d-a?permanent=true', undefined, 40401)
    await contract.refuse(`GET /schemas/ids/${a}`, undefined, 40403)
    const next = await contract.register('d-a', { schema: first })
    await contract.get('/subjects/d-a/versions', (body) => body[0] === 1 && next > b)
  },

  async config(contract) {
    const put = { status: 200, body: { compatibility: 'FULL' } }
    await contract.get('/config', { compatibilityLevel: 'BACKWARD' })
    await contract.ask('PUT /config/c-a', { compatibility: 'full' }, put)
    await contract.get('/config/c-a', { compatibilityLevel: 'FULL' })
    await contract.get('/config/c-b?defaultToGlobal=true', { compatibilityLevel: 'BACKWARD' })
    await contract.ask('DELETE /config/c-a', undefined, {
      status: 200,
      body: { compatibilityLevel: 'FULL' },
    })
    await contract.refuse('GET /config/c-a', undefined, 40408)
    await contract.ask(
      'PUT /config/c-c',
      { compatibility: 'NONE', compatibilityGroup: 'major' },
      {
        status: 200,
        body: { compatibility: 'NONE', compatibilityGroup: 'major' },
      },
    )
    await contract.ask('PUT /config/c-c', { normalize: true }, { status: 200 })
    await contract.get('/config/c-c', {
      compatibilityLevel: 'NONE',
      compatibilityGroup: 'major',
      normalize: true,
    })
    await contract.ask('PUT /config/c-d', { alias: 'c-target' }, { status: 200 })
    await contract.register('c-target', { schema: first })
    await contract.get('/subjects/c-d/versions', [1])
    const group = (major: string) => ({ properties: { major } })
    await contract.ask('PUT /config/c-e', { compatibilityGroup: 'major' }, { status: 200 })
    await contract.register('c-e', { schema: first, metadata: group('1') })
    await contract.register('c-e', { schema: broken, metadata: group('2') })
    await contract.refuse(
      'POST /subjects/c-e/versions',
      { schema: record('Trip', [int('area'), int('zone')]), metadata: group('1') },
      409,
    )
  },

  async levels(contract) {
    const narrower = record('Trip', [int('area')])
    const ask = async (level: string, schemas: string[], last: string, isGood: boolean) => {
      const subject = `l-${level.toLowerCase().replaceAll('_', '-')}-${isGood}`
      await contract.ask(`PUT /config/${subject}`, { compatibility: 'NONE' }, { status: 200 })
      for (const schema of schemas) await contract.register(subject, { schema })
      await contract.ask(`PUT /config/${subject}`, { compatibility: level }, { status: 200 })
      await contract.ask(
        `POST /compatibility/subjects/${subject}/versions/latest?verbose=true`,
        { schema: last },
        { status: 200, body: compatibleIs(level.endsWith('_TRANSITIVE') || isGood) },
      )
      const path = `/subjects/${subject}/versions`
      await contract.ask(
        `POST /compatibility${path}`,
        { schema: last },
        {
          status: 200,
          body: compatibleIs(isGood),
        },
      )
      if (isGood) await contract.register(subject, { schema: last })
      else await contract.refuse(`POST ${path}`, { schema: last }, 409)
    }
    const withDefault = (name: string) => record('Trip', [int('area'), int(name, { default: 1 })])
    await ask('NONE', [first], record('Other', [int('x')]), true)
    await ask('BACKWARD', [first], wider, true)
    await ask('BACKWARD', [first], broken, false)
    await ask('BACKWARD_TRANSITIVE', [first, wider, broken], wider, true)
    await ask(
      'BACKWARD_TRANSITIVE',
      [first, broken],
      record('Trip', [int('area'), int('fare'), int('x', { default: 1 })]),
      false,
    )
    await ask('FORWARD', [first], broken, true)
    await ask('FORWARD', [broken], narrower, false)
    await ask('FORWARD_TRANSITIVE', [first, wider], broken, true)
    await ask(
      'FORWARD_TRANSITIVE',
      [broken, withDefault('fare')],
      record('Trip', [int('area'), int('x')]),
      false,
    )
    await ask('FULL', [first], wider, true)
    await ask('FULL', [first], broken, false)
    await ask('FULL_TRANSITIVE', [first, withDefault('a')], withDefault('b'), true)
    await ask('FULL_TRANSITIVE', [broken, withDefault('fare')], withDefault('x'), false)
    await contract.ask(
      'POST /compatibility/subjects/l-none/versions',
      { schema: first },
      {
        status: 200,
        body: { is_compatible: true },
      },
    )
    await contract.refuse(
      'POST /compatibility/subjects/l-full-true/versions/9',
      { schema: first },
      40402,
    )
    await contract.ask(
      'POST /compatibility/subjects/l-backward-true/versions/1?verbose=true',
      { schema: broken },
      {
        status: 200,
        body: (body: { is_compatible: boolean; messages: string[] }) =>
          !body.is_compatible && /fare/.test(body.messages[0] ?? ''),
      },
    )
  },

  async modes(contract) {
    await contract.get('/mode', { mode: 'READWRITE' })
    await contract.register('m-a', { schema: first })
    const put = (mode: string) => ({ status: 200, body: { mode } })
    await contract.ask('PUT /mode/m-a', { mode: 'READONLY' }, put('READONLY'))
    await contract.get('/mode/m-a', { mode: 'READONLY' })
    await contract.refuse('POST /subjects/m-a/versions', { schema: wider }, 42205)
    await contract.refuse('DELETE /subjects/m-a', undefined, 42205)
    await contract.refuse('DELETE /subjects/m-a/versions/1', undefined, 42205)
    await contract.refuse('PUT /config/m-a', { compatibility: 'FULL' }, 42205)
    await contract.ask('DELETE /mode/m-a', undefined, put('READONLY'))
    await contract.get('/mode/m-a?defaultToGlobal=true', { mode: 'READWRITE' })
    await contract.refuse('PUT /mode/m-a', { mode: 'IMPORT' }, 42205)
    await contract.refuse('POST /subjects/m-b/versions', { schema: first, id: 7 }, 42205)
    await contract.ask('PUT /mode/m-b', { mode: 'IMPORT' }, put('IMPORT'))
    const imported = record('Imported', [int('area')])
    const at = { schema: imported, id: 70_007, version: 5 }
    await contract.ask('POST /subjects/m-b/versions', at, {
      status: 200,
      body: (body: { id: number }) => body.id === 70_007,
    })
    await contract.get('/subjects/m-b/versions', [5])
    await contract.refuse('POST /subjects/m-b/versions', { schema: wider }, 42205)
    await contract.refuse(
      'POST /subjects/m-b/versions',
      { schema: record('Imported', [int('other')]), id: 70_007, version: 6 },
      42205,
    )
    await contract.ask('DELETE /mode/m-b', undefined, put('IMPORT'))
    const next = await contract.register('m-c', { schema: record('M', [int('c')]) })
    await contract.get('/mode', () => next === 70_008)
    await contract.ask('PUT /mode', { mode: 'READONLY' }, put('READONLY'))
    await contract.refuse('POST /subjects/m-d/versions', { schema: first }, 42205)
    await contract.ask('PUT /mode/m-d', { mode: 'READWRITE' }, put('READWRITE'))
    await contract.register('m-d', { schema: first })
    await contract.ask('PUT /mode', { mode: 'READWRITE' }, put('READWRITE'))
  },

  async references(contract) {
    const code = JSON.stringify({ type: 'enum', name: 'rides.Code', symbols: ['A', 'B'] })
    await contract.register('r-code', { schema: code })
    const trip = record('rides.Trip', [{ name: 'code', type: 'rides.Code' }])
    const references = [{ name: 'rides.Code', subject: 'r-code', version: 1 }]
    await contract.refuse('POST /subjects/r-trip/versions', { schema: trip }, 42201)
    await contract.refuse(
      'POST /subjects/r-trip/versions',
      { schema: trip, references: [{ name: 'rides.Code', subject: 'r-none', version: 1 }] },
      42201,
    )
    const id = await contract.register('r-trip', { schema: trip, references })
    await contract.get('/subjects/r-trip/versions/1', (body) => {
      return JSON.stringify(body.references) === JSON.stringify(references)
    })
    await contract.get(`/schemas/ids/${id}`, (body) => body.references[0].subject === 'r-code')
    await contract.get('/subjects/r-code/versions/1/referencedby', [id])
    await contract.refuse('DELETE /subjects/r-code', undefined, 42206)
    await contract.refuse('DELETE /subjects/r-code/versions/1', undefined, 42206)
    await contract.get(`/schemas/ids/${id}?format=resolved`, (body) => {
      return body.schema.includes('"symbols":["A","B"]')
    })
    await contract.ask(
      'POST /subjects/r-trip',
      { schema: trip, references },
      {
        status: 200,
        body: (body: { id: number }) => body.id === id,
      },
    )
    await contract.ask('DELETE /subjects/r-trip', undefined, { status: 200, body: [1] })
    await contract.get('/subjects/r-code/versions/1/referencedby', [])
    await contract.ask('DELETE /subjects/r-code', undefined, { status: 200, body: [1] })
    await contract.refuse('DELETE /subjects/r-code?permanent=true', undefined, 42206)
    await contract.ask('DELETE /subjects/r-trip?permanent=true', undefined, { status: 200 })
    await contract.ask('DELETE /subjects/r-code?permanent=true', undefined, { status: 200 })
  },

  async metadata(contract) {
    const about = { properties: { owner: 'rides' } }
    const rules = {
      domainRules: [
        { name: 'positive', kind: 'CONDITION', mode: 'WRITE', type: 'CEL', expr: 'message.area>0' },
      ],
    }
    const plain = await contract.register('x-a', { schema: first })
    const tagged = await contract.register('x-b', {
      schema: first,
      metadata: about,
      ruleSet: rules,
      unknown: 1,
    })
    await contract.get('/subjects/x-b/versions/1', (body) => {
      return (
        plain !== tagged &&
        body.metadata.properties.owner === 'rides' &&
        body.ruleSet.domainRules[0].expr === 'message.area>0'
      )
    })
    await contract.get('/subjects/x-b/metadata?key=owner&value=rides', (body) => {
      return body.version === 1
    })
    await contract.refuse('GET /subjects/x-b/metadata?key=owner&value=others', undefined, 40403)
    const inherited = await contract.register('x-b', { schema: wider })
    await contract.get(`/schemas/ids/${inherited}`, (body) => {
      return body.metadata.properties.owner === 'rides'
    })
    const twice = { domainRules: [...rules.domainRules, ...rules.domainRules] }
    await contract.refuse('POST /subjects/x-c/versions', { schema: first, ruleSet: twice }, 42210)
    await contract.ask(
      'PUT /config/x-d',
      { defaultMetadata: about, overrideMetadata: { properties: { tier: '1' } } },
      { status: 200 },
    )
    await contract.register('x-d', { schema: first })
    await contract.get('/subjects/x-d/versions/1', (body) => {
      const { owner, tier } = body.metadata.properties
      return owner === 'rides' && tier === '1'
    })
  },

  async normalization(contract) {
    const one = record('N', [int('a', { doc: 'x', default: 1, team: 'a', area: 'b' })])
    const other = record('N', [
      { area: 'b', team: 'a', default: 1, doc: 'x', type: 'int', name: 'a' },
    ])
    const a = await contract.register('nz-a', { schema: one })
    const b = await contract.register('nz-a', { schema: other })
    await contract.ask('PUT /config/nz-b', { normalize: true }, { status: 200 })
    const c = await contract.register('nz-b', { schema: one })
    const d = await contract.register('nz-b', { schema: other })
    await contract.get('/subjects/nz-b/versions', () => a !== b && c === d)
    await contract.ask(
      'POST /subjects/nz-b?normalize=true',
      { schema: one },
      {
        status: 200,
        body: (body: { id: number }) => body.id === c,
      },
    )
  },

  async contexts(contract) {
    const id = await contract.register('k-a', { schema: first })
    const there = await contract.register(':.ctx:k-a', { schema: wider })
    await contract.get('/contexts', (body) => body.includes('.') && body.includes('.ctx'))
    await contract.get('/subjects/:.ctx:k-a/versions/1', (body) => {
      return body.subject === ':.ctx:k-a' && body.id === there && there <= id
    })
    await contract.get('/subjects?subjectPrefix=:.ctx:', [':.ctx:k-a'])
    await contract.get('/subjects?subjectPrefix=:*:k-a', [':.ctx:k-a', 'k-a'])
    await contract.get('/contexts/.ctx/subjects', [':.ctx:k-a'])
    await contract.get('/contexts/.ctx/subjects/k-a/versions', [1])
    await contract.get(`/contexts/.ctx/schemas/ids/${there}`, (body) => body.schema === wider)
    await contract.get(`/schemas/ids/${there}?subject=:.ctx:k-a`, (body) => {
      return body.schema === wider
    })
    const put = { status: 200, body: { compatibility: 'NONE' } }
    await contract.ask('PUT /contexts/.ctx/config', { compatibility: 'NONE' }, put)
    await contract.get('/config/:.ctx:', { compatibilityLevel: 'NONE' })
    await contract.get('/config/:.ctx:k-a?defaultToGlobal=true', { compatibilityLevel: 'NONE' })
    await contract.register(':.ctx:k-a', { schema: record('Other', [int('x')]) })
    await contract.refuse('POST /subjects/k-a/versions', { schema: record('Other', []) }, 409)
  },
}

function compatibleIs(isGood: boolean) {
  return (body: { is_compatible: boolean; messages?: string[] }) => body.is_compatible === isGood
}
