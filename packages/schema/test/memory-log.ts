import { registryErrors } from '../src/errors.js'
import type { RegistryRecord } from '../src/registry/record.js'
import type { RecordReader, RegistryLog } from '../src/registry/topic.js'

/** What is there for all registries on one log. */
interface Store {
  records: { key: Buffer | null; value: Buffer | null }[]
  /** Counts claims; the last one writes. */
  epoch: number
}

/** A registry's log in memory, whose appends can be made to fail. */
export class MemoryLog implements RegistryLog {
  readonly #store: Store
  #epoch = 0
  #next = 0
  /** What the next append does: it works, it fails, or it fails after it has worked. */
  next: 'works' | 'fails' | 'works, but says it failed' = 'works'

  constructor(store: Store = { records: [], epoch: 0 }) {
    this.#store = store
  }

  /** The same log, for another registry or for one that starts again. */
  again(): MemoryLog {
    return new MemoryLog(this.#store)
  }

  get records() {
    return this.#store.records
  }

  async claim() {
    this.#epoch = ++this.#store.epoch
  }

  async read(each: RecordReader) {
    for (; this.#next < this.records.length; this.#next++) {
      const { key, value } = this.records[this.#next] ?? { key: null, value: null }
      each(key, value, this.#next)
    }
  }

  async append(records: readonly RegistryRecord[]) {
    if (this.#epoch !== this.#store.epoch) throw registryErrors.notTheWriter()
    const next = this.next
    this.next = 'works'
    if (next !== 'fails') this.records.push(...records)
    if (next !== 'works') throw registryErrors.store('the log is away')
  }

  /** Keeps the last record of each key, and of those that erase one nothing. */
  compact() {
    const last = new Map<string, { key: Buffer | null; value: Buffer | null }>()
    for (const record of this.records) {
      const key = String(record.key)
      last.delete(key)
      if (record.value !== null) last.set(key, record)
    }
    this.#store.records = [...last.values()]
  }

  put(key: unknown, value: unknown) {
    this.records.push({
      key: Buffer.from(JSON.stringify(key)),
      value: value === null ? null : Buffer.from(JSON.stringify(value)),
    })
  }
}
