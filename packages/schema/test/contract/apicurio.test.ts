/**
 * The contract against a registry that others wrote: what it answers otherwise than Confluent's
 * source says is listed, step by step, so that a step that our own tests got wrong would show.
 * `MILLRACE_REWRITE=1` writes the list.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Apicurio } from './apicurio.js'
import { Contract } from './contract.js'
import { scenarios } from './scenarios.js'

const list = fileURLToPath(new URL('../../../test/contract/apicurio-gaps.txt', import.meta.url))

test("Apicurio's Confluent-compatible API answers the contract but for its gaps", async (t) => {
  if (!Apicurio.isInstalled()) {
    const why = 'Apicurio Registry is not here (node tools/apicurio.mjs)'
    if (process.env.CI) throw new Error(why)
    t.skip(`${why}: LEFT OUT what another registry answers`)
    return
  }
  const server = await Apicurio.start()
  try {
    // Its own default is NONE.
    await fetch(`${server.url}/config`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ compatibility: 'BACKWARD' }),
    })
    const gaps: string[] = []
    let steps = 0
    for (const [name, play] of Object.entries(scenarios)) {
      const contract = new Contract(server.url, name)
      await play(contract)
      gaps.push(...contract.differences.map(({ step }) => step))
      steps += contract.steps
    }
    if (process.env.MILLRACE_REWRITE === '1') writeFileSync(list, `${gaps.join('\n')}\n`)
    const known = readFileSync(list, 'utf8').trim().split('\n')
    assert.deepEqual(gaps, known)
    t.diagnostic(`${steps - gaps.length} of ${steps} steps are answered alike`)
  } finally {
    await server.close()
  }
})
