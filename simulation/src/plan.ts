import { type Random, seededRandom } from '@millrace/host'
import { crc32c } from '@millrace/log'
import { clockAheadMsMax, endChangesMax, faultsEndMs } from './limits.js'

/** The world that a seed draws. */
export interface Settings {
  partitions: number
  segmentBytes: number
  /** Whether records are synced before they are acknowledged, so that power cuts take nothing. */
  isFlushed: boolean
  transactionTimeoutMs: number
  latencyMsMax: number
  splitShare: number
  refusedShare: number
  cutShare: number
  syncMsMax: number
  /** How much sooner the broker does what it does every now and then: retention, compaction. */
  upkeepHaste: number
}

/** A producer sends so many records to a partition, after a wait. */
export interface WriterStep {
  waitMs: number
  partition: number
  records: number
  bytes: number
  /** Does not wait for the answer before it goes on. */
  isPipelined: boolean
}

/** A transaction: records for partitions, and perhaps the offset of a group. */
export interface TransferStep {
  waitMs: number
  writes: readonly { partition: number; records: number }[]
  hasOffset: boolean
  /** Its last batch is one that the broker refuses, so it must be aborted. */
  isSpoilt: boolean
  /** The program ends so soon after it began, and is started again unless that is for good. */
  dies?: { afterMs: number; isForGood: boolean }
}

/** A reader polls so many times, perhaps from the start again. */
export interface ReaderStep {
  waitMs: number
  polls: number
  isRewound: boolean
}

/** Somebody connects and sends what is no request. */
export interface IntruderStep {
  waitMs: number
  kind: 'noise' | 'cut-off' | 'huge' | 'unknown-api' | 'silent'
}

/** Something is done to a topic of the client's own. */
export interface AdminStep {
  waitMs: number
  topic: string
  action: 'create' | 'delete' | 'grow' | 'fill' | 'read'
}

/** A member of a group reads and commits so many times, and perhaps leaves. */
export interface MemberStep {
  waitMs: number
  turns: number
  leaves: boolean
}

/** Something is written to a topic, deleted from its beginning, or read. */
export interface TrimmerStep {
  waitMs: number
  action: 'fill' | 'trim' | 'read'
  /** How much of what is there is deleted, 0 to 1. */
  share: number
  bytes: number
}

/** Facts are kept under keys, or removed; or all of them are read. */
export interface KeeperStep {
  waitMs: number
  keys: readonly number[]
  isRemoval: boolean
  mode: 'plain' | 'committed' | 'aborted'
  isRead: boolean
}

export type ClientPlan =
  | { kind: 'writer'; name: string; steps: readonly WriterStep[] }
  | { kind: 'transfer'; name: string; steps: readonly TransferStep[] }
  | {
      kind: 'reader'
      name: string
      isolation: 'read_committed' | 'read_uncommitted'
      steps: readonly ReaderStep[]
    }
  | { kind: 'intruder'; name: string; steps: readonly IntruderStep[] }
  | { kind: 'admin'; name: string; steps: readonly AdminStep[] }
  | { kind: 'member'; name: string; steps: readonly MemberStep[] }
  | { kind: 'trimmer'; name: string; steps: readonly TrimmerStep[] }
  | { kind: 'keeper'; name: string; steps: readonly KeeperStep[] }

/**
 * How a program ends: between two things, or in the middle of its n-th change to the disk, counted
 * from now on, or from the first one on to a path that has `near` in it.
 */
export interface Ending {
  downMs: number
  afterChanges: number
  near: string
}

/** What is rarely written: moments that chance alone would hardly meet. */
const rareFiles = ['.swap', '.cleaned', '.snapshot', '.index', 'checkpoint', '-delete', '__']

export type Fault = { atMs: number } & (
  | ({ kind: 'kill-broker' } & Ending)
  | ({ kind: 'cut-power' } & Ending)
  | { kind: 'stop-broker'; downMs: number }
  | { kind: 'kill-client'; client: string; downMs: number; isForGood: boolean }
  | { kind: 'cut-connections'; share: number }
  | { kind: 'split-off'; machine: string; forMs: number }
  | { kind: 'disk-full'; forMs: number; roomBytes: number }
  | { kind: 'disk-errors'; forMs: number; share: number }
  | { kind: 'sync-fails'; forMs: number; downMs: number }
  | { kind: 'slow-disk'; forMs: number; syncMs: number }
  | { kind: 'clock-jump'; aheadMs: number }
)

