import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { StepOutcome } from '../../src/operators/dataflow.js'
import { ColumnBatch } from '../../src/state/batch.js'
import { BatchWorld } from './batch-world.js'
import { caseTextOf, parseCases, writeCase } from './case-text.js'
import { allFeatures, featuresOf } from './features.js'
import { type Case, randomCase } from './random-case.js'
import { type RunOptions, runCase } from './run-case.js'
import { shrinkCase } from './shrink.js'

/** `npm run law:stream` tries thousands. */
const seeds = 25

/**
 * Found broken once, and mended: windows that cumulate under a key, the first of no rows, and a full
 * join whose padded rows no key tells apart.
 */
const mended = [1983, 2178, 730055]
const fileName = path.join('packages', 'stream', 'test', 'generated', 'kept.txt')

describe('incremental equals recompute, for generated queries', () => {
  let world: BatchWorld
  before(async () => {
    world = await BatchWorld.create()
  })
  after(() => world.close())

  for (const { title, text } of parseCases(readFileSync(fileName, 'utf8'))) {
    it(`kept: ${title}`, async () => {
      assert.deepEqual(await runCase(text, world), { kind: 'holds' })
    })
  }

  it(`seeds 1 to ${seeds}, and those that broke once`, async () => {
    const first = Array.from({ length: seeds }, (_, at) => at + 1)
    for (const seed of [...first, ...mended]) {
      const text = caseTextOf(randomCase(seed))
      const verdict = await runCase(text, world)
      const isBroken = verdict.kind === 'broken'
      assert.ok(!isBroken, isBroken ? `${verdict.what}\n${writeCase(`seed ${seed}`, text)}` : '')
    }
  })

  it('every feature is reached', () => {
    const found = new Set<string>()
    for (let seed = 1; seed <= 6000; seed++) {
      for (const feature of featuresOf(randomCase(seed))) found.add(feature)
    }
    assert.deepEqual(
      [...allFeatures].filter((feature) => !found.has(feature)),
      [],
    )
  })

  it('a case that is written and read is the same', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const written = writeCase('it', caseTextOf(randomCase(seed)))
      const [read] = parseCases(written)
      assert.equal(read && writeCase(read.title, read.text), written)
    }
  })
})

/** Rules that are broken on purpose: what the engine does to what it gives, or remembers, in a step. */
const mutants: Record<string, RunOptions> = {
  'an operator forgets what it closed': {
    mutate: (outcome) => ({
      ...outcome,
      changes: outcome.changes.map(({ closedThroughMs: _, ...change }) => change),
    }),
  },
  'an operator forgets which rows went': {
    mutate: (outcome) => ({
      ...outcome,
      changes: outcome.changes.map(({ removed: _, ...change }) => change),
    }),
  },
  'a step keeps none of its rows': {
    mutate: (outcome, step) => ({
      ...outcome,
      changes: outcome.changes.map((change) => {
        if (step !== 1) return change
        const { rows: _, ...kept } = change
        return kept
      }),
    }),
  },
  'the last row of a step is not given out': { mutate: withoutLastRow },
  'a filter lets everything through': {
    mutatePlan: (plan) => rewritePlan(plan, 'filter', { condition: isTrue }),
  },
  'a left join is an inner join': {
    mutatePlan: (plan) => rewritePlan(plan, 'join', { type: 'inner' }),
  },
}

const isTrue = { kind: 'literal', value: true, type: { kind: 'boolean', nullable: false } }

function rewritePlan<T>(plan: T, kind: string, instead: object): T {
  const rewritten = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rewritten)
    if (typeof value !== 'object' || value === null || value instanceof Map) return value
    const parts = Object.entries(value).map(([name, part]) => [name, rewritten(part)])
    const isIt = 'kind' in value && value.kind === kind && 'fields' in value
    const isOther = isIt && 'type' in value && value.type !== 'left'
    return { ...Object.fromEntries(parts), ...(isIt && !isOther && instead) }
  }
  return rewritten(plan) as T
}

function withoutLastRow(outcome: StepOutcome): StepOutcome {
  const outputs = outcome.outputs.map((output) => {
    const { rows } = output
    if (rows.rowCount < 2) return output
    const fewer = new ColumnBatch(rows.fields)
    fewer.appendRows(rows.columns, 0, rows.rowCount - 1)
    return { ...output, rows: fewer }
  })
  return { ...outcome, outputs }
}

describe('the law notices', () => {
  let world: BatchWorld
  before(async () => {
    world = await BatchWorld.create()
  })
  after(() => world.close())

  for (const [name, options] of Object.entries(mutants)) {
    it(`${name}, within a few hundred seeds`, async () => {
      for (let seed = 1; seed <= 300; seed++) {
        const verdict = await runCase(caseTextOf(randomCase(seed)), world, options)
        if (verdict.kind === 'broken') return
      }
      assert.fail('it did not notice')
    })
  }

  it('and shrinks what it found', async () => {
    const options = mutants['a filter lets everything through']
    const fails = async (smaller: Case) => {
      const verdict = await runCase(caseTextOf(smaller), world, options)
      return verdict.kind === 'broken' && verdict.how === 'answer' ? verdict : undefined
    }
    for (let seed = 1; ; seed++) {
      const whole = randomCase(seed)
      if (!(await fails(whole))) continue
      const least = await shrinkCase(whole, fails, { triesMax: 15 })
      const rowsOf = ({ steps }: Case) => steps.flatMap(({ changes }) => changes).length
      assert.ok(await fails(least))
      assert.ok(rowsOf(least) < rowsOf(whole), writeCase('least', caseTextOf(least)))
      return
    }
  })
})
