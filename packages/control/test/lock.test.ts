import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Disk, DiskError, realHost } from '@millrace/host'
import type { ControlError } from '../src/errors.js'
import { FolderLock, isAlive } from '../src/supervise/lock.js'
import { temporaryFolder } from './folder.js'

/** A process that sleeps, and whose end can be waited for. */
function sleeper(t: TestContext): { pid: number; end: () => Promise<void> } {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'])
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(end)
  return { pid: child.pid ?? 0, end }
}

function holdAs(folder: string, lock: object): void {
  writeFileSync(path.join(folder, 'lock'), JSON.stringify({ startedAt: 0, children: [], ...lock }))
}

test('a live holder keeps the folder, and the error names it', async (t) => {
  const folder = temporaryFolder(t)
  const { pid } = sleeper(t)
  holdAs(folder, { pid })
  await assert.rejects(FolderLock.take(realHost, folder), (cause: ControlError) => {
    assert.equal(cause.code, 'ALREADY_RUNNING')
    assert.match(cause.message, new RegExp(`pid ${pid}, since 1970-01-01T00:00:00Z`))
    return true
  })
})

test('a folder that cannot be written is named, with what to do', async (t) => {
  const folder = temporaryFolder(t)
  const disk: Disk = {
    ...realHost.disk,
    replaceFile: (file) => {
      throw new DiskError('EROFS', file, 'read-only file system')
    },
  }
  await assert.rejects(FolderLock.take({ ...realHost, disk }, folder), (cause: ControlError) => {
    assert.equal(cause.message.split(' Make it')[0], `Nothing can be written into ${folder}.`)
    assert.match(cause.message, /`--data DIR`/)
    return true
  })
  const file = path.join(folder, 'file')
  writeFileSync(file, '')
  await assert.rejects(FolderLock.take(realHost, file), /file is a file, not a folder\.$/)
})

test('the lock of a dead process is taken over, and released at the end', async (t) => {
  const folder = temporaryFolder(t)
  const { pid, end } = sleeper(t)
  await end()
  holdAs(folder, { pid })
  const lock = await FolderLock.take(realHost, folder)
  assert.equal(JSON.parse(readFileSync(path.join(folder, 'lock'), 'utf8')).pid, process.pid)
  lock.release()
  await FolderLock.take(realHost, folder).then((again) => again.release())
})

test('a process that got the id of the dead one does not hold the folder', async (t) => {
  if (!realHost.disk.exists('/proc/self/stat')) {
    t.skip('this system does not tell when a process was started')
    return
  }
  const folder = temporaryFolder(t)
  const { pid } = sleeper(t)
  holdAs(folder, { pid, birth: 'another-boot/1' })
  const lock = await FolderLock.take(realHost, folder)
  lock.release()
})

test('the next start waits until the children of a dead one are gone', async (t) => {
  const folder = temporaryFolder(t)
  const holder = sleeper(t)
  const child = sleeper(t)
  await holder.end()
  holdAs(folder, { pid: holder.pid, children: [{ pid: child.pid }] })
  let taken = false
  const taking = FolderLock.take(realHost, folder).then((lock) => {
    taken = true
    return lock
  })
  await realHost.clock.sleep(200)
  assert.equal(taken, false)
  await child.end()
  const lock = await taking
  lock.release()
  assert.equal(isAlive(child.pid), false)
})

test('a torn lock holds nothing', async (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(path.join(folder, 'lock'), '{"pid": 12')
  const lock = await FolderLock.take(realHost, folder)
  lock.release()
})

test('of several that start at the same moment, one gets the folder', async (t) => {
  const folder = temporaryFolder(t)
  const lockModule = new URL('../src/supervise/lock.js', import.meta.url).href
  const hostModule = import.meta.resolve('@millrace/host')
  const script = `
    const { FolderLock } = await import(${JSON.stringify(lockModule)})
    const { realHost } = await import(${JSON.stringify(hostModule)})
    process.stdin.once('data', () => {
      FolderLock.take(realHost, ${JSON.stringify(folder)}).then(
        () => process.stdout.write('held'),
        (cause) => process.stdout.write(cause.code),
      )
    })
    process.stderr.write('ready')`
  const racers = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script]),
  )
  t.after(() => {
    for (const racer of racers) racer.kill('SIGKILL')
  })
  await Promise.all(racers.map((racer) => once(racer.stderr, 'data')))
  for (const racer of racers) racer.stdin.write('go')
  const answers = await Promise.all(
    racers.map(async (racer) => String(await once(racer.stdout, 'data'))),
  )
  assert.deepEqual(answers.sort(), [...Array(3).fill('ALREADY_RUNNING'), 'held'])
})
