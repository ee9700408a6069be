import { progress } from '../progress.js'
import { type Row, row } from '../report.js'
import { event } from './events.js'
import { eventsHeaders, type Measured, type Sides, type SomeLoad } from './sides.js'

/** Requests of a load, sent in turn. */
const count = 200
/** Events of a stream. */
const streamed = 100

const jsonHeaders = { 'content-type': 'application/json' }

/** The same events by each door, one a request, and in a stream of v3. */
export async function doors(sides: Sides): Promise<Row[]> {
  const v3 = `/v3/clusters/${await clusterId(sides.gateway.bootstrap)}/topics/trips/records`
  const record = (n: number) => JSON.stringify({ value: { type: 'JSON', data: event(n) } })
  const cloudEvent = (n: number) => {
    const context = { specversion: '1.0', id: `e${n}`, source: 'bench', type: 'trips' }
    return JSON.stringify({ ...context, data: event(n) })
  }
  const bodies = (body: (n: number) => string) => Array.from({ length: count }, (_, n) => body(n))
  const stream = (n: number) =>
    Array.from({ length: streamed }, (_, nth) => record(n * streamed + nth)).join('\n')
  const loads: [string, number, SomeLoad][] = [
    [
      'v2',
      1,
      {
        headers: eventsHeaders,
        bodies: bodies((n) => JSON.stringify({ records: [{ value: event(n) }] })),
      },
    ],
    ['v3', 1, { path: v3, headers: jsonHeaders, bodies: bodies(record) }],
    [
      'CloudEvents',
      1,
      {
        ...{ path: '/events', bodies: bodies(cloudEvent) },
        headers: { 'content-type': 'application/cloudevents+json' },
      },
    ],
    [
      `v3, ${streamed} in a stream`,
      streamed,
      { path: v3, headers: jsonHeaders, bodies: bodies(stream) },
    ],
  ]
  const rows: Row[] = []
  for (const [name, events, load] of loads) {
    progress(`by the door of ${name}`)
    await sides.measure(load)
    const measured: Measured[] = []
    for (let round = 1; round <= sides.extent.rounds; round++) {
      progress(`  round ${round} of ${sides.extent.rounds}`)
      measured.push(await sides.measure(load))
    }
    const perSecond = measured.map((each) => each.perSecond * events)
    const cpu = measured.map((each) => each.cpuMicros / events)
    rows.push(
      row(`${name}: events`, 'events/s', 'more is better', { ours: perSecond }),
      row(`${name}: CPU of the server`, 'µs/event', 'less is better', { ours: cpu }),
    )
  }
  return rows
}

async function clusterId(address: string): Promise<string> {
  const answer = await fetch(`http://${address}/v3/clusters`)
  const { data } = (await answer.json()) as { data: { cluster_id: string }[] }
  return data[0]?.cluster_id ?? ''
}
