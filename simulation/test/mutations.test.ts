import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DiskFile, Host } from '@millrace/host'
import { type Fault, type Plan, planOf } from '../src/plan.js'
import { simulate } from '../src/simulate.js'

// The broker is broken on purpose, from below. Each breach must be caught within some seeds: a
// simulation that finds nothing must not be one that cannot find anything.

const seedsMax = 400

/** Puts something before the files of a disk. */
function withFiles(host: Host, change: (file: DiskFile, path: string) => Partial<DiskFile>): Host {
  const { disk } = host
  const open = (path: string, options?: { create?: boolean }) => {
    const file = disk.open(path, options)
    return { ...file, ...change(file, path) }
  }
  return { ...host, disk: { ...disk, open } }
}

const has = (plan: Plan, kind: Fault['kind']) => plan.faults.some((each) => each.kind === kind)
const isOfRecords = (path: string) => /\/rides-\d+\/\d+\.log$/.test(path)

const lost = [
  'what is acknowledged is there',
  'a committed transaction is there',
  'what was read stays so',
  'topics are as they were left',
  'clients get through',
]
const unreadable = [
  'clients get through',
  'everything can be read',
  'nothing fails in a way that was not thought of',
]

const mutations: readonly {
  what: string
  among: (plan: Plan) => boolean
  bend: (host: Host) => Host
  laws: readonly string[]
}[] = [
  {
    what: 'a disk says that it synced a file, and did not',
    among: (plan) => plan.settings.isFlushed && has(plan, 'cut-power'),
    bend: (host) => withFiles(host, () => ({ sync: async () => {} })),
    laws: lost,
  },
  {
    what: 'a disk says that it synced a folder, and did not',
    among: (plan) => plan.settings.isFlushed && has(plan, 'cut-power'),
    bend: (host) => ({ ...host, disk: { ...host.disk, syncDirectory: () => {} } }),
    laws: lost,
  },
  {
    what: 'a broker answers before it writes',
    among: (plan) => has(plan, 'kill-broker'),
    bend: (host) => withFiles(host, (file, path) => (isOfRecords(path) ? late(host, file) : {})),
    laws: lost,
  },
  {
    what: 'a disk forgets where logs begin',
    among: ({ clients }) => clients.some(({ kind }) => kind === 'trimmer'),
    bend: (host) => {
      const replaceFile: Host['disk']['replaceFile'] = (path, bytes) => {
        if (!path.endsWith('/checkpoint')) host.disk.replaceFile(path, bytes)
      }
      return { ...host, disk: { ...host.disk, replaceFile } }
    },
    laws: ['what is deleted stays deleted, and no more', ...unreadable],
  },
  {
    what: 'a batch that is compacted loses its last records',
    among: ({ clients }) => clients.some(({ kind }) => kind === 'keeper'),
    bend: (host) =>
      withFiles(host, (file, path) => ({
        write: (position, bytes) => {
          if (!/\.(cleaned|swap)$/.test(path)) file.write(position, bytes)
        },
      })),
    laws: ['the last fact of a key is kept', ...lost, ...unreadable],
  },
  {
    what: 'a broker forgets to end transactions in time',
    among: ({ clients }) =>
      clients.some((each) => each.kind === 'transfer' && each.steps.some(({ dies }) => dies)),
    bend: (host) => {
      const after: Host['clock']['after'] = (ms, action) =>
        host.clock.after(ms > 400 ? 1e9 : ms, action)
      return { ...host, clock: { ...host.clock, after } }
    },
    laws: ['no transaction stays open', ...unreadable],
  },
  {
    what: 'a disk gives back other bytes than it was given',
    among: () => true,
    bend: (host) =>
      withFiles(host, (file, path) => ({
        read: (position, target) => {
          const bytes = file.read(position, target)
          if (isOfRecords(path) && host.random.below(100) === 0) target[bytes >> 1] = 0x21
          return bytes
        },
      })),
    laws: [...lost, ...unreadable, 'a client fails with a KafkaError'],
  },
  {
    what: 'a batch gets an offset that was given before',
    among: () => true,
    bend: (host) =>
      withFiles(host, (file, path) => ({
        write: (position, bytes) => {
          const changed = Buffer.from(bytes)
          const offset = changed.readBigInt64BE(0)
          const isChosen = isOfRecords(path) && offset > 0 && host.random.below(20) === 0
          if (isChosen) changed.writeBigInt64BE(offset - 1n)
          file.write(position, changed)
        },
      })),
    laws: [...lost, ...unreadable, 'offsets are dense', 'offsets rise'],
  },
]

/** A file that takes a while to write, and reads as if it had written. */
function late(host: Host, file: DiskFile): Partial<DiskFile> {
  let waiting: { position: number; bytes: Buffer }[] = []
  const catchUp = () => {
    for (const { position, bytes } of waiting) file.write(position, bytes)
    waiting = []
  }
  const size = () =>
    Math.max(file.size(), ...waiting.map(({ position, bytes }) => position + bytes.length))
  return {
    size,
    read: (position, target) => {
      const whole = Buffer.alloc(size())
      file.read(0, whole)
      for (const each of waiting) whole.set(each.bytes, each.position)
      return whole.copy(target, 0, position)
    },
    write: (position, bytes) => {
      waiting.push({ position, bytes: Buffer.from(bytes) })
      host.clock.after(40, () => {
        try {
          catchUp()
        } catch {
          // The process was killed in this very moment.
        }
      })
    },
    truncate: (to) => {
      catchUp()
      file.truncate(to)
    },
    sync: () => {
      catchUp()
      return file.sync()
    },
  }
}

for (const { what, among, bend, laws } of mutations) {
  test(`it is caught when ${what}`, async (t) => {
    for (let seed = 1; seed <= seedsMax; seed++) {
      const plan = planOf(seed)
      if (!among(plan)) continue
      const [first] = (await simulate(plan, { bend })).failures
      if (first === undefined) continue
      assert.ok(laws.includes(first.law), `seed ${seed} breaks "${first.law}": ${first.detail}`)
      t.diagnostic(`seed ${seed}: ${first.law}`)
      return
    }
    assert.fail(`not within ${seedsMax} seeds`)
  })
}
