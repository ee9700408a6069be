import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { realHost, SimulatedDisk } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import { planScript } from '../../src/script.js'

const script = `
  CREATE TABLE rides (id INT, at_time TIMESTAMP(3), WATERMARK FOR at_time AS at_time - INTERVAL '5' SECOND)
    WITH ('connector' = 'filesystem', 'path' = '/rides', 'format' = 'json');
  CREATE TABLE others (id INT, at_time TIMESTAMP(3), WATERMARK FOR at_time AS at_time)
    WITH ('connector' = 'filesystem', 'path' = '/others', 'format' = 'json');
  CREATE TABLE seen (id INT, w TIMESTAMP(3)) WITH ('connector' = 'print');
  INSERT INTO seen SELECT id, CURRENT_WATERMARK(at_time) FROM rides WHERE CURRENT_WATERMARK(at_time) IS NULL OR at_time > CURRENT_WATERMARK(at_time)
    UNION ALL SELECT id, CURRENT_WATERMARK(at_time) FROM others;`

function write(disk: SimulatedDisk, path: string, ids: readonly [id: number, seconds: string][]) {
  const lines = ids.map(([id, seconds]) => `{"id":${id},"at_time":"2026-01-04 10:00:${seconds}"}\n`)
  disk.makeDirectory(path.slice(0, path.lastIndexOf('/')))
  disk.replaceFile(path, lines.join(''))
}

/** What a job prints that reads a row of each table in a step, to the end of the files. */
async function printed(disk: SimulatedDisk): Promise<string[]> {
  const lines: string[] = []
  const job = await Job.start({
    host: { ...realHost, disk },
    name: 'job',
    plan: planScript(script),
    directory: '/state/job',
    bootstrap: '',
    registryUrl: '',
    stepRecordsMax: 1,
    print: (line) => lines.push(line),
  })
  await job.done
  return lines
}

describe('CURRENT_WATERMARK', () => {
  it('is that of its own table before the step, and after a start where the table stood', async () => {
    const disk = new SimulatedDisk()
    write(disk, '/rides/a.json', [
      [1, '01'],
      [2, '20'],
      [3, '14'],
    ])
    write(disk, '/others/a.json', [[11, '30']])
    assert.deepEqual(await printed(disk), [
      '+I[1, null]',
      '+I[11, null]',
      '+I[2, 2026-01-04T09:59:56]',
    ])
    write(disk, '/rides/b.json', [
      [4, '15'],
      [5, '16'],
    ])
    write(disk, '/others/b.json', [[12, '10']])
    assert.deepEqual(await printed(disk), [
      '+I[12, 2026-01-04T10:00:30]',
      '+I[5, 2026-01-04T10:00:15]',
    ])
  })
})
