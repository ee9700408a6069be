import { javaArguments } from '../apache-kafka.js'
import { runProgram } from '../program.js'

/** How long one run of a tool may take. */
const toolTimeoutMs = 600_000

export interface ProducerRun {
  topic: string
  records: number
  recordBytes: number
  /** Records per second; as fast as it can by default. */
  throughput?: number
  /** Records at the beginning that are sent and not measured. */
  warmupRecords?: number
  /** Settings of the producer, by Kafka's names. */
  settings?: Record<string, string | number>
}

export interface ProducerResult {
  recordsPerSecond: number
  /** From the call of `send` to the acknowledgement. */
  latencyMs: { p50: number; p95: number; p99: number }
}

/** Kafka's own ProducerPerformance, `acks=all`. */
export async function producerPerformance(
  bootstrap: string,
  run: ProducerRun,
): Promise<ProducerResult> {
  const settings = { 'bootstrap.servers': bootstrap, acks: 'all', ...run.settings }
  const out = await javaTool('org.apache.kafka.tools.ProducerPerformance', [
    ...['--topic', run.topic, '--num-records', String(run.records)],
    ...['--record-size', String(run.recordBytes), '--throughput', String(run.throughput ?? -1)],
    ...(run.warmupRecords === undefined ? [] : ['--warmup-records', String(run.warmupRecords)]),
    '--command-property',
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
  ])
  // The last line has the whole run; those before it tell its progress.
  const last = out.trim().split('\n').at(-1) ?? ''
  const number = (pattern: RegExp) => numberIn(last, pattern)
  return {
    recordsPerSecond: number(/([\d.]+) records\/sec/),
    latencyMs: {
      p50: number(/(\d+) ms 50th/),
      p95: number(/(\d+) ms 95th/),
      p99: number(/(\d+) ms 99th/),
    },
  }
}

export interface ConsumerRun {
  topic: string
  records: number
  group: string
}

/** Kafka's own ConsumerPerformance; records per second, without the time to join the group. */
export async function consumerPerformance(bootstrap: string, run: ConsumerRun): Promise<number> {
  const out = await javaTool('org.apache.kafka.tools.ConsumerPerformance', [
    ...['--bootstrap-server', bootstrap, '--topic', run.topic, '--group', run.group],
    ...['--num-records', String(run.records), '--timeout', '60000', '--hide-header'],
  ])
  const columns = (out.trim().split('\n').at(-1) ?? '').split(', ')
  const records = Number(columns[4])
  if (!(records >= run.records)) throw new Error(`The consumer found ${records} records: ${out}`)
  return Number(columns[9])
}

/** Kafka's consumer at a topic that gets no records, until `forMs` are over. */
export async function waitForRecords(
  bootstrap: string,
  topic: string,
  forMs: number,
): Promise<void> {
  await javaTool('org.apache.kafka.tools.ConsumerPerformance', [
    ...['--bootstrap-server', bootstrap, '--topic', topic, '--group', `waiting-${topic}`],
    ...['--num-records', '1', '--from-latest', '--timeout', String(forMs), '--hide-header'],
  ])
}

export async function createTopic(
  bootstrap: string,
  topic: string,
  partitions: number,
): Promise<void> {
  await javaTool('org.apache.kafka.tools.TopicCommand', [
    ...['--bootstrap-server', bootstrap, '--create', '--topic', topic],
    ...['--partitions', String(partitions), '--replication-factor', '1'],
  ])
}

export async function deleteTopic(bootstrap: string, topic: string): Promise<void> {
  const args = ['--bootstrap-server', bootstrap, '--delete', '--topic', topic]
  await javaTool('org.apache.kafka.tools.TopicCommand', args)
}

/** What the tool prints; rejects when it fails. */
async function javaTool(className: string, args: readonly string[]): Promise<string> {
  const all = ['-Xmx512m', ...javaArguments, className, ...args]
  const { code, out, error } = await runProgram('java', all, { timeoutMs: toolTimeoutMs })
  if (code !== 0) throw new Error(`${className} ended with ${code}: ${error || out}`)
  return out
}

function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`There is no ${pattern} in "${text}".`)
  return Number(found)
}
