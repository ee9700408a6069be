import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from './folder.js'
import { eventually, millrace, RunningMillrace } from './millrace.js'
import { mixedProject } from './mixed-project.js'

/** Packages that only some projects need. */
const seldom = ['ajv', '@bufbuild', 're2js', 'sucrase']

const recorder = fileURLToPath(new URL('../../test/record-modules.cjs', import.meta.url))

/** Has every process of the program tell in a file which modules of packages it loads. */
function recording(t: TestContext): { environment: NodeJS.ProcessEnv; loaded: () => string[] } {
  const file = path.join(temporaryFolder(t), 'loaded')
  const environment = { NODE_OPTIONS: `--require ${recorder}`, MODULES_FILE: file }
  const loaded = () => {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
    const names = lines.map((line) => /.*node_modules\/([^/]+)/.exec(line)?.[1] ?? '')
    return [...new Set(names)].filter((name) => name !== '').sort()
  }
  return { environment, loaded }
}

test('a project of Avro alone loads nothing that the other languages of schemas need', async (t) => {
  const folder = path.join(temporaryFolder(t), 'shop')
  await millrace(['new', folder])
  const { environment, loaded } = recording(t)
  const platform = new RunningMillrace(t, ['up', folder, '--free-ports', '--json'], environment)
  await platform.json()
  const events = path.join(folder, 'orders.ndjson')
  const sent = await millrace(['produce', '-C', folder, 'orders', '--file', events])
  assert.equal(sent.code, 0, sent.err)
  await eventually('a row of the table', async () => {
    const answer = await millrace([
      'sql',
      '-C',
      folder,
      'SELECT COUNT(*) AS n FROM sales',
      '--json',
    ])
    return answer.code === 0 && /[1-9]/.test(answer.out)
  })
  await platform.end('SIGTERM')
  const names = loaded()
  // The jobs and the tables have told, too.
  assert.ok(names.includes('@duckdb'), names.join(', '))
  assert.deepEqual(
    names.filter((name) => seldom.some((each) => name.startsWith(each))),
    [],
  )
})

test('a project of all languages loads what they need', async (t) => {
  const { environment, loaded } = recording(t)
  const project = mixedProject(t)
  const platform = new RunningMillrace(t, ['up', project, '--free-ports', '--json'], environment)
  await platform.json()
  await platform.end('SIGTERM')
  const names = loaded()
  for (const needed of ['ajv', '@bufbuild', 're2js']) {
    assert.ok(names.includes(needed), `${needed} is not among ${names.join(', ')}`)
  }
})
