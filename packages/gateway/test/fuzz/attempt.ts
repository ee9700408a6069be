/** What a seed sends, and how: all of it follows from the seed. */
import { type Random, seededRandom } from '@millrace/host'
import { admin } from './doors/admin.js'
import { consumers } from './doors/consumers.js'
import { events } from './doors/events.js'
import { produceV2 } from './doors/produce-v2.js'
import { produceV3 } from './doors/produce-v3.js'
import { registry } from './doors/registry.js'
import { type Delivery, someDelivery } from './exchange.js'
import { bytesOf, type Message, oneIn, oneOf } from './message.js'
import { bytesDamaged, mutated } from './mutated.js'

export interface Attempt {
  readonly seed: number
  readonly door: string
  readonly to: 'gateway' | 'registry'
  readonly bytes: Buffer
  /** The request that the bytes were made of; undefined where the bytes themselves are damaged. */
  readonly message: Message | undefined
  readonly delivery: Delivery
}

/** Larger than any body that is taken. */
const tooManyBytes = 9 * 1024 * 1024

export function attemptOf(seed: number, clusterId: string): Attempt {
  const random = seededRandom(seed)
  let serial = 0
  const nextId = () => `s${seed}-${serial++}`
  const some = () => someMessage(random, nextId, clusterId)
  let message = some()
  if (!oneIn(random, 4)) message = mutated(message, some(), random)
  if (oneIn(random, 400)) {
    const { chunkBytes: _, ...rest } = message
    message = { ...rest, body: Buffer.alloc(tooManyBytes, 0x20), isRight: false }
  }
  const whole = bytesOf(message)
  const isDamaged = oneIn(random, 8)
  const bytes = isDamaged ? framingDamaged(whole, random, () => bytesOf(some())) : whole
  const { door, to } = message
  const delivery = someDelivery(random, bytes.length)
  return { seed, door, to, bytes, message: isDamaged ? undefined : message, delivery }
}

function someMessage(random: Random, nextId: () => string, clusterId: string): Message {
  const doors = [
    ...[produceV2, produceV2, produceV2, produceV3, produceV3, events, events],
    ...[consumers, admin, registry, registry].map((door) => {
      return (chance: Random, _id: () => string, id: string) => door(chance, id)
    }),
  ]
  return oneOf(random, doors)(random, nextId, clusterId)
}

const lines = [
  ...[
    'content-length: 5',
    'content-length: -1',
    'content-length: 99999999999999999999',
    'content-length: 1e3',
  ],
  ...[
    'content-length: 300000000',
    'transfer-encoding: chunked',
    'transfer-encoding: gzip, chunked',
    'transfer-encoding: x',
  ],
  ...[
    'connection: keep-alive',
    'connection: upgrade',
    'te: trailers',
    ' folded',
    'no colon',
    ': no name',
    'a\0b: c',
  ],
  ...[
    'host: other',
    'content-length: 0',
    'expect: 100-continue',
    'keep-alive: timeout=9999999999999',
    'trailer: x',
  ],
]

/** What HTTP itself is made of is damaged: the request line, lengths, chunks, where one ends. */
function framingDamaged(bytes: Buffer, random: Random, another: () => Buffer): Buffer {
  const headEnd = bytes.indexOf('\r\n')
  switch (random.below(5)) {
    case 0:
      return bytesDamaged(bytes, bytes, random)
    case 1: {
      const line = Buffer.from(`${oneOf(random, lines)}\r\n`, 'latin1')
      return Buffer.concat([bytes.subarray(0, headEnd + 2), line, bytes.subarray(headEnd + 2)])
    }
    case 2: {
      const first = oneOf(random, requestLines)
      return Buffer.concat([Buffer.from(first, 'latin1'), bytes.subarray(headEnd)])
    }
    case 3:
      // Two requests on one connection.
      return Buffer.concat([
        Buffer.from(bytes.toString('latin1').replace('connection: close\r\n', ''), 'latin1'),
        another(),
      ])
    default: {
      const head = bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4)
      return Buffer.concat([bytesDamaged(head, head, random), bytes.subarray(head.length)])
    }
  }
}

const requestLines = [
  ...[
    'GET / HTTP/1.0',
    'GET / HTTP/2.0',
    'GET /',
    'POST  /events HTTP/1.1',
    'get / HTTP/1.1',
    'GET / HTTP/1.1 x',
  ],
  ...[
    'OPTIONS * HTTP/1.1',
    'CONNECT a:1 HTTP/1.1',
    'POST http://other/topics/plain HTTP/1.1',
    'GET //topics HTTP/1.1',
  ],
  ...[
    'PRI * HTTP/2.0',
    '\x16\x03\x01\x02',
    'POST /topics/pl\x01ain HTTP/1.1',
    'POST /topics/\xe9 HTTP/1.1',
    'HEAD /topics HTTP/1.1',
  ],
  ...[
    'POST /contexts/a/subjects/%ff/versions HTTP/1.1',
    'GET /contexts/%ff/subjects HTTP/1.1',
    'GET ? HTTP/1.1',
    'GET /%00 HTTP/1.1',
  ],
  `GET /${'x'.repeat(20_000)} HTTP/1.1`,
  `GET /topics/${'%41'.repeat(3_000)} HTTP/1.1`,
]
