import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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

test('functions are read anew when their module changes', async (t) => {
  const project = temporaryFolder(t)
  const pipelines = path.join(project, 'pipelines')
  mkdirSync(pipelines)
  writeFileSync(path.join(project, 'millrace.yaml'), 'name: halves\n')
  mkdirSync(path.join(project, 'topics'))
  writeFileSync(path.join(project, 'topics', 'numbers.yaml'), '')
  const write = (name: string, text: string) => writeFileSync(path.join(pipelines, name), text)
  const half = (divisor: number) => `export const half = {
    parameters: ['DOUBLE NOT NULL'], returns: 'DOUBLE', call: (n) => n / ${divisor},
  }`
  write('functions.mjs', half(2))
  write(
    'halves.sql',
    `CREATE FUNCTION half AS './functions.mjs#half' LANGUAGE JAVASCRIPT;
    CREATE TABLE numbers (n DOUBLE) WITH ('connector' = 'kafka', 'topic' = 'numbers', 'format' = 'json');
    CREATE TABLE halves (h DOUBLE) WITH ('connector' = 'kafka', 'topic' = 'halves', 'format' = 'json');
    INSERT INTO halves SELECT half(n) FROM numbers;`,
  )
  write(
    'halves.test.yaml',
    `pipeline: halves.sql
cases:
  - name: a half
    given: { numbers: [{ n: 8 }] }
    expect: { halves: [{ h: 4 }] }
`,
  )
  const running = new RunningMillrace(t, ['test', project, '--watch'])
  const rounds = (count: number) => (err: string) =>
    err.split('Waiting for a change').length > count
  await running.says(rounds(1))
  write('functions.mjs', half(4))
  await running.says(rounds(2))
  write('functions.mjs', half(2))
  await running.says(rounds(3))
  const { code, out } = await running.end('SIGINT')
  assert.equal(code, 0)
  assert.deepEqual(out.match(/^1 .*$/gm), ['1 case passed', '1 of 1 case failed', '1 case passed'])
})
