import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { realHost } from '../src/index.js'

const module = new URL('./answering-thread.js', import.meta.url)

function started() {
  const thread = realHost.threads?.start(module)
  assert.ok(thread)
  return thread
}

it('a thread answers in order, and buffers change hands both ways', async () => {
  const thread = started()
  const asked = [1, 2, 3].map((number) => Float64Array.of(number, number + 0.5).buffer)
  const answers = await Promise.all(asked.map((buffer) => thread.ask(buffer, [buffer])))
  assert.deepEqual(
    answers.map((answer) => [...new Float64Array(answer as ArrayBuffer)]),
    [
      [2, 3],
      [4, 5],
      [6, 7],
    ],
  )
  assert.ok(asked.every((buffer) => buffer.byteLength === 0))
  await thread.close()
})

it('what it throws is told, and it goes on', async () => {
  const thread = started()
  await assert.rejects(thread.ask('fail', []), /told to fail/)
  const buffer = Float64Array.of(4).buffer
  assert.deepEqual(await thread.ask(buffer, [buffer]), Float64Array.of(8).buffer)
  await thread.close()
})

it('who waits for a thread that ends is told, and who asks it later', async () => {
  const thread = started()
  await assert.rejects(thread.ask('end', []), /the thread ended/)
  await assert.rejects(thread.ask(new ArrayBuffer(8), []), /the thread ended/)
})

it('an idle thread does not keep its process alive', () => {
  const program = fileURLToPath(new URL('./idle-thread.js', import.meta.url))
  const ended = spawnSync(process.execPath, [program], { encoding: 'utf8', timeout: 20_000 })
  assert.equal(ended.signal, null)
  assert.equal(ended.stdout, '42\n')
})