/** All that a run needs to happen again: what is wanted, and what goes wrong. */
export interface Plan {
  readonly seed: number
  readonly settings: Settings
  readonly clients: readonly ClientPlan[]
  readonly faults: readonly Fault[]
}

/**
 * Draws a plan. Each seed leaves out most kinds of faults, and takes more of the others: faults
 * of all kinds at once hide one another.
 */
export function planOf(seed: number): Plan {
  const random = chanceFor(seed, 'settings')
  const chance = (share: number) => random.float() < share
  const between = (low: number, high: number) => low + random.below(high - low + 1)
  const settings: Settings = {
    partitions: between(1, 3),
    segmentBytes: chance(0.7) ? between(1024, 4096) : 64 * 1024,
    isFlushed: chance(0.6),
    transactionTimeoutMs: chance(0.3) ? between(500, 3_000) : 60_000,
    latencyMsMax: chance(0.7) ? between(1, 5) : between(5, 60),
    splitShare: chance(0.3) ? 0.3 : 0,
    refusedShare: chance(0.2) ? 0.2 : 0,
    cutShare: chance(0.3) ? 0.4 : 0,
    syncMsMax: chance(0.6) ? between(0, 3) : between(3, 30),
    upkeepHaste: chance(0.6) ? between(5, 40) : 1,
  }
  const clients = clientsOf(seed, settings)
  return { seed, settings, clients, faults: faultsOf(chanceFor(seed, 'faults'), clients) }
}

/** Chance for one part of a plan, so that a new part leaves the others as they were. */
export function chanceFor(seed: number, part: string): Random {
  return seededRandom(seed * 2 ** 20 + (crc32c(Buffer.from(part)) & 0xfffff))
}

function clientsOf(seed: number, settings: Settings): ClientPlan[] {
  const chooser = chanceFor(seed, 'clients')
  // Each client's steps are drawn by a chance of its own.
  let random = chooser
  const between = (low: number, high: number) => low + random.below(high - low + 1)
  const paceMs = between(50, 1200)
  const isPipelining = random.below(2) === 0
  const steps = <Step>(name: string, draw: (waitMs: number) => Step): Step[] => {
    random = chanceFor(seed, name)
    const drawn: Step[] = []
    let atMs = 0
    while (drawn.length < 30) {
      const waitMs = random.below(2 * paceMs)
      atMs += waitMs
      if (atMs > faultsEndMs) break
      drawn.push(draw(waitMs))
    }
    random = chooser
    return drawn
  }
  const writer = (name: string): ClientPlan => ({
    kind: 'writer',
    name,
    steps: steps(name, (waitMs) => ({
      waitMs,
      partition: random.below(settings.partitions),
      records: between(1, 5),
      bytes: random.below(10) === 0 ? between(200, 1500) : between(0, 40),
      isPipelined: isPipelining && random.below(3) > 0,
    })),
  })
  const transfer = (name: string): ClientPlan => ({
    kind: 'transfer',
    name,
    steps: steps(name, (waitMs) => ({
      waitMs,
      writes: Array.from({ length: random.below(4) }, () => ({
        partition: random.below(settings.partitions),
        records: between(1, 3),
      })),
      hasOffset: random.below(3) > 0,
      isSpoilt: random.below(8) === 0,
      ...(random.below(40) === 0 && {
        dies: {
          afterMs: random.below(6 * settings.latencyMsMax),
          isForGood: random.below(4) === 0,
        },
      }),
    })),
  })
  const reader = (name: string, isolation: 'read_committed' | 'read_uncommitted'): ClientPlan => ({
    kind: 'reader',
    name,
    isolation,
    steps: steps(name, (waitMs) => ({
      waitMs,
      polls: between(1, 4),
      isRewound: random.below(5) === 0,
    })),
  })
  const intruder = (name: string): ClientPlan => ({
    kind: 'intruder',
    name,
    steps: steps(name, (waitMs) => ({
      waitMs: 2 * waitMs,
      kind: (['noise', 'cut-off', 'huge', 'unknown-api', 'silent'] as const)[
        random.below(5)
      ] as IntruderStep['kind'],
    })),
  })
  const admin = (name: string): ClientPlan => ({
    kind: 'admin',
    name,
    steps: steps(name, (waitMs) => ({
      waitMs: waitMs >> 1,
      topic: `side-${random.below(2)}`,
      action: (['create', 'create', 'delete', 'grow', 'fill', 'fill', 'read'] as const)[
        random.below(7)
      ] as AdminStep['action'],
    })),
  })
  const member = (name: string): ClientPlan => ({
    kind: 'member',
    name,
    steps: steps(name, (waitMs) => ({
      waitMs,
      turns: between(1, 5),
      leaves: random.below(6) === 0,
    })),
  })
  const trimmer = (name: string): ClientPlan => ({
    kind: 'trimmer',
    name,
    steps: steps(name, (waitMs) => ({
      waitMs: waitMs >> 1,
      action: (['fill', 'fill', 'fill', 'trim', 'read'] as const)[
        random.below(5)
      ] as TrimmerStep['action'],
      share: random.float(),
      bytes: between(0, 400),
    })),
  })
  const keeper = (name: string): ClientPlan => ({
    kind: 'keeper',
    name,
    steps: steps(name, (waitMs) => ({
      waitMs: waitMs >> 1,
      // Some are set again and again, most stay as they are for long.
      keys: Array.from({ length: between(1, 6) }, () => random.below(random.below(2) ? 4 : 40)),
      isRemoval: random.below(5) === 0,
      mode: (['plain', 'plain', 'committed', 'aborted'] as const)[
        random.below(4)
      ] as KeeperStep['mode'],
      isRead: random.below(6) === 0,
    })),
  })
  const clients: ClientPlan[] = []
  const writers = random.below(3)
  for (let at = 0; at < writers; at++) clients.push(writer(`writer-${at}`))
  const transfers = writers === 0 ? between(1, 2) : random.below(3)
  for (let at = 0; at < transfers; at++) clients.push(transfer(`transfer-${at}`))
  if (random.below(4) > 0) clients.push(reader('reader-0', 'read_committed'))
  if (random.below(2) > 0) clients.push(reader('reader-1', 'read_uncommitted'))
  if (random.below(5) === 0) clients.push(intruder('intruder-0'))
  if (random.below(4) === 0) clients.push(admin('admin-0'))
  const members = random.below(3) === 0 ? between(1, 3) : 0
  for (let at = 0; at < members; at++) clients.push(member(`member-${at}`))
  if (random.below(4) === 0) clients.push(trimmer('trimmer-0'))
  if (random.below(3) === 0) clients.push(keeper('keeper-0'))
  return clients
}

