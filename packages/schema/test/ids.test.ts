/**
 * Law: an id is never given twice, and what was answered stays. Registries are stopped at every
 * append, start again over what is in the log (compacted or not), and write side by side.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '@millrace/host'
import { SchemaRegistry } from '../src/registry/registry.js'
import { MemoryLog } from './memory-log.js'

const seeds = Number(process.env.MILLRACE_SEEDS ?? 60)

/** Everything that was ever answered about ids, for all registries on one log. */
class Ledger {
  readonly #texts = new Map<number, string>()

  answered(id: number, text: string) {
    const before = this.#texts.get(id)
    assert.ok(before === undefined || before === text, `id ${id} is ${before} and ${text}`)
    this.#texts.set(id, text)
  }

  /** An id that is there has the text that it had when it was given. */
  check(registry: SchemaRegistry) {
    for (const [id, text] of this.#texts) {
      const uses = registry.subjects('all').flatMap((name) => registry.versions(name, 'all'))
      const use = uses.find((each) => each.id === id)
      if (use === undefined) continue
      assert.equal(use.schema, text)
      assert.equal(registry.byId(id).schema, text)
    }
  }
}

const schemaOf = (n: number) => JSON.stringify({ type: 'fixed', name: `F${n}`, size: 4 })

test('ids are given once, through crashes, compaction, deletions and two writers', async () => {
  for (let seed = 1; seed <= seeds; seed++) {
    const random = seededRandom(seed)
    const pick = (limit: number) => random.below(limit)
    const ledger = new Ledger()
    let log = new MemoryLog()
    const open = async () => {
      log = log.again()
      return { log, registry: await SchemaRegistry.open(log) }
    }
    const writers = [await open(), await open()]
    for (let step = 0; step < 60; step++) {
      const at = pick(2)
      const writer = writers[at] ?? writers[0]
      assert.ok(writer)
      const { registry } = writer
      const subject = `s${pick(3)}`
      const isCut = pick(5) === 0
      if (isCut) writer.log.next = pick(2) === 0 ? 'fails' : 'works, but says it failed'
      try {
        const action = pick(10)
        if (action < 6) {
          const schema = schemaOf(pick(12))
          const made = await registry.register(subject, { schema })
          ledger.answered(made.id, schema)
        } else if (action < 8) await registry.deleteSubject(subject, pick(2) === 0)
        else await registry.deleteVersion(subject, 'latest', pick(2) === 0)
      } catch (cause) {
        const { code } = cause as { code?: number }
        // Refused for what is there, for compatibility, or cut.
        assert.ok(code === 409 || code === 50001 || String(code).startsWith('404'), String(cause))
      }
      if (isCut || pick(8) === 0) {
        if (pick(2) === 0) {
          log.compact()
          writers.splice(0, 2, await open(), await open())
        } else writers[at] = await open()
      }
    }
    for (const { registry } of writers) {
      await registry.refresh()
      ledger.check(registry)
    }
    const [a, b] = writers
    assert.deepEqual(everything(a?.registry), everything(b?.registry), `seed ${seed}`)
  }
})

function everything(registry: SchemaRegistry | undefined) {
  assert.ok(registry)
  return registry.subjects('all').map((name) => registry.versions(name, 'all'))
}

test('two registries on one log give different ids, and see what the other gave', async () => {
  const log = new MemoryLog()
  const a = await SchemaRegistry.open(log)
  const b = await SchemaRegistry.open(log.again())
  const made = await Promise.all(
    Array.from({ length: 40 }, (_, i) => {
      return (i % 2 === 0 ? a : b).register(`s${i}`, { schema: schemaOf(i) })
    }),
  )
  assert.equal(new Set(made.map(({ id }) => id)).size, 40)
  await a.refresh()
  await b.refresh()
  assert.deepEqual(everything(a), everything(b))
  assert.equal((await b.register('s0', { schema: schemaOf(0) })).id, made[0]?.id)
})

test('the highest id is not given again after it was erased and compacted away', async () => {
  const log = new MemoryLog()
  const registry = await SchemaRegistry.open(log)
  await registry.register('a', { schema: schemaOf(1) })
  const { id } = await registry.register('b', { schema: schemaOf(2) })
  await registry.deleteSubject('b', false)
  await registry.deleteSubject('b', true)
  log.compact()
  const again = await SchemaRegistry.open(log.again())
  assert.throws(() => again.byId(id), { code: 40403 })
  assert.equal((await again.register('b', { schema: schemaOf(2) })).id, id + 1)
})
