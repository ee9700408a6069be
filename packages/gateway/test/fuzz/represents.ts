/** Whether the bytes of a record are the value that was sent. */
import { isDeepStrictEqual } from 'node:util'
import { codecOf, RegistryClient, unframe } from '@millrace/schema'

type Decode = (payload: Buffer) => unknown

export class Representation {
  readonly #registry: RegistryClient
  readonly #decoders = new Map<number, Decode | undefined>()

  constructor(registryUrl: string) {
    this.#registry = new RegistryClient(registryUrl)
  }

  /** By the schema that the bytes name; else as JSON, as text, or as what base64 says. */
  async isOf(stored: Buffer | null, sent: unknown): Promise<boolean> {
    if (stored === null) return sent === null || sent === undefined
    if (Buffer.isBuffer(sent)) return sent.equals(stored) || this.isOf(stored, parsed(sent))
    const framed = unframe(stored)
    const decode = framed && (await this.#decoder(framed.id))
    if (framed !== undefined && decode !== undefined) {
      return agrees(sent, decode(framed.payload))
    }
    if (typeof sent === 'string') {
      if (stored.equals(Buffer.from(sent)) || stored.equals(Buffer.from(sent, 'base64')))
        return true
    }
    try {
      return isDeepStrictEqual(sent, parsed(stored))
    } catch (cause) {
      // Nested deeper than can be compared; nothing else is.
      if (cause instanceof RangeError) return stored.length > 10_000
      throw cause
    }
  }

  async #decoder(id: number): Promise<Decode | undefined> {
    if (this.#decoders.has(id)) return this.#decoders.get(id)
    let decode: Decode | undefined
    try {
      const codec = codecOf(await this.#registry.completeById(id))
      decode = (payload) => codec.decode(payload)
    } catch {
      // It is no id, and the bytes only look like a frame.
    }
    this.#decoders.set(id, decode)
    return decode
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

/**
 * Whether a value that was read is the one that was sent, as far as its schema may change it:
 * defaults are added, unions unwrapped, floats rounded, 64-bit numbers and bytes texts.
 */
export function agrees(sent: unknown, read: unknown): boolean {
  if (sent === read || (sent === 0 && read === 0)) return true
  if (typeof sent === 'number') {
    if (typeof read === 'number') return Math.fround(sent) === read
    return String(sent) === read || (typeof read === 'bigint' && Number(read) === sent)
  }
  if (Buffer.isBuffer(read))
    return typeof sent === 'string' && Buffer.from(sent, 'latin1').equals(read)
  if (typeof sent === 'string') {
    if (typeof read === 'number') return Number(sent) === read || Math.fround(Number(sent)) === read
    return typeof read === 'string' && Buffer.from(sent, 'base64').toString('base64') === read
  }
  if (sent === null || sent === undefined) return read === undefined || isDefault(read)
  if (typeof sent !== 'object') return false
  if (Array.isArray(sent)) {
    return (
      Array.isArray(read) &&
      sent.length === read.length &&
      sent.every((each, at) => agrees(each, read[at]))
    )
  }
  // Whoever reads a map into an object loses this one; it is there in the bytes.
  const names = Object.keys(sent).filter((name) => name !== '__proto__')
  const members = sent as Record<string, unknown>
  const isObject = typeof read === 'object' && read !== null
  if (isObject && names.every((name) => agrees(members[name], memberOf(read, name)))) return true
  return names.length === 1 && agrees(members[names[0] as string], read)
}

function memberOf(read: object, name: string): unknown {
  return Object.hasOwn(read, name) ? (read as Record<string, unknown>)[name] : undefined
}

/** What Protobuf has where null was sent. */
function isDefault(read: unknown): boolean {
  if (Array.isArray(read)) return read.length === 0
  return (
    read === 0 || read === '' || read === false || read === '0' || JSON.stringify(read) === '{}'
  )
}
