import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { realHost, seededRandom } from '@millrace/host'
import { TableStore } from '@millrace/olap'
import { foldOf, historyOf, rowsTable, upsertTable } from './history.js'

const writer = fileURLToPath(new URL('./killed-writer.js', import.meta.url))

/** Runs the writer and kills it `delayMs` after its first word. True when it came to its end before. */
function runAndKill(
  directory: string,
  seed: number,
  delayMs: number | undefined,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [writer, directory, String(seed)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    let complaints = ''
    child.stdout.on('data', (data: Buffer) => {
      if (said === '' && delayMs !== undefined) setTimeout(() => child.kill('SIGKILL'), delayMs)
      said += data.toString()
    })
    child.stderr.on('data', (data: Buffer) => {
      complaints += data.toString()
    })
    child.on('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`the writer failed: ${complaints}`))
      else resolve(said.endsWith('done\n'))
    })
  })
}

test('killed at any moment, nothing is lost and nothing doubled', async (t) => {
  const seed = 20260104
  const random = seededRandom(seed)
  const history = historyOf(seed)
  const directory = mkdtempSync(join(tmpdir(), 'millrace-killed-'))
  try {
    let kills = 0
    let done = false
    while (!done && kills < 10) {
      done = await runAndKill(directory, seed, random.below(120))
      if (!done) kills++
    }
    if (!done) assert.ok(await runAndKill(directory, seed, undefined))
    t.diagnostic(`killed ${kills} times`)
    assert.ok(kills >= 5, 'the history is long enough to be killed in')

    const store = await TableStore.open({ host: realHost, directory })
    const connection = await store.instance.connect()
    const latest = await connection.runAndReadAll(
      `SELECT id, offset_read::INTEGER FROM tables.main.${upsertTable.name} ORDER BY id`,
    )
    const expected = [...foldOf(history)].sort(([a], [b]) => a - b)
    assert.deepEqual(latest.getRowsJson(), expected)
    const all = await connection.runAndReadAll(
      `SELECT offset_read::INTEGER FROM tables.main.${rowsTable.name} ORDER BY offset_read`,
    )
    assert.deepEqual(
      all.getRowsJson().flat(),
      history.map((_, offset) => offset),
    )
    connection.closeSync()
    store.close()
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
