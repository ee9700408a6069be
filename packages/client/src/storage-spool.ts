/**
 * A spool in a browser's `localStorage`, one entry an event. Pages of one origin share a storage,
 * so each has a name of its own and tells that it lives; what a page leaves that has not told so
 * for a while is taken over by the next one.
 */
import { leaseEveryMs, leaseMsMax } from './limits.js'
import { type Outside, webOutside } from './outside.js'
import type { Spool, SpooledEvent } from './spool.js'

/** What is used of the web's `Storage`. */
export type SpoolStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

export interface StorageSpoolOptions {
  /** Keys begin with it. */
  name?: string
  outside?: Outside
}

export function storageSpool(storage: SpoolStorage, options: StorageSpoolOptions = {}): Spool {
  return new StorageSpool(storage, options)
}

class StorageSpool implements Spool {
  readonly #storage: SpoolStorage
  readonly #outside: Outside
  readonly #name: string
  readonly #page: string
  readonly #keys = new Map<string, string>()
  #next = 0
  #stopTelling: () => void = () => {}

  constructor(
    storage: SpoolStorage,
    { name = 'millrace', outside = webOutside }: StorageSpoolOptions,
  ) {
    this.#storage = storage
    this.#outside = outside
    this.#name = name
    this.#page = outside.uuid()
  }

  async load(): Promise<SpooledEvent[]> {
    this.#tell()
    const found: { key: string; event: SpooledEvent }[] = []
    for (const key of this.#keysOfDeadPages()) {
      const event = readEvent(this.#storage.getItem(key))
      if (event === undefined) this.#storage.removeItem(key)
      else found.push({ key, event })
    }
    found.sort((a, b) => a.event.takenAt - b.event.takenAt || (a.key < b.key ? -1 : 1))
    for (const { key, event } of found) {
      // Under this page's name, before another page finds it.
      this.put(event)
      this.#storage.removeItem(key)
    }
    return found.map(({ event }) => event)
  }

  put(event: SpooledEvent): void {
    const key = this.#key(this.#page, String(this.#next++).padStart(12, '0'))
    this.#storage.setItem(key, JSON.stringify(event))
    this.#keys.set(event.id, key)
  }

  remove(ids: readonly string[]): void {
    for (const id of ids) {
      const key = this.#keys.get(id)
      if (key !== undefined) this.#storage.removeItem(key)
      this.#keys.delete(id)
    }
  }

  /** What is left may be taken over at once. */
  close(): void {
    this.#stopTelling()
    this.#storage.removeItem(this.#key(this.#page, alive))
  }

  #tell(): void {
    try {
      this.#storage.setItem(this.#key(this.#page, alive), String(this.#outside.now()))
    } catch {
      // A full storage; the events in it may be taken over, and sent twice.
    }
    this.#stopTelling = this.#outside.after(leaseEveryMs, () => this.#tell())
  }

  #keysOfDeadPages(): string[] {
    const keys: string[] = []
    for (let i = 0; i < this.#storage.length; i++) keys.push(this.#storage.key(i) ?? '')
    const prefix = `${this.#name}/`
    const lives = new Set<string>([this.#page])
    for (const key of keys) {
      const [name, page = '', entry] = key.split('/')
      if (name !== this.#name || entry !== alive) continue
      const toldAt = Number(this.#storage.getItem(key))
      if (this.#outside.now() - toldAt <= leaseMsMax) lives.add(page)
      else this.#storage.removeItem(key)
    }
    return keys.filter((key) => {
      const [, page = '', entry] = key.split('/')
      return key.startsWith(prefix) && entry !== alive && !lives.has(page)
    })
  }

  #key(page: string, entry: string): string {
    return `${this.#name}/${page}/${entry}`
  }
}

const alive = 'alive'

function readEvent(text: string | null): SpooledEvent | undefined {
  try {
    const event = JSON.parse(text ?? '') as SpooledEvent
    return typeof event.id === 'string' && typeof event.text === 'string' ? event : undefined
  } catch {
    return undefined
  }
}
