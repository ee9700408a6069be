import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { freePorts, Server } from './server.js'

/** The peer; the same version as in `packages/log/test/kafka/pom.xml`. */
export const kafkaVersion = '4.3.1'

const jars = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'),
  'millrace',
  `kafka-${kafkaVersion}`,
)

/** What comes before the class in each call of `java`; only errors are logged. */
export const javaArguments: readonly string[] = [
  ...['-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', path.join(jars, '*')],
]

/** Memory and collector as in Kafka's own start script. */
const heap = [
  ...['-Xms1g', '-Xmx1g', '-server', '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20'],
  ...['-XX:InitiatingHeapOccupancyPercent=35', '-XX:+ExplicitGCInvokesConcurrent'],
]

/** Throws where Java or Kafka are missing, with what to do. */
export function checkKafka(): void {
  if (spawnSync('java', ['-version']).error !== undefined) {
    throw new Error('The peer needs Java: there is no `java` in the PATH (Java 17 or newer).')
  }
  if (!fs.existsSync(jars)) {
    throw new Error(`Apache Kafka ${kafkaVersion} is not there: run \`node tools/kafka-jars.mjs\`.`)
  }
}

/**
 * Apache Kafka, not started yet: one node with its controller (KRaft) and an empty data folder.
 * As it comes, but for what a single node needs, without the wait before a group's first
 * generation, and for `settings`.
 */
export async function apacheKafka(settings: Record<string, string> = {}): Promise<Server> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'millrace-bench-kafka-'))
  const [port = 0, controllerPort = 0] = await freePorts(2)
  const config = path.join(folder, 'server.properties')
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': path.join(folder, 'log'),
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    ...settings,
  }
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`)
  fs.writeFileSync(config, lines.join(''))
  const clusterId = randomBytes(16).toString('base64url')
  // With '=', because an id may begin with a hyphen.
  const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', config]
  const formatted = spawnSync('java', [...javaArguments, ...format], { encoding: 'utf8' })
  if (formatted.status !== 0) throw new Error(`Kafka cannot be formatted: ${formatted.stderr}`)
  const args = [...heap, ...javaArguments, 'kafka.Kafka', config]
  return new Server({ name: 'Kafka', program: 'java', args, port, folder })
}
