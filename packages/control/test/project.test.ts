import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { realHost } from '@millrace/host'
import { ProjectError, renderProblem } from '../src/project/problem.js'
import { loadProject, type Project } from '../src/project/project.js'
import { closest } from '../src/project/spelling.js'
import { temporaryFolder } from './folder.js'

const goldens = fileURLToPath(new URL('../../test/project', import.meta.url))
const rides = fileURLToPath(new URL('../../../../examples/rides', import.meta.url))

function problemsOf(folder: string): string[] {
  try {
    loadProject(realHost.disk, folder)
    return []
  } catch (cause) {
    if (!(cause instanceof ProjectError)) throw cause
    return cause.problems.map(renderProblem)
  }
}

test('everything wrong in a project is told, a line each', () => {
  const golden = path.join(goldens, 'broken.txt')
  const lines = problemsOf(path.join(goldens, 'broken'))
  // Rewrite the golden with MILLRACE_REWRITE=1, and read what changed before committing it.
  if (process.env.MILLRACE_REWRITE !== undefined) writeFileSync(golden, `${lines.join('\n')}\n`)
  assert.deepEqual(lines, readFileSync(golden, 'utf8').trimEnd().split('\n'))
  for (const line of lines) assert.ok(!line.includes('\n'))
})

test('the example is right, and says what it means', () => {
  const project = loadProject(realHost.disk, rides)
  assert.equal(project.manifest.name, 'rides')
  assert.deepEqual(
    project.topics.map((topic) => [topic.name, topic.partitions, topic.key, topic.exceptions]),
    [
      ['area_surge', 4, undefined, undefined],
      ['trips.exceptions', 1, undefined, undefined],
      ['trips', 4, 'pickup_area', 'trips.exceptions'],
    ],
  )
  const [pipeline] = project.pipelines
  assert.deepEqual([pipeline?.sources, pipeline?.sinks], [['trips'], ['area_surge']])
  assert.deepEqual(project.tables[0]?.key, ['pickup_area', 'window_start'])
})

test('an empty project is right', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(path.join(folder, 'millrace.yaml'), '')
  const project: Project = loadProject(realHost.disk, folder)
  assert.equal(project.manifest.name, path.basename(folder))
  assert.equal(project.manifest.ports.kafka, 9092)
})

test('a folder that is no project is told as such', (t) => {
  const folder = temporaryFolder(t)
  assert.throws(() => loadProject(realHost.disk, path.join(folder, 'no')), /There is no folder/)
  assert.throws(() => loadProject(realHost.disk, folder), /holds no millrace\.yaml/)
})

test('a key given twice is told where it stands', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(path.join(folder, 'millrace.yaml'), 'name: a\nname: b\n')
  assert.deepEqual(problemsOf(folder), [
    'millrace.yaml:2:1: this is not YAML: Map keys must be unique.',
  ])
})

test('values that look like something else are taken as they are written', (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(path.join(folder, 'topics'))
  writeFileSync(path.join(folder, 'millrace.yaml'), 'name: 007\n')
  writeFileSync(path.join(folder, 'topics', 'a.yaml'), 'owner: 1e3\n')
  const project = loadProject(realHost.disk, folder)
  assert.equal(project.manifest.name, '007')
  assert.equal(project.topics[0]?.owner, '1e3')
})

test('near names are found, far ones are not', () => {
  const names = ['partitions', 'owner', 'schema']
  assert.equal(closest('partition', names), 'partitions')
  assert.equal(closest('shcema', names), 'schema')
  assert.equal(closest('OWNER', names), 'owner')
  assert.equal(closest('retention', names), undefined)
  assert.equal(closest('x', names), undefined)
})
