import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { type Disk, DiskError, realHost, SimulatedDisk, seededRandom } from '../src/index.js'

function withFolder(action: (disk: Disk, folder: string) => void | Promise<void>) {
  return async (name: 'real' | 'simulated') => {
    if (name === 'simulated') {
      const disk = new SimulatedDisk()
      disk.makeDirectory('/data')
      await action(disk, '/data')
      return
    }
    const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-host-'))
    try {
      await action(realHost.disk, folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
}

/** One suite for both disks. */
const behaviours: Record<string, ReturnType<typeof withFolder>> = {
  'a folder is renamed with all that it holds': withFolder((disk, folder) => {
    disk.makeDirectory(path.join(folder, 'old', 'inner'))
    disk.replaceFile(path.join(folder, 'old', 'inner', 'a'), 'hello')
    disk.rename(path.join(folder, 'old'), path.join(folder, 'new'))
    assert.equal(disk.readFile(path.join(folder, 'new', 'inner', 'a')).toString(), 'hello')
    assert.deepEqual(disk.list(folder), ['new'])
  }),
  'the space of a volume is told': withFolder((disk, folder) => {
    const { totalBytes, usableBytes } = disk.space(folder)
    assert.ok(totalBytes > 0 && usableBytes >= 0 && usableBytes <= totalBytes)
    assert.throws(() => disk.space(path.join(folder, 'nowhere')), { code: 'ENOENT' })
  }),
  'what is written is read': withFolder(async (disk, folder) => {
    const file = disk.open(path.join(folder, 'a'), { create: true })
    file.write(0, Buffer.from('hello world'))
    file.write(6, Buffer.from('there'))
    const target = Buffer.alloc(20)
    assert.equal(file.read(6, target), 5)
    assert.equal(target.toString('utf8', 0, 5), 'there')
    assert.equal(file.read(100, target), 0)
    file.truncate(5)
    await file.sync()
    assert.equal(file.size(), 5)
    file.close()
    assert.equal(disk.readFile(path.join(folder, 'a')).toString(), 'hello')
  }),
  'what is written in the background is read there, into several parts': withFolder(
    async (disk, folder) => {
      const file = disk.open(path.join(folder, 'a'), { create: true })
      await file.writeInBackground(0, Buffer.from('hello '))
      await file.writeInBackground(6, Buffer.from('world'))
      const parts = [4, 0, 3, 9].map((length) => Buffer.alloc(length, '.'))
      assert.equal(await file.readInBackground(2, parts), 9)
      assert.deepEqual(parts.map(String), ['llo ', '', 'wor', 'ld.......'])
      assert.equal(await file.readInBackground(11, parts), 0)
      file.close()
    },
  ),
  'a file is written in parts, one after another': withFolder(async (disk, folder) => {
    const file = path.join(folder, 'a')
    const parts = [Buffer.from('in '), new Uint8Array(0), Buffer.from('parts')]
    disk.replaceFile(file, parts)
    assert.equal(disk.readFile(file).toString(), 'in parts')
    await disk.replaceFileInBackground(file, parts.slice(2))
    assert.equal(disk.readFile(file).toString(), 'parts')
  }),
  'a file is replaced while others go on': withFolder(async (disk, folder) => {
    const file = path.join(folder, 'a')
    disk.replaceFile(file, 'old')
    const replaced = disk.replaceFileInBackground(file, 'newer')
    assert.equal(disk.readFile(file).toString(), 'old')
    await replaced
    assert.equal(disk.readFile(file).toString(), 'newer')
    assert.deepEqual(disk.list(folder), ['a'])
    const nowhere = disk.replaceFileInBackground(path.join(folder, 'no', 'b'), 'b')
    await assert.rejects(nowhere, { code: 'ENOENT' })
  }),
  'a write beyond the end fills the gap with zeros': withFolder((disk, folder) => {
    const file = disk.open(path.join(folder, 'a'), { create: true })
    file.write(3, Buffer.from('x'))
    file.close()
    assert.deepEqual(disk.readFile(path.join(folder, 'a')), Buffer.from('\0\0\0x'))
  }),
  'folders are made, listed in order, and removed with what they hold': withFolder(
    (disk, folder) => {
      disk.makeDirectory(path.join(folder, 'x', 'y'))
      disk.makeDirectory(path.join(folder, 'x', 'y'))
      disk.replaceFile(path.join(folder, 'x', 'b'), 'b')
      disk.replaceFile(path.join(folder, 'x', 'a'), 'a')
      assert.deepEqual(disk.list(path.join(folder, 'x')), ['a', 'b', 'y'])
      assert.equal(disk.kind(path.join(folder, 'x', 'y')), 'directory')
      assert.equal(disk.kind(path.join(folder, 'x', 'a')), 'file')
      assert.equal(disk.kind(path.join(folder, 'x', 'c')), undefined)
      disk.rename(path.join(folder, 'x', 'a'), path.join(folder, 'x', 'c'))
      assert.ok(disk.exists(path.join(folder, 'x', 'c')))
      disk.syncDirectory(folder)
      disk.remove(path.join(folder, 'x'))
      disk.remove(path.join(folder, 'x'))
      assert.equal(disk.exists(path.join(folder, 'x', 'y')), false)
    },
  ),
  'a lock is held by one, until it is released': withFolder((disk, folder) => {
    const file = path.join(folder, '.lock')
    const release = disk.lock(file)
    assert.throws(() => disk.lock(file), { name: 'DiskError', code: 'EBUSY' })
    const other = disk.lock(path.join(folder, 'other'))
    release()
    const again = disk.lock(file)
    release()
    assert.throws(() => disk.lock(file), { name: 'DiskError', code: 'EBUSY' })
    again()
    other()
    assert.throws(() => disk.lock(path.join(folder, 'missing', 'lock')), { code: 'ENOENT' })
  }),
  'what is not there is a typed error with a sentence': withFolder((disk, folder) => {
    const missing = path.join(folder, 'missing', 'file')
    for (const action of [
      () => disk.open(missing),
      () => disk.open(missing, { create: true }),
      () => disk.readFile(missing),
    ]) {
      assert.throws(action, (error: unknown) => {
        assert.ok(error instanceof DiskError)
        assert.equal(error.code, 'ENOENT')
        assert.equal(error.path, missing)
        assert.match(error.message, /^Could not \w+ .+: there is no such file or folder\.$/)
        return true
      })
    }
  }),
}

for (const [name, behaviour] of Object.entries(behaviours)) {
  test(`real disk: ${name}`, () => behaviour('real'))
  test(`simulated disk: ${name}`, () => behaviour('simulated'))
}

test('a file that the system makes up when it is read is read whole', (t) => {
  const file = '/proc/self/stat'
  if (!realHost.disk.exists(file)) {
    t.skip('this system has no /proc')
    return
  }
  assert.match(realHost.disk.readFile(file).toString(), /^\d+ /)
})

test('a power cut leaves what was synced, and of the rest only bytes that were written', async () => {
  let torn = 0
  let lost = 0
  for (let seed = 0; seed < 500; seed++) {
    const random = seededRandom(seed)
    const disk = new SimulatedDisk()
    const file = disk.open('/log', { create: true })
    disk.syncDirectory('/')
    file.write(0, Buffer.alloc(100, 1))
    await file.sync()
    file.write(100, Buffer.alloc(100, 2))
    file.write(200, Buffer.alloc(100, 3))
    disk.crash(random)
    const left = disk.readFile('/log')
    assert.ok(left.length >= 100 && left.length <= 300, `seed ${seed}: ${left.length} bytes`)
    for (const [at, byte] of left.entries()) {
      // A later write may reach the device without the one before it: the gap reads as zeros.
      const expected = at < 100 ? [1] : at < 200 ? [2, 0] : [3]
      assert.ok(expected.includes(byte), `seed ${seed}: byte ${at} is ${byte}`)
    }
    if (left.length < 300 && left.length % 100 !== 0) torn++
    if (left.length === 100) lost++
  }
  assert.ok(torn > 50 && lost > 20, `torn ${torn}, lost ${lost}: the crashes are too kind`)
})

test('a replaced file is the old one or the new one after a power cut', () => {
  const disk = new SimulatedDisk()
  disk.replaceFile('/a', 'old')
  disk.replaceFile('/a', 'new')
  disk.crash(seededRandom(1))
  assert.equal(disk.readFile('/a').toString(), 'new')
})

test('a full disk refuses a write, of which a part may be there, and keeps what it had', () => {
  const disk = new SimulatedDisk()
  disk.capacityBytes = 10
  const file = disk.open('/a', { create: true })
  file.write(0, Buffer.from('12345678'))
  assert.throws(() => file.write(8, Buffer.from('9012')), { code: 'ENOSPC' })
  file.write(0, Buffer.from('abcd'))
  assert.match(disk.readFile('/a').toString(), /^abcd5678(90?)?$/)
})
