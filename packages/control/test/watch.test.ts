import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from './folder.js'
import { RunningMillrace, ridesFolder } from './millrace.js'

test('pipeline tests run again when a file changes, and when it is mended', async (t) => {
  const project = path.join(temporaryFolder(t), 'rides')
  const filter = (source: string) => path.basename(source) !== '.millrace'
  cpSync(ridesFolder, project, { recursive: true, filter })
  const running = new RunningMillrace(t, ['test', project, '--watch'])
  const rounds = (count: number) => (err: string) =>
    err.split('Waiting for a change').length > count
  await running.says(rounds(1))
  const file = path.join(project, 'pipelines', 'surge.sql')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, `${text}\nINSERT INTO nowhere SELECT 1;`)
  await running.says(rounds(2))
  writeFileSync(file, text)
  await running.says(rounds(3))
  const { code, out, err } = await running.end('SIGINT')
  assert.equal(code, 0)
  assert.match(err, /surge\.sql:\d+:13: there is no table `nowhere`/)
  assert.equal(out.match(/cases? passed/g)?.length, 2)
})
