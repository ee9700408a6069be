import assert from 'node:assert/strict'
import { it } from 'node:test'
import { realHost, SimulatedDisk } from '@millrace/host'
import { Job } from '../../src/runtime/job.js'
import { runOnce } from '../../src/runtime/run-once.js'
import { planScript } from '../../src/script.js'

const tables = `
  CREATE TABLE made (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '100',
    'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '3');
  CREATE TABLE shown (n INT) WITH ('connector' = 'print');`

it('options of a hint count where they stand, and nowhere else', async () => {
  const out: string[] = []
  const job = await Job.start({
    host: { ...realHost, disk: new SimulatedDisk() },
    name: 'hints',
    plan: planScript(`${tables}
      INSERT INTO shown /*+ OPTIONS('print-identifier' = 'all') */
      SELECT n FROM made /*+ OPTIONS('fields.n.start' = '7', 'fields.n.end' = '8') */
      UNION ALL SELECT n * 10 FROM made;`),
    directory: '/state/hints',
    bootstrap: '',
    registryUrl: '',
    print: (line) => out.push(line),
  })
  await job.done
  assert.deepEqual(out.sort(), [7, 8, 10, 20, 30].map((n) => `all> +I[${n}]`).sort())
})

it('given rows are those of the table, whatever its hints', async () => {
  const plan = planScript(
    `${tables} INSERT INTO shown SELECT n FROM made /*+ OPTIONS('number-of-rows' = '1') */;`,
  )
  const result = await runOnce(plan, new Map([['made', [{ n: 4 }, { n: 5 }]]]))
  assert.deepEqual(
    result.get('shown')?.map(({ n }) => n),
    [4, 5],
  )
})
