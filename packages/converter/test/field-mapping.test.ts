import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asItIs, type FieldMapping, mapFields } from '../src/field-mapping.js'

function mapped(raw: string, mapping: Partial<FieldMapping>): unknown {
  return mapFields(JSON.parse(raw), { ...asItIs, ...mapping })
}

test('fields move to where they are wanted, out of objects and into them', () => {
  const raw = '{"id":7,"pickup":{"area":8,"at":"x"},"note":"n"}'
  const fields = { trip_id: 'id', pickup_area: 'pickup.area', 'more.note': 'note' }
  assert.deepEqual(mapped(raw, { fields }), {
    pickup: { at: 'x' },
    trip_id: 7,
    pickup_area: 8,
    more: { note: 'n' },
  })
})

test('an object that is empty after its fields went is gone, one that was empty stays', () => {
  assert.deepEqual(mapped('{"a":{"b":{"c":1}},"e":{}}', { fields: { c: 'a.b.c', f: 'e.f' } }), {
    c: 1,
    e: {},
  })
})

test('two fields may change places, and one may go to two', () => {
  assert.deepEqual(mapped('{"a":1,"b":2}', { fields: { a: 'b', b: 'a' } }), { a: 2, b: 1 })
  assert.deepEqual(mapped('{"a":1}', { fields: { b: 'a', c: 'a' } }), { b: 1, c: 1 })
})

test('what is missing gets its default, what is null is not missing', () => {
  const defaults = { kind: 'web', 'at.zone': 'UTC', list: [1] }
  assert.deepEqual(mapped('{"kind":null}', { defaults }), {
    kind: null,
    at: { zone: 'UTC' },
    list: [1],
  })
  assert.deepEqual(mapped('{"k":"app"}', { fields: { kind: 'k' }, defaults: { kind: 'web' } }), {
    kind: 'app',
  })
})

test('what is no object stays as it is', () => {
  for (const raw of ['1', '"a"', '[1]', 'null']) {
    assert.deepEqual(mapped(raw, { fields: { b: 'a' }, defaults: { c: 1 } }), JSON.parse(raw))
  }
  assert.deepEqual(mapped('{"a":[1]}', { fields: { b: 'a.0' } }), { a: [1] })
})

test('names that every object has are names like any other', () => {
  const fields = { proto: '__proto__', to: 'constructor', '__proto__.x': 'y' }
  const value = mapped('{"__proto__":{"polluted":1},"y":2}', { fields }) as object
  assert.deepEqual(Object.getOwnPropertyDescriptor(value, '__proto__')?.value, { x: 2 })
  assert.deepEqual((value as { proto: unknown }).proto, { polluted: 1 })
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  assert.equal(({} as { x?: unknown }).x, undefined)
  assert.equal(Object.hasOwn(value, 'to'), false)
})
