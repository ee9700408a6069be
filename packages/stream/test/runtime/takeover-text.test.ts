import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Dataflow } from '../../src/operators/dataflow.js'
import { planScript } from '../../src/script.js'
import type { JobDescription } from '../../src/state/description.js'
import { isSameDescription, takeover, takeoverText } from '../../src/state/takeover.js'
import { rewriteFile, type TextFile, textFiles } from '../sql/text-cases.js'

const rewriting = process.env.MILLRACE_REWRITE === '1'

async function descriptionOf(script: string): Promise<JobDescription> {
  const dataflow = await Dataflow.compile(planScript(script))
  dataflow.close()
  return JSON.parse(JSON.stringify(dataflow.description))
}

async function verdict(input: string, file: TextFile): Promise<string> {
  const [old = '', now = ''] = input.split(/^->\n/m)
  const before = await descriptionOf(file.prelude + old)
  const after = await descriptionOf(file.prelude + now)
  const same = isSameDescription(before, after) ? 'the same\n' : ''
  // Lines are counted from the first of the new script.
  const first = file.prelude.split('\n').length - 1
  const text = takeoverText(takeover(before, after))
  return same + text.replace(/line (\d+):/g, (_, line) => `line ${Number(line) - first}:`)
}

for (const file of textFiles('runtime')) {
  describe(`runtime/${file.name}`, { concurrency: false }, () => {
    if (rewriting) {
      test('is written again', async () => {
        const outputs: string[] = []
        for (const each of file.cases) outputs.push(await verdict(each.input, file))
        rewriteFile(file, outputs)
      })
      return
    }
    for (const each of file.cases) {
      test(each.title, async () => assert.equal(await verdict(each.input, file), each.expected))
    }
  })
}
