import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson, printJson, WrittenJson } from '../src/index.js'

const written = (text: string) => WrittenJson.parse(Buffer.from(text))

test('a part has its text to the byte, without the white space around it', () => {
  const json = written(' { "a" : 1.0 ,\n"b":[ 1e400, {"ä":"\\u00e4"} ,{ } ], "a":\t-0 } ')
  const members = json.members()
  assert.deepEqual([...members.keys()], ['a', 'b'])
  assert.equal(String(members.get('a')?.text), '-0')
  const items = members.get('b')?.items() ?? []
  assert.deepEqual(
    items.map(({ text }) => String(text)),
    ['1e400', '{"ä":"\\u00e4"}', '{ }'],
  )
  assert.deepEqual([...(items[1]?.members().get('ä')?.text ?? [])], [...Buffer.from('"\\u00e4"')])
  assert.equal(items[1]?.members().get('ä')?.value, 'ä')
  assert.deepEqual(
    [items[0]?.value, items[0]?.items(), items[0]?.members().size],
    [Infinity, [], 0],
  )
})

test('names are compared as they are meant, and none is special', () => {
  const members = written('{"\\u0061":1,"__proto__":{"x":2},"a":3}').members()
  assert.equal(String(members.get('a')?.text), '3')
  assert.deepEqual(members.get('__proto__')?.value, { x: 2 })
  assert.equal(Object.getPrototypeOf(written('{"__proto__":null}').value), Object.prototype)
})

test('depth costs no stack', () => {
  const deep = `${'['.repeat(300_000)}9007199254740993${']'.repeat(300_000)}`
  const items = written(`{"a":${deep}}`).members().get('a')?.items() ?? []
  assert.equal(items[0]?.text.length, deep.length - 2)
})

test('whole numbers keep their digits, all others are the nearest double', () => {
  const cases: [string, unknown][] = [
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['12345678901234567890123', 12345678901234567890123n],
    ['1234567890123456', 1234567890123456],
    ['9007199254740993.0', 9007199254740992],
    ['9007199254740993e0', 9007199254740992],
    ['0.12345678901234567890', 0.12345678901234568],
    ['1e400', Infinity],
    ['"9007199254740993"', '9007199254740993'],
  ]
  for (const [text, value] of cases) {
    assert.equal(parseJson(text), value, text)
    assert.deepEqual(parseJson(`{"a":[${text},${text}]}`), { a: [value, value] }, text)
  }
  const text =
    '{"9007199254740993":{"b":[],"\\"\\\\":"]9"},"__proto__":[null,true,-9007199254740993]}'
  const value = parseJson(text) as object
  assert.equal(
    printJson(value),
    '{"9007199254740993":{"b":[],"\\"\\\\":"]9"},"__proto__":[null,true,-9007199254740993]}',
  )
  assert.ok(Object.hasOwn(value, '__proto__'))
  assert.equal(printJson({ a: 1, b: 'x' }), '{"a":1,"b":"x"}')
})

test('what is no JSON is a SyntaxError, with large numbers too', () => {
  for (const text of [
    '',
    '{"a":9007199254740993',
    '[9007199254740993,]',
    '09007199254740993',
    'NaN',
  ]) {
    assert.throws(() => parseJson(text), SyntaxError, text)
    assert.throws(() => written(text), SyntaxError, text)
  }
})

test('a long string, and a number of many digits, are read', () => {
  const long = 'x\\"'.repeat(2_000_000)
  assert.deepEqual(parseJson(`["${long}",9007199254740993]`), [
    JSON.parse(`"${long}"`),
    9007199254740993n,
  ])
  const digits = `1${'0'.repeat(2_000_000)}`
  assert.deepEqual(parseJson(`[${digits}]`), [Infinity])
})
