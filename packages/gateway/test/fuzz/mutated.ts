import type { Random } from '@millrace/host'
import { evilHeader, evilJson, evilName, evilQuery, evilSegment } from './evil.js'
import { type Message, oneIn, oneOf } from './message.js'

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'QUERY', 'TRACE']

/** The request with one to three damages, of which its framing knows nothing. */
export function mutated(message: Message, other: Message, random: Random): Message {
  let after = message
  for (let left = 1 + random.below(3); left > 0; left--) after = damaged(after, other, random)
  const { isRight: _, ...rest } = after
  return rest
}

function damaged(message: Message, other: Message, random: Random): Message {
  const { body } = message
  const kinds = [
    'json',
    'json',
    'json',
    'bytes',
    'bytes',
    'path',
    'query',
    'header',
    'chunks',
    'odd',
  ]
  switch (oneOf(random, body === undefined ? kinds.slice(5) : kinds)) {
    case 'json':
      return { ...message, body: jsonDamaged(body as Buffer, random) }
    case 'bytes':
      return {
        ...message,
        body: bytesDamaged(body as Buffer, other.body ?? Buffer.alloc(8), random),
      }
    case 'path':
      return { ...message, path: pathDamaged(message.path, random) }
    case 'query': {
      const joint = message.path.includes('?') ? '&' : '?'
      return { ...message, path: `${message.path}${joint}${evilQuery(random)}` }
    }
    case 'header': {
      const [name, value] = evilHeader(random)
      const others = message.headers.filter(([known]) => known !== name || oneIn(random, 8))
      return { ...message, headers: [...others, [name, value]] }
    }
    case 'chunks':
      return { ...message, chunkBytes: oneOf(random, [1, 7, 100, 4096]) }
    default:
      return oddly(message, other, random)
  }
}

function oddly(message: Message, other: Message, random: Random): Message {
  switch (random.below(5)) {
    case 0:
      return { ...message, method: oneOf(random, methods) }
    case 1:
      return { ...message, body: other.body }
    case 2:
      return {
        ...message,
        headers: message.headers.slice(0, random.below(message.headers.length + 1)),
      }
    case 3:
      return { ...message, path: other.path }
    default:
      return { ...message, body: oneIn(random, 3) ? undefined : Buffer.from(evilJson(random)) }
  }
}

/** One to four bytes flipped, cut, doubled, put in, or the rest of another body. */
export function bytesDamaged(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1)
  const before = bytes.subarray(0, at)
  const after = bytes.subarray(at)
  switch (random.below(7)) {
    case 0: {
      const flipped = Buffer.from(bytes)
      if (at < bytes.length) flipped[at] = (flipped[at] as number) ^ (1 << random.below(8))
      return flipped
    }
    case 1:
      return before
    case 2:
      return Buffer.concat([before, bytes.subarray(random.below(at + 1))])
    case 3:
      return Buffer.concat([before, after.subarray(1 + random.below(8))])
    case 4:
      return Buffer.concat([before, random.bytes(1 + random.below(4)), after])
    case 5:
      return Buffer.concat([before, Buffer.from(oneOf(random, marks), 'latin1'), after])
    default:
      return Buffer.concat([before, other.subarray(random.below(other.length + 1))])
  }
}

const marks = [
  '\0',
  '\xff',
  '\xc0\x80',
  '\xed\xa0\x80',
  '\xef\xbb\xbf',
  '\n',
  '"',
  '\\',
  '{',
  '}',
  ',',
  ']',
]

function pathDamaged(path: string, random: Random): string {
  const [before = '', query] = path.split('?', 2)
  const segments = before.split('/')
  const at = 1 + random.below(Math.max(1, segments.length - 1))
  const segment = evilSegment(random)
  switch (random.below(4)) {
    case 0:
      segments.splice(at, 0, segment)
      break
    case 1:
      segments.splice(at, 1)
      break
    case 2:
      segments[at] = `${segments[at]}${segment}`
      break
    default:
      segments[at] = segment
  }
  const after = segments.join('/')
  return query === undefined ? after : `${after}?${query}`
}

/** The body, if it is JSON, with something else in the place of one of its values or names. */
function jsonDamaged(body: Buffer, random: Random): Buffer {
  try {
    const json: unknown = JSON.parse(body.toString())
    return Buffer.from(new Printer(random.below(countNodes(json)), random).print(json))
  } catch {
    // It is no JSON any longer, or nested deeper than we go.
    return bytesDamaged(body, body, random)
  }
}

function countNodes(json: unknown): number {
  if (typeof json !== 'object' || json === null) return 1
  return Object.values(json).reduce((sum, each) => sum + countNodes(each), 1)
}

/** Prints JSON; the value number `left`, as it comes, otherwise than it is. */
class Printer {
  #left: number
  readonly #random: Random

  constructor(left: number, random: Random) {
    this.#left = left
    this.#random = random
  }

  print(json: unknown): string {
    if (this.#left-- === 0) return this.#instead(json)
    if (Array.isArray(json)) return `[${json.map((each) => this.print(each)).join()}]`
    if (typeof json !== 'object' || json === null) return JSON.stringify(json)
    return `{${Object.entries(json)
      .map(([name, value]) => this.#member(name, value))
      .join()}}`
  }

  #member(name: string, value: unknown): string {
    const isNext = this.#left === 0
    const printed = `${JSON.stringify(name)}:${this.print(value)}`
    if (!isNext) return printed
    switch (this.#random.below(4)) {
      case 0:
        return `"${evilName(this.#random)}":${JSON.stringify(value)}`
      case 1:
        return `${JSON.stringify(name)}:${JSON.stringify(value)},${printed}`
      default:
        return printed
    }
  }

  #instead(json: unknown): string {
    const text = JSON.stringify(json)
    switch (this.#random.below(8)) {
      case 0:
        return JSON.stringify(text)
      case 1:
        return `[${text}]`
      case 2:
        return Array.isArray(json)
          ? `[${[...json, ...json].map((each) => JSON.stringify(each)).join()}]`
          : `{"a":${text}}`
      default:
        return evilJson(this.#random)
    }
  }
}
