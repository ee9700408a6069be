import { execFileSync } from 'node:child_process'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { isInstalled } from './broker-harness.js'
import { ForeignClient } from './foreign/foreign-client.js'
import { playAll } from './foreign/suite.js'

const sources = fileURLToPath(new URL('../../test/go', import.meta.url))
const program = fileURLToPath(new URL('./go/foreign', import.meta.url))

test('franz-go', async (t) => {
  if (!isInstalled(t, 'go')) return
  // Go's own cache makes this quick when nothing changed.
  execFileSync('go', ['build', '-o', program, '.'], { cwd: sources })
  await playAll(t, {
    name: 'franz-go',
    start: (t, bootstrap) => ForeignClient.start(t, program, [bootstrap]),
    compressions: ['gzip', 'snappy', 'lz4', 'zstd'],
    hasNullHeaders: true,
    groups: {
      range: { assignor: 'range' },
      'cooperative-sticky': { assignor: 'cooperative-sticky' },
      consumer: { protocol: 'consumer' },
    },
    hasStaticMembers: true,
    lacks: [],
  })
})
