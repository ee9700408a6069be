import type { Api } from '../../src/protocol/api.js'
import { type Field, type FieldType, zeroUuid } from '../../src/protocol/field.js'
import { kafkaErrorOf } from '../../src/protocol/kafka-errors.js'
import { inRange } from '../../src/protocol/version-range.js'
import { readBatchHeader } from '../../src/records/batch-header.js'
import { batchesIn } from '../../src/records/batches-in.js'
import { decodeRecords } from '../../src/records/visit-records.js'

const lineLettersMax = 96
/** Times from here on are those of a clock, not of a scenario. */
const clockFromMs = 1_600_000_000_000

const uuidPattern = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
const base64Id = /^[A-Za-z0-9_-]{22}$/
/** Fields that are written down whatever they are: 0 says as much as any other number. */
const alwaysSaid = /(errorCode|offset|index|^partition)$/i

/**
 * Writes answers down so that those of two brokers can be compared as text: the fields of the
 * version that do not have their default, error codes by name. What chance, the clock or the
 * machine gave is replaced by a name; the same value has the same name within one transcript,
 * so that ids are compared where they come up again. Messages to a person are left out: their
 * wording is each broker's own.
 */
export class Transcript {
  readonly #names = new Map<string, string>()
  readonly #counts = new Map<string, number>()

  /** The body of an answer. */
  response(api: Api, version: number, body: unknown): string {
    return render(this.#struct(api.response, version, body as Record<string, unknown>))
  }

  /** Anything else that a scenario saw: numbers, texts, lists, plain objects. */
  value(value: unknown): string {
    return render(this.#plain(value))
  }

  #struct(fields: readonly Field[], version: number, body: Record<string, unknown>): Tree {
    const entries: [string, Tree][] = []
    for (const each of fields) {
      if (!inRange(each.versions, version)) continue
      const value = body[each.name]
      if (/errorMessage$/i.test(each.name)) continue
      if (!alwaysSaid.test(each.name) && isDefault(each, value)) continue
      entries.push([each.name, this.#field(each.name, each.type, version, value)])
    }
    return { entries }
  }

  #field(name: string, type: FieldType, version: number, value: unknown): Tree {
    if (value === null) return 'null'
    switch (type.kind) {
      case 'struct':
        return this.#struct(type.fields, version, value as Record<string, unknown>)
      case 'array': {
        const { element } = type
        const items = (value as unknown[]).map((each) => this.#field(name, element, version, each))
        // Neither side promises an order of topics, partitions or members.
        return { items: element.kind === 'struct' ? sorted(items) : items }
      }
      case 'records':
        return { items: [...batchesIn(value as Buffer)].map(({ bytes }) => this.#batch(bytes)) }
      case 'bytes':
        return quoted((value as Buffer).toString('latin1'))
      case 'uuid':
        return value === zeroUuid ? 'none' : this.#name('id', value)
      case 'string':
        return this.#text(name, value as string)
      default:
        return this.#number(name, value)
    }
  }

  #batch(batch: Buffer): Tree {
    const header = readBatchHeader(batch)
    const { producerId, producerEpoch, baseSequence } = header
    const entries: [string, Tree][] = [
      ['baseOffset', String(header.baseOffset)],
      ['lastOffset', String(header.lastOffset)],
      ['leaderEpoch', String(header.leaderEpoch)],
      ['attributes', String(header.attributes)],
      ['maxTimestamp', this.#number('timestamp', header.maxTimestamp)],
    ]
    if (producerId >= 0) {
      entries.push(
        ['producerId', this.#number('producerId', producerId)],
        ['producerEpoch', String(producerEpoch)],
        ['baseSequence', String(baseSequence)],
      )
    }
    const records = decodeRecords(batch).map((each) => {
      const fields: [string, Tree][] = [['offset', String(each.offset)]]
      fields.push(['timestamp', this.#number('timestamp', each.timestamp)])
      if (each.key !== null) fields.push(['key', quoted(each.key.toString('latin1'))])
      fields.push(['value', each.value === null ? 'null' : quoted(each.value.toString('latin1'))])
      return { entries: fields }
    })
    entries.push(['records', { items: records }])
    return { entries }
  }

  #text(name: string, value: string): Tree {
    if (name === 'clusterId') return 'cluster'
    const named = value.replaceAll(uuidPattern, (id) => this.#name('id', id))
    const isId = /^(memberId|leader)$/.test(name) && base64Id.test(named)
    return quoted(isId ? this.#name('id', named) : named)
  }

  #number(name: string, value: unknown): Tree {
    if (/errorCode$/i.test(name)) return kafkaErrorOf(value as number).name
    if (name === 'port') return 'port'
    if (name === 'producerId' && (value as number) >= 0) return this.#name('producer', value)
    if (name === 'sessionId' && value !== 0) return this.#name('session', value)
    if (/time/i.test(name) && (value as number) >= clockFromMs) return 'now'
    return String(value)
  }

  #plain(value: unknown): Tree {
    if (typeof value === 'string') return this.#text('', value)
    if (Array.isArray(value)) return { items: value.map((each) => this.#plain(each)) }
    if (typeof value !== 'object' || value === null) return String(value)
    return { entries: Object.entries(value).map(([name, each]) => [name, this.#plain(each)]) }
  }

  #name(kind: string, value: unknown): string {
    const known = this.#names.get(`${kind} ${value}`)
    if (known !== undefined) return known
    const count = (this.#counts.get(kind) ?? 0) + 1
    const name = `${kind}#${count}`
    this.#counts.set(kind, count)
    this.#names.set(`${kind} ${value}`, name)
    return name
  }
}

type Tree = string | { entries: [string, Tree][] } | { items: Tree[] }

function isDefault({ type, default: missing }: Field, value: unknown): boolean {
  if (type.kind === 'array') return missing !== null && (value as unknown[] | null)?.length === 0
  if (type.kind === 'struct' && value !== null && missing !== null) {
    return type.fields.every((each) =>
      isDefault(each, (value as Record<string, unknown>)[each.name]),
    )
  }
  if (missing !== undefined) return value === missing
  if (type.kind === 'bytes') return (value as Buffer | null)?.length === 0
  return value === false || value === 0 || value === '' || value === zeroUuid
}

function sorted(items: Tree[]): Tree[] {
  return items
    .map((item) => ({ item, text: render(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ item }) => item)
}

/** On one line where it fits, else one entry a line; a list of one is no level of its own. */
function render(tree: Tree, indent = '', before = 0): string {
  const flat = onOneLine(tree)
  if (typeof tree === 'string' || indent.length + before + flat.length <= lineLettersMax) {
    return flat
  }
  if ('items' in tree && tree.items.length === 1) {
    return `[${render(tree.items[0] ?? '', indent, before + 2)}]`
  }
  const inner = `${indent}  `
  const isList = 'items' in tree
  const parts = isList
    ? tree.items.map((each) => render(each, inner))
    : tree.entries.map(([name, each]) => `${name}: ${render(each, inner, name.length + 2)}`)
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  return `${open}\n${parts.map((part) => `${inner}${part}\n`).join('')}${indent}${close}`
}

function onOneLine(tree: Tree): string {
  if (typeof tree === 'string') return tree
  if ('items' in tree) return `[${tree.items.map(onOneLine).join(', ')}]`
  const parts = tree.entries.map(([name, each]) => `${name}: ${onOneLine(each)}`)
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
