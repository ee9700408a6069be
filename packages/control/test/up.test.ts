import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { BoardRows, PlatformView } from '../src/api/types.js'
import { isAlive } from '../src/supervise/lock.js'
import { temporaryFolder } from './folder.js'
import { eventually, millrace, RunningMillrace, ridesFolder } from './millrace.js'

interface Up {
  pid: number
  endpoints: PlatformView['endpoints']
}

const up = (folder: string) => ['up', ridesFolder, '--data', folder, '--free-ports', '--json']

function url(from: Up, name: string): string {
  const found = from.endpoints.find((endpoint) => endpoint.name === name)
  assert.ok(found)
  return found.url
}

const ten = Date.UTC(2026, 0, 4, 10)

function trip(id: number, area: number, time: number): string {
  const [fare, payment_type] = [10, 'Cash']
  return JSON.stringify({ trip_id: id, pickup_area: area, started_at: time, fare, payment_type })
}

/**
 * A trip a minute in one area for half an hour, and then one in each of so many areas that every
 * partition has gone past that half hour.
 */
const halfAnHour = [
  ...Array.from({ length: 30 }, (_, minute) => trip(minute + 1, 8, ten + minute * 60_000)),
  ...Array.from({ length: 40 }, (_, area) => trip(area + 101, area + 1, ten + 36 * 60_000)),
].join('\n')

/** Whether a process still runs; one that has ended stays in the list until it is asked for. */
function runs(pid: number): boolean {
  if (!isAlive(pid)) return false
  const stat = `/proc/${pid}/stat`
  return !(existsSync(stat) && /\) Z /.test(readFileSync(stat, 'utf8')))
}

test('trips come out as surge; what dies starts again; a second start goes on', async (t) => {
  const folder = temporaryFolder(t)
  const first = new RunningMillrace(t, up(folder))
  const started = await first.json<Up>()
  const console = url(started, 'console')
  const view = async () => (await (await fetch(`${console}/api/platform`)).json()) as PlatformView

  await t.test('the view has the stages in the order of an event’s way', async () => {
    const { stages, links, boards } = await view()
    assert.deepEqual(
      stages.map((stage) => stage.id),
      [
        'gateway:gateway',
        'topic:trips',
        'topic:trips.exceptions',
        'job:surge',
        'topic:area_surge',
        'table:area_surge',
      ],
    )
    assert.ok(links.some((link) => link.from === 'job:surge' && link.to === 'topic:area_surge'))
    assert.deepEqual(boards.map((board) => board.name).sort(), ['demand', 'surge'])
  })

  await t.test('a board before its first record is empty', async () => {
    const rows = (await (await fetch(`${console}/api/boards/surge`)).json()) as BoardRows
    assert.deepEqual(rows, { name: 'surge', points: [] })
  })

  await t.test('events flow, and the board shows the windows that are closed', async () => {
    const produced = await millrace(['produce', 'trips', '-C', folder, '--json'], halfAnHour)
    assert.equal(JSON.parse(produced.out).accepted, 70)
    const rows = await eventually('two windows', async () => {
      const board = (await (await fetch(`${console}/api/boards/surge`)).json()) as BoardRows
      return board.points.length >= 2 ? board : undefined
    })
    assert.deepEqual(rows.points, [
      { time: Date.UTC(2026, 0, 4, 10, 15), series: '8', value: 2.2 },
      { time: Date.UTC(2026, 0, 4, 10, 30), series: '8', value: 2.2 },
    ])
  })

  await t.test('the same folder cannot run twice', async () => {
    const { code, err } = await millrace(up(folder))
    assert.match(err, new RegExp(`^rides is already running \\(pid ${first.pid}, since .*\\)`))
    assert.equal(err.trimEnd().split('\n').length, 1)
    assert.equal(code, 1)
  })

  await t.test('live events tell the view each second', async () => {
    const response = await fetch(`${console}/api/live`)
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    assert.ok(reader)
    let text = ''
    while ((text.match(/^event: platform$/gm) ?? []).length < 2) {
      const { value, done } = await reader.read()
      assert.ok(!done)
      text += value
    }
    await reader.cancel()
    const data = /^data: (.*)$/m.exec(text)?.[1] ?? ''
    assert.equal((JSON.parse(data) as PlatformView).project, 'rides')
  })

  await t.test('a job that is killed starts again, with its reason kept', async () => {
    const { children } = JSON.parse(readFileSync(path.join(folder, 'lock'), 'utf8'))
    assert.equal(children.length, 2)
    for (const { pid } of children) process.kill(pid, 'SIGKILL')
    await eventually('the restart', async () => {
      const { stages } = await view()
      const restarted = stages.filter((stage) => stage.reason === 'it was ended by SIGKILL')
      return restarted.length === 2 && restarted.every((stage) => stage.status === 'running')
        ? true
        : undefined
    })
    await first.says((err) =>
      ['job surge', 'process of the tables'].every((role) =>
        err.includes(`The ${role} has ended and starts again: it was ended by SIGKILL.\n`),
      ),
    )
    const jobs = await millrace(['jobs', '-C', folder])
    assert.match(jobs.out, /\n\nsurge ended before: it was ended by SIGKILL\n$/)
    const operators = await millrace(['jobs', '--operators', '-C', folder])
    assert.match(operators.out, /\n\nsurge\noperator .*\n.*\n.*, window 1 /s)
    const metrics = await (await fetch(`${console}/metrics`)).text()
    const count =
      /^millrace_job_operator_numRecordsIn\{job="surge",operator="[^"]*, window 1",kind="operator"\} \d/m
    assert.match(metrics, count)
  })

  const { children } = JSON.parse(readFileSync(path.join(folder, 'lock'), 'utf8'))
  await first.end('SIGKILL')
  const second = new RunningMillrace(t, up(folder))
  const again = await second.json<Up>()
  await t.test('after SIGKILL no child is left when the next start writes', () => {
    for (const { pid } of children as { pid: number }[]) assert.equal(runs(pid), false)
  })
  await t.test('a second start has what the first had, and goes on', async () => {
    await eventually('the table', async () => {
      const { out } = await millrace([
        'sql',
        '--json',
        'SELECT count(*) AS n FROM area_surge',
        '-C',
        folder,
      ])
      return out !== '' && JSON.parse(out)[0].n === 2 ? true : undefined
    })
    const hourLater = Array.from({ length: 40 }, (_, area) =>
      trip(area + 201, area + 1, ten + 60 * 60_000),
    )
    await millrace(['produce', 'trips', '-C', folder], hourLater.join('\n'))
    await eventually('the third window', async () => {
      const { out } = await millrace([
        'sql',
        '--json',
        'SELECT demand FROM area_surge WHERE pickup_area = 8 ORDER BY window_start',
        '-C',
        folder,
      ])
      const demand = JSON.parse(out).map((row: { demand: number }) => Number(row.demand))
      return demand.length === 3 ? (assert.deepEqual(demand, [15, 15, 1]) ?? true) : undefined
    })
    assert.notEqual(url(again, 'console'), '')
  })
  await t.test('it stops cleanly and leaves no lock', async () => {
    const { code, err } = await second.end('SIGTERM')
    assert.equal(code, 0)
    assert.equal(err, 'Stopping …\n')
    assert.throws(() => readFileSync(path.join(folder, 'lock')), /ENOENT/)
    assert.throws(() => readFileSync(path.join(folder, 'run.json')), /ENOENT/)
  })
})
