import test from 'node:test'
import { isKafkaInstalled } from './apache-kafka.js'
import { isInstalled } from './broker-harness.js'
import { compileJavaDriver, startJavaDriver } from './foreign/java-driver.js'
import { playAll } from './foreign/suite.js'

test('kafka-clients (Java)', async (t) => {
  if (!isKafkaInstalled(t) || !isInstalled(t, 'javac')) return
  compileJavaDriver()
  await playAll(t, {
    name: 'kafka-clients',
    start: startJavaDriver,
    compressions: ['gzip', 'snappy', 'lz4', 'zstd'],
    hasNullHeaders: true,
    groups: {
      range: { assignor: 'range' },
      'cooperative-sticky': { assignor: 'cooperative-sticky' },
    },
    hasStaticMembers: true,
    lacks: [],
  })
})
