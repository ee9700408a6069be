/** Clients of the registry that hang up anywhere, or send what is no HTTP. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { after, before, describe, test } from 'node:test'
import { seededRandom } from '@millrace/host'
import { TestRegistry } from './test-registry.js'

const seeds = Number(process.env.MILLRACE_SEEDS ?? 60)
const firstSeed = Number(process.env.MILLRACE_SEED ?? 1)

describe('connections to the registry', () => {
  const fixture = new TestRegistry()
  let port = 0
  before(async () => {
    port = (await fixture.start()).address.port
  })
  after(() => fixture.remove())

  test('a registration that is cut off is whole or none, and the next one is answered', async () => {
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
      const random = seededRandom(seed)
      const schema = JSON.stringify({ type: 'record', name: `R${seed}`, fields: [] })
      const body = JSON.stringify({ schema })
      const type = 'content-type: application/vnd.schemaregistry.v1+json'
      const length = `content-length: ${body.length}`
      const head = `POST /subjects/s${seed}/versions HTTP/1.1\r\nhost: x\r\n${type}\r\n${length}`
      const bytes = `${head}\r\n\r\n${body}`
      const cutAt = random.below(3) === 0 ? bytes.length : random.below(bytes.length)
      const socket = net.connect(port, '127.0.0.1')
      socket.on('error', () => {})
      const closed = once(socket, 'close')
      await once(socket, 'connect')
      socket.write(bytes.slice(0, cutAt))
      if (random.below(2) === 0) await new Promise((resolve) => setTimeout(resolve, 3))
      if (random.below(2) === 0) socket.resetAndDestroy()
      else socket.destroy()
      await closed
      const next = await fetch(`http://127.0.0.1:${port}/subjects/next${seed}/versions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      assert.equal(next.status, 200, `seed ${seed}`)
      const subjects = fixture.parts().server.registry.subjects()
      if (cutAt < bytes.length) assert.ok(!subjects.includes(`s${seed}`), `seed ${seed}`)
    }
    const subjects = fixture.parts().server.registry.subjects()
    assert.ok(
      subjects.some((name) => /^s\d+$/.test(name)),
      'some came whole',
    )
  })

  test('what is no HTTP is answered in the format of the registry', async () => {
    const socket = net.connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    const closed = once(socket, 'close')
    socket.write('GET /subjects HTTP/1.1\r\n\r\n')
    await closed
    assert.match(text, /^HTTP\/1.1 400 /)
    assert.match(text, /content-type: application\/vnd.schemaregistry.v1\+json/)
    assert.match(text, /\{"error_code":400,"message":"Bad Request: the header Host is missing."\}$/)
  })
})