function faultsOf(random: Random, clients: readonly ClientPlan[]): Fault[] {
  const between = (low: number, high: number) => low + random.below(high - low + 1)
  const ending = (): Ending => {
    const downMs = between(1, 2_000)
    const near = random.below(2) === 0 ? '' : (rareFiles[random.below(rareFiles.length)] ?? '')
    if (near !== '') return { downMs, afterChanges: between(1, 3), near }
    return { downMs, afterChanges: random.below(3) === 0 ? 0 : between(1, endChangesMax), near }
  }
  const forMs = () => between(1, 1_500)
  const kinds: ((atMs: number) => Fault)[] = [
    (atMs) => ({ atMs, kind: 'kill-broker', ...ending() }),
    (atMs) => ({ atMs, kind: 'cut-power', ...ending() }),
    (atMs) => ({ atMs, kind: 'stop-broker', downMs: between(1, 1_000) }),
    (atMs) => ({
      atMs,
      kind: 'kill-client',
      client: clients[random.below(clients.length)]?.name ?? '',
      downMs: between(1, 1_000),
      isForGood: random.below(4) === 0,
    }),
    (atMs) => ({ atMs, kind: 'cut-connections', share: random.float() }),
    (atMs) => {
      const split = random.below(clients.length + 1)
      const machine = clients[split]?.name ?? 'broker'
      return { atMs, kind: 'split-off', machine, forMs: 2 * forMs() }
    },
    (atMs) => ({ atMs, kind: 'disk-full', forMs: forMs(), roomBytes: random.below(600) }),
    (atMs) => ({ atMs, kind: 'disk-errors', forMs: forMs(), share: random.float() }),
    (atMs) => ({ atMs, kind: 'sync-fails', forMs: forMs(), downMs: between(1, 500) }),
    (atMs) => ({ atMs, kind: 'slow-disk', forMs: forMs(), syncMs: between(20, 800) }),
    (atMs) => ({ atMs, kind: 'clock-jump', aheadMs: between(-clockAheadMsMax, clockAheadMsMax) }),
  ]
  const chosen = kinds.filter(() => random.below(4) === 0)
  const faults: Fault[] = []
  const total = chosen.length === 0 ? 0 : random.below(16)
  for (let at = 0; at < total; at++) {
    const draw = chosen[random.below(chosen.length)]
    if (draw !== undefined) faults.push(draw(random.below(faultsEndMs)))
  }
  return faults.sort((left, right) => left.atMs - right.atMs)
}
