import assert from 'node:assert/strict'
import { it } from 'node:test'
import { runOnce } from '../../src/runtime/run-once.js'
import { planProgram } from '../../src/script.js'

it('a query on its own that fails names its line', async () => {
  const [task] =
    planProgram(`CREATE TABLE t (a STRING) WITH ('connector' = 'kafka', 'format' = 'json');

    SELECT CAST(a AS INT) + 1 FROM t`)
  assert.ok(task?.kind === 'query')
  const run = (a: string) => runOnce(task.plan, new Map([['t', [{ a }]]]))
  await run('7')
  await assert.rejects(run('seven'), /line 3: .*seven/)
})
