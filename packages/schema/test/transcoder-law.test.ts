/**
 * Law: a transcoder gives what the codec gives of the parsed text, to the byte, or gives up. Random
 * schemas, random values that fit them, written as JSON may be written, and texts that were changed
 * at random; each seed on its own.
 */
import assert from 'node:assert/strict'
import { isUtf8 } from 'node:buffer'
import { describe, test } from 'node:test'
import { JsonText, parseJson } from '@millrace/event'
import { seededRandom } from '@millrace/host'
import { avroCodec } from '../src/avro/codec.js'
import { AvroBytes } from '../src/avro/transcode/avro-bytes.js'
import { type Codec, RefusedError } from '../src/codec.js'
import { SchemaTextError } from '../src/schema-type.js'
import { GeneratedJson } from './generated-json.js'

const seeds = Number(process.env.MILLRACE_SEEDS ?? 2_000)
const firstSeed = Number(process.env.MILLRACE_SEED ?? 1)
const textsEach = 8

/** Undefined where chance made no schema: with a name of a type that was left out, for instance. */
function codecOf(schema: unknown): Codec | undefined {
  try {
    return avroCodec(JSON.stringify(schema))
  } catch (cause) {
    if (cause instanceof SchemaTextError) return undefined
    throw cause
  }
}

/** What the codec gives of a text; undefined where it is no JSON, or refused. */
function byValue(codec: Codec, text: Buffer): { value: object; bytes: Buffer } | undefined {
  if (!isUtf8(text)) return undefined
  try {
    const value = parseJson(text.toString()) as object
    return { value, bytes: codec.encode(value) }
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof RefusedError) return undefined
    throw cause
  }
}

/** What the transcoder gives; undefined where it gives up. */
function straight(codec: Codec, text: Buffer): Buffer | undefined {
  const { transcoder } = codec
  // To be sure that it is UTF-8 is the caller's.
  if (transcoder === undefined || !isUtf8(text)) return undefined
  const json = new JsonText(text)
  for (let size = 64; ; size *= 4) {
    const out = new AvroBytes(Buffer.alloc(size, 0xaa), 3)
    json.at = 0
    json.next()
    if (!transcoder.transcode(json, out)) return undefined
    if (json.at !== text.length && !Number.isNaN(json.next())) return undefined
    if (!out.hasOverflowed) return out.bytes.subarray(3, out.at)
  }
}

describe('a transcoder agrees with the codec, or gives up', () => {
  test('random schemas, texts and changes', () => {
    let whole = 0
    let gaveUp = 0
    let refused = 0
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const generated = new GeneratedJson(seededRandom(seed))
      const schema = generated.schema()
      const codec = codecOf(schema)
      if (codec === undefined) continue
      for (let nth = 0; nth < textsEach; nth++) {
        const fitting = generated.text(schema)
        const text = nth % 2 === 0 ? Buffer.from(fitting) : generated.changed(fitting)
        const expected = byValue(codec, text)
        const found = straight(codec, text)
        const where = `seed ${seed}: ${text.toString().slice(0, 800)} of ${JSON.stringify(schema)}`
        if (expected === undefined) {
          assert.equal(found, undefined, `it was taken: ${where}`)
          refused++
        } else if (found === undefined) {
          gaveUp++
        } else {
          assert.deepEqual(found, expected.bytes, where)
          places(codec, text, expected.value, where)
          whole++
        }
      }
    }
    // Most of what fits must go this way, or the law says nothing.
    assert.ok(whole > gaveUp * 10, `${whole} were transcoded, ${gaveUp} were not`)
    assert.ok(refused > seeds / 2, `only ${refused} texts were refused`)
  })

  test('where fields stand in the text is told', () => {
    const schema = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'int', default: 1 }] }
    const codec = avroCodec(JSON.stringify(schema))
    const { transcoder } = codec
    assert.ok(transcoder)
    assert.ok(straight(codec, Buffer.from('{ "a" : 27 }')))
    assert.deepEqual([transcoder.starts[0], transcoder.ends[0]], [8, 10])
    assert.ok(straight(codec, Buffer.from('{}')))
    assert.deepEqual([transcoder.starts[0], transcoder.ends[0]], [-1, -1])
    assert.equal(transcoder.field('a'), 0)
    assert.equal(transcoder.field('b'), undefined)
  })

  test('what has no transcoder: schemas that are no record, or refer to themselves', () => {
    assert.equal(avroCodec('"string"').transcoder, undefined)
    const list = {
      type: 'record',
      name: 'List',
      fields: [{ name: 'next', type: ['null', 'List'], default: null }],
    }
    assert.equal(avroCodec(JSON.stringify(list)).transcoder, undefined)
    assert.equal(avroCodec(JSON.stringify(list), { unions: 'wrapped' }).transcoder, undefined)
  })

  test('numbers: the same double as JSON.parse gives, or none', () => {
    const schema = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'double' }] }
    const codec = avroCodec(JSON.stringify(schema))
    const random = seededRandom(11)
    const digits = (most: number) => {
      let text = ''
      for (let left = 1 + random.below(most); left > 0; left--) text += random.below(10)
      return text
    }
    for (let i = 0; i < 20_000; i++) {
      const sign = random.below(2) === 0 ? '' : '-'
      const fraction = random.below(3) === 0 ? '' : `.${digits(18)}`
      const exponent = random.below(4) > 0 ? '' : `e${['', '+', '-'][random.below(3)]}${digits(3)}`
      const text = Buffer.from(`{"a":${sign}${digits(20)}${fraction}${exponent}}`)
      const expected = byValue(codec, text)
      assert.deepEqual(straight(codec, text), expected?.bytes, text.toString())
    }
  })
})

/** Where a field was said to stand there is its value. */
function places({ transcoder }: Codec, text: Buffer, value: object, where: string): void {
  assert.ok(transcoder)
  for (const [name, member] of Object.entries(value)) {
    const field = transcoder.field(name)
    assert.ok(field !== undefined, where)
    const json = text.toString('utf8', transcoder.starts[field], transcoder.ends[field])
    assert.deepEqual(parseJson(json), member, where)
  }
}
