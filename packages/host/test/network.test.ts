import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { NetworkError, realHost } from '../src/index.js'

const { network } = realHost
const anyPort = { host: '127.0.0.1', port: 0 }

test('bytes go both ways, and closing the listener ends its connections', async () => {
  const listener = await network.listen(anyPort, (connection) => connection.pipe(connection))
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
