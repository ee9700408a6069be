import { setTimeout as pause } from 'node:timers/promises'
import { apacheKafka } from '../apache-kafka.js'
import { progress } from '../progress.js'
import { type Row, row } from '../report.js'
import type { Folders } from './folders.js'
import type { ProcessUsage } from './processes.js'
import { order } from './project.js'
import { RunningPlatform } from './running-platform.js'

const less = 'less is better'
const events = 10_000
const eventsPerPost = 500
/** What a start has left to do is done by then. */
const settleMs = 3_000

/** Starts and stops of all of it, beside those of a broker alone. */
export async function starts({ project, data }: Folders, rounds: number): Promise<Row[]> {
  const seconds = { first: [] as number[], again: [] as number[], killed: [] as number[] }
  const stop: number[] = []
  for (let round = 0; round < rounds; round++) {
    progress(`start ${round + 1} of ${rounds}`)
    const folder = data()
    const first = await RunningPlatform.start(project, folder)
    stop.push(await first.end('SIGTERM'))
    const again = await RunningPlatform.start(project, folder)
    await again.end('SIGKILL')
    const killed = await RunningPlatform.start(project, folder)
    await killed.end('SIGTERM')
    seconds.first.push(first.startSeconds)
    seconds.again.push(again.startSeconds)
    seconds.killed.push(killed.startSeconds)
  }
  const peer = await kafkaStarts(Math.min(rounds, 5))
  return [
    row('the first start', 's', less, { ours: seconds.first, peer: peer.start }, 1),
    row('a start that goes on', 's', less, { ours: seconds.again, peer: peer.start }, 1),
    row('a start after a kill', 's', less, { ours: seconds.killed, peer: peer.start }, 1),
    row('from SIGTERM to the end', 's', less, { ours: stop, peer: peer.stop }, 1),
  ]
}

async function kafkaStarts(rounds: number): Promise<{ start: number[]; stop: number[] }> {
  const kafka = await apacheKafka()
  try {
    const stop: number[] = []
    for (let round = 0; round < rounds; round++) {
      progress(`Kafka: start ${round + 1} of ${rounds}`)
      await kafka.start()
      const began = performance.now()
      await kafka.stop()
      stop.push((performance.now() - began) / 1000)
    }
    return { start: kafka.startSeconds, stop }
  } finally {
    await kafka.remove()
  }
}

/** Memory when it has just started and after some events, and what it costs to do nothing. */
export async function idle({ project, data }: Folders, seconds: number): Promise<Row[]> {
  const platform = await RunningPlatform.start(project, data())
  const kafka = await apacheKafka()
  try {
    await kafka.start()
    await pause(settleMs)
    const started = platform.processes()
    progress(`does nothing for ${seconds} s`)
    const kafkaBefore = kafka.usage()
    const before = platform.processes()
    await pause(seconds * 1000)
    const after = platform.processes()
    const kafkaAfter = kafka.usage()
    progress(`${events} events`)
    await sendEvents(platform.url('gateway'))
    await pause(settleMs)
    const worked = platform.processes()
    const aMinute = (from: number, to: number) => [((to - from) / seconds) * 60]
    const cpu = sum(after, 'cpuSeconds') - sum(before, 'cpuSeconds')
    const sleeps = sum(after, 'sleeps') - sum(before, 'sleeps')
    return [
      row('memory, idle', 'MB', less, {
        ours: [sum(started, 'ownMegabytes')],
        peer: [kafkaBefore.residentMegabytes],
      }),
      row(`memory, after ${events.toLocaleString('en')} events`, 'MB', less, {
        ours: [sum(worked, 'ownMegabytes')],
      }),
      row('CPU, idle', 's/minute', less, {
        ours: aMinute(0, cpu),
        peer: aMinute(kafkaBefore.cpuSeconds, kafkaAfter.cpuSeconds),
      }),
      row('threads woken, idle', '1/s', less, { ours: [sleeps / seconds] }),
      ...started.map(({ name, pid, residentMegabytes, ownMegabytes }) => {
        const now = worked.find((each) => each.pid === pid)?.residentMegabytes ?? Number.NaN
        const label = `${name}: resident, ${Math.round(ownMegabytes)} its own; ${Math.round(now)} after the events`
        return row(label, 'MB', less, { ours: [residentMegabytes] })
      }),
    ]
  } finally {
    await platform.end('SIGTERM')
    await kafka.remove()
  }
}

function sum(usages: readonly ProcessUsage[], key: 'ownMegabytes' | 'cpuSeconds' | 'sleeps') {
  return usages.reduce((total, usage) => total + usage[key], 0)
}

async function sendEvents(gateway: string): Promise<void> {
  for (let from = 0; from < events; from += eventsPerPost) {
    const records = Array.from({ length: eventsPerPost }, (_, at) => ({ value: order(from + at) }))
    const response = await fetch(`${gateway}/topics/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.kafka.json.v2+json' },
      body: JSON.stringify({ records }),
    })
    if (!response.ok) throw new Error(`The gateway answered ${response.status}.`)
  }
}
