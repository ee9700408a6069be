import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Link, LinkError, serve, type Wire } from '../src/roles/link.js'

/** Two wires that hand over what the other sends, a microtask later. */
function wires(): [Wire, Wire] {
  const receivers: ((message: unknown) => void)[][] = [[], []]
  const wire = (mine: number): Wire => ({
    send: (message) => {
      const cloned = structuredClone(message)
      queueMicrotask(() => {
        for (const receive of receivers[1 - mine] ?? []) receive(cloned)
      })
    },
    onMessage: (receive) => receivers[mine]?.push(receive),
  })
  return [wire(0), wire(1)]
}

type Methods = {
  double: (value: number) => Promise<number>
  refuse: () => Promise<void>
  never: () => Promise<void>
}

function linked(): { link: Link<Methods>; lines: string[]; tell: ReturnType<typeof serve> } {
  const [here, there] = wires()
  const lines: string[] = []
  const tell = serve(there, {
    double: async (value: number) => value * 2,
    refuse: async () => {
      throw new Error('outer', { cause: Object.assign(new Error('inner'), { code: 'EADDRINUSE' }) })
    },
    never: () => new Promise<void>(() => {}),
  } satisfies Methods)
  return { link: new Link<Methods>(here, (line) => lines.push(line)), lines, tell }
}

test('calls get their own answers, in any order', async () => {
  const { link } = linked()
  assert.deepEqual(
    await Promise.all([1, 2, 3].map((value) => link.call('double', value))),
    [2, 4, 6],
  )
})

test('a refusal carries its message, and the code of what caused it', async () => {
  const { link } = linked()
  await assert.rejects(link.call('refuse'), (cause: LinkError) => {
    assert.equal(cause.message, 'outer')
    assert.equal(cause.code, 'EADDRINUSE')
    return true
  })
})

test('the end of the role ends every call, those to come too', async () => {
  const { link } = linked()
  const waiting = link.call('never')
  link.end('it was ended by SIGKILL')
  const ended = new LinkError('it was ended by SIGKILL', 'ENDED')
  await assert.rejects(waiting, ended)
  await assert.rejects(link.call('double', 1), ended)
})

test('lines and the last word reach the supervisor', async () => {
  const { lines, tell } = linked()
  tell.line('hello')
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(lines, ['hello'])
  assert.deepEqual(tell.ending('no disk'), { kind: 'end', reason: 'no disk' })
})
