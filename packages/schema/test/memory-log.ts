import type { RegistryLog } from '../src/registry/registry.js'

/** A registry's log in memory, whose appends can be made to fail. */
export class MemoryLog implements RegistryLog {
  readonly records: { key: Buffer | null; value: Buffer | null }[] = []
  /** What the next append does: it works, it fails, or it fails after it has worked. */
  next: 'works' | 'fails' | 'works, but says it failed' = 'works'

  async replay(each: (key: Buffer | null, value: Buffer | null, offset: number) => void) {
    for (const [offset, { key, value }] of this.records.entries()) each(key, value, offset)
  }

  async append(key: Buffer, value: Buffer) {
    const next = this.next
    this.next = 'works'
    if (next !== 'fails') this.records.push({ key, value })
    if (next !== 'works') throw new Error('the log is away')
  }

  put(key: unknown, value: unknown) {
    this.records.push({
      key: Buffer.from(JSON.stringify(key)),
      value: value === null ? null : Buffer.from(JSON.stringify(value)),
    })
  }
}
