import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Disk, realHost, SimulatedDisk } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'

const shown = "CREATE TABLE shown (a INT, b STRING) WITH ('connector' = 'print')"
const sequence = `CREATE TABLE made (a INT, b STRING) WITH ('connector' = 'datagen',
  'rows-per-second' = '1000', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1',
  'fields.a.end' = '5', 'fields.b.length' = '1')`

async function start(script: string, disk: Disk, stepRecordsMax: number): Promise<[Job, string[]]> {
  const out: string[] = []
  const job = await Job.start({
    host: { ...realHost, disk },
    name: 'values',
    plan: planScript(script),
    directory: '/state/values',
    bootstrap: '',
    registryUrl: '',
    stepRecordsMax,
    print: (line) => out.push(line),
  })
  return [job, out]
}

describe('VALUES', () => {
  it('is printed, and ends', async () => {
    for (const stepRecordsMax of [1, 2, 1000]) {
      const script = `${shown}; INSERT INTO shown VALUES (1, 'a'), (2, NULL), (3, 'c')`
      const [job, out] = await start(script, new SimulatedDisk(), stepRecordsMax)
      await job.done
      assert.deepEqual(out, ['+I[1, a]', '+I[2, null]', '+I[3, c]'])
      assert.equal(job.metrics().recordsIn, 3)
    }
  })

  it('comes once, also where the job was stopped and started again', async () => {
    const disk = new SimulatedDisk()
    const script = `${shown}; ${sequence};
      INSERT INTO shown SELECT a, CAST(NULL AS STRING) FROM made UNION ALL VALUES (10, 'x'), (11, 'y')`
    const all: string[] = []
    for (let rounds = 0; rounds < 20; rounds++) {
      const [job, out] = await start(script, disk, 1)
      const { epoch } = job.metrics()
      const step = new Promise<void>((resolve) => {
        const look = () => (job.metrics().epoch > epoch ? resolve() : setImmediate(look))
        look()
      })
      await Promise.race([step, job.done])
      await job.stop()
      all.push(...out)
      if (all.length >= 7) break
    }
    const rows = [1, 2, 3, 4, 5].map((a) => `+I[${a}, null]`)
    assert.deepEqual(all.sort(), [...rows, '+I[10, x]', '+I[11, y]'].sort())
  })

  it('is there where a script is run over given rows', async () => {
    const plan = planScript(`${shown}; ${sequence};
      INSERT INTO shown SELECT v.a, v.b FROM made JOIN (VALUES (1, 'x'), (2, 'y'), (3, 'z')) AS v (a, b) ON made.a = v.a`)
    const rows = [{ a: 3 }, { a: 1 }]
    for (const batchSize of [1, 2, 100]) {
      const result = await runOnce(plan, new Map([['made', rows]]), { batchSize })
      const found = result.get('shown') ?? []
      assert.deepEqual(found.map(({ b }) => b).sort(), ['x', 'z'])
    }
  })
})
