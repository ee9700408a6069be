import { setTimeout as pause } from 'node:timers/promises'
import { realHost } from '@millrace/host'
import { LogClient } from '@millrace/log'
import { progress } from '../progress.js'
import { median, type Row, row } from '../report.js'
import { bodies } from './events.js'
import { eventsHeaders, type Measured, type Sides } from './sides.js'

const toSpool = { headers: { ...eventsHeaders, prefer: 'respond-async' } }

const [more, less] = ['more is better', 'less is better'] as const

/** Requests a second that are answered from the log while the spool is drained. */
const meanwhilePerSecond = 2_000

/** The spool takes a gigabyte, and no more. */
const fillSecondsMax = 3

/** Events that are acknowledged from the gateway's own disk. */
export async function spooled(sides: Sides): Promise<Row[]> {
  return [...(await latency(sides)), ...(await backlog(sides))]
}

/** At half of the rate that it can do. */
async function latency(sides: Sides): Promise<Row[]> {
  progress('one event a request, from the spool')
  const load = { ...toSpool, bodies: bodies(200, 1) }
  const { rounds } = sides.extent
  const most: number[] = []
  // What a broker written in Java compiles in its first minute takes place on the same cores.
  for (let round = 1; round <= rounds; round++) {
    progress(`  the most, round ${round} of ${rounds}`)
    most.push((await sides.measure(load)).perSecond)
  }
  const half: Measured[] = []
  for (let round = 1; round <= rounds; round++) {
    progress(`  half of it, round ${round} of ${rounds}`)
    half.push(await sides.measure({ ...load, perSecond: Math.floor(median(most) / 2) }))
  }
  const of = (name: 'p50Ms' | 'p99Ms' | 'cpuMicros') => ({ ours: half.map((each) => each[name]) })
  return [
    row('from the spool: most', 'requests/s', more, { ours: most }),
    row('from the spool: p50 at half of it', 'ms', less, of('p50Ms')),
    row('from the spool: p99 at half of it', 'ms', less, of('p99Ms'), 5),
    row('from the spool: CPU of the server', 'µs/request', less, of('cpuMicros')),
  ]
}

/**
 * The log is away for as long as a round takes, and comes back: how fast the events that were
 * acknowledged meanwhile are in it, and how long others wait for their answers until then.
 */
async function backlog(sides: Sides): Promise<Row[]> {
  const { broker } = sides
  const answered = {
    path: '/topics/meanwhile',
    perSecond: meanwhilePerSecond,
    bodies: bodies(200, 1),
  }
  progress('answers from the log, nothing else')
  const calm = await sides.measure(answered)
  const client = await LogClient.connect({ host: realHost, bootstrap: broker.bootstrap })
  try {
    const before = await inLog(client)
    progress('the log goes away')
    await broker.kill()
    const seconds = Math.min(sides.extent.seconds, fillSecondsMax)
    const filled = await sides.measure({ ...toSpool, bodies: bodies(50, 100), seconds })
    const events = filled.requestsInAll * 100
    progress(`the log comes back to ${events.toLocaleString('en')} events in the spool`)
    await broker.start()
    const began = performance.now()
    const meanwhile = sides.measure(answered)
    while ((await inLog(client)) < before + events) await pause(20)
    const perSecond = events / ((performance.now() - began) / 1000)
    const { p99Ms } = await meanwhile
    return [
      row('from the spool while the log is away', 'events/s', more, {
        ours: [filled.perSecond * 100],
      }),
      row('from the spool into the log when it is back', 'events/s', more, { ours: [perSecond] }),
      row('answers from the log until then: p99', 'ms', less, { ours: [p99Ms] }),
      row('answers from the log, nothing else: p99', 'ms', less, { ours: [calm.p99Ms] }),
    ]
  } finally {
    await client.close()
  }
}

async function inLog(client: LogClient): Promise<number> {
  const ends = [0, 1, 2, 3].map((partition) => client.listOffsets('trips', partition, 'latest'))
  return (await Promise.all(ends)).reduce((sum, end) => sum + end, 0)
}
