import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { type Answer, answerText, comparable } from './answer.js'
import { caseFiles, readCaseFile } from './case-file.js'
import { FlinkCluster, isFlinkInstalled } from './flink-cluster.js'
import { FlinkWorld } from './flink-world.js'
import { gaps } from './gaps.js'
import { MillraceWorld } from './millrace-world.js'
import { answersOf } from './questions.js'
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
      const answers = await answered(file.name, await FlinkWorld.open(file, cluster.gateway))
      if (isRewriting) return file.rewrite(answers)
      // Why something fails is there to be read: some of it is Flink's own generated code.
      for (const [index, { title, recorded }] of file.questions.entries()) {
        await t.test(title, () => assert.equal(shown(answers[index]), shown(recorded)))
      }
    }),
  )
  await Promise.all(playing)
})

test('this engine answers as Apache Flink does, but for the gaps', async (t) => {
  const refused: string[] = []
  for (const { name } of files) {
    await t.test(name, async (t) => {
      // Read again: it may just have been recorded.
      const { questions } = readCaseFile(name)
      const open = new Set(gaps.flatMap(({ where }) => where[name] ?? []))
      const answers = await answered(name, await MillraceWorld.open(readCaseFile(name)))
      for (const [index, { title, recorded }] of questions.entries()) {
        const answer = answers[index] ?? assert.fail('no answer')
        const expected = recorded ?? assert.fail(`${title}: there is no recording of it`)
        if ('failure' in answer && answer.isRefusal && !('failure' in expected)) {
          refused.push(`${name}: ${title}: ${answer.failure}`)
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
    const text = `${refused.join('\n')}\n`
    if (isRewriting) writeFileSync(refusals, text)
    const listed = readFileSync(refusals, 'utf8')
    assert.equal(text, listed, 'write refused.txt anew with MILLRACE_REWRITE=1, and read it')
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

async function answered(name: string, world: World): Promise<Answer[]> {
  try {
    return await answersOf(readCaseFile(name), world)
  } finally {
    await world.close()
  }
}

function shown(answer: Answer | undefined): string {
  if (answer === undefined) return 'no answer'
  return answerText('failure' in answer ? { ...answer, failure: 'it fails' } : answer)
}
