import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Audit, Entry } from '../src/audit.js'
import { checks } from '../src/checks/index.js'
import { Ledger } from '../src/ledger.js'

// Histories that a sound broker cannot have, each with the law that it breaks.

const plain = { producerId: 1, producerEpoch: 0, isTransactional: false }
const ofTransaction = { producerId: 2, producerEpoch: 0, isTransactional: true }

/** `a b` are records, `[ c d ]` those of a committed transaction, `( e )` of an aborted one. */
function entriesOf(text: string): Entry[] {
  const entries: Entry[] = []
  let common = plain
  for (const token of text.split(' ')) {
    const offset = entries.length
    if (token === '[' || token === '(') common = ofTransaction
    else if (token === ']') entries.push({ offset, kind: 'commit', value: '', ...ofTransaction })
    else if (token === ')') entries.push({ offset, kind: 'abort', value: '', ...ofTransaction })
    else entries.push({ offset, kind: 'record', value: token, ...common })
    if (token === ']' || token === ')') common = plain
  }
  return entries
}

type Partition = Audit['partitions'][number]

function auditOf(text: string, groups: Record<string, number> = {}): Audit {
  const entries = entriesOf(text)
  const committed: { offset: number; value: string }[] = []
  let open: typeof committed = []
  for (const { kind, offset, value, isTransactional } of entries) {
    if (kind === 'record') (isTransactional ? open : committed).push({ offset, value })
    else if (kind === 'commit') committed.push(...open)
    if (kind !== 'record') open = []
  }
  committed.sort((left, right) => left.offset - right.offset)
  const endOffset = entries.length
  const partition = { startOffset: 0, endOffset, stableOffset: endOffset, entries, committed }
  return { partitions: [partition], groups: new Map(Object.entries(groups)) }
}

function bent(audit: Audit, change: (partition: Partition) => Partial<Partition>): Audit {
  const partitions = audit.partitions.map((each) => ({ ...each, ...change(each) }))
  return { ...audit, partitions }
}

function brokenBy(audit: Audit, told: (ledger: Ledger) => void): string[] {
  const ledger = new Ledger()
  told(ledger)
  for (const check of checks) check(audit, ledger)
  return ledger.failures.map(({ law }) => law)
}

function acknowledge(ledger: Ledger, baseOffset: number, ...values: string[]): void {
  Object.assign(ledger.send('w', 0, values), { outcome: 'acknowledged', baseOffset })
}

function transfer(
  ledger: Ledger,
  outcome: 'committed' | 'aborted' | 'unknown',
  values: string[],
  offset?: number,
): void {
  const sends = [ledger.send('t', 0, values)]
  Object.assign(ledger.transaction('t', sends, 'g', offset), { outcome })
}

/** Two sends, a committed transaction, an aborted one, and one that is in doubt. */
const sound = 'a b [ c d ] ( e ) f'
const soundGroups = { g: 7 }
function soundTold(ledger: Ledger): void {
  acknowledge(ledger, 0, 'a', 'b')
  transfer(ledger, 'committed', ['c', 'd'], 7)
  transfer(ledger, 'aborted', ['e'], 8)
  acknowledge(ledger, 7, 'f')
  transfer(ledger, 'unknown', ['x', 'y'], 9)
  ledger.saw(0, 2, 'c', true)
}

test('a sound history breaks no law', () => {
  assert.deepEqual(brokenBy(auditOf(sound, soundGroups), soundTold), [])
})

