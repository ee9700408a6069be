import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { realHost } from '@millrace/host'
import { KafkaError } from '../src/errors.js'
import { batchesIn } from '../src/records/batches-in.js'
import { encodeBatch } from '../src/records/encode-batch.js'
import { logConfigDefault, PartitionLog } from '../src/storage/partition-log.js'
import { afterwards, temporaryFolder } from './broker-harness.js'

/** A folder on a disk of its own with a megabyte; undefined where none can be mounted. */
function smallDisk(t: TestContext): string | undefined {
  const folder = temporaryFolder(t)
  const options = ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]
  const mounted = spawnSync('mount', options, { encoding: 'utf8' })
  if (mounted.status !== 0) {
    t.skip(`no small disk can be mounted: LEFT OUT a disk that is really full (${mounted.stderr})`)
    return undefined
  }
  afterwards(t, () => spawnSync('umount', ['-l', folder]))
  return folder
}

const batch = () => encodeBatch([{ key: Buffer.from('key'), value: Buffer.alloc(5000, 'x') }])

test('on a disk that is really full nothing acknowledged is lost, and all goes on', async (t) => {
  const folder = smallDisk(t)
  if (folder === undefined) return
  const open = () =>
    PartitionLog.open({
      disk: realHost.disk,
      directory: path.join(folder, 'rides-0'),
      name: 'rides-0',
      config: { ...logConfigDefault, segmentBytes: 50_000, flushMessages: 1 },
    })
  const ballast = path.join(folder, 'ballast')
  fs.writeFileSync(ballast, Buffer.alloc(300_000))
  let log = await open()
  let acknowledged = 0
  const fill = async () => {
    for (;;) {
      log.append(batch())
      await log.acknowledged()
      acknowledged++
    }
  }
  const isFull = (cause: unknown) =>
    cause instanceof KafkaError && cause.codeName === 'KAFKA_STORAGE_ERROR'
  const check = (least: number) => {
    let offset = log.startOffset
    while (offset < log.highWatermark) {
      for (const { header } of batchesIn(log.read(offset, 100_000).batches)) {
        assert.equal(header.baseOffset, offset)
        offset = header.nextOffset
      }
    }
    assert.ok(offset >= least)
  }
  await assert.rejects(fill(), isFull)
  assert.ok(acknowledged > 50)
  check(acknowledged)
  await assert.rejects(fill(), isFull, 'it is still full')
  log.deleteRecordsBefore(20)
  await log.removeBefore(0)
  await assert.rejects(fill(), isFull, 'what was deleted made room')
  assert.ok(acknowledged > 60)
  check(acknowledged)
  await log.close()
  log = await open()
  check(acknowledged)
  assert.equal(log.startOffset, 20)
  fs.rmSync(ballast)
  acknowledged = log.endOffset
  const before = acknowledged
  await assert.rejects(fill(), isFull)
  assert.ok(acknowledged > before + 40)
  check(acknowledged)
  await log.close()
})
