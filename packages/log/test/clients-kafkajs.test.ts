import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { ForeignClient } from './foreign/foreign-client.js'
import { playAll } from './foreign/suite.js'

const driver = fileURLToPath(new URL('./foreign/kafkajs-driver.js', import.meta.url))

test('kafkajs', (t) =>
  playAll(t, {
    name: 'kafkajs',
    start: (t, bootstrap) => ForeignClient.start(t, process.execPath, [driver, bootstrap]),
    compressions: ['gzip'],
    hasNullHeaders: false,
    groups: { classic: {} },
    hasStaticMembers: false,
    lacks: ['deleteGroupOffset'],
  }))