const broken: readonly {
  what: string
  law: string
  log?: string
  groups?: Record<string, number>
  told?: (ledger: Ledger) => void
  bend?: (partition: Partition) => Partial<Partition>
}[] = [
  {
    what: 'a record that was acknowledged is gone',
    law: 'what is acknowledged is there',
    log: 'a b [ c d ] ( e )',
  },
  {
    what: 'an offset is another record’s',
    law: 'offsets are given once',
    log: 'b a [ c d ] ( e ) f',
  },
  {
    what: 'a record is there twice',
    law: 'a record is written once',
    log: 'a b [ c d ] ( e ) f f',
  },
  {
    what: 'a record comes from nowhere',
    law: 'what is there was sent',
    log: 'a b [ c d ] ( e ) f ghost',
  },
  {
    what: 'a batch is there in part',
    law: 'a batch is written whole',
    log: 'a b [ c d ] ( e ) f p',
    told: (ledger) => ledger.send('w', 0, ['p', 'q']),
  },
  {
    what: 'later records come first',
    law: 'records keep their order',
    log: 'a b [ c d ] ( e ) f q p',
    told: (ledger) => {
      acknowledge(ledger, 9, 'p')
      acknowledge(ledger, 8, 'q')
    },
  },
  {
    what: 'an offset is given twice',
    law: 'offsets are dense',
    bend: ({ entries }) => ({
      entries: entries.map((each) => (each.offset === 7 ? { ...each, offset: 6 } : each)),
    }),
  },
  {
    what: 'a marker is written twice',
    law: 'a transaction ends once',
    log: 'a b [ c d ] ( e ) f [ ]',
  },
  {
    what: 'a transaction stays open',
    law: 'no transaction stays open',
    log: 'a b [ c d ] ( e ) f ( x y',
  },
  {
    what: 'the stable offset stays behind',
    law: 'no transaction stays open',
    bend: () => ({ stableOffset: 3 }),
  },
  {
    what: 'what was committed is aborted',
    law: 'a committed transaction is there',
    log: 'a b ( c d ) ( e ) f',
  },
  {
    what: 'what was aborted is committed',
    law: 'nothing of an aborted transaction is seen',
    log: 'a b [ c d ] [ e ] f',
  },
  {
    what: 'half of a transaction is there',
    law: 'a transaction is whole or not there',
    log: 'a b [ c d ] ( e ) f [ x ]',
  },
  {
    what: 'readers are given an aborted record',
    law: 'read_committed shows what is committed',
    bend: ({ committed }) => ({ committed: [...committed, { offset: 5, value: 'e' }] }),
  },
  {
    what: 'a reader was given what was not committed',
    law: 'read_committed shows what is committed',
    told: (ledger) => ledger.saw(0, 5, 'e', true),
  },
  {
    what: 'a reader was given something else than is there',
    law: 'what was read stays so',
    told: (ledger) => ledger.saw(0, 7, 'other', false),
  },
  {
    what: 'two readers were given different records',
    law: 'what was read stays so',
    told: (ledger) => ledger.saw(0, 2, 'other', false),
  },
  {
    what: 'transactions change places',
    law: 'transactions keep their order',
    log: 'a b [ c d ] ( e ) f [ n ] [ m ]',
    told: (ledger) => {
      transfer(ledger, 'committed', ['m'], 7)
      transfer(ledger, 'committed', ['n'], 7)
    },
  },
  {
    what: 'the offset of a group is gone',
    law: 'offsets go with their transaction',
    groups: {},
  },
  {
    what: 'the offset of an aborted transaction counts',
    law: 'offsets go with their transaction',
    groups: { g: 8 },
  },
]

for (const { what, law, log = sound, groups = soundGroups, told, bend } of broken) {
  test(`it is noticed when ${what}`, () => {
    const audit = bent(auditOf(log, groups), bend ?? (() => ({})))
    const laws = brokenBy(audit, (ledger) => {
      soundTold(ledger)
      told?.(ledger)
    })
    assert.ok(laws.includes(law), `broken are: ${laws.join(', ')}`)
  })
}

test('after a power cut without syncs nothing is certain, but nothing is doubled either', () => {
  const told = (ledger: Ledger) => {
    soundTold(ledger)
    ledger.loseCertainty()
  }
  assert.deepEqual(brokenBy(auditOf('a b'), told), [])
  assert.ok(brokenBy(auditOf('a b a b'), told).includes('a record is written once'))
})
