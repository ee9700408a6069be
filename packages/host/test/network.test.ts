import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { NetworkError, realHost, seededRandom } from '../src/index.js'

const { network } = realHost
const anyPort = { host: '127.0.0.1', port: 0 }

/** Sends back what comes. */
function echo(connection: Duplex): void {
  // A copy: the chunk is overwritten by the next one.
  connection.on('data', (chunk: Buffer) => connection.write(Buffer.from(chunk)))
  connection.on('error', () => {})
}

test('bytes go both ways, and closing the listener ends its connections', async () => {
  const listener = await network.listen(anyPort, echo)
  assert.notEqual(listener.address.port, 0)
  const connection = await network.connect(listener.address)
  connection.write('echo')
  const [answer] = await once(connection, 'data')
  assert.equal(String(answer), 'echo')
  const ended = once(connection, 'close')
  connection.on('error', () => {})
  await listener.close()
  await ended
})

test('law: each of many connections gets its own bytes, whole and in order, also after a pause', async (t) => {
  const listener = await network.listen(anyPort, echo)
  t.after(() => listener.close())
  const length = 1_000_000
  await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      const connection = await network.connect(listener.address)
      const sent = seededRandom(at).bytes(length)
      const received = createHash('sha256')
      let left = length
      const isThere = new Promise<void>((resolve) => {
        connection.on('data', (chunk: Buffer) => {
          received.update(chunk)
          left -= chunk.length
          connection.pause()
          setImmediate(() => connection.resume())
          if (left <= 0) resolve()
        })
      })
      connection.write(sent)
      await isThere
      assert.equal(left, 0)
      assert.equal(received.digest('hex'), createHash('sha256').update(sent).digest('hex'))
      connection.destroy()
    }),
  )
})

test('an end of one side ends the other', async (t) => {
  const listener = await network.listen(anyPort, (connection) => {
    connection.on('data', () => {})
    connection.on('end', () => connection.end('bye'))
  })
  t.after(() => listener.close())
  const connection = await network.connect(listener.address)
  const said = new Promise((resolve) => connection.on('data', (chunk) => resolve(String(chunk))))
  connection.end('hello')
  assert.equal(await said, 'bye')
  await once(connection, 'close')
})

test('a taken port and a port nobody listens on are typed errors with a sentence', async () => {
  const listener = await network.listen(anyPort, () => {})
  await assert.rejects(
    network.listen(listener.address, () => {}),
    (error: unknown) => {
      assert.ok(error instanceof NetworkError)
      assert.equal(error.code, 'EADDRINUSE')
      assert.match(error.message, /the port is taken by another program\.$/)
      return true
    },
  )
  await listener.close()
  await assert.rejects(network.connect(listener.address), {
    code: 'ECONNREFUSED',
    message: `Could not connect to 127.0.0.1:${listener.address.port}: nothing listens there.`,
  })
})
