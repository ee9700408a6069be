import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { type Answer, answerText, comparable } from './answer.js'
import { type CaseFile, caseFiles, readCaseFile } from './case-file.js'
import { FlinkCluster, isFlinkInstalled } from './flink-cluster.js'
import { FlinkWorld } from './flink-world.js'
import { gaps } from './gaps.js'
import { MillraceWorld } from './millrace-world.js'
import { answersOf } from './questions.js'
import { Sandbox } from './sandbox.js'
import type { World } from './world.js'

const isRewriting = process.env.MILLRACE_REWRITE === '1'

const files = caseFiles()

/** What is refused here and answered by Flink; a line for each question. */
const refusals = path.join(import.meta.dirname, '../../../test/flink/refused.txt')

/** Files that Flink works on at the same time: it mostly waits. */
const filesAtOnce = 3

test('Apache Flink answers as it is recorded', { concurrency: filesAtOnce }, async (t) => {
  if (!isFlinkInstalled(t)) return
  const cluster = await FlinkCluster.start()
  t.after(() => cluster.close())
  const playing = files.map((file) =>
    t.test(file.name, async (t) => {
      const answers = await answered(file, (sandbox) => [
        new FlinkWorld(file, sandbox, cluster.gateway),
      ])
      if (isRewriting) return file.rewrite(answers)
      // Why something fails is there to be read: some of it is Flink's own generated code.
      for (const [index, { title, recorded }] of file.questions.entries()) {
        await t.test(title, () => assert.equal(shown(answers[index]), shown(recorded)))
      }
    }),
  )
  await Promise.all(playing)
  if (isRewriting) return
  for (const file of files.filter(({ name }) => name === 'avro.test.txt')) {
    const worlds = (sandbox: Sandbox) => [
      new FlinkWorld(file, sandbox, cluster.gateway),
      new MillraceWorld(file, sandbox),
    ]
    await t.test('Avro that Flink wrote is read here', async () => {
      compareAll(file, await answered(file, worlds))
    })
    await t.test('Flink reads Avro that was written here', async () => {
      compareAll(file, await answered(file, (sandbox) => worlds(sandbox).reverse()))
    })
  }
})

/** That the answers are those recorded, but for the gaps. */
function compareAll(file: CaseFile, answers: readonly Answer[]): void {
  const open = gapsIn(file.name)
  for (const [index, { title, recorded }] of file.questions.entries()) {
    const [answer, expected] = [answers[index], recorded]
    if (open.includes(title)) continue
    assert.equal(answer && comparable(answer), expected && comparable(expected), title)
  }
}

test('this engine answers as Apache Flink does, but for the gaps', async (t) => {
  const refused: { place: string; why: string }[] = []
  for (const { name } of files) {
    await t.test(name, async (t) => {
      // Read again: it may just have been recorded.
      const file = readCaseFile(name)
      const open = new Set(gapsIn(name))
      const answers = await answered(file, (sandbox) => [new MillraceWorld(file, sandbox)])
      for (const [index, { title, recorded }] of file.questions.entries()) {
        const answer = answers[index] ?? assert.fail('no answer')
        const expected = recorded ?? assert.fail(`${title}: there is no recording of it`)
        if ('failure' in answer && answer.isRefusal && !('failure' in expected)) {
          refused.push({ place: `${name}: ${title}: `, why: answer.failure })
          continue
        }
        await t.test(title, () => {
          if (!open.has(title)) assert.equal(comparable(answer), comparable(expected))
          else assert.notEqual(comparable(answer), comparable(expected), 'take it off gaps.ts')
        })
      }
    })
  }
  if (process.env.MILLRACE_AREA !== undefined) return
  await t.test('what is refused here is listed', () => {
    const lines = refused.map(({ place, why }) => `${place}${why}`)
    if (isRewriting) writeFileSync(refusals, `${lines.join('\n')}\n`)
    const listed = readFileSync(refusals, 'utf8').trimEnd().split('\n')
    const advice = 'write refused.txt anew with MILLRACE_REWRITE=1, and read it'
    const added = refused.filter(({ place }) => !listed.some((line) => line.startsWith(place)))
    assert.deepEqual(added, [], `refused now: ${advice}`)
    // While several features are on their way, a line too many stands in nobody's way but CI's.
    if (process.env.CI) assert.deepEqual(lines, listed, `answered now: ${advice}`)
  })
})

test('every gap names questions that there are', () => {
  if (process.env.MILLRACE_AREA !== undefined) return
  for (const { where } of gaps) {
    for (const [name, titles] of Object.entries(where)) {
      const file = files.find((each) => each.name === name) ?? assert.fail(`no file ${name}`)
      const there = file.questions.map(({ title }) => title)
      for (const title of titles) assert.ok(there.includes(title), `${name}: no '${title}'`)
    }
  }
})

function gapsIn(file: string): string[] {
  return gaps.flatMap(({ where }) => where[file] ?? [])
}

/** Of scripts in two parts the first engine plays the first, the last what follows. */
async function answered(
  file: CaseFile,
  open: (sandbox: Sandbox) => readonly World[],
): Promise<Answer[]> {
  const sandbox = await Sandbox.open(file)
  try {
    const [world, reader] = open(sandbox)
    return await answersOf(file, world ?? assert.fail('no engine'), reader)
  } finally {
    await sandbox.close()
  }
}

function shown(answer: Answer | undefined): string {
  if (answer === undefined) return 'no answer'
  return answerText('failure' in answer ? { ...answer, failure: 'it fails' } : answer)
}
