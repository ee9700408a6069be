import type { Random } from '@millrace/host'
import type { Api } from '../../src/protocol/api.js'
import { apis } from '../../src/protocol/apis.js'
import type { Field, FieldType } from '../../src/protocol/field.js'
import { requestFrame } from '../../src/protocol/frame.js'
import { inRange } from '../../src/protocol/version-range.js'
import { encodeBatch } from '../../src/records/encode-batch.js'

/** The few names that requests speak of, so that they meet in the same topics and groups. */
const names = ['fuzz-0', 'fuzz-1', 'group', 'member', 'txn', 'range', 'consumer', '']
const numbers = [-2, -1, 0, 1, 2, 3, 1000, 0x7fffffff]

const known = [...apis.values()]

/** A request that could have been meant: right in its form, and mostly in its sense. */
export function someRequest(random: Random): { api: Api; version: number; frame: Buffer } {
  const api = oneOf(random, known)
  const { min, max } = api.versions
  const version = min + random.below(max - min + 1)
  const header = { correlationId: random.below(1000), clientId: oneOf(random, names) }
  const frame = requestFrame(api, version, header, someMessage(api.request, version, random))
  return { api, version, frame: Buffer.concat(frame) }
}

function someMessage(
  fields: readonly Field[],
  version: number,
  random: Random,
): Record<string, unknown> {
  const message: Record<string, unknown> = {}
  for (const one of fields) {
    if (!inRange(one.versions, version)) continue
    const mayBeNull = one.nullable !== undefined && inRange(one.nullable, version)
    const isNull = mayBeNull && random.below(4) === 0
    message[one.name] = isNull ? null : someValue(one.type, version, random)
  }
  return message
}

function someValue(type: FieldType, version: number, random: Random): unknown {
  switch (type.kind) {
    case 'bool':
      return random.below(2) === 1
    case 'int8':
    case 'int16':
      return oneOf(random, numbers.slice(0, -2))
    case 'uint16':
    case 'uint32':
      return random.below(65536)
    case 'int32':
    case 'int64':
    case 'float64':
      return oneOf(random, numbers)
    case 'string':
      return oneOf(random, names)
    case 'bytes':
      return random.bytes(random.below(40))
    case 'records':
      return someBatch(random)
    case 'uuid':
      return random.uuid()
    case 'array':
      return Array.from({ length: random.below(4) }, () => someValue(type.element, version, random))
    case 'struct':
      return someMessage(type.fields, version, random)
  }
}

function someBatch(random: Random): Buffer {
  const records = Array.from({ length: 1 + random.below(3) }, (_, at) => ({
    key: random.below(3) === 0 ? null : Buffer.from(oneOf(random, names)),
    value: random.below(5) === 0 ? null : random.bytes(random.below(60)),
    timestamp: at,
  }))
  const idempotent = random.below(2) === 0
  return encodeBatch(records, {
    compression: oneOf(random, ['none', 'none', 'gzip', 'lz4'] as const),
    transactional: random.below(4) === 0,
    control: random.below(10) === 0,
    ...(idempotent && {
      producerId: random.below(3),
      producerEpoch: random.below(2),
      baseSequence: random.below(3),
    }),
  })
}

export function oneOf<Value>(random: Random, values: readonly Value[]): Value {
  return values[random.below(values.length)] as Value
}
