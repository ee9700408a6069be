import { seededRandom } from '@millrace/host'
import { type FedRow, type Scenario, scenarios } from './scenario.js'

/** When a process is killed. */
export interface Kill {
  /** When the job has read so many records, in all its lives; right after its start where absent. */
  readonly afterRecords?: number
  /** … and so long after that. */
  readonly waitMs: number
}

/** What happens under one seed. */
export interface Story {
  readonly seed: number
  readonly scenario: Scenario
  readonly rows: readonly FedRow[]
  readonly kills: readonly Kill[]
}

/** Records of one story. */
const rowCount = 1500

/** About how long a few steps take: kills fall anywhere in them. */
const waitMsMax = 25

/** About how long a process needs to start. */
const startMsMax = 1500

export function storyOf(seed: number): Story {
  const random = seededRandom(seed)
  const scenario = scenarios[seed % scenarios.length] as Scenario
  const kills: Kill[] = []
  const count = 3 + random.below(3)
  for (let place = 0; place < count; place++) {
    // Each in its part of the records, so that the job has gone on since the one before.
    const part = Math.floor((rowCount * 0.9) / count)
    kills.push({
      afterRecords: 1 + place * part + random.below(part),
      waitMs: random.float() * waitMsMax,
    })
    // A few meet a process that starts, and may be recovering.
    if (random.below(4) === 0) kills.push({ waitMs: random.float() * startMsMax })
  }
  return { seed, scenario, kills, rows: scenario.rows(random, rowCount) }
}
