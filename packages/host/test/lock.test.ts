import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { realHost } from '../src/index.js'

function lockPath(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-lock-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  return path.join(folder, '.lock')
}

const door = new URL('../src/index.js', import.meta.url).href

/** A process that takes the lock, says what came of it, and stays. */
async function holder(t: TestContext, file: string) {
  const script = `
    const { realHost } = await import(${JSON.stringify(door)})
    process.stdin.once('data', () => {
      try {
        realHost.disk.lock(${JSON.stringify(file)})
        process.stdout.write('held')
      } catch (cause) {
        process.stdout.write(cause.code)
      }
    })
    process.stderr.write('ready')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  t.after(end)
  await once(child.stderr, 'data')
  const take = async () => {
    const answer = once(child.stdout, 'data')
    child.stdin.write('go')
    return String(await answer)
  }
  return { pid: child.pid, take, end }
}

test('another process is kept out as long as the holder lives, killed or not', async (t) => {
  const file = lockPath(t)
  const other = await holder(t, file)
  assert.equal(await other.take(), 'held')
  assert.throws(() => realHost.disk.lock(file), {
    code: 'EBUSY',
    message: new RegExp(`process ${other.pid} holds it`),
  })
  await other.end()
  const release = realHost.disk.lock(file)
  const third = await holder(t, file)
  assert.equal(await third.take(), 'EBUSY')
  release()
  assert.deepEqual(fs.readdirSync(path.dirname(file)), [])
})

test('of several that find a dead holder at once, one gets the lock', async (t) => {
  const file = lockPath(t)
  for (let round = 0; round < 3; round++) {
    fs.symlinkSync(`${2 ** 22 + 1}:gone`, file)
    const racers = await Promise.all(Array.from({ length: 4 }, () => holder(t, file)))
    const answers = await Promise.all(racers.map((racer) => racer.take()))
    assert.equal(answers.filter((answer) => answer === 'held').length, 1, answers.join())
    await Promise.all(racers.map((racer) => racer.end()))
    fs.rmSync(file)
  }
})

test('who dies as the heir of a dead holder is inherited from', (t) => {
  const file = lockPath(t)
  const dead = `${2 ** 22 + 1}:gone:1`
  const heir = createHash('sha256').update(dead).digest('hex').slice(0, 16)
  fs.symlinkSync(dead, file)
  fs.symlinkSync(`${2 ** 22 + 2}:gone:2`, `${file}.${heir}`)
  const release = realHost.disk.lock(file)
  assert.deepEqual(fs.readdirSync(path.dirname(file)), [path.basename(file)])
  release()
  assert.deepEqual(fs.readdirSync(path.dirname(file)), [])
})

test('a dead holder that has a living heir holds nothing, and the heir does', async (t) => {
  const file = lockPath(t)
  const dead = `${2 ** 22 + 1}:gone:1`
  const heir = createHash('sha256').update(dead).digest('hex').slice(0, 16)
  const other = await holder(t, `${file}.${heir}`)
  assert.equal(await other.take(), 'held')
  fs.symlinkSync(dead, file)
  assert.throws(() => realHost.disk.lock(file), { code: 'EBUSY' })
  await other.end()
  realHost.disk.lock(file)()
})

test('the id of a dead holder that another process got does not hold the lock', (t) => {
  if (!fs.existsSync('/proc/self/stat')) {
    t.skip('this system does not tell when a process was started')
    return
  }
  const file = lockPath(t)
  fs.symlinkSync(`${process.ppid}:another-boot/1`, file)
  realHost.disk.lock(file)()
})

test('what is no lock holds nothing', (t) => {
  const file = lockPath(t)
  fs.writeFileSync(file, '')
  realHost.disk.lock(file)()
  fs.symlinkSync('elsewhere', file)
  realHost.disk.lock(file)()
})

test('the lock of a thread that ended is taken over', async (t) => {
  const file = lockPath(t)
  const script = `
    import(${JSON.stringify(door)}).then(({ realHost }) => {
      realHost.disk.lock(${JSON.stringify(file)})
      process.exit()
    })`
  await once(new Worker(script, { eval: true }), 'exit')
  assert.ok(fs.lstatSync(file).isSymbolicLink())
  realHost.disk.lock(file)()
})
