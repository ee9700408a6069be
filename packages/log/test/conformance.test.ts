import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { ApacheKafka, isKafkaInstalled } from './apache-kafka.js'
import { startBroker } from './broker-harness.js'
import { areas } from './conformance/areas.js'
import { gaps } from './conformance/gaps.js'
import { Recording } from './conformance/recording.js'
import { play, type Scenario, type Step } from './conformance/scenario.js'
import { warmUp } from './conformance/warm-up.js'

const isRewriting = process.env.MILLRACE_REWRITE === '1'

/** Only the areas with this in their name, while one of them is worked on. */
const wanted = process.env.MILLRACE_AREA ?? ''

const recordings = Object.entries(areas)
  .filter(([area]) => area.includes(wanted))
  .map(([area, scenarios]) => ({ area, scenarios, recording: new Recording(area) }))

/** Plays every scenario, each as a test of its own. */
async function playAll(
  t: TestContext,
  bootstrap: string,
  judge: (scenario: Scenario, recording: Recording, steps: Step[]) => void,
): Promise<void> {
  await warmUp(bootstrap)
  for (const { area, scenarios, recording } of recordings) {
    for (const scenario of scenarios) {
      await t.test(`${area}: ${scenario.name}`, async () => {
        judge(scenario, recording, await play(bootstrap, scenario))
      })
    }
  }
}

test('Apache Kafka answers as it is recorded', async (t) => {
  if (!isKafkaInstalled(t)) return
  // Without it, what a heartbeat answers depends on when the one before was.
  const kafka = await ApacheKafka.start({ 'group.consumer.assignment.interval.ms': '0' })
  t.after(() => kafka.close())
  await playAll(t, kafka.bootstrap, ({ name }, recording, steps) => {
    if (isRewriting) recording.set(name, steps)
    assert.equal(text(steps), text(recording.steps(name)))
  })
  if (!isRewriting) return
  for (const { scenarios, recording } of recordings) {
    recording.save(scenarios.map(({ name }) => name))
  }
})

test('the embedded broker answers as Apache Kafka does, but for the gaps', async (t) => {
  const { bootstrap } = await startBroker(t, { consumerAssignmentIntervalMs: 0 })
  await playAll(t, bootstrap, ({ name }, recording, steps) => {
    const recorded = recording.steps(name) ?? assert.fail('There is no recording of it.')
    const { isOpen, wholly } = gapsIn(name)
    const differing = recorded
      .map(({ name }) => name)
      .filter((step) => seenIn(steps, step) !== seenIn(recorded, step))
    if (wholly) {
      assert.notEqual(differing.length, 0, 'A gap is closed: take the scenario off gaps.ts.')
      return
    }
    // Those that only one of both has count too.
    const names = [...recorded, ...steps].map((step) => step.name)
    const expected = [...new Set(names)].filter((step) => !isOpen.has(bare(step)))
    const compared = (of: Step[]) =>
      expected.map((name) => ({ name, seen: seenIn(of, name) ?? 'not reached' }))
    assert.equal(text(compared(steps)), text(compared(recorded)))
    assert.deepEqual(
      [...isOpen].filter((step) => !differing.some((each) => bare(each) === step)),
      [],
      'These gaps are closed: take them off gaps.ts.',
    )
  })
})

test('every gap names scenarios and steps that there are', () => {
  const known = new Map(
    recordings.flatMap(({ recording }) =>
      recording.names.map((name) => [name, (recording.steps(name) ?? []).map((s) => bare(s.name))]),
    ),
  )
  if (wanted !== '') return
  for (const { where } of gaps) {
    for (const [scenario, steps] of Object.entries(where)) {
      const there = known.get(scenario) ?? assert.fail(`There is no scenario '${scenario}'.`)
      if (steps === 'all') continue
      for (const step of steps) assert.ok(there.includes(step), `${scenario}: no step '${step}'`)
    }
  }
})

test('recordings hold the scenarios that there are, no others', () => {
  for (const { scenarios, recording } of recordings) {
    assert.deepEqual(
      recording.names,
      scenarios.map(({ name }) => name),
    )
  }
})

test('DESIGN.md lists the gaps, each with its reason', () => {
  const file = path.join(import.meta.dirname, '../../DESIGN.md')
  const design = fs.readFileSync(file, 'utf8')
  const [before = '', list = '', after = ''] = design.split(
    /(?<=\n## What differs from Kafka, and why\n\n[^\n]+\n\n)((?:- [^\n]+\n)+)/,
  )
  const lines = gaps.map(({ what, why }) => `- **${what}.** ${why}\n`).join('')
  if (isRewriting) fs.writeFileSync(file, `${before}${lines}${after}`)
  else assert.equal(list, lines)
})

function gapsIn(scenario: string): { isOpen: ReadonlySet<string>; wholly: boolean } {
  const found = gaps.flatMap(({ where }) => where[scenario] ?? [])
  const wholly = found.includes('all')
  return { isOpen: new Set(wholly ? [] : found), wholly }
}

/** A step's name without API and version. */
function bare(step: string): string {
  return step.replace(/ \(\w+ \d+\)$/, '')
}

function seenIn(steps: readonly Step[], name: string): string | undefined {
  return steps.find((each) => each.name === name)?.seen
}

function text(steps: readonly Step[] = []): string {
  return steps.map(({ name, seen }) => `--- ${name}\n${seen}\n`).join('\n')
}
